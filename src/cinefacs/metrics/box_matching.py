"""Which found box is which true one: greedy by score, as COCO counts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.detections import Detections

__all__ = ["ClassDetections", "class_detections", "match_boxes", "require_same_pictures"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ClassDetections:
    """Detections with one class each: those with several are written once for each class."""

    picture_index: npt.NDArray[np.int64]
    """(N,)."""
    boxes_xyxy: npt.NDArray[np.float32]
    """(N, 4), px."""
    class_index: npt.NDArray[np.int64]
    """(N,)."""
    score: npt.NDArray[np.float32]
    """(N,), 0 to 1."""


def require_same_pictures(detections: Detections, truth: BoxTruth) -> None:
    """Raise unless both speak of the same pictures and classes.

    Raises
    ------
    SchemaError
        They do not.
    """
    if detections.class_space.names != truth.class_space.names:
        raise SchemaError(
            f"detections: expected the classes {truth.class_space.names}, "
            f"got {detections.class_space.names}"
        )
    if detections.n_pictures != truth.n_pictures:
        raise SchemaError(
            f"detections: expected {truth.n_pictures} pictures, got {detections.n_pictures}"
        )


def class_detections(detections: Detections) -> ClassDetections:
    """Return the detections with one class each.

    Parameters
    ----------
    detections
        Where boxes have several classes, each box stands once for every class, with that class's
        score.

    Raises
    ------
    SchemaError
        Boxes have several classes but no scores of them.
    """
    if not detections.class_space.multi_label:
        return ClassDetections(
            picture_index=detections.picture_index,
            boxes_xyxy=detections.boxes_xyxy,
            class_index=detections.class_index,
            score=detections.score,
        )
    if detections.class_scores is None:
        raise SchemaError("detections: expected scores of all classes, got only the box's own")
    n, k = detections.class_scores.shape
    return ClassDetections(
        picture_index=np.repeat(detections.picture_index, k),
        boxes_xyxy=np.repeat(detections.boxes_xyxy, k, axis=0),
        class_index=np.tile(np.arange(k), n),
        score=detections.class_scores.ravel(),
    )


def match_boxes(
    boxes_xyxy: npt.NDArray[np.float32],
    picture_index: npt.NDArray[np.int64],
    score: npt.NDArray[np.float32],
    true_boxes_xyxy: npt.NDArray[np.float32],
    true_picture_index: npt.NDArray[np.int64],
    *,
    iou: float = 0.5,
) -> npt.NDArray[np.int64]:
    """Return the true box that each found box is, -1 where it is none.

    In each picture the best-scored box goes first and takes the true box that it overlaps most of
    those not yet taken. Classes are not looked at: call it for one class after the other where
    they matter.

    Parameters
    ----------
    boxes_xyxy, picture_index, score : (N, 4) px, (N,), (N,)
        Found.
    true_boxes_xyxy, true_picture_index : (M, 4) px, (M,)
        True.
    iou
        Least overlap.

    Returns
    -------
    (N,) int64
        Row of the true box, each at most once.

    References
    ----------
    T.-Y. Lin et al., "Microsoft COCO", ECCV 2014, and the evaluation code that goes with it.
    """
    matched = np.full(len(score), -1, dtype=np.int64)
    order = np.lexsort((-score, picture_index))
    starts = np.flatnonzero(np.diff(picture_index[order], prepend=-1))
    for rows in np.split(order, starts[1:]) if len(order) else ():
        true_rows = np.flatnonzero(true_picture_index == picture_index[rows[0]])
        if not len(true_rows):
            continue
        overlap = pairwise_iou(boxes_xyxy[rows], true_boxes_xyxy[true_rows])  # (n, m)
        is_free = np.ones(len(true_rows), dtype=bool)
        for row, overlaps in zip(rows, overlap, strict=True):
            candidate = np.where(is_free, overlaps, -1.0)
            best = int(candidate.argmax())
            if candidate[best] >= iou:
                matched[row] = true_rows[best]
                is_free[best] = False
    return matched
