"""How well scores put what is there above what is not."""

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError

__all__ = ["Ranking"]

Floats = npt.NDArray[np.float64]


class Ranking:
    """Scores of things that all were judged, sorted once; weights may change.

    Parameters
    ----------
    score : (N,)
        The higher, the surer.
    is_positive : (N,) bool

    Raises
    ------
    SchemaError
        Shapes differ, or a score is not finite.
    """

    def __init__(self, score: npt.NDArray[np.floating], is_positive: npt.NDArray[np.bool_]) -> None:
        if score.shape != is_positive.shape or score.ndim != 1:
            raise SchemaError(
                f"ranking: expected as many scores as judgements, got {score.shape} and "
                f"{is_positive.shape}"
            )
        if not np.isfinite(score).all():
            raise SchemaError("ranking: expected finite scores, got others")
        _, self._place = np.unique(score, return_inverse=True)
        self._is_positive = is_positive.astype(np.float64)

    def auroc(self, weights: Floats | None = None) -> float | None:
        """Return the probability that a positive scores above a negative; ties count half.

        Parameters
        ----------
        weights : (N,) or None
            How often each counts; once when None.

        Returns
        -------
        float or None
            0 to 1, chance 0.5; None unless there are both.

        References
        ----------
        J. A. Hanley, B. J. McNeil, "The meaning and use of the area under a receiver operating
        characteristic (ROC) curve", Radiology 143, 1982.
        """
        counts = np.ones(len(self._place)) if weights is None else weights
        n = int(self._place.max()) + 1 if len(self._place) else 0
        positive = np.bincount(self._place, counts * self._is_positive, minlength=n)
        negative = np.bincount(self._place, counts * (1 - self._is_positive), minlength=n)
        n_positive, n_negative = positive.sum(), negative.sum()
        if not n_positive or not n_negative:
            return None
        below = np.cumsum(negative) - negative
        return float((positive * (below + negative / 2)).sum() / (n_positive * n_negative))
