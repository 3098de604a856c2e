"""Precision, recall and F1 over thresholds, and the areas under them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.metrics.box_matching import class_detections, match_boxes, require_same_pictures
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.detections import Detections

__all__ = [
    "Judgement",
    "ThresholdCurves",
    "class_average_precision",
    "interpolated_average_precision",
    "judge_boxes",
    "ranking_average_precision",
    "threshold_curves",
    "weighted_average_precision",
]

Floats = npt.NDArray[np.float64]

_RECALLS = np.linspace(0, 1, 101)
N_THRESHOLDS = 1001


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ThresholdCurves:
    """Counts of right and wrong boxes at each threshold, and what follows from them."""

    thresholds: Floats
    """(T,) ascending, 0 to 1: boxes with at least this score, as float32, count."""
    n_right: npt.NDArray[np.int64]
    """(T, K) found boxes that are true ones of their class."""
    n_found: npt.NDArray[np.int64]
    """(T, K) boxes found of which it is known whether they are right."""
    n_true: npt.NDArray[np.int64]
    """(K,) true boxes."""

    @property
    def precision(self) -> Floats:
        """(T, K): right over found; 1 where nothing was found."""
        return _share(self.n_right, self.n_found, empty=1.0)

    @property
    def recall(self) -> Floats:
        """(T, K): right over true; 0 where there is nothing to find."""
        return _share(self.n_right, np.broadcast_to(self.n_true, self.n_right.shape), empty=0.0)

    @property
    def f1(self) -> Floats:
        """(T, K): twice the right over found plus true; 0 where both are none."""
        return _share(2 * self.n_right, self.n_found + self.n_true, empty=0.0)

    @property
    def micro(self) -> tuple[Floats, Floats, Floats]:
        """Precision, recall and F1 (T,) each, all classes counted together."""
        right, found = self.n_right.sum(axis=1), self.n_found.sum(axis=1)
        true = np.full_like(right, self.n_true.sum())
        return (
            _share(right, found, empty=1.0),
            _share(right, true, empty=0.0),
            _share(2 * right, found + true, empty=0.0),
        )

    @property
    def macro_f1(self) -> Floats:
        """(T,) mean F1 of the classes that occur."""
        occurs = self.n_true > 0
        return self.f1[:, occurs].mean(axis=1) if occurs.any() else np.zeros(len(self.thresholds))

    def best_threshold(self) -> float:
        """Return the threshold of the best micro F1; of equals the middle one.

        Choose it on validation data, and apply it to test data as it is.
        """
        f1 = self.micro[2]
        best = np.flatnonzero(f1 >= f1.max() - 1e-12)
        return float(self.thresholds[best[len(best) // 2]])

    def at(self, threshold: float) -> int:
        """Return the row of the first threshold that is at least `threshold`.

        Raises
        ------
        SchemaError
            The threshold is not between 0 and 1.
        """
        if not 0 <= threshold <= 1:
            raise SchemaError(f"threshold: expected 0 to 1, got {threshold}")
        return int(np.searchsorted(self.thresholds, threshold - 1e-9))


def _share(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64], *, empty: float) -> Floats:
    result = np.full(part.shape, empty)
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def threshold_curves(
    detections: Detections, truth: BoxTruth, *, iou: float = 0.5
) -> ThresholdCurves:
    """Return the counts at 1001 thresholds from 0 to 1.

    Matching goes by descending score, so which boxes are right at one threshold does not depend
    on boxes below it, and one matching serves all thresholds. What lies on a face of which
    nothing is known of the class is left out (`judge_boxes`).

    Parameters
    ----------
    detections, truth
        Of the same pictures.
    iou
        Least overlap of a right box.

    Raises
    ------
    SchemaError
        They are not of the same pictures or classes.
    """
    thresholds = np.linspace(0, 1, N_THRESHOLDS)
    k = len(truth.class_space)
    n_right = np.zeros((N_THRESHOLDS, k), dtype=np.int64)
    n_found = np.zeros((N_THRESHOLDS, k), dtype=np.int64)
    least = thresholds.astype(np.float32)  # a score of 0.7 reaches 0.7 as floats of its own type
    for c, (score, is_right) in enumerate(_judged_of_each_class(detections, truth, iou)):
        n_found[:, c] = len(score) - np.searchsorted(np.sort(score), least)
        n_right[:, c] = is_right.sum() - np.searchsorted(np.sort(score[is_right]), least)
    return ThresholdCurves(
        thresholds=thresholds,
        n_right=n_right,
        n_found=n_found,
        n_true=truth.labels.sum(axis=0, dtype=np.int64),
    )


class Judgement(NamedTuple):
    """What became of each class detection, in the order of `class_detections`."""

    is_right: npt.NDArray[np.bool_]
    """(N,) is a true box of its class."""
    is_judged: npt.NDArray[np.bool_]
    """(N,) counts as right or wrong; False where nothing is known of the class."""


def judge_boxes(detections: Detections, truth: BoxTruth, *, iou: float = 0.5) -> Judgement:
    """Return whether each class detection is a true box of its class, and whether that is known.

    A detection that is no true box of its class but lies on a face of which nothing is known of
    the class is neither right nor wrong. It lies on a face where the share of its own area in the
    face's box is at least `iou`, as COCO has it for crowds; several may lie on one face.

    Parameters
    ----------
    detections, truth
        Of the same pictures.
    iou
        Least overlap.
    """
    found = class_detections(detections)
    is_right = np.zeros(len(found.score), dtype=bool)
    is_judged = np.ones(len(found.score), dtype=bool)
    for c in range(len(truth.class_space)):
        own, true = found.class_index == c, truth.labels[:, c] == 1
        matched = match_boxes(
            found.boxes_xyxy[own],
            found.picture_index[own],
            found.score[own],
            truth.boxes_xyxy[true],
            truth.picture_index[true],
            iou=iou,
        )
        is_right[own] = matched >= 0
        unknown = ~truth.is_known[:, c]
        if unknown.any():
            rows = np.flatnonzero(own & ~is_right)
            is_judged[rows] = ~_lie_on(
                found.boxes_xyxy[rows],
                found.picture_index[rows],
                truth.boxes_xyxy[unknown],
                truth.picture_index[unknown],
                share=iou,
            )
    return Judgement(is_right, is_judged)


def _lie_on(
    boxes_xyxy: npt.NDArray[np.float32],
    picture_index: npt.NDArray[np.int64],
    faces_xyxy: npt.NDArray[np.float32],
    faces_picture_index: npt.NDArray[np.int64],
    *,
    share: float,
) -> npt.NDArray[np.bool_]:
    """Return whether so much of each box lies inside one of the faces of its picture: (N,)."""
    result = np.zeros(len(boxes_xyxy), dtype=bool)
    for picture in np.unique(faces_picture_index):
        rows = np.flatnonzero(picture_index == picture)
        boxes = boxes_xyxy[rows, None].astype(np.float64)  # (n, 1, 4)
        faces = faces_xyxy[None, faces_picture_index == picture].astype(np.float64)  # (1, m, 4)
        low = np.maximum(boxes[..., :2], faces[..., :2])  # (n, m, 2)
        high = np.minimum(boxes[..., 2:], faces[..., 2:])  # (n, m, 2)
        inside = np.clip(high - low, 0, None).prod(axis=2)  # (n, m)
        area = (boxes[..., 2:] - boxes[..., :2]).prod(axis=2)  # (n, 1)
        shares = np.divide(inside, area, out=np.zeros_like(inside), where=area > 0)
        result[rows] = (shares >= share).any(axis=1)
    return result


def class_average_precision(
    detections: Detections, truth: BoxTruth, *, iou: float = 0.5
) -> dict[str, float]:
    """Return the average precision of each class that occurs, by COCO's rule.

    Detections on faces of which nothing is known of the class are left out.

    Parameters
    ----------
    detections, truth
        Of the same pictures.
    iou
        Least overlap of a right box.

    Raises
    ------
    SchemaError
        They are not of the same pictures or classes.
    """
    result = {}
    for c, (score, is_right) in enumerate(_judged_of_each_class(detections, truth, iou)):
        n_true = int(truth.labels[:, c].sum())
        if n_true:
            name = truth.class_space.names[c]
            result[name] = interpolated_average_precision(score, is_right, n_true)
    return result


def _judged_of_each_class(
    detections: Detections, truth: BoxTruth, iou: float
) -> Iterator[tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]]:
    """Yield, class by class, the scores of the detections that are judged, and which are right.

    Raises
    ------
    SchemaError
        They are not of the same pictures or classes.
    """
    require_same_pictures(detections, truth)
    found = class_detections(detections)
    is_right, is_judged = judge_boxes(detections, truth, iou=iou)
    for c in range(len(truth.class_space)):
        own = (found.class_index == c) & is_judged
        yield found.score[own], is_right[own]


def interpolated_average_precision(
    score: npt.NDArray[np.float32], is_right: npt.NDArray[np.bool_], n_true: int
) -> float:
    """Return the mean over 101 recalls of the best precision at that recall or beyond.

    Parameters
    ----------
    score, is_right : (N,)
        Of the found boxes of one class.
    n_true
        True boxes of the class, at least 1.

    References
    ----------
    T.-Y. Lin et al., "Microsoft COCO", ECCV 2014, and the evaluation code that goes with it.
    """
    order = np.argsort(-score, kind="stable")
    return weighted_average_precision(is_right[order], np.ones(len(score), np.int64), n_true)


def weighted_average_precision(
    is_right: npt.NDArray[np.bool_], weights: npt.NDArray[np.int64], n_true: int
) -> float:
    """Return `interpolated_average_precision` with each box counted several times, or not at all.

    Parameters
    ----------
    is_right, weights : (N,)
        Whether each found box is a true one, and how often it counts; best score first.
    n_true
        True boxes, counted as often as theirs, at least 1.
    """
    right = np.cumsum(is_right * weights)
    found = np.cumsum(weights)
    precision = np.divide(right, found, out=np.zeros(len(right)), where=found > 0)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    place = np.searchsorted(right / n_true, _RECALLS, side="left")
    values = np.append(envelope, 0.0)[place]
    return float(values.mean())


def ranking_average_precision(
    score: npt.NDArray[np.float32], is_positive: npt.NDArray[np.bool_]
) -> float | None:
    """Return ``sum (R_n - R_n-1) P_n`` over the distinct scores, from the best down.

    Parameters
    ----------
    score, is_positive : (N,)
        Of things that all were judged, such as matched faces.

    Returns
    -------
    float or None
        None where nothing is positive. Chance is the share of positives.
    """
    n_positive = int(is_positive.sum())
    if not n_positive:
        return None
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.diff(score[order], append=-np.inf))  # last row of equal scores
    right = np.cumsum(is_positive[order])[ends]
    gained = np.diff(right / n_positive, prepend=0.0)
    return float((gained * right / (ends + 1)).sum())
