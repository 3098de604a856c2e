"""What the matched faces were called: confusion, accuracy, counts for each label, calibration."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.metrics.box_matching import match_boxes, require_same_pictures
from cinefacs.metrics.precision_recall import ranking_average_precision
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.detections import Detections

__all__ = [
    "LabelCounts",
    "TopAccuracy",
    "confusion_matrix",
    "expected_calibration_error",
    "label_counts",
    "top_accuracy",
]


def _matched(detections: Detections, truth: BoxTruth, iou: float) -> npt.NDArray[np.int64]:
    require_same_pictures(detections, truth)
    return match_boxes(
        detections.boxes_xyxy,
        detections.picture_index,
        detections.score,
        truth.boxes_xyxy,
        truth.picture_index,
        iou=iou,
    )


def confusion_matrix(
    detections: Detections, truth: BoxTruth, *, threshold: float, iou: float = 0.5
) -> npt.NDArray[np.int64]:
    """Return how often each class was called each class, with the background as the last.

    Boxes are matched whatever their class, best score first.

    Parameters
    ----------
    detections, truth
        Of the same pictures, one label a box.
    threshold
        Least score of a box.
    iou
        Least overlap of a match.

    Returns
    -------
    (K + 1, K + 1) int64
        Rows true, columns found. Last row: found where nothing is; last column: not found.

    Raises
    ------
    SchemaError
        Boxes have several labels, for which there is no such matrix, or the pictures differ.
    """
    if truth.class_space.multi_label:
        raise SchemaError(
            "confusion matrix: expected one label a box, got several",
            hint="look at `label_counts` instead",
        )
    kept = detections.select(detections.score >= threshold)
    matched = _matched(kept, truth, iou)
    k = len(truth.class_space)
    matrix = np.zeros((k + 1, k + 1), dtype=np.int64)
    is_match = matched >= 0
    np.add.at(matrix, (truth.class_index[matched[is_match]], kept.class_index[is_match]), 1)
    matrix[k, :k] = np.bincount(kept.class_index[~is_match], minlength=k)
    is_missed = np.ones(len(truth), dtype=bool)
    is_missed[matched[is_match]] = False
    matrix[:k, k] = np.bincount(truth.class_index[is_missed], minlength=k)
    return matrix


@dataclass(frozen=True, kw_only=True, slots=True)
class TopAccuracy:
    """How often the best-scored class of a face is the right one."""

    matched: float | None
    """Share among the faces that were found; None where none was."""
    all_faces: float | None
    """The same with faces that were not found counted as wrong; None where there is none."""
    chance: float
    """One over the number of classes."""
    majority: float | None
    """Share of the most frequent class: what always saying it would reach."""
    n_matched: int
    """Faces that were found."""
    n_true: int
    """Faces in all."""


def top_accuracy(detections: Detections, truth: BoxTruth, *, iou: float = 0.5) -> TopAccuracy:
    """Return the accuracy of the best-scored class of each face.

    Parameters
    ----------
    detections, truth
        Of the same pictures, one label a box. Of several boxes on one face the best-scored counts.
    iou
        Least overlap of a match.

    Raises
    ------
    SchemaError
        Boxes have several labels, or the pictures differ.
    """
    if truth.class_space.multi_label:
        raise SchemaError("accuracy: expected one label a box, got several")
    matched = _matched(detections, truth, iou)
    is_match = matched >= 0
    right = int((truth.class_index[matched[is_match]] == detections.class_index[is_match]).sum())
    n_matched, n_true = int(is_match.sum()), len(truth)
    frequent = truth.labels.sum(axis=0).max() / n_true if n_true else None
    return TopAccuracy(
        matched=right / n_matched if n_matched else None,
        all_faces=right / n_true if n_true else None,
        chance=1 / len(truth.class_space),
        majority=None if frequent is None else float(frequent),
        n_matched=n_matched,
        n_true=n_true,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelCounts:
    """One label on the faces that were found: its 2 x 2 table, and its ranking."""

    name: str
    """Of the class."""
    n_true_positive: int
    """Has it, and was said to."""
    n_false_positive: int
    """Was said to have it, and has not."""
    n_false_negative: int
    """Has it, and was not said to."""
    n_true_negative: int
    """Neither."""
    average_precision: float | None
    """Area under the ranking of the matched faces; None where no face has it."""
    prevalence: float | None
    """Share of the matched faces that have it: what a ranking by chance reaches."""


def label_counts(
    detections: Detections, truth: BoxTruth, *, threshold: float, box_threshold: float = 0.0,
    iou: float = 0.5,
) -> tuple[LabelCounts, ...]:  # fmt: skip
    """Return the counts of every label but `FACE` on the matched faces.

    Parameters
    ----------
    detections, truth
        Of the same pictures, several labels a box.
    threshold
        Score of a label from which on it counts as said.
    box_threshold
        Least score of a face.
    iou
        Least overlap of a match.

    Raises
    ------
    SchemaError
        Boxes have one label, scores are missing, or the pictures differ.
    """
    if not truth.class_space.multi_label or detections.class_scores is None:
        raise SchemaError("label counts: expected scores of several labels, got one label a box")
    kept = detections.select(detections.score >= box_threshold)
    matched = _matched(kept, truth, iou)
    is_match = matched >= 0
    assert kept.class_scores is not None  # noqa: S101  (for the type checker; checked above)
    scores = kept.class_scores[is_match]  # (F, K)
    has = truth.labels[matched[is_match]] == 1  # (F, K)
    said = scores >= threshold  # (F, K)
    rows = []
    for c, name in enumerate(truth.class_space.names):
        if c == truth.class_space.box_index:
            continue
        rows.append(
            LabelCounts(
                name=name,
                n_true_positive=int((has[:, c] & said[:, c]).sum()),
                n_false_positive=int((~has[:, c] & said[:, c]).sum()),
                n_false_negative=int((has[:, c] & ~said[:, c]).sum()),
                n_true_negative=int((~has[:, c] & ~said[:, c]).sum()),
                average_precision=ranking_average_precision(scores[:, c], has[:, c]),
                prevalence=float(has[:, c].mean()) if len(has) else None,
            )
        )
    return tuple(rows)


def expected_calibration_error(
    score: npt.NDArray[np.float32], is_right: npt.NDArray[np.bool_], *, n_bins: int = 15
) -> float | None:
    """Return ``sum n_b / N |share right - mean score|`` over bins of equal width.

    Parameters
    ----------
    score, is_right : (N,)
        Score of each statement, 0 to 1, and whether it is true.
    n_bins
        Bins from 0 to 1; the upper edge belongs to the bin below it.

    Returns
    -------
    float or None
        0 to 1; None where nothing was said.

    References
    ----------
    C. Guo et al., "On calibration of modern neural networks", ICML 2017, equation 3.
    """
    if not len(score):
        return None
    place = np.clip(np.ceil(score.astype(np.float64) * n_bins).astype(int) - 1, 0, n_bins - 1)
    total = 0.0
    for b in np.unique(place):
        own = place == b
        gap = abs(float(is_right[own].mean()) - float(score[own].astype(np.float64).mean()))
        total += own.sum() / len(score) * gap
    return float(total)
