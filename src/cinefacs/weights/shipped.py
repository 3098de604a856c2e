"""Where the shipped weights lie."""

from importlib import resources
from pathlib import Path
from typing import Literal

from cinefacs.errors import ModelError

__all__ = ["ShippedPrecision", "shipped_detector", "shipped_weights"]

_FOLDER = "smart"
ShippedPrecision = Literal["fp16", "int8"]


def shipped_detector(precision: ShippedPrecision = "fp16") -> Path:
    """Return the folder of the shipped detector, as `cinefacs.inference.exported` reads it.

    Parameters
    ----------
    precision
        ``fp16``: exact; ``int8``: smaller, and faster on most processors.

    Raises
    ------
    ModelError
        It is not there: the package was installed without its data.
    """
    return _part(precision)


def shipped_weights() -> Path:
    """Return the shipped ``weights.safetensors``, to go on training from.

    Raises
    ------
    ModelError
        It is not there.
    """
    return _part("weights.safetensors")


def _part(name: str) -> Path:
    path = Path(str(resources.files("cinefacs.weights"))) / _FOLDER / name
    if not path.exists():
        raise ModelError(
            f"{path}: expected the shipped weights, got none",
            hint="give weights of your own (--weights), or make them with `make weights`",
        )
    return path
