"""Krippendorff's alpha: any number of coders, missing ratings, four levels of measurement."""

from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.metrics.agreement_counts import (
    coincidence_table,
    divide_or_nan,
    none_for_nan,
    value_counts,
)

__all__ = ["Level", "krippendorff_alpha", "krippendorff_alphas"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]


class Level(StrEnum):
    """What the distance of two values means."""

    NOMINAL = "nominal"
    """The same or not."""
    ORDINAL = "ordinal"
    """How many ratings lie between them."""
    INTERVAL = "interval"
    """Their difference."""
    RATIO = "ratio"
    """Their difference over their sum."""


def krippendorff_alphas(
    coincidences: Counts, level: Level, *, values: npt.ArrayLike | None = None
) -> Floats:
    """Return alpha of each coincidence matrix.

    alpha = 1 - (n - 1) * sum(o_ck d_ck) / sum(n_c n_k d_ck), with d the squared distance of two
    values at the level of measurement.

    Parameters
    ----------
    coincidences : (..., K, K), 0 or more
        As `coincidence_table` gives them, or sums of such.
    level
        Level of measurement. For the ordinal level the values stand in their order.
    values : (K,) numbers
        What the positions stand for at the interval and the ratio level; 0, 1, 2... when None.

    Returns
    -------
    (...) float64, at most 1
        NaN where it is undefined: no unit that two coders judged, or no variation in those.

    Raises
    ------
    SchemaError
        There are not K values, or one is below 0 at the ratio level.

    References
    ----------
    K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011; "Content Analysis", 2004,
    chapter 11. Differs from the latter, which lets alpha be 0 without variation: we do not report
    a number where there is no evidence.
    """
    pairs = np.asarray(coincidences, np.float64)  # (..., K, K)
    n_values = pairs.sum(axis=-1)  # (..., K)
    n = n_values.sum(axis=-1)
    distances = _squared_distances(n_values, level, values)  # (..., K, K)
    observed = (pairs * distances).sum(axis=(-2, -1))
    by_chance = (n_values[..., :, None] * n_values[..., None, :] * distances).sum(axis=(-2, -1))
    # Sums of rounded shares need not be exact, but only a value that occurs has a sum above 0.
    is_varied = (n_values > 0).sum(axis=-1) > 1
    return 1 - divide_or_nan((n - 1) * observed, np.where(is_varied, by_chance, 0.0))


def _squared_distances(
    n_values: Floats, level: Level, values: npt.ArrayLike | None
) -> npt.NDArray[Any]:
    """Return the squared distance of each two values, shape (..., K, K) or (K, K)."""
    n_kinds = n_values.shape[-1]
    places = np.arange(n_kinds, dtype=np.float64) if values is None else np.asarray(values, float)
    if places.shape != (n_kinds,):
        raise SchemaError(f"values: expected {n_kinds} numbers, got shape {places.shape}")
    match level:
        case Level.NOMINAL:
            return 1 - np.eye(n_kinds)
        case Level.ORDINAL:
            # The ratings between two values, with half of those at both ends: as far apart as
            # the middles of their ranks.
            places = n_values.cumsum(axis=-1) - n_values / 2
        case Level.RATIO:
            if (places < 0).any():
                raise SchemaError(f"values: expected 0 or more, got {places.min():g}")
            sums = places[:, None] + places[None, :]
            differences = places[:, None] - places[None, :]
            return np.divide(differences, sums, out=np.zeros_like(sums), where=sums > 0) ** 2
        case Level.INTERVAL:
            pass
    return (places[..., :, None] - places[..., None, :]) ** 2


def krippendorff_alpha(
    ratings: npt.ArrayLike,
    level: Level,
    *,
    n_values: int | None = None,
    values: npt.ArrayLike | None = None,
) -> float | None:
    """Return Krippendorff's alpha of a table of ratings; None where it is undefined.

    Parameters
    ----------
    ratings : (R, U) integers
        Position of the value that each coder gave to each unit, or `MISSING`.
    level
        Level of measurement.
    n_values
        Number of values; one more than the highest position when None.
    values : (K,) numbers
        As `krippendorff_alphas`.

    Raises
    ------
    SchemaError
        There are not two axes, a rating is none of the values, or the values do not fit.
    """
    given = np.asarray(ratings)
    if n_values is None:
        n_values = int(given.max(initial=0)) + 1 if values is None else np.asarray(values).size
    table = coincidence_table(value_counts(given, n_values))
    return none_for_nan(krippendorff_alphas(table, level, values=values).item())
