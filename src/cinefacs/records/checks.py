"""What every record checks about its fields when it is made."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError

__all__ = ["freeze_array", "require"]


def require(condition: bool, field: str, expected: str, got: object) -> None:  # noqa: FBT001
    """Raise unless the condition holds.

    Parameters
    ----------
    condition
        What must be true.
    field
        Name of record and field, such as ``Shot.end_frame``.
    expected, got
        What the field should be, and what it is.

    Raises
    ------
    SchemaError
        ``field: expected ..., got ...``
    """
    if not condition:
        raise SchemaError(f"{field}: expected {expected}, got {got!r}")


def freeze_array(
    array: npt.ArrayLike, field: str, *, shape: tuple[int | None, ...], dtype: npt.DTypeLike
) -> npt.NDArray[Any]:
    """Return a read-only copy of `array` after a check of shape and finiteness.

    Parameters
    ----------
    array : any shape
    field
        Name of record and field, for the error.
    shape
        Expected lengths; None lets an axis be of any length.
    dtype
        Type that the values are stored in; a cast that loses integers' values is refused.

    Raises
    ------
    SchemaError
        The shape differs, or a value is not finite.
    """
    values = np.asarray(array)
    if values.size == 0 and len(shape) > 1 and values.shape[:1] == (0,):
        values = values.reshape([0 if axis is None else axis for axis in (None, *shape[1:])])
    fits = values.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, values.shape, strict=True)
    )
    require(fits, field, f"shape {shape}", values.shape)
    if values.size and not np.can_cast(values.dtype, dtype, casting="same_kind"):
        raise SchemaError(f"{field}: expected values of {np.dtype(dtype)}, got {values.dtype}")
    frozen = values.astype(dtype, copy=True)
    if np.issubdtype(frozen.dtype, np.floating):
        require(bool(np.isfinite(frozen).all()), field, "finite numbers", "NaN or infinity")
    frozen.flags.writeable = False
    return frozen
