"""What a person's face scores without any expression."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from cinefacs.events.config import EventConfig
from cinefacs.records.face_scores import FaceScores

__all__ = ["Baseline", "measure_baseline", "measure_neutral"]

_FULL_ODDS = 99.0**2
"""Odds ratio between a probability of 1 % and one of 99 %: a full rise."""
_SURE = 1e-9
"""Probability below which, and over 1 less which, odds are held."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """A person's own neutral."""

    levels: npt.NDArray[np.float32]
    """(K,) score of each class in the neutral face, 0 to 1."""
    seen_s: Fraction
    """Time in which the person could be read, s."""
    is_known: bool
    """Whether that was long enough."""

    def rise(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return how far probabilities rise above the neutral, by their odds.

        Odds and not differences, since a detector that is seldom sure tells a movement by a score
        that is many times the person's own neutral, be both small.

        Parameters
        ----------
        scores : (N, K) float32, 0 to 1
            Of a detector.

        Returns
        -------
        (N, K) float32, 0 to 1
            Logarithm of the odds ratio of score and level, as a share of that between 99 % and
            1 %; 0 below the neutral. 0.5 is an odds ratio of 99.
        """
        nats = _log_odds(scores) - _log_odds(self.levels)
        rise: npt.NDArray[np.float32] = np.clip(nats / np.log(_FULL_ODDS), 0, 1)
        return rise.astype(np.float32)

    def share_risen(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return how far measures that are no probabilities rise, as a share of what they could.

        Parameters
        ----------
        scores : (N, K) float32, 0 to 1
            Such as blendshapes, which say how far a face moves.

        Returns
        -------
        (N, K) float32, 0 to 1
            ``(score - level) / (1 - level)``; 0 below the neutral.
        """
        share: npt.NDArray[np.float32] = np.clip((scores - self.levels) / (1 - self.levels), 0, 1)
        return share.astype(np.float32)


def _log_odds(probability: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    inner = np.clip(probability.astype(np.float64), _SURE, 1 - _SURE)
    odds: npt.NDArray[np.float64] = np.log(inner) - np.log1p(-inner)
    return odds


def measure_neutral(scores: FaceScores, config: EventConfig) -> Baseline:
    """Return the neutral of a person that a detector read, for events.

    Parameters
    ----------
    scores
        All rows of the person.
    config
        The limits.

    Returns
    -------
    Baseline
        No level is below `EventConfig.least_baseline`; all are `EventConfig.max_baseline` if the
        neutral is not known.
    """
    baseline = measure_baseline(
        scores,
        quantile=config.baseline_quantile,
        max_level=config.max_baseline,
        min_seen_s=config.min_baseline_s,
    )
    if not baseline.is_known:
        return replace(baseline, levels=np.full_like(baseline.levels, config.max_baseline))
    return replace(baseline, levels=np.maximum(baseline.levels, config.least_baseline))


def measure_baseline(
    scores: FaceScores, *, quantile: float, max_level: float, min_seen_s: float
) -> Baseline:
    """Return a person's own neutral: a low quantile of each score over the time seen.

    Each frame counts as long as it is shown, so that a variable frame rate does no harm.

    Parameters
    ----------
    scores
        All rows of one person.
    quantile, max_level : 0 to 1
    min_seen_s : s
        With less the neutral is not known, and all levels are 0.
    """
    shown = scores.end_pts - scores.pts  # (N,) ticks
    seen_s = int(shown.sum()) * scores.time_base
    n_classes = len(scores.class_names)
    if not len(scores) or seen_s < Fraction(min_seen_s):
        return Baseline(levels=np.zeros(n_classes, np.float32), seen_s=seen_s, is_known=False)
    order = np.argsort(scores.scores, axis=0, kind="stable")  # (N, K)
    ranked = np.take_along_axis(scores.scores, order, axis=0)  # (N, K)
    passed = np.cumsum(shown[order], axis=0)  # (N, K) ticks at or below each score
    row = (passed < quantile * passed[-1]).sum(axis=0)  # (K,)
    levels = np.minimum(ranked[row, np.arange(n_classes)], max_level)
    return Baseline(levels=levels.astype(np.float32), seen_s=seen_s, is_known=True)
