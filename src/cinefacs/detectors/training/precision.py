"""Which arithmetic a training computes in."""

from typing import Literal

import torch

__all__ = ["has_bf16", "resolve_precision"]

_BF16_PARTS = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")
"""Names of instructions that multiply bf16 numbers; without them each is turned into fp32 first."""


def has_bf16(device: str) -> bool:
    """Return whether a device computes in bf16, rather than imitate it.

    Parameters
    ----------
    device
        ``cpu``, ``cuda``, ...; others than these two count as having none.
    """
    kind = device.partition(":")[0]
    if kind == "cpu":
        known: dict[str, object] = getattr(
            torch.cpu, "get_capabilities", dict
        )()  # older torch has none
        return any(known.get(name, False) for name in _BF16_PARTS)
    if kind in {"cuda", "gpu"}:
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    return False


def resolve_precision(
    asked: Literal["auto", "fp32", "bf16"], device: str
) -> Literal["fp32", "bf16"]:
    """Return the arithmetic of a training.

    Where a processor only imitates bf16 it is several times slower than fp32, so ``auto`` takes
    bf16 only where it is computed.

    Parameters
    ----------
    asked
        Of the configuration; what is named is taken as it is.
    device
        Where the training runs.
    """
    if asked == "auto":
        return "bf16" if has_bf16(device) else "fp32"
    return asked
