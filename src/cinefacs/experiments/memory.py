"""The largest memory that a process took, measured from a moment on."""

from pathlib import Path

import torch

__all__ = ["forget_peak", "peak_memory_mb"]

_PROC = Path("/proc/self")


def forget_peak(device: str) -> None:
    """Begin to measure anew; does nothing where the system cannot (other than Linux)."""
    if torch.device(device).type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return
    try:
        (_PROC / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def peak_memory_mb(device: str) -> float | None:
    """Return the largest memory since `forget_peak`, 10^6 bytes; None if unknown.

    On a graphics card what PyTorch took of the card, else the resident memory of the process.
    """
    if torch.device(device).type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    try:
        lines = (_PROC / "status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None
