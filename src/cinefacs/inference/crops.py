"""What a detector reads in crops that were cut elsewhere: one box and all scores for each."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["CropReadings", "best_of_each"]

Array = npt.NDArray[np.float32]


class CropReadings(NamedTuple):
    """The best box of each crop, however low its score: a reading is never absent."""

    boxes_xyxy: Array
    """(N, 4), px of the crop."""
    score: Array
    """(N,) 0 to 1: of the box's class; of `FACE` where boxes have several classes."""
    class_index: npt.NDArray[np.int64]
    """(N,) class of the box; `FACE` where boxes have several."""
    class_scores: Array
    """(N, K) 0 to 1: score of every class at that box."""


def best_of_each(boxes_xyxy: Array, scores: Array, *, face_index: int | None) -> CropReadings:
    """Return the best point of each crop.

    Parameters
    ----------
    boxes_xyxy : (N, A, 4), px
    scores : (N, A, K), 0 to 1
    face_index
        Position of `FACE` where boxes have several classes: its score alone decides. None: the
        best score of any class.
    """
    n, n_points, n_classes = scores.shape
    rows = np.arange(n)
    if face_index is None:
        flat = scores.reshape(n, n_points * n_classes).argmax(axis=1)  # (N,)
        points, classes = flat // n_classes, flat % n_classes
    else:
        points = scores[:, :, face_index].argmax(axis=1)  # (N,)
        classes = np.full(n, face_index)
    class_scores = scores[rows, points].clip(0, 1)  # (N, K)
    return CropReadings(
        boxes_xyxy=boxes_xyxy[rows, points],
        score=class_scores[rows, classes],
        class_index=classes.astype(np.int64),
        class_scores=class_scores,
    )
