"""What a detector found in a set of pictures."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.records.checks import freeze_array, require, require_within
from cinefacs.records.class_space import ClassSpace

__all__ = ["Detections"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Detections:
    """Every box found, flat over all pictures (or frames of a film), best first in each."""

    class_space: ClassSpace
    """What the scores' columns mean."""
    n_pictures: int
    """Pictures looked at, those without a box included."""
    picture_index: npt.NDArray[np.int64]
    """(N,) which picture, ascending."""
    boxes_xyxy: npt.NDArray[np.float32]
    """(N, 4), px of the original picture."""
    score: npt.NDArray[np.float32]
    """(N,) 0 to 1: of the box's class; of `FACE` where boxes have several classes."""
    class_index: npt.NDArray[np.int64]
    """(N,) class of the box; `FACE` where boxes have several."""
    class_scores: npt.NDArray[np.float32] | None = None
    """(N, K) 0 to 1: score of every class; None where the detector tells only the box's own."""

    def __post_init__(self) -> None:
        """Check shapes, order and ranges."""
        n, k = len(self.picture_index), len(self.class_space)
        values: dict[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]] = {
            "picture_index": freeze_array(
                self.picture_index, "Detections.picture_index", shape=(None,), dtype=np.int64
            ),
            "boxes_xyxy": freeze_array(
                self.boxes_xyxy, "Detections.boxes_xyxy", shape=(n, 4), dtype=np.float32
            ),
            "score": freeze_array(self.score, "Detections.score", shape=(n,), dtype=np.float32),
            "class_index": freeze_array(
                self.class_index, "Detections.class_index", shape=(n,), dtype=np.int64
            ),
        }
        if self.class_scores is not None:
            values["class_scores"] = freeze_array(
                self.class_scores, "Detections.class_scores", shape=(n, k), dtype=np.float32
            )
            require_within(values["class_scores"], "Detections.class_scores", low=0, high=1)
        index = values["picture_index"]
        require_within(index, "Detections.picture_index", low=0, high=self.n_pictures - 1)
        require(
            bool((np.diff(index) >= 0).all()),
            "Detections.picture_index",
            "ascending",
            "a step back",
        )
        require_within(values["score"], "Detections.score", low=0, high=1)
        require_within(values["class_index"], "Detections.class_index", low=0, high=k - 1)
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        """Return the number of boxes."""
        return len(self.picture_index)

    def select(self, is_kept: npt.NDArray[np.bool_]) -> "Detections":
        """Return the boxes for which a mask is true; the number of pictures stays.

        Parameters
        ----------
        is_kept : (N,) bool
        """
        scores = self.class_scores
        return Detections(
            class_space=self.class_space,
            n_pictures=self.n_pictures,
            picture_index=self.picture_index[is_kept],
            boxes_xyxy=self.boxes_xyxy[is_kept],
            score=self.score[is_kept],
            class_index=self.class_index[is_kept],
            class_scores=None if scores is None else scores[is_kept],
        )
