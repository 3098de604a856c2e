"""Say clearly which extra a verb needs."""

import importlib.util

from cinefacs.errors import ModelError

__all__ = ["require_train_extra"]


def require_train_extra(verb: str) -> None:
    """Raise unless the packages of the extra ``train`` are installed.

    Parameters
    ----------
    verb
        That needs them.

    Raises
    ------
    ModelError
        One is missing.
    """
    needed = ("torch", "torchvision", "lightning", "safetensors", "faster_coco_eval")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(
            f"{verb}: expected the package {missing[0]}, got none",
            hint="pip install 'cinefacs[train]'",
        )
