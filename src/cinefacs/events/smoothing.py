"""Smooth scores over exact time, never across a gap."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["smooth_scores", "unbroken_runs"]

_REACH = 3.0  # standard deviations; what lies beyond weighs 1 % or less


def unbroken_runs(
    pts: npt.NDArray[np.int64], end_pts: npt.NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Return the first and the end row of each stretch of frames without a gap.

    Parameters
    ----------
    pts, end_pts : (N,) int64, ticks, ascending
    """
    n = len(pts)
    if n == 0:
        return []
    breaks = np.flatnonzero(pts[1:] != end_pts[:-1]) + 1
    return list(pairwise([0, *breaks.tolist(), n]))


def smooth_scores(
    scores: npt.NDArray[np.float32],
    middle_s: npt.NDArray[np.float64],
    shown_s: npt.NDArray[np.float64],
    *,
    sigma_s: float,
) -> npt.NDArray[np.float32]:
    """Return scores smoothed by a Gaussian over time.

    Each frame weighs as long as it is shown. At the ends the weights that are there are scaled
    to a sum of 1, so that a constant stays what it is.

    Parameters
    ----------
    scores : (N, K) float32
        Frames of one unbroken run.
    middle_s : (N,) s, ascending
        Middle of each frame.
    shown_s : (N,) s, above 0
        Length of each frame.
    sigma_s : s
        Standard deviation; 0 returns the scores as they are.

    Returns
    -------
    (N, K) float32, within the range of `scores`
    """
    if sigma_s == 0 or len(scores) < 2:
        return scores
    total = np.zeros_like(scores, dtype=np.float64)
    weights = np.zeros(len(scores))
    low = np.searchsorted(middle_s, middle_s - _REACH * sigma_s)
    reach = int((np.arange(len(scores)) - low).max())
    for shift in range(-reach, reach + 1):
        here = slice(max(-shift, 0), len(scores) - max(shift, 0))
        there = slice(max(shift, 0), len(scores) - max(-shift, 0))
        distance = (middle_s[there] - middle_s[here]) / sigma_s
        weight = shown_s[there] * np.exp(-0.5 * distance**2) * (np.abs(distance) <= _REACH)
        total[here] += weight[:, None] * scores[there]
        weights[here] += weight
    smoothed: npt.NDArray[np.float32] = (total / weights[:, None]).astype(np.float32)
    return smoothed
