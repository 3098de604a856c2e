"""The exam's rankings against other people's code.

scikit-learn (BSD-3-Clause) computes ``roc_auc_score`` with weights by its own code. COCO's average
precision is that of `cinefacs.metrics.precision_recall`, which pycocotools checks elsewhere.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from cinefacs.errors import SchemaError
from cinefacs.metrics.precision_recall import class_average_precision
from cinefacs.metrics.ranking import Ranking
from cinefacs.metrics.reading import (
    calibration,
    mean_ranking,
    rank_action_units,
    score_emotions,
)
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.class_space import emotion_space
from cinefacs.records.detections import Detections

NAMES = emotion_space().names


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 3)), min_size=2, max_size=60
    )
)
def test_area_under_the_curve_equals_scikit_learn(rows: list[tuple[int, bool, int]]) -> None:
    score = np.array([row[0] / 6 for row in rows])
    positive = np.array([row[1] for row in rows])
    weights = np.array([row[2] for row in rows], float)
    for counts in (np.ones(len(rows)), weights):
        area = Ranking(score, positive).auroc(counts)
        if not counts[positive].sum() or not counts[~positive].sum():
            assert area is None
        else:
            assert area == pytest.approx(roc_auc_score(positive, score, sample_weight=counts))


def test_ranking_refuses_what_is_none() -> None:
    with pytest.raises(SchemaError, match="as many scores"):
        Ranking(np.zeros(2), np.zeros(3, bool))
    with pytest.raises(SchemaError, match="finite"):
        Ranking(np.array([np.nan]), np.array([True]))
    assert Ranking(np.zeros(0), np.zeros(0, bool)).auroc() is None


def faces(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct scores and one emotion for each of n faces."""
    rng = np.random.default_rng(seed)
    scores = rng.permutation(n * 8).reshape(n, 8) / (n * 8)
    held = np.zeros((n, 8), bool)
    held[np.arange(n), rng.integers(0, 8, n)] = True
    return scores.astype(np.float32), held


@pytest.mark.parametrize("seed", range(4))
def test_average_precision_equals_that_of_the_detectors(seed: int) -> None:
    """Each crop is a picture with one box; box overlap decides who was found."""
    n = 40
    scores, held = faces(n, seed)
    is_found = np.random.default_rng(seed).random(n) < 0.8
    box = np.array([0, 0, 10, 10], np.float32)
    away = np.array([20, 20, 30, 30], np.float32)
    space = emotion_space()
    truth = BoxTruth(
        class_space=space, n_pictures=n, picture_index=np.arange(n),
        boxes_xyxy=np.tile(box, (n, 1)), labels=held.astype(np.uint8),
    )  # fmt: skip
    every = Detections(
        class_space=space, n_pictures=n, picture_index=np.repeat(np.arange(n), 8),
        boxes_xyxy=np.repeat(np.where(is_found[:, None], box, away), 8, axis=0),
        score=scores.ravel(), class_index=np.tile(np.arange(8), n),
    )  # fmt: skip
    expected = class_average_precision(every, truth)
    ours = score_emotions(scores, held, is_found, NAMES, list(range(n)), n_draws=0)
    assert {name: score.value for name, score in ours.ap50.items()} == pytest.approx(expected)
    assert ours.map50.value == pytest.approx(np.mean(list(expected.values())))


def test_who_knows_nothing_scores_chance() -> None:
    """The same answer for everybody, and random answers, reach what stands under chance."""
    _, held = faces(800, 1)
    people = [k % 40 for k in range(800)]
    known = np.ones((800, 8), bool)
    same = np.full((800, 8), 0.3, np.float32)
    flat = score_emotions(same, held, known[:, 0], NAMES, people, n_draws=0)
    assert flat.map50.value == pytest.approx(flat.map50.chance)
    assert flat.map50.chance == pytest.approx(1 / 8)
    rng = np.random.default_rng(5)
    random = rng.random((800, 8)).astype(np.float32)
    guessed = score_emotions(random, held, known[:, 0], NAMES, people, n_draws=200)
    assert guessed.accuracy.chance == 1 / 8
    assert guessed.accuracy.low is not None
    assert guessed.accuracy.high is not None
    assert guessed.accuracy.low < 1 / 8 < guessed.accuracy.high
    units = mean_ranking(random, held, known, people, n_draws=200)
    assert units.low is not None
    assert units.high is not None
    assert units.low < 0.5 < units.high
    assert units.high - units.low < 0.1
    error = calibration(random, held, known)
    assert error.value == pytest.approx(error.chance, abs=0.02)


def test_who_knows_everything_scores_one() -> None:
    _, held = faces(200, 2)
    people = [k % 10 for k in range(200)]
    known = np.ones_like(held)
    perfect = held.astype(np.float32)
    marks = score_emotions(perfect, held, known[:, 0], NAMES, people, n_draws=20)
    assert (marks.map50.value, marks.accuracy.value, marks.map50.low) == (1, 1, 1)
    np.testing.assert_array_equal(marks.confusion, np.diag(held.sum(axis=0)))
    units = rank_action_units(perfect, held, known, NAMES, people, n_draws=20)
    assert all(row.auroc.value == 1 for row in units)
    assert calibration(perfect, held, known).value == 0


def test_faces_that_were_not_found_are_wrong_only_where_that_is_said() -> None:
    _, held = faces(100, 3)
    is_found = np.arange(100) % 4 != 0
    marks = score_emotions(held.astype(np.float32), held, is_found, NAMES, [0] * 100, n_draws=10)
    assert (marks.accuracy.value, marks.accuracy.n) == (1, 75)
    assert (marks.accuracy_all.value, marks.accuracy_all.n) == (0.75, 100)
    assert marks.accuracy.low is None  # one person cannot be drawn anew


def test_unknown_units_count_for_nothing() -> None:
    scores = np.array([[0.9], [0.1], [0.95], [0.5]], np.float32)
    shown = np.array([[True], [False], [False], [False]])
    known = np.array([[True], [True], [False], [True]])
    (row,) = rank_action_units(scores, shown, known, ["AU12"], [1, 2, 3, 4], n_draws=0)
    assert (row.auroc.value, row.n_positive, row.n_negative) == (1, 1, 2)
    (row,) = rank_action_units(
        scores, shown, np.ones_like(known), ["AU12"], [1, 2, 3, 4], n_draws=0
    )
    assert row.auroc.value == pytest.approx(2 / 3)
    assert mean_ranking(scores, shown, known, [1, 2, 3, 4], n_draws=0).value is None


def test_wrong_shapes_are_refused() -> None:
    scores, held = faces(10, 0)
    with pytest.raises(SchemaError, match="shape"):
        score_emotions(scores[:, :7], held, held[:, 0], NAMES, [0] * 10)
    with pytest.raises(SchemaError, match="one class a face"):
        score_emotions(scores, held & False, held[:, 0], NAMES, [0] * 10)
