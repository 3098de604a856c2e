"""What every record checks about its fields when it is made."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError

__all__ = ["freeze_array", "require", "require_steps", "require_within"]


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
    """Return a read-only copy of `array` after a check of shape, type and finiteness.

    Parameters
    ----------
    array : any shape
        An empty list stands for no rows, whatever the other axes.
    field
        Name of record and field, for the error.
    shape
        Expected lengths; None lets an axis be of any length.
    dtype
        Type that the values are stored in. Integers must keep their value; floats may be rounded.

    Raises
    ------
    SchemaError
        The shape differs, the type is of another kind, or a value is not finite or out of range.
    """
    values = np.asarray(array)
    if values.shape == (0,) and len(shape) > 1:
        values = values.reshape([0 if axis is None else axis for axis in (None, *shape[1:])])
    fits = values.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, values.shape, strict=True)
    )
    require(fits, field, f"shape {shape}", values.shape)
    if values.size and not np.can_cast(values.dtype, dtype, casting="same_kind"):
        raise SchemaError(f"{field}: expected values of {np.dtype(dtype)}, got {values.dtype}")
    with np.errstate(over="ignore"):  # what overflows is infinite, and refused as such below
        frozen = values.astype(dtype, copy=True)
    if np.issubdtype(frozen.dtype, np.integer):
        kept = bool((frozen == values).all())
        require(kept, field, f"values that fit into {frozen.dtype}", "larger ones")
    if np.issubdtype(frozen.dtype, np.floating):
        require(bool(np.isfinite(frozen).all()), field, "finite numbers", "NaN or infinity")
    frozen.flags.writeable = False
    return frozen


def require_steps(values: npt.NDArray[Any], field: str, *, at_most: int | None = None) -> None:
    """Raise unless every value is larger than the one before it.

    Parameters
    ----------
    values : (N,) integers
    field
        Name of record and field, for the error.
    at_most
        Largest step allowed; None allows any.

    Raises
    ------
    SchemaError
        A step is 0, negative or too large; the message names the first such pair.
    """
    steps = np.diff(values)
    is_wrong = steps < 1 if at_most is None else (steps < 1) | (steps > at_most)
    if is_wrong.any():
        row = int(is_wrong.argmax())
        expected = "ascending values" if at_most is None else f"ascending by at most {at_most}"
        pair = f"{values[row]} then {values[row + 1]} in rows {row} and {row + 1}"
        raise SchemaError(f"{field}: expected {expected}, got {pair}")


def require_within(values: npt.NDArray[Any], field: str, *, low: float, high: float) -> None:
    """Raise unless every value lies between `low` and `high`, both allowed.

    Parameters
    ----------
    values : any shape
    field
        Name of record and field, for the error.
    low, high
        In the unit of the values.

    Raises
    ------
    SchemaError
        A value lies outside; the message names the first.
    """
    outside = values[(values < low) | (values > high)]
    if outside.size:
        raise SchemaError(f"{field}: expected {low:g} to {high:g}, got {outside[0]}")
