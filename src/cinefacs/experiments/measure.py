"""Measure a trained network: scores, single answers, curves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.detectors.data.labelled_set import LabelledSet
from cinefacs.detectors.data.views import EvaluationViews
from cinefacs.detectors.evaluation.report import Evaluation, evaluate_detections
from cinefacs.detectors.evaluation.run import find_in_views
from cinefacs.detectors.protocol import DetectionNetwork, FindOptions
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.errors import ModelError
from cinefacs.experiments.store import Answers
from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.metrics.box_matching import match_boxes
from cinefacs.metrics.precision_recall import judge_boxes
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.detections import Detections
from cinefacs.records.experiment import BoxAnswer, FaceAnswer
from cinefacs.records.input_spec import InputSpec

__all__ = ["Measurement", "Who", "chosen_threshold", "measure_network"]

_EVERY = 10
"""Of 1001 thresholds each tenth is kept for the figures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Who:
    """Whose face a sample is."""

    subject: str
    """Person."""
    film: str
    """Film."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """A network on a set."""

    scores: dict[str, Any]
    """By the names of `ExperimentRow`."""
    facts: dict[str, Any]
    """Curves, confusion, scores by class."""
    answers: Answers
    """Single answers."""


def chosen_threshold(card: WeightsCard) -> float:
    """Return the threshold that was chosen on the validation part.

    Parameters
    ----------
    card
        Of a trained detector.

    Raises
    ------
    ModelError
        It has none.
    """
    if card.threshold is None:
        raise ModelError("weights: expected a threshold chosen on validation data, got none")
    return card.threshold


def measure_network(
    network: DetectionNetwork,
    labelled: LabelledSet,
    spec: InputSpec,
    *,
    threshold: float,
    who: Mapping[str, Who],
    batch: int = 16,
    device: str = "cpu",
    tell: Callable[[float], None] | None = None,
) -> Measurement:
    """Return the scores of a network on labelled pictures, and each of its answers.

    Parameters
    ----------
    network
        Trained.
    labelled
        Pictures with names for their boxes.
    spec
        What the network is shown.
    threshold
        Chosen on other pictures.
    who
        Person and film by the boxes' names.
    batch
        Views at a time.
    device
        Where the network lies.
    tell
        Told the share that is done.
    """
    views = EvaluationViews(labelled, spec)

    def on_views(n_done: int) -> None:
        if tell is not None:
            tell(n_done / max(1, len(views)))

    detections, truth = find_in_views(
        network, views, options=FindOptions(), batch=batch, device=device, on_views=on_views
    )
    evaluation = evaluate_detections(detections, truth, threshold=threshold)
    return Measurement(
        scores=_scores(evaluation),
        facts=_facts(evaluation),
        answers=Answers(
            faces=_faces(detections, truth, who),
            boxes=_boxes(detections, truth),
        ),
    )


def _scores(evaluation: Evaluation) -> dict[str, Any]:
    document, accuracy = evaluation.as_document(), evaluation.accuracy
    names = ("map50", "map50_95", "precision", "recall", "f1", "macro_f1", "threshold")
    scores = {name: document[name] for name in names}
    row = evaluation.curves.at(evaluation.threshold)
    if not evaluation.curves.n_found[row].any():
        scores["precision"] = None  # of no box; the curves' convention of 1 would look like skill
    if accuracy is not None:
        scores |= {
            "accuracy": accuracy.matched,
            "accuracy_all": accuracy.all_faces,
            "chance": accuracy.chance,
            "majority": accuracy.majority,
            "n_faces": accuracy.n_true,
            "n_found": accuracy.n_matched,
        }
    return scores


def _facts(evaluation: Evaluation) -> dict[str, Any]:
    curves = evaluation.curves
    kept = slice(None, None, _EVERY)
    precision, recall, f1 = (values[kept].round(5).tolist() for values in curves.micro)
    document = evaluation.as_document()
    return {
        "classes": list(evaluation.class_space.names),
        "confusion": document["confusion"],
        "per_class": document["per_class"],
        "curves": {
            "thresholds": curves.thresholds[kept].round(5).tolist(),
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "f1_by_class": curves.f1[kept].round(5).T.tolist(),
            "precision_by_class": curves.precision[kept].round(5).T.tolist(),
            "recall_by_class": curves.recall[kept].round(5).T.tolist(),
        },
    }


def _faces(
    detections: Detections,
    truth: BoxTruth,
    who: Mapping[str, Who],
) -> list[FaceAnswer]:
    """Return what was said of each true face, by the rule of `top_accuracy`."""
    matched = match_boxes(
        detections.boxes_xyxy, detections.picture_index, detections.score,
        truth.boxes_xyxy, truth.picture_index,
    )  # fmt: skip
    box_of: npt.NDArray[np.int64] = np.full(len(truth), -1, np.int64)
    is_match = matched >= 0
    box_of[matched[is_match]] = np.flatnonzero(is_match)
    classes = truth.class_space.names
    answers = []
    names = truth.names or ("",) * len(truth)
    for row, (name, box) in enumerate(zip(names, box_of.tolist(), strict=True)):
        person = who.get(name, Who(subject=name, film=name))
        is_found = box >= 0
        answers.append(
            FaceAnswer(
                view_index=int(truth.picture_index[row]),
                subject=person.subject,
                film=person.film,
                sample_id=name,
                true_class=classes[int(truth.class_index[row])],
                found_class=classes[int(detections.class_index[box])] if is_found else "",
                score=float(detections.score[box]) if is_found else 0.0,
            )
        )
    return answers


def _boxes(detections: Detections, truth: BoxTruth) -> list[BoxAnswer]:
    is_right, _ = judge_boxes(detections, truth)
    classes = truth.class_space.names
    return [
        BoxAnswer(
            view_index=int(view),
            found_class=classes[int(c)],
            score=float(score),
            is_right=bool(right),
            face_index=None if face < 0 else int(face),
        )
        for view, c, score, right, face in zip(
            detections.picture_index, detections.class_index, detections.score, is_right,
            _nearest_faces(detections, truth), strict=True,
        )
    ]  # fmt: skip


def _nearest_faces(detections: Detections, truth: BoxTruth) -> npt.NDArray[np.int64]:
    """Return the true face of its picture that each box overlaps most, -1 where there is none."""
    nearest = np.full(len(detections.picture_index), -1, np.int64)
    for picture in np.unique(truth.picture_index):
        boxes = np.flatnonzero(detections.picture_index == picture)
        faces = np.flatnonzero(truth.picture_index == picture)
        overlap = pairwise_iou(detections.boxes_xyxy[boxes], truth.boxes_xyxy[faces])
        nearest[boxes] = faces[overlap.argmax(axis=1)]
    return nearest
