"""The largest memory that a process took, measured from a moment on."""

from pathlib import Path

__all__ = ["forget_peak", "peak_memory_mb"]

_PROC = Path("/proc/self")


def forget_peak() -> None:
    """Begin to measure anew; does nothing where the system cannot (other than Linux)."""
    try:
        (_PROC / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def peak_memory_mb() -> float | None:
    """Return the largest resident memory since `forget_peak`, 10^6 bytes; None if unknown."""
    try:
        lines = (_PROC / "status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None
