"""Means, intervals and comparisons from made-up answers whose results can be counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.experiments.statistics import compare_arms, compare_conditions, summarise_arms
from cinefacs.experiments.store import Answers
from cinefacs.metrics.precision_recall import (
    interpolated_average_precision,
    weighted_average_precision,
)
from cinefacs.records.experiment import BoxAnswer, CellState, ExperimentRow
from tests.support.experiments import box, face, row

CLASSES = ("anger", "fear")


def answers(n_right: int, n: int = 12) -> Answers:
    """Return answers of six people with two faces each, of which the first ones are right."""
    faces, boxes = [], []
    for k in range(n):
        true = CLASSES[k % 2]
        is_right = k < n_right
        called = true if is_right else CLASSES[1 - k % 2]
        faces.append(face(k, true, called, subject=f"p{k // 2}"))
        boxes.append(box(k, called, 0.5 + k / 100, is_right=is_right))
    return Answers(faces=faces, boxes=boxes)


GIVEN = {"good": 10, "bad": 4}


def read(each: ExperimentRow) -> Answers:
    return answers(GIVEN[each.network])


def test_means_and_deviations_are_over_repeats() -> None:
    rows = [row("good", 0, map50=0.4), row("good", 1, map50=0.6)]
    (summary,) = summarise_arms(rows, read, cluster="character", n_resamples=100)
    assert summary.measures["map50"].mean == pytest.approx(0.5)
    assert summary.measures["map50"].deviation == pytest.approx(np.std([0.4, 0.6], ddof=1))
    assert summary.measures["map50"].values == (0.4, 0.6)
    assert summary.n_done == 2


def test_what_failed_or_was_not_run_never_becomes_a_number() -> None:
    nothing = dict.fromkeys(
        ("accuracy", "accuracy_all", "map50", "map50_95", "precision", "recall", "f1", "macro_f1",
         "chance", "majority")
    )  # fmt: skip
    rows = [
        row("good", 0),
        row("good", 1, state=CellState.FAILED, reason="it burst", **nothing),
        row("good", 2, state=CellState.MISSING, **nothing),
    ]
    (summary,) = summarise_arms(rows, read, cluster="character", n_resamples=50)
    assert summary.n_done == 1
    assert summary.measures["map50"].values == (0.4,)
    assert summary.measures["map50"].deviation is None


def test_an_arm_leaves_chance_only_if_its_whole_interval_does() -> None:
    summaries = summarise_arms(
        [row("good", majority=0.4), row("bad", majority=0.4)], read, cluster="character",
        n_resamples=500,
    )  # fmt: skip
    assert [each.has_left_chance for each in summaries] == [True, False]
    assert summaries[0].chance == 0.4  # the better of the two blind answers


def test_chance_is_pooled_over_repeats_as_the_interval_is() -> None:
    rows = [row("good", 0, majority=0.4, n_faces=10), row("good", 1, majority=0.1, n_faces=30)]
    (summary,) = summarise_arms(rows, read, cluster="character", n_resamples=20)
    assert summary.chance == pytest.approx((0.4 * 10 + 0.125 * 30) / 40)  # 1/8 is the better there


def test_one_film_gives_no_interval_and_no_verdict() -> None:
    (summary,) = summarise_arms([row("good")], read, cluster="film", n_resamples=50)
    assert summary.accuracy_interval is None
    assert summary.map50_interval is None
    assert summary.has_left_chance is None


def test_arms_are_compared_with_the_first_on_the_same_faces() -> None:
    rows = [row("good", 0), row("bad", 0), row("good", 1), row("bad", 1)]
    summaries = summarise_arms(rows, read, cluster="character", n_resamples=50)
    (found,) = compare_arms(summaries, read, cluster="character", n_resamples=200)
    assert (found.arm.network, found.reference.network) == ("bad", "good")
    assert len(found.by_repeat) == 2
    assert found.difference == pytest.approx(-6 / 12)
    assert found.n_clusters == 6
    # Three of six people differ, all to one side: 2 of 2^3 signs of them are as extreme.
    assert found.p_value == pytest.approx(2 / 8)
    assert found.p_corrected == found.p_value


def test_arms_without_a_common_repeat_or_face_are_not_compared() -> None:
    summaries = summarise_arms(
        [row("good", 0), row("bad", 1)], read, cluster="character", n_resamples=50
    )
    assert compare_arms(summaries, read, cluster="character", n_resamples=50) == []

    def other(each: ExperimentRow) -> Answers:
        return answers(4, n=10) if each.network == "bad" else answers(10)

    summaries = summarise_arms([row("good"), row("bad")], other, cluster="film", n_resamples=50)
    assert compare_arms(summaries, other, cluster="film", n_resamples=50) == []


def test_the_interval_of_map_holds_the_map_of_the_answers() -> None:
    (summary,) = summarise_arms([row("good")], read, cluster="character", n_resamples=300)
    given_ = answers(10)
    values = []
    for name in CLASSES:
        own = [each for each in given_.boxes if each.found_class == name]
        values.append(
            interpolated_average_precision(
                np.array([each.score for each in own], np.float32),
                np.array([each.is_right for each in own]),
                sum(each.true_class == name for each in given_.faces),
            )
        )
    assert summary.map50_interval is not None
    low, high = summary.map50_interval
    assert low <= np.mean(values) <= high
    assert low < high


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=12), st.integers(1, 6))
def test_weights_count_boxes_as_copies_do(rows: list[tuple[bool, int]], n_true: int) -> None:
    right = np.array([is_right for is_right, _ in rows], bool)
    weights = np.array([n for _, n in rows], np.int64)
    copies = np.repeat(right, weights)
    score = np.linspace(1, 0.1, len(copies)).astype(np.float32)
    n_all = n_true + int(copies.sum())
    by_copies = interpolated_average_precision(score, copies, n_all)
    by_weights = weighted_average_precision(right, weights, n_all)
    assert by_weights == pytest.approx(by_copies)  # precision only rises within right copies
    ones = np.ones(len(right), np.int64)
    assert weighted_average_precision(right, ones, n_all) == pytest.approx(
        interpolated_average_precision(
            np.linspace(1, 0.1, len(right)).astype(np.float32), right, n_all
        )
    )


def test_a_comparison_tells_each_repeat_and_is_corrected_over_its_table() -> None:
    """Hard sets of one network each are one family, not a family each."""
    rows = [
        row(name, repeat, condition=condition, strength=1.0)
        for condition in ("hair", "hands")
        for name in ("good", "bad")
        for repeat in (0, 1)
    ]
    summaries = summarise_arms(rows, read, cluster="character", n_resamples=50)
    found = compare_arms(summaries, read, cluster="character", n_resamples=200)
    assert [each.arm.condition for each in found] == ["hair", "hands"]
    for each in found:
        assert each.by_repeat == pytest.approx((-0.5, -0.5))
        assert each.p_corrected == pytest.approx(2 * each.p_value)


def test_random_classes_are_what_map_stands_on() -> None:
    (summary,) = summarise_arms([row("good")], read, cluster="character", n_resamples=20)
    assert summary.map50_chance is not None
    assert 0.5 < summary.map50_chance < 0.75  # two classes, twelve faces: more than a half


def test_two_people_of_one_picture_are_drawn_apart() -> None:
    """Each picture shows another person beside ``z``, whose boxes alone are wrong."""
    faces, boxes = [], []
    for k in range(8):
        faces += [face(k, "fear", "fear", subject=f"p{k}"), face(k, "fear", "anger", subject="z")]
        boxes.append(box(k, "fear", 0.9 - k / 100, is_right=True, face_index=2 * k))
        boxes.append(box(k, "fear", 0.5 - k / 100, is_right=False, face_index=2 * k + 1))
    (summary,) = summarise_arms(
        [row("good")], lambda _row: Answers(faces=faces, boxes=boxes), cluster="character",
        n_resamples=400,
    )  # fmt: skip
    assert summary.map50_interval is not None
    low, high = summary.map50_interval
    assert low < 0.5 < high  # often z is drawn not once, and often more than once
    assert high == pytest.approx(1.0)


def test_boxes_in_pictures_without_faces_count_in_every_draw() -> None:
    faces = [face(k, "fear", "fear", subject=f"p{k}") for k in range(6)]
    right = [box(k, "fear", 0.5 - k / 100, is_right=True) for k in range(6)]
    wrong = BoxAnswer(view_index=9, found_class="fear", score=0.9, is_right=False)
    (summary,) = summarise_arms(
        [row("good")], lambda _row: Answers(faces=faces, boxes=[wrong, *right]),
        cluster="character", n_resamples=100,
    )  # fmt: skip
    assert summary.map50_interval is not None
    low, high = summary.map50_interval
    assert low == pytest.approx(high)  # 6 of 7 boxes are right, whoever is drawn
    assert low == pytest.approx(6 / 7, abs=0.01)


def test_hard_sets_are_compared_with_the_plain_one_and_corrected_together() -> None:
    rows = [
        row(name, condition=condition, strength=strength)
        for name in ("good", "bad")
        for condition, strength in (("plain", 0.0), ("hair", 0.5), ("hair", 1.0))
    ]

    def harder(each: ExperimentRow) -> Answers:
        return answers(GIVEN[each.network] - round(4 * each.strength))

    summaries = summarise_arms(rows, harder, cluster="character", n_resamples=50)
    found = compare_conditions(summaries, harder, cluster="character", n_resamples=50)
    assert [(each.arm.network, each.arm.strength) for each in found] == [
        ("good", 0.5), ("good", 1.0), ("bad", 0.5), ("bad", 1.0)
    ]  # fmt: skip
    assert [each.difference for each in found] == pytest.approx([-1 / 6, -1 / 3, -1 / 6, -1 / 3])
    assert {(each.reference.network, each.reference.condition) for each in found} == {
        ("good", "plain"), ("bad", "plain")
    }  # fmt: skip
    assert min(each.p_corrected for each in found) == pytest.approx(min(1, 4 * 2 / 4))


def test_people_of_several_repeats_are_drawn_for_all_of_them_at_once() -> None:
    """Whoever stands in two equal repeats is not two people: the interval is that of one."""
    one = summarise_arms([row("good")], read, cluster="character", n_resamples=300)[0]
    two = summarise_arms([row("good"), row("good", 1)], read, cluster="character",
                         n_resamples=300)[0]  # fmt: skip
    assert one.map50_interval == two.map50_interval
