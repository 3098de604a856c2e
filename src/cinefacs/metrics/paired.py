"""Compare two sets of answers to the same questions: intervals, tests, effect sizes.

Faces of one person are alike, so that faces are no independent draws: people are. Everything here
works on sums by cluster (a person, a film): what is resampled or flipped are whole clusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError

__all__ = ["PairedDifference", "bootstrap_share", "compare_paired", "holm", "sums_by_cluster"]

Floats = npt.NDArray[np.float64]
_EXACT_CLUSTERS = 14
"""Up to this many clusters all 2^n flips are counted."""
_N_FLIPS = 100_000
"""Flips drawn of more clusters: the smallest p, 1e-5, may be corrected for thousands of others."""
_FLIPS_AT_A_TIME = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class PairedDifference:
    """How much better the first answers are than the second."""

    difference: float
    """Difference of the shares of right answers, -1 to 1."""
    low: float
    """Lower end of the bootstrap interval."""
    high: float
    """Upper end."""
    p_value: float
    """Of the sign-flip test, two-sided."""
    effect_size: float | None
    """Mean over standard deviation of the clusters' differences (Cohen's d_z); None where they
    do not differ or there is one cluster."""
    n_clusters: int
    """People, or films."""
    n: int
    """Questions."""


def sums_by_cluster(values: npt.ArrayLike, clusters: Sequence[str]) -> tuple[Floats, Floats]:
    """Return the sum and the count of each cluster, in the order of the clusters' names.

    Parameters
    ----------
    values : (N,)
    clusters : (N,) names

    Raises
    ------
    SchemaError
        The lengths differ.
    """
    array = np.asarray(values, np.float64)
    if array.shape != (len(clusters),):
        raise SchemaError(f"clusters: expected one for each of {array.shape}, got {len(clusters)}")
    _, index = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    n = int(index.max()) + 1 if len(index) else 0
    sums, counts = np.bincount(index, array, n), np.bincount(index, minlength=n)
    return sums.astype(np.float64), counts.astype(np.float64)


def bootstrap_share(
    values: npt.ArrayLike,
    clusters: Sequence[str],
    *,
    seed: int,
    n_resamples: int = 2000,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """Return the percentile interval of a mean over resampled clusters.

    Parameters
    ----------
    values : (N,)
        Such as 1 for each right answer.
    clusters : (N,)
        Who or what each belongs to.
    seed
        Of the draws.
    n_resamples
        Draws.
    level
        Above 0, below 1.

    Returns
    -------
    low, high
        None where there are fewer than two clusters.

    References
    ----------
    B. Efron, R. Tibshirani, *An Introduction to the Bootstrap*, 1993, sections 8.4 and 13.3.
    """
    sums, counts = sums_by_cluster(values, clusters)
    if len(sums) < 2:
        return None
    return _interval(sums, counts, seed=seed, n_resamples=n_resamples, level=level)


def _interval(
    sums: Floats, counts: Floats, *, seed: int, n_resamples: int, level: float
) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    n = len(sums)
    draws = rng.multinomial(n, np.full(n, 1 / n), size=n_resamples)  # (R, n) times drawn
    means = (draws @ sums) / (draws @ counts)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def compare_paired(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    clusters: Sequence[str],
    *,
    seed: int,
    n_resamples: int = 2000,
    level: float = 0.95,
) -> PairedDifference | None:
    """Return how much more often the first answers are right than the second.

    Parameters
    ----------
    first, second : (N,) of 0 and 1
        Answers to the same questions in the same order.
    clusters : (N,)
        Who or what each question belongs to.
    seed, n_resamples, level
        As for `bootstrap_share`; p does not depend on the number of resamples.

    Returns
    -------
    PairedDifference or None
        None where there are fewer than two clusters.

    Raises
    ------
    SchemaError
        The lengths differ.

    References
    ----------
    M. D. Ernst, "Permutation methods: a basis for exact inference", Statistical Science 19,
    2004, section 3: signs of paired differences.
    """
    left, right = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if left.shape != right.shape:
        raise SchemaError(
            f"pairs: expected as many first as second, got {left.shape}, {right.shape}"
        )
    sums, counts = sums_by_cluster(left - right, clusters)
    if len(sums) < 2:
        return None
    low, high = _interval(sums, counts, seed=seed, n_resamples=n_resamples, level=level)
    means = sums / counts
    spread = float(means.std(ddof=1))
    return PairedDifference(
        difference=float(sums.sum() / counts.sum()),
        low=low,
        high=high,
        p_value=_flip_test(sums, seed=seed),
        effect_size=float(means.mean()) / spread if spread > 0 else None,
        n_clusters=len(sums),
        n=int(counts.sum()),
    )


def _flip_test(sums: Floats, *, seed: int) -> float:
    """Return how often clusters with random signs differ at least as much, all signs if few."""
    n = len(sums)
    if n <= _EXACT_CLUSTERS:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)  # (2^n, n)
        is_extreme = np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9
        return float(is_extreme.mean())
    rng = np.random.default_rng(seed)
    n_extreme = 1  # the signs seen count as one draw
    for _ in range(_N_FLIPS // _FLIPS_AT_A_TIME):
        signs = 1 - 2 * rng.integers(2, size=(_FLIPS_AT_A_TIME, n))
        n_extreme += int((np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9).sum())
    return n_extreme / (_N_FLIPS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number, in the order given.

    Parameters
    ----------
    p_values : (N,) 0 to 1

    Raises
    ------
    SchemaError
        One is not between 0 and 1.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6, 1979.
    """
    values = np.asarray(p_values, np.float64)
    if len(values) and not ((values >= 0) & (values <= 1)).all():
        raise SchemaError(f"p-values: expected 0 to 1, got {list(p_values)}")
    order = np.argsort(values, kind="stable")
    factors = len(values) - np.arange(len(values))
    stepped = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    corrected = np.empty(len(values))
    corrected[order] = stepped
    return corrected.tolist()
