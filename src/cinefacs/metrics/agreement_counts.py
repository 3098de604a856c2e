"""What measures of agreement are computed from: counts that add up over units and clips."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError

__all__ = [
    "MISSING",
    "coincidence_table",
    "confusion_table",
    "divide_or_nan",
    "none_for_nan",
    "value_counts",
]

MISSING = -1
"""Rating of a coder who did not judge the unit; 0 and above are positions in a list of values."""

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]  # integers, or sums of them in floats


def divide_or_nan(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> Floats:
    """Return the quotients; NaN where the denominator is 0.

    Parameters
    ----------
    numerator, denominator
        Of shapes that broadcast.
    """
    top, bottom = np.broadcast_arrays(
        np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    )
    quotients = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=quotients, where=bottom != 0)
    return quotients


def none_for_nan(value: float) -> float | None:
    """Return the value, or None where it is undefined."""
    return None if np.isnan(value) else float(value)


def _require_ratings(ratings: Counts, n_values: int, name: str) -> None:
    """Raise unless all ratings are `MISSING` or positions in a list of `n_values`."""
    if not np.issubdtype(ratings.dtype, np.integer):
        raise SchemaError(f"{name}: expected integer positions of values, got {ratings.dtype}")
    outside = ratings[(ratings < MISSING) | (ratings >= n_values)]
    if outside.size:
        raise SchemaError(f"{name}: expected {MISSING} to {n_values - 1}, got {outside[0]}")


def confusion_table(first: npt.ArrayLike, second: npt.ArrayLike, n_values: int) -> Counts:
    """Count how often two coders gave each pair of values.

    Parameters
    ----------
    first, second : (U,) integers
        Position of the value that each coder gave to each unit, or `MISSING`. Units that one of
        them did not judge are left out.
    n_values
        Number K of values.

    Returns
    -------
    (K, K) int64
        Rows are the first coder's values, columns the second's.

    Raises
    ------
    SchemaError
        The two differ in length, or a rating is none of the values.
    """
    a, b = np.asarray(first), np.asarray(second)
    if a.ndim != 1 or a.shape != b.shape:
        raise SchemaError(f"ratings: expected two rows of one length, got {a.shape}, {b.shape}")
    _require_ratings(a, n_values, "first")
    _require_ratings(b, n_values, "second")
    is_judged = (a != MISSING) & (b != MISSING)
    pairs = a[is_judged].astype(np.int64) * n_values + b[is_judged]
    return np.bincount(pairs, minlength=n_values**2).reshape(n_values, n_values)


def value_counts(ratings: npt.ArrayLike, n_values: int) -> Counts:
    """Count how many coders gave each value to each unit.

    Parameters
    ----------
    ratings : (R, U) integers
        Position of the value that each coder gave, or `MISSING`.
    n_values
        Number K of values.

    Returns
    -------
    (U, K) int64

    Raises
    ------
    SchemaError
        There are not two axes, or a rating is none of the values.
    """
    given = np.asarray(ratings)
    if given.ndim != 2:
        raise SchemaError(f"ratings: expected shape (coders, units), got {given.shape}")
    _require_ratings(given, n_values, "ratings")
    counts: Counts = (given[:, :, None] == np.arange(n_values)).sum(axis=0)  # (U, K)
    return counts


def coincidence_table(counts: npt.ArrayLike) -> Floats:
    """Return how often values meet within units, over all ordered pairs of coders.

    A unit that m coders judged has m (m - 1) such pairs, each of which counts 1 / (m - 1), so
    that every rating counts once. Units that fewer than two judged have none.

    Parameters
    ----------
    counts : (U, K) integers
        How many coders gave each value to each unit.

    Returns
    -------
    (K, K) float64
        Symmetric; its rows add up to the number of paired ratings with that value.
    """
    given = np.asarray(counts, np.float64)  # (U, K)
    n_coders = given.sum(axis=1)
    paired = given[n_coders >= 2]
    shares = paired / (n_coders[n_coders >= 2] - 1)[:, None]
    pairs: Floats = paired.T @ shares - np.diag(shares.sum(axis=0))
    return pairs
