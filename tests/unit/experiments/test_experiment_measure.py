"""Scores of a measurement: what is not defined is no number."""

import numpy as np
import pytest

from cinefacs.detectors.evaluation.report import evaluate_detections
from cinefacs.experiments.measure import Who, _boxes, _faces, _scores
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.detections import Detections

SPACE = ClassSpace(name="two", names=("anger", "fear"))
BOX = np.array([[10, 10, 50, 50]], np.float32)


@pytest.mark.parametrize(("score", "precision"), [(0.4, None), (0.6, 1.0)])
def test_without_a_box_at_the_threshold_there_is_no_precision(
    score: float, precision: float | None
) -> None:
    truth = BoxTruth(
        class_space=SPACE, n_pictures=1, picture_index=np.zeros(1, np.int64), boxes_xyxy=BOX,
        labels=np.array([[1, 0]], np.uint8),
    )  # fmt: skip
    found = Detections(
        class_space=SPACE, n_pictures=1, picture_index=np.zeros(1, np.int64), boxes_xyxy=BOX,
        score=np.array([score], np.float32), class_index=np.zeros(1, np.int64),
    )  # fmt: skip
    scores = _scores(evaluate_detections(found, truth, threshold=0.5))
    assert scores["precision"] == precision
    assert scores["recall"] == (0.0 if precision is None else 1.0)
    assert scores["accuracy_all"] == 1.0  # needs no threshold


def test_every_face_of_a_picture_has_its_own_name() -> None:
    """Two people in one picture: what is said of the second is not put down to the first."""
    boxes = np.concatenate([BOX, BOX + 100])
    both = np.zeros(2, np.int64)
    truth = BoxTruth(
        class_space=SPACE, n_pictures=1, picture_index=both, boxes_xyxy=boxes,
        labels=np.array([[1, 0], [0, 1]], np.uint8), names=("left", "right"),
    )  # fmt: skip
    found = Detections(
        class_space=SPACE, n_pictures=1, picture_index=both, boxes_xyxy=boxes,
        score=np.array([0.6, 0.5], np.float32), class_index=np.array([0, 0]),
    )  # fmt: skip
    who = {name: Who(subject=f"of {name}", film="f") for name in ("left", "right")}
    answers = _faces(found, truth, who)
    assert [(each.sample_id, each.subject, each.is_right) for each in answers] == [
        ("left", "of left", True), ("right", "of right", False)
    ]  # fmt: skip


def test_a_box_belongs_to_the_face_that_it_overlaps_most() -> None:
    truth = BoxTruth(
        class_space=SPACE, n_pictures=3, picture_index=np.array([0, 0, 1]),
        boxes_xyxy=np.concatenate([BOX, BOX + 30, BOX]), labels=np.array([[1, 0], [0, 1], [1, 0]],
        np.uint8),
    )  # fmt: skip
    found = Detections(
        class_space=SPACE, n_pictures=3, picture_index=np.array([0, 0, 1, 2]),
        boxes_xyxy=np.concatenate([BOX + 5, BOX + 28, BOX + 500, BOX]),
        score=np.full(4, 0.5, np.float32), class_index=np.zeros(4, np.int64),
    )  # fmt: skip
    # The third lies on no face: it is put down to its picture's; the last one's picture has none.
    assert [each.face_index for each in _boxes(found, truth)] == [0, 1, 2, None]
