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


def best_of_each(
    boxes_xyxy: Array,
    scores: Array,
    *,
    face_index: int | None,
    counts: npt.NDArray[np.bool_] | None = None,
) -> CropReadings:
    """Return the best point of each crop.

    Parameters
    ----------
    boxes_xyxy : (N, A, 4), px
    scores : (N, A, K), 0 to 1
    face_index
        Position of `FACE` where boxes have several classes: its score alone decides. None: the
        best score of any class.
    counts : (N, A)
        Points that count, all when None; the score of a crop in which none does is 0.
    """
    n = len(scores)
    rows = np.arange(n)
    sure = scores.max(axis=2) if face_index is None else scores[:, :, face_index]  # (N, A)
    if counts is not None:
        sure = np.where(counts, sure, 0)
    points = sure.argmax(axis=1)  # (N,)
    found = scores[rows, points]  # (N, K)
    classes = found.argmax(axis=1) if face_index is None else np.full(n, face_index)
    return CropReadings(
        boxes_xyxy=boxes_xyxy[rows, points],
        score=sure[rows, points].clip(0, 1),
        class_index=classes.astype(np.int64),
        class_scores=found.clip(0, 1),
    )
