"""From a detector's scores to probabilities: a slope and an offset for each class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.records.checks import require

__all__ = ["Calibration"]

_EDGE = 1e-6
"""Scores are kept this far from 0 and 1, where logits are infinite."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """Platt's calibration: ``p = sigmoid(slope logit(score) + offset)``, class by class.

    References
    ----------
    J. Platt, "Probabilistic outputs for support vector machines", 1999; here on the logit of a
    score that lies between 0 and 1.
    """

    slope: tuple[float, ...]
    """(K,) by class, in the order of the class space; above 0, so that ranks stay."""
    offset: tuple[float, ...]
    """(K,)."""

    def __post_init__(self) -> None:
        """Check that both have one length, and that ranks stay."""
        n, m = len(self.slope), len(self.offset)
        require(n == m, "Calibration", "as many slopes as offsets", (n, m))
        is_finite = bool(np.isfinite([*self.slope, *self.offset]).all())
        is_rising = is_finite and all(value > 0 for value in self.slope)
        require(is_rising, "Calibration", "finite numbers, slopes above 0", self.slope)

    def apply(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return calibrated scores.

        Parameters
        ----------
        scores : (..., K), 0 to 1

        Raises
        ------
        SchemaError
            Another number of classes.
        """
        if scores.shape[-1] != len(self.slope):
            raise SchemaError(
                f"calibration: expected scores of {len(self.slope)} classes, got {scores.shape}"
            )
        cut = np.clip(scores.astype(np.float64), _EDGE, 1 - _EDGE)
        logits = np.log(cut / (1 - cut)) * np.array(self.slope) + np.array(self.offset)
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)

    def as_document(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"slope": list(self.slope), "offset": list(self.offset)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Calibration":
        """Return the calibration that `as_document` wrote.

        Raises
        ------
        SchemaError
            A key is missing, unknown or wrong.
        """
        is_known = set(document) == {"slope", "offset"}
        require(is_known, "calibration", "the keys slope and offset", document)
        try:
            slope, offset = (tuple(map(float, document[key])) for key in ("slope", "offset"))
        except (TypeError, ValueError) as error:
            raise SchemaError(f"calibration: expected lists of numbers, got: {error}") from error
        return cls(slope=slope, offset=offset)
