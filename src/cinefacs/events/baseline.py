"""What a person's face scores without any expression."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from cinefacs.records.face_scores import FaceScores

__all__ = ["Baseline", "measure_baseline"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """A person's own neutral."""

    levels: npt.NDArray[np.float32]
    """(K,) score of each class in the neutral face, 0 to `EventConfig.max_baseline`."""
    seen_s: Fraction
    """Time in which the person could be read, s."""
    is_known: bool
    """Whether that was long enough; if not, all levels are 0."""

    def rise(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return how far scores rise above the neutral, as a share of what they could.

        Parameters
        ----------
        scores : (N, K) float32, 0 to 1

        Returns
        -------
        (N, K) float32, 0 to 1
            ``(score - level) / (1 - level)``; 0 below the neutral.
        """
        rise: npt.NDArray[np.float32] = np.clip(
            (scores - self.levels) / (1 - self.levels), 0, 1
        ).astype(np.float32)
        return rise


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
