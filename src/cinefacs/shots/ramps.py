"""Find gradual transitions: pictures that are mixtures of two others, in a rising share.

A dissolve from A to B shows ``(1 - a) A + a B`` with a rising from 0 to 1; a fade is a dissolve
to or from one flat colour.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.shots.config import CutConfig
from cinefacs.shots.signatures import mixture_distance

__all__ = ["MIN_RAMP", "Ramp", "could_be_ramp", "fit_ramps", "mixture_share"]

MIN_RAMP = 4
"""Fewest steps of a ramp: three mixed frames; fewer cannot be told from a cut."""
_SURE_SHARE = (0.12, 0.88)
"""Shares between which the line is fitted: beyond, noise weighs more than mixture."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ramp:
    """A mixture with a rising share, in rows of the frames that were fitted."""

    start: float
    """Row at which the share leaves 0; the first mixed row is the next."""
    end: float
    """Row at which the share reaches 1."""
    last_row: int
    """Row that was taken for the picture after the transition."""


def mixture_share(
    frames: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return how much of the last frame is in each, and what that does not explain.

    Parameters
    ----------
    frames : (n, D) float64

    Returns
    -------
    share : (n,) float64
        Least-squares a in ``(1 - a) first + a last``; 0 for the first, 1 for the last.
    residual : (n,) float64, 0 or more
        Length of what is left, in shares of the length of ``last - first``.
    """
    moved = frames - frames[0]
    along = moved @ moved[-1]
    power = float(along[-1])
    if power == 0:
        return np.zeros(len(frames)), np.zeros(len(frames))
    left = np.einsum("nd,nd->n", moved, moved) - along**2 / power
    return along / power, np.sqrt(np.maximum(left, 0) / power)


def could_be_ramp(frames: npt.NDArray[np.float64], n_max: int, config: CutConfig) -> bool:
    """Return whether a transition of up to `n_max` frames may start with these frames.

    A straight ramp of n steps has gone ``k / n`` of its way after k of them, and every part of a
    ramp is a ramp: what has moved too little, or is no mixture of its own ends, starts none.

    Parameters
    ----------
    frames : (k + 1, D) float64
        The picture before, and k frames.
    n_max
        Steps of the longest transition.
    config
        The limits.
    """
    k = len(frames) - 1
    middle = frames[k // 2]
    furthest = max(
        mixture_distance(float(((frame - frames[0]) ** 2).sum())) for frame in (middle, frames[k])
    )
    if furthest < 0.8 * config.min_gradual_change * k / n_max:
        return False
    _, residual = mixture_share(frames[[0, k // 2, k]])
    return float(residual[1]) < 0.65


def fit_ramps(
    frames: npt.NDArray[np.float64], last_rows: Iterable[int], config: CutConfig
) -> Ramp | None:
    """Return the longest ramp that starts at the first frame, or None.

    Parameters
    ----------
    frames : (n, D) float64
        The last pure frame before the transition, and those that follow.
    last_rows
        Rows to try as the picture after the transition.
    config
        The limits.
    """
    moved = frames - frames[0]
    rows = [row for row in sorted(set(last_rows), reverse=True) if MIN_RAMP <= row < len(frames)]
    if not rows:
        return None
    along = moved @ moved[rows].T  # (n, R)
    squares = np.einsum("nd,nd->n", moved, moved)
    for at, row in enumerate(rows):
        power = float(along[row, at])
        if mixture_distance(power) < config.min_gradual_change:
            continue
        share = along[: row + 1, at] / power
        left = np.sqrt(np.maximum(squares[: row + 1] / power - share**2, 0))
        ramp = _fit_line(share, left, row, config)
        if ramp is not None:
            return ramp
    return None


def _fit_line(
    share: npt.NDArray[np.float64], left: npt.NDArray[np.float64], row: int, config: CutConfig
) -> Ramp | None:
    """Return the ramp if the share rises along a straight line from the first row on."""
    sure = np.flatnonzero((share > _SURE_SHARE[0]) & (share < _SURE_SHARE[1]))
    if len(sure) < MIN_RAMP - 2 or len(sure) != sure[-1] - sure[0] + 1:
        return None
    if float(np.sqrt(np.mean(left[sure] ** 2))) > config.max_mixture_residual:
        return None
    mean = sure.mean()
    slope = float(((sure - mean) * share[sure]).sum() / ((sure - mean) ** 2).sum())
    if slope <= 0:
        return None
    start = float(mean - share[sure].mean() / slope)
    end = start + 1 / slope
    straight = np.clip((np.arange(row + 1) - start) * slope, 0, 1)
    deviation = float(np.sqrt(np.mean((share - straight) ** 2)))
    if start >= 0.5 or start < -1.5 or deviation > config.max_ramp_deviation:
        return None
    return Ramp(start=start, end=end, last_row=row)
