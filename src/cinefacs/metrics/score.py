"""A score that never stands alone: its interval, what chance reaches, and over how many."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError

__all__ = ["Score", "Statistic", "bootstrap_interval", "bootstrap_score"]

Weights = npt.NDArray[np.float64]
Statistic = Callable[[Weights], float | None]
"""From how often each row counts, (N,), to a score; None where there is nothing to score."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A number with what is needed to judge it."""

    value: float | None
    """The score; None where there is nothing to score."""
    low: float | None = None
    """Lower end of the interval; None where the score rests on one group, or on very few."""
    high: float | None = None
    """Upper end."""
    chance: float | None = None
    """What the same score is for somebody who has not looked; None where that means nothing."""
    n: int = 0
    """Things that were scored."""

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def bootstrap_interval(
    statistic: Statistic,
    groups: Sequence[Hashable],
    *,
    n_draws: int = 400,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """Return the percentile interval of a score when whole groups are drawn anew.

    Rows of one person are alike, so that people are drawn, never single rows.

    Parameters
    ----------
    statistic
        Called with how often each row counts.
    groups : (N,)
        Person or film of each row.
    n_draws : 1 or more
    seed
        The same seed draws the same groups.
    level : above 0, below 1

    Returns
    -------
    (low, high) or None
        None with fewer than two groups; where nothing is left to score without one of them, so
        that the score rests on that one alone; and where half of the draws leave nothing.

    Raises
    ------
    SchemaError
        A number is out of range.

    References
    ----------
    B. Efron, R. Tibshirani, *An Introduction to the Bootstrap*, 1993, section 13.3; groups as in
    A. C. Davison, D. V. Hinkley, *Bootstrap Methods and their Application*, 1997, section 3.8.
    """
    if n_draws < 1 or not 0 < level < 1:
        raise SchemaError(
            f"bootstrap: expected a draw and a level between 0 and 1, got {n_draws}, {level}"
        )
    place: dict[Hashable, int] = {}
    of = np.array([place.setdefault(group, len(place)) for group in groups], np.int64)
    if len(place) < 2:
        return None
    if any(statistic((of != group).astype(np.float64)) is None for group in range(len(place))):
        return None
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(n_draws):
        drawn = rng.integers(0, len(place), len(place))
        counts = np.bincount(drawn, minlength=len(place)).astype(np.float64)
        value = statistic(counts[of])
        if value is not None:
            values.append(value)
    if len(values) * 2 < n_draws:
        return None
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def bootstrap_score(
    statistic: Statistic,
    groups: Sequence[Hashable],
    *,
    chance: float | None,
    n: int | None = None,
    n_draws: int = 400,
    seed: int = 0,
) -> Score:
    """Return a score over all rows with its interval.

    Parameters
    ----------
    statistic, groups, n_draws, seed
        As in `bootstrap_interval`.
    chance
        Of `Score`.
    n
        Of `Score`; the number of rows when None.
    """
    value = statistic(np.ones(len(groups)))
    ends = None
    if value is not None and n_draws:
        ends = bootstrap_interval(statistic, groups, n_draws=n_draws, seed=seed)
    low, high = ends or (None, None)
    return Score(value=value, low=low, high=high, chance=chance, n=len(groups) if n is None else n)
