"""Percentile intervals by resampling whole clusters, such as clips.

Frames of one clip resemble each other, so frames are no sample of independent units: an interval
over frames would be far too narrow. Clips are drawn instead, each with all its frames.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.metrics.agreement_counts import none_for_nan

__all__ = [
    "Intervals",
    "draw_cluster_weights",
    "leave_one_out",
    "percentile_intervals",
    "resample",
]

Floats = npt.NDArray[np.float64]

_LEAST_SHARE_DEFINED = 0.5
"""Below this share of resamples in which the measure is defined there is no interval."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Intervals:
    """Percentile intervals of several measures."""

    low: Floats
    """(S,) lower ends; NaN where there is no interval."""
    high: Floats
    """(S,) upper ends; NaN where there is no interval."""
    share_defined: Floats
    """(S,) share of the resamples in which the measure was defined, 0 to 1."""

    def at(self, index: int) -> tuple[float | None, float | None]:
        """Return one interval; None and None where there is none."""
        return none_for_nan(self.low[index]), none_for_nan(self.high[index])


def draw_cluster_weights(
    n_clusters: int, n_resamples: int, generator: np.random.Generator
) -> Floats:
    """Draw as many clusters as there are, with replacement, again and again.

    Parameters
    ----------
    n_clusters, n_resamples
        1 or more each.
    generator
        Source of chance; the same seed gives the same weights.

    Returns
    -------
    (n_resamples, n_clusters) float64
        How often each cluster was drawn; each row adds up to n_clusters.

    Raises
    ------
    SchemaError
        One of the numbers is below 1.
    """
    if min(n_clusters, n_resamples) < 1:
        raise SchemaError(
            f"bootstrap: expected 1 or more clusters and resamples, got {n_clusters}, {n_resamples}"
        )
    drawn = generator.integers(n_clusters, size=(n_resamples, n_clusters))
    offsets = np.arange(n_resamples)[:, None] * n_clusters
    weights = np.bincount((drawn + offsets).ravel(), minlength=n_resamples * n_clusters)
    return weights.reshape(n_resamples, n_clusters).astype(np.float64)


def resample(
    counts: npt.NDArray[Any], measure: Callable[[Floats], Floats], *, weights: Floats
) -> Floats:
    """Return measures of the resampled studies.

    Parameters
    ----------
    counts : (C, F)
        What each cluster contributes; the counts of a study are the sum over its clusters.
    measure
        From sums (B, F) to measures (B, S), NaN where undefined.
    weights : (B, C)
        As `draw_cluster_weights` draws them; the same for measures that are to be compared.

    Returns
    -------
    (B, S) float64
        NaN where a measure is undefined.

    Raises
    ------
    SchemaError
        The numbers of clusters differ.
    """
    if counts.shape[0] != weights.shape[1]:
        raise SchemaError(f"weights: expected {counts.shape[0]} clusters, got {weights.shape[1]}")
    contributes = counts.any(axis=1)
    # Columns and clusters of zeros add nothing to any sum, and most action units are rare.
    used = counts.any(axis=0)
    sums = np.zeros((weights.shape[0], counts.shape[1]))
    sums[:, used] = weights[:, contributes] @ counts[contributes][:, used].astype(np.float64)
    return measure(sums)


def leave_one_out(counts: npt.NDArray[Any], measure: Callable[[Floats], Floats]) -> Floats:
    """Return measures of the study without each of its clusters.

    Parameters
    ----------
    counts, measure
        As in `resample`.

    Returns
    -------
    (C, S) float64
        NaN where a measure is undefined without that cluster.
    """
    return measure(counts.sum(axis=0, dtype=np.float64) - counts)


def percentile_intervals(replicates: Floats, *, left_out: Floats, level: float = 0.95) -> Intervals:
    """Return the middle share of the resampled measures.

    Parameters
    ----------
    replicates : (B, S)
        As `resample` returns them; those that are NaN are left out.
    left_out : (C, S)
        As `leave_one_out` returns them. A measure that is undefined without one of the clusters
        rests on that one alone: it varies no more than that cluster with itself.
    level
        Share of the resamples inside, between 0 and 1.

    Returns
    -------
    Intervals
        None where the measure rests on one cluster, or is undefined in half of the resamples or
        more.

    Raises
    ------
    SchemaError
        The level is not between 0 and 1.

    References
    ----------
    B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13; C. A. Field
    and A. H. Welsh, "Bootstrapping clustered data", 2007.
    """
    if not 0 < level < 1:
        raise SchemaError(f"level: expected a share between 0 and 1, got {level}")
    ordered = np.sort(replicates, axis=0)  # NaN last
    n_defined = (~np.isnan(ordered)).sum(axis=0)
    share_defined = n_defined / ordered.shape[0]
    has_interval = (share_defined > _LEAST_SHARE_DEFINED) & ~np.isnan(left_out).any(axis=0)
    low = _quantiles(ordered, n_defined, (1 - level) / 2)
    high = _quantiles(ordered, n_defined, (1 + level) / 2)
    return Intervals(
        low=np.where(has_interval, low, np.nan),
        high=np.where(has_interval, high, np.nan),
        share_defined=share_defined,
    )


def _quantiles(ordered: Floats, n_defined: npt.NDArray[Any], share: float) -> Floats:
    """Return the quantile of each column's first `n_defined` values, linear between two."""
    place = np.maximum(n_defined - 1, 0) * share
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(n_defined - 1, 0))
    columns = np.arange(ordered.shape[1])
    return np.asarray(
        ordered[below, columns]
        + (place - below) * (ordered[above, columns] - ordered[below, columns])
    )
