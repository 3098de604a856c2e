"""Everything that is said about a detector on a set of pictures, in one document."""

import csv
import dataclasses
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.detectors.evaluation.coco import MeanPrecision, mean_average_precision
from cinefacs.metrics.box_matching import class_detections
from cinefacs.metrics.faces_and_labels import (
    LabelCounts,
    TopAccuracy,
    confusion_matrix,
    expected_calibration_error,
    label_counts,
    top_accuracy,
)
from cinefacs.metrics.precision_recall import ThresholdCurves, right_boxes, threshold_curves
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.detections import Detections
from cinefacs.storage.atomic import write_json, write_text

__all__ = ["Evaluation", "evaluate_detections", "write_evaluation"]

CALIBRATION_FLOOR = 0.05
"""Least score of the statements whose calibration is measured: thousands near 0 would drown the
rest."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evaluation:
    """The scores of a detector on one set of pictures."""

    class_space: ClassSpace
    """Classes."""
    means: MeanPrecision
    """Average precision."""
    curves: ThresholdCurves
    """Precision, recall and F1 over thresholds, overlap 0.5."""
    threshold: float
    """The one threshold that precision, recall and F1 below are read at."""
    is_threshold_chosen_here: bool
    """Whether it was chosen on these very pictures, which flatters, or given from others."""
    confusion: npt.NDArray[np.int64] | None
    """(K + 1, K + 1), rows true, last background; None where boxes have several labels."""
    accuracy: TopAccuracy | None
    """Of the best class of each face; None where boxes have several labels."""
    labels: tuple[LabelCounts, ...]
    """Counts of each label on matched faces; empty where boxes have one label."""
    calibration_error: float | None
    """Expected calibration error of the scores from 0.05 up."""
    n_pictures: int
    """Pictures looked at."""

    def as_document(self) -> dict[str, Any]:
        """Return the scores as plain JSON values."""
        row = self.curves.at(self.threshold)
        precision, recall, f1 = (float(values[row]) for values in self.curves.micro)
        per_class = {}
        for c, name in enumerate(self.class_space.names):
            per_class[name] = {
                "ap50": self.means.ap50.get(name),
                "ap50_95": self.means.ap50_95.get(name),
                "precision": float(self.curves.precision[row, c]),
                "recall": float(self.curves.recall[row, c]),
                "f1": float(self.curves.f1[row, c]),
                "n_true": int(self.curves.n_true[c]),
            }
        matrix = None if self.confusion is None else self.confusion.tolist()
        return {
            "map50": self.means.map50,
            "map50_95": self.means.map50_95,
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "macro_f1": float(self.curves.macro_f1[row]),
            "threshold": self.threshold,
            "is_threshold_chosen_here": self.is_threshold_chosen_here,
            "per_class": per_class,
            "confusion": matrix,
            "accuracy": None if self.accuracy is None else dataclasses.asdict(self.accuracy),
            "labels": [dataclasses.asdict(counts) for counts in self.labels],
            "calibration_error": self.calibration_error,
            "n_pictures": self.n_pictures,
            "n_true": int(self.curves.n_true.sum()),
        }


def evaluate_detections(
    detections: Detections, truth: BoxTruth, *, threshold: float | None = None
) -> Evaluation:
    """Return the scores of detections against the truth.

    Parameters
    ----------
    detections, truth
        Of the same pictures.
    threshold
        Chosen on other pictures (validation); None chooses the best micro F1 on these.

    Raises
    ------
    SchemaError
        They are not of the same pictures or classes.
    """
    means = mean_average_precision(detections, truth)
    curves = threshold_curves(detections, truth)
    chosen = curves.best_threshold() if threshold is None else threshold
    space = truth.class_space
    several = space.multi_label
    return Evaluation(
        class_space=space,
        means=means,
        curves=curves,
        threshold=chosen,
        is_threshold_chosen_here=threshold is None,
        confusion=None if several else confusion_matrix(detections, truth, threshold=chosen),
        accuracy=None if several else top_accuracy(detections, truth),
        labels=label_counts(detections, truth, threshold=chosen) if several else (),
        calibration_error=_calibration(detections, truth),
        n_pictures=truth.n_pictures,
    )


def _calibration(detections: Detections, truth: BoxTruth) -> float | None:
    """Return how far scores are from the share of boxes that are right."""
    found = class_detections(detections)
    is_said = found.score >= CALIBRATION_FLOOR
    is_right = right_boxes(detections, truth)
    return expected_calibration_error(found.score[is_said], is_right[is_said])


def write_evaluation(folder: Path, evaluation: Evaluation) -> None:
    """Write ``metrics.json`` and ``curves.csv``.

    Parameters
    ----------
    folder
        Made where it is missing.
    evaluation
        What is written.

    Raises
    ------
    StorageError
        The disk refused.
    """
    write_json(folder / "metrics.json", evaluation.as_document())
    write_text(folder / "curves.csv", _curves_as_csv(evaluation))


def _curves_as_csv(evaluation: Evaluation) -> str:
    """Return precision, recall and F1 of all classes together and of each, a row a threshold."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = evaluation.class_space.names
    header = [
        f"{part}:{name}" for name in ("all", *names) for part in ("precision", "recall", "f1")
    ]
    writer.writerow(["threshold", *header])
    curves = evaluation.curves
    each = np.stack([curves.precision, curves.recall, curves.f1], axis=2)  # (T, K, 3)
    both = np.concatenate([np.stack(curves.micro, axis=1)[:, None], each], axis=1)  # (T, K+1, 3)
    for threshold, row in zip(curves.thresholds, both.reshape(len(both), -1), strict=True):
        writer.writerow([f"{threshold:.3f}", *(f"{value:.5f}" for value in row)])
    return buffer.getvalue()
