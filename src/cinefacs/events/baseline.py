"""What a person's face scores without any expression."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from cinefacs.events.config import EventConfig
from cinefacs.records.class_space import EMOTIONS
from cinefacs.records.face_scores import FaceScores

__all__ = ["Baseline", "any_emotion", "measure_baseline", "measure_neutral"]

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
    any_emotion: float | None = None
    """Probability of any emotion in the neutral face, 0 to 1; None where it is not told."""

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
        return _rise(scores, self.levels)

    def rise_of_any_emotion(self, scores: FaceScores) -> npt.NDArray[np.float32] | None:
        """Return how far the probability of any emotion rises above the neutral, as `rise`.

        Returns
        -------
        (N,) float32, 0 to 1; None where the detector tells no emotions
        """
        probability = any_emotion(scores)
        if probability is None or self.any_emotion is None:
            return None
        return _rise(probability, np.float32(self.any_emotion))

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


def any_emotion(scores: FaceScores) -> npt.NDArray[np.float32] | None:
    """Return how probable it is that a face shows any of the seven emotions.

    They exclude each other, so their probabilities add up.

    Returns
    -------
    (N,) float32, 0 to 1; None where the detector tells no emotions
    """
    columns = [k for k, name in enumerate(scores.class_names) if name in EMOTIONS]
    if not columns:
        return None
    total: npt.NDArray[np.float32] = np.clip(scores.scores[:, columns].sum(axis=1), 0, 1)
    return total


def _rise(
    scores: npt.NDArray[np.float32], levels: npt.NDArray[np.float32] | np.float32
) -> npt.NDArray[np.float32]:
    nats = _log_odds(scores) - _log_odds(levels)
    rise: npt.NDArray[np.float32] = np.clip(nats / np.log(_FULL_ODDS), 0, 1).astype(np.float32)
    return rise


def _log_odds(
    probability: npt.NDArray[np.float32] | np.float32,
) -> npt.NDArray[np.float64]:
    inner = np.clip(np.asarray(probability, np.float64), _SURE, 1 - _SURE)
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
        With the level of any emotion. No level is below `EventConfig.least_baseline`; all are
        `EventConfig.max_baseline` if the neutral is not known.
    """
    baseline = measure_baseline(
        scores,
        quantile=config.baseline_quantile,
        max_level=config.max_baseline,
        min_seen_s=config.min_baseline_s,
    )
    emotion = any_emotion(scores)
    if not baseline.is_known:
        return replace(
            baseline,
            levels=np.full_like(baseline.levels, config.max_baseline),
            any_emotion=None if emotion is None else config.max_baseline,
        )
    least, most = config.least_baseline, config.max_baseline
    level = None
    if emotion is not None:
        shown = scores.end_pts - scores.pts  # (N,) ticks
        found = _quantile(emotion[:, None], shown, config.baseline_quantile)
        level = float(np.clip(found[0], least, most))
    return replace(baseline, levels=np.maximum(baseline.levels, least), any_emotion=level)


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
    levels = np.minimum(_quantile(scores.scores, shown, quantile), max_level)
    return Baseline(levels=levels.astype(np.float32), seen_s=seen_s, is_known=True)


def _quantile(
    values: npt.NDArray[np.float32], shown: npt.NDArray[np.int64], quantile: float
) -> npt.NDArray[np.float32]:
    """Return the (K,) quantile over time of (N, K) values that are shown for (N,) ticks."""
    order = np.argsort(values, axis=0, kind="stable")  # (N, K)
    ranked = np.take_along_axis(values, order, axis=0)  # (N, K)
    passed = np.cumsum(shown[order], axis=0)  # (N, K) ticks at or below each value
    row = (passed < quantile * passed[-1]).sum(axis=0)  # (K,)
    found: npt.NDArray[np.float32] = ranked[row, np.arange(values.shape[1])]
    return found
