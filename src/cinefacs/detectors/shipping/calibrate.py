"""Find slope and offset for each class, on faces of people that were not learned from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.records.calibration import Calibration
from cinefacs.records.class_space import ClassSpace

__all__ = ["Calibrated", "calibrate", "calibration_error"]

LEAST_FACES = 10
"""Faces with and without a class below which nothing is fitted: the scores stay as they are."""
_EDGE = 1e-6
_PRIOR_WEIGHT = 1.0
"""Pull of the slope towards 1 and the offset towards 0, as one face's worth of squared error."""
_MOST_STEPS = 50
_LEAST_SLOPE = 0.05
_N_BINS = 10

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibrated:
    """A calibration and what was fitted."""

    calibration: Calibration
    """Of all classes."""
    left: tuple[str, ...]
    """Classes that had too few faces; their scores stay."""


def calibrate(
    scores: npt.NDArray[np.float32],
    labels: npt.NDArray[np.bool_],
    is_known: npt.NDArray[np.bool_],
    space: ClassSpace,
    *,
    before: Calibration | None = None,
) -> Calibrated:
    """Return the calibration that makes the labels likeliest, class by class.

    The class `cinefacs.records.class_space.FACE` is left alone: its score is the box's, and has a
    threshold of its own.

    Parameters
    ----------
    scores : (N, K), 0 to 1
        As the network gives them.
    labels : (N, K) bool
    is_known : (N, K) bool
        False where nothing is known of a label.
    space
        Of the columns.
    before
        What stands for classes that have too few faces; None: their scores stay.

    References
    ----------
    J. Platt, 1999. Targets are his: ``(n + 1) / (n + 2)`` and ``1 / (m + 2)`` instead of 1 and 0.
    """
    slopes, offsets, left = np.ones(len(space)), np.zeros(len(space)), []
    if before is not None:
        slopes, offsets = np.array(before.slope), np.array(before.offset)
    for k, name in enumerate(space.names):
        if k == space.box_index:
            continue
        known = is_known[:, k]
        present = labels[known, k]
        n, m = int(present.sum()), int((~present).sum())
        if min(n, m) < LEAST_FACES:
            left.append(name)
            continue
        cut = np.clip(scores[known, k].astype(np.float64), _EDGE, 1 - _EDGE)
        targets = np.where(present, (n + 1) / (n + 2), 1 / (m + 2))
        slopes[k], offsets[k] = _fit(np.log(cut / (1 - cut)), targets)
    calibration = Calibration(
        slope=tuple(float(f"{v:.6g}") for v in slopes),
        offset=tuple(float(f"{v:.6g}") for v in offsets),
    )
    return Calibrated(calibration=calibration, left=tuple(left))


def _fit(logits: Floats, targets: Floats) -> tuple[float, float]:
    """Return slope and offset by Newton's method with a weak prior at 1 and 0."""
    columns = np.stack([logits, np.ones_like(logits)], axis=1)  # (N, 2)
    start = np.array([1.0, 0.0])
    values = start.copy()
    for _ in range(_MOST_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(columns @ values, -40, 40)))
        slope = columns.T @ (chance - targets) + _PRIOR_WEIGHT * (values - start)
        bend = (columns * (chance * (1 - chance))[:, None]).T @ columns
        bend += _PRIOR_WEIGHT * np.eye(2)
        step = np.linalg.solve(bend, slope)
        values = values - np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return max(_LEAST_SLOPE, float(values[0])), float(values[1])


def calibration_error(
    scores: npt.NDArray[np.float32],
    labels: npt.NDArray[np.bool_],
    is_known: npt.NDArray[np.bool_],
) -> float:
    """Return the mean gap between scores and shares, over ten equal bins of score.

    Parameters
    ----------
    scores : (N, K), 0 to 1
    labels : (N, K) bool
    is_known : (N, K) bool
        Others do not count.

    Returns
    -------
    float
        0 to 1: expected calibration error over all known labels together; 0 without any.
    """
    told, true = scores[is_known].astype(np.float64), labels[is_known].astype(np.float64)
    if not len(told):
        return 0.0
    bins = np.minimum((told * _N_BINS).astype(int), _N_BINS - 1)
    gaps = np.bincount(bins, told - true, minlength=_N_BINS)
    return float(np.abs(gaps).sum() / len(told))
