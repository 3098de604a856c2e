"""Edges of the measures: nothing found, nothing true, several labels, ties, rubbish."""

import numpy as np
import pytest

from cinefacs.detectors.evaluation.report import evaluate_detections
from cinefacs.errors import SchemaError
from cinefacs.metrics.faces_and_labels import (
    confusion_matrix,
    expected_calibration_error,
    label_counts,
    top_accuracy,
)
from cinefacs.metrics.precision_recall import ranking_average_precision, threshold_curves
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.detections import Detections

ONE = ClassSpace(name="one", names=("a", "b"))
SEVERAL = ClassSpace(name="several", names=("AU1", "face"), multi_label=True)
BOX = (10.0, 10.0, 50.0, 50.0)


def found(
    rows: list[tuple[int, float, int]], space: ClassSpace = ONE, *, n_pictures: int = 3
) -> Detections:
    return Detections(
        class_space=space,
        n_pictures=n_pictures,
        picture_index=np.array([r[0] for r in rows], dtype=np.int64),
        boxes_xyxy=np.array([BOX] * len(rows), dtype=np.float32).reshape(-1, 4),
        score=np.array([r[1] for r in rows], dtype=np.float32),
        class_index=np.array([r[2] for r in rows], dtype=np.int64),
    )


def true(rows: list[tuple[int, int]], *, n_pictures: int = 3) -> BoxTruth:
    classes = np.array([r[1] for r in rows], dtype=np.int64)
    return BoxTruth(
        class_space=ONE,
        n_pictures=n_pictures,
        picture_index=np.array([r[0] for r in rows], dtype=np.int64),
        boxes_xyxy=np.array([BOX] * len(rows), dtype=np.float32).reshape(-1, 4),
        labels=np.eye(2, dtype=np.uint8)[classes],
    )


def test_perfect_detections_reach_1_everywhere() -> None:
    document = evaluate_detections(found([(0, 0.9, 0), (2, 0.8, 1)]), true([(0, 0), (2, 1)]))
    values = document.as_document()
    for key in ("map50", "map50_95", "precision", "recall", "f1", "macro_f1"):
        assert values[key] == pytest.approx(1), key
    assert values["accuracy"]["matched"] == values["accuracy"]["all_faces"] == 1
    assert values["is_threshold_chosen_here"]
    assert 0 <= values["threshold"] <= 0.8


def test_nothing_found_and_nothing_true_are_no_errors() -> None:
    for detections, truth in (
        (found([]), true([(0, 0)])),
        (found([(0, 0.5, 0)]), true([])),
        (found([]), true([])),
    ):
        values = evaluate_detections(detections, truth).as_document()
        assert values["map50"] == 0
        assert values["f1"] == 0


def test_a_second_box_on_the_same_face_is_wrong() -> None:
    values = evaluate_detections(found([(0, 0.9, 0), (0, 0.8, 0)]), true([(0, 0)]), threshold=0.5)
    assert values.as_document()["precision"] == 0.5
    assert not values.is_threshold_chosen_here


def test_missed_faces_count_in_the_second_accuracy_only() -> None:
    accuracy = top_accuracy(found([(0, 0.9, 0), (1, 0.9, 0)]), true([(0, 0), (1, 1), (2, 1)]))
    assert accuracy.matched == 1 / 2
    assert accuracy.all_faces == 1 / 3
    assert accuracy.chance == 1 / 2
    assert accuracy.majority == pytest.approx(2 / 3)


def test_the_background_is_the_last_row_and_column() -> None:
    matrix = confusion_matrix(
        found([(0, 0.9, 1), (1, 0.9, 0)]), true([(0, 0), (2, 1)]), threshold=0.5
    )
    assert matrix.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_curves_start_with_everything_and_end_with_nothing() -> None:
    curves = threshold_curves(found([(0, 0.4, 0), (1, 0.6, 0)]), true([(0, 0)]))
    assert curves.n_found[0].tolist() == [2, 0]
    assert curves.n_found[curves.at(0.5)].tolist() == [1, 0]
    assert curves.n_found[curves.at(0.6)].tolist() == [1, 0]
    assert curves.n_found[-1].tolist() == [0, 0]
    assert curves.precision[-1].tolist() == [1, 1]
    with pytest.raises(SchemaError, match="threshold"):
        curves.at(1.5)


def test_curves_count_a_box_exactly_where_the_confusion_matrix_and_the_labels_do() -> None:
    """Scores at each threshold, as float32 rounds them, and one step above and below."""
    at = np.linspace(0, 1, 1001)[1:].astype(np.float32)
    steps = [np.nextafter(at, np.float32(0)), at, np.nextafter(at, np.float32(2))]
    score = np.concatenate(steps).clip(0, 1)
    n = len(score)
    pictures, boxes = np.arange(n), np.tile(np.array([BOX], np.float32), (n, 1))
    sure = np.ones(n, np.float32)
    one = Detections(
        class_space=ONE, n_pictures=n, picture_index=pictures, boxes_xyxy=boxes, score=score,
        class_index=np.zeros(n, np.int64),
    )  # fmt: skip
    several = Detections(
        class_space=SEVERAL, n_pictures=n, picture_index=pictures, boxes_xyxy=boxes, score=sure,
        class_index=np.ones(n, np.int64), class_scores=np.stack([score, sure], axis=1),
    )  # fmt: skip
    truth = {
        space: BoxTruth(
            class_space=space, n_pictures=n, picture_index=pictures, boxes_xyxy=boxes,
            labels=np.tile(np.array(row, np.uint8), (n, 1)),
        )
        for space, row in ((ONE, [1, 0]), (SEVERAL, [1, 1]))
    }  # fmt: skip
    of_one, of_several = (
        threshold_curves(one, truth[ONE]),
        threshold_curves(several, truth[SEVERAL]),
    )
    for threshold in (0.001, 0.1, 0.3, 0.5, 0.6, 0.7, 0.9, 0.999, 1.0):
        matrix = confusion_matrix(one, truth[ONE], threshold=threshold)
        (counts,) = label_counts(several, truth[SEVERAL], threshold=threshold)
        row = of_one.at(threshold)
        assert of_one.n_right[row, 0] == of_one.n_found[row, 0] == matrix[0, 0], threshold
        assert of_several.n_right[row, 0] == counts.n_true_positive == matrix[0, 0], threshold


def test_calibration_of_a_worked_example() -> None:
    """Bins (0.2, 0.4] and (0.8, 1]: 2/4 |1/2 - 0.3| + 2/4 |1 - 0.9| = 0.15."""
    score = np.array([0.3, 0.3, 0.9, 0.9], dtype=np.float32)
    right = np.array([True, False, True, True])
    assert expected_calibration_error(score, right, n_bins=5) == pytest.approx(0.15, abs=1e-6)
    assert expected_calibration_error(score[:0], right[:0]) is None


def test_a_label_that_nobody_has_has_no_average_precision() -> None:
    assert ranking_average_precision(np.array([0.5], dtype=np.float32), np.array([False])) is None


def test_several_labels_have_counts_and_no_matrix() -> None:
    scores = np.array([[0.9, 0.8]], dtype=np.float32)
    detections = Detections(
        class_space=SEVERAL, n_pictures=1, picture_index=np.array([0]),
        boxes_xyxy=np.array([BOX], dtype=np.float32), score=scores[:, 1],
        class_index=np.array([1]), class_scores=scores,
    )  # fmt: skip
    truth = BoxTruth(
        class_space=SEVERAL, n_pictures=1, picture_index=np.array([0]),
        boxes_xyxy=np.array([BOX], dtype=np.float32), labels=np.array([[1, 1]], dtype=np.uint8),
    )  # fmt: skip
    values = evaluate_detections(detections, truth).as_document()
    assert values["map50"] == 1
    assert values["confusion"] is None
    assert [row["name"] for row in values["labels"]] == ["AU1"]
    with pytest.raises(SchemaError, match="one label a box"):
        confusion_matrix(detections, truth, threshold=0.5)
    with pytest.raises(SchemaError, match="one label a box"):
        top_accuracy(detections, truth)
    with pytest.raises(SchemaError, match="scores of several labels"):
        label_counts(found([(0, 0.5, 0)]), true([(0, 0)]), threshold=0.5)


def test_other_pictures_or_classes_are_refused() -> None:
    with pytest.raises(SchemaError, match="expected 3 pictures, got 4"):
        threshold_curves(found([], n_pictures=4), true([]))
    other = ClassSpace(name="other", names=("a", "c"))
    with pytest.raises(SchemaError, match="expected the classes"):
        threshold_curves(found([], other), true([]))
