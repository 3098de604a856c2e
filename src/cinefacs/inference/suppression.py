"""Which boxes stay: the same rule as in training, in numpy."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cinefacs.geometry.boxes import pairwise_iou

__all__ = ["KeptBoxes", "suppress"]

MOST_CANDIDATES = 3_000
"""Boxes of one picture that are looked at, the best ones."""


class KeptBoxes(NamedTuple):
    """The boxes of one picture, best first."""

    boxes_xyxy: npt.NDArray[np.float32]
    """(N, 4), px."""
    score: npt.NDArray[np.float32]
    """(N,)."""
    class_index: npt.NDArray[np.int64]
    """(N,)."""
    class_scores: npt.NDArray[np.float32]
    """(N, K)."""

    def first(self) -> "KeptBoxes":
        """Return the best box alone, or none where there is none."""
        return KeptBoxes(
            self.boxes_xyxy[:1], self.score[:1], self.class_index[:1], self.class_scores[:1]
        )


def suppress(
    boxes_xyxy: npt.NDArray[np.float32],
    scores: npt.NDArray[np.float32],
    *,
    face_index: int | None,
    score_floor: float,
    nms_iou: float = 0.7,
    most_boxes: int = 300,
) -> KeptBoxes:
    """Return the boxes that no better box of the same class covers.

    Parameters
    ----------
    boxes_xyxy : (A, 4), px
    scores : (A, K), 0 to 1
    face_index
        Position of `FACE` where boxes have several classes: its score alone decides. None: every
        class of a point is a candidate of its own.
    score_floor
        Least score.
    nms_iou
        Overlap beyond which the lesser of two boxes goes.
    most_boxes
        Boxes kept, the best ones.
    """
    if face_index is None:
        points, classes = np.nonzero(scores > score_floor)
    else:
        points = np.flatnonzero(scores[:, face_index] > score_floor)
        classes = np.full(len(points), face_index)
    candidate = scores[points, classes]
    order = np.argsort(-candidate, kind="stable")[:MOST_CANDIDATES]
    points, classes, candidate = points[order], classes[order], candidate[order]
    boxes = boxes_xyxy[points]
    kept: list[int] = []
    is_alive = np.ones(len(order), dtype=bool)
    for row in range(len(order)):
        if not is_alive[row]:
            continue
        kept.append(row)
        if len(kept) == most_boxes:
            break
        covered = pairwise_iou(boxes[row : row + 1], boxes[row + 1 :])[0] > nms_iou
        is_alive[row + 1 :] &= ~(covered & (classes[row + 1 :] == classes[row]))
    return KeptBoxes(
        boxes_xyxy=np.asarray(boxes[kept], dtype=np.float32).reshape(-1, 4),
        score=np.asarray(candidate[kept], dtype=np.float32),
        class_index=np.asarray(classes[kept], dtype=np.int64),
        class_scores=np.asarray(scores[points[kept]], dtype=np.float32),
    )
