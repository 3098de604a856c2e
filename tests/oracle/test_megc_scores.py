"""UF1, UAR and F1 of action units against scikit-learn; spotting and STRS worked by hand.

scikit-learn (BSD-3-Clause) computes ``f1_score`` and ``recall_score`` with ``average="macro"`` by
its own code; the numbers of the small cases were worked out on paper and stand beside them.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score

from cinefacs.errors import SchemaError
from cinefacs.metrics.recognition import (
    CD6ME_AUS,
    score_action_units,
    score_left_out,
    score_recognition,
    to_five_classes,
    to_three_classes,
)
from cinefacs.metrics.spotting import (
    FrameInterval,
    SpottingMode,
    interval_iou,
    match_intervals,
    score_spotting,
    score_strs,
)

THREE = ("negative", "positive", "surprise")
FIVE = ("happiness", "disgust", "repression", "surprise", "others")


@settings(max_examples=50)
@given(
    names=st.sampled_from([THREE, FIVE]),
    rows=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=80),
)
def test_recognition_equals_scikit_learn(
    names: tuple[str, ...], rows: list[tuple[int, int]]
) -> None:
    truth = [names[a % len(names)] for a, _ in rows]
    answers = [names[b % len(names)] for _, b in rows]
    there = [name for name in names if name in truth]
    scores = score_recognition(truth, answers, names)
    options = {"average": "macro", "zero_division": 0}
    assert scores.uf1 == pytest.approx(f1_score(truth, answers, labels=there, **options), abs=1e-9)
    assert scores.uar == pytest.approx(
        recall_score(truth, answers, labels=there, **options), abs=1e-9
    )
    assert scores.accuracy == pytest.approx(accuracy_score(truth, answers), abs=1e-9)
    np.testing.assert_array_equal(
        scores.confusion, confusion_matrix(truth, answers, labels=list(names))
    )
    zero = score_recognition(truth, answers, names, absent_counts_zero=True)
    assert zero.uf1 == pytest.approx(
        f1_score(truth, answers, labels=list(names), **options), abs=1e-9
    )
    assert zero.uar == pytest.approx(
        recall_score(truth, answers, labels=list(names), **options), abs=1e-9
    )


def test_recognition_by_hand() -> None:
    # negative: TP 2 FP 1 FN 1; positive: TP 1 FP 1 FN 0; surprise: TP 0 FP 0 FN 1
    truth = ["negative", "negative", "negative", "positive", "surprise"]
    answers = ["negative", "negative", "positive", "positive", "negative"]
    scores = score_recognition(truth, answers, THREE)
    assert scores.f1 == pytest.approx({"negative": 4 / 6, "positive": 2 / 3, "surprise": 0})
    assert scores.uf1 == pytest.approx((4 / 6 + 2 / 3 + 0) / 3, abs=1e-12)
    assert scores.uar == pytest.approx((2 / 3 + 1 + 0) / 3, abs=1e-12)


def test_an_absent_class_counts_for_nothing_unless_asked() -> None:
    scores = score_recognition(["positive"], ["positive"], THREE)
    assert (scores.uf1, scores.uar, scores.absent) == (1, 1, ("negative", "surprise"))
    zero = score_recognition(["positive"], ["positive"], THREE, absent_counts_zero=True)
    assert zero.uf1 == zero.uar == pytest.approx(1 / 3)


@settings(max_examples=40)
@given(
    rows=st.lists(
        st.tuples(*[st.booleans()] * 6, st.sampled_from(["casme2", "samm"])),
        min_size=2,
        max_size=60,
    )
)
def test_action_units_equal_scikit_learn(rows: list[tuple[bool | str, ...]]) -> None:
    truth = np.array([row[:3] for row in rows], bool)
    answers = np.array([row[3:6] for row in rows], bool)
    scores = score_action_units(truth, answers, ["1", "2", "4"])
    for k, name in enumerate(["1", "2", "4"]):
        assert (name in scores.absent) == (not truth[:, k].any())
        if name in scores.f1_present:
            present = f1_score(truth[:, k], answers[:, k], zero_division=0)
            both = f1_score(
                truth[:, k], answers[:, k], labels=[False, True], average="macro", zero_division=0
            )
            assert scores.f1_present[name] == pytest.approx(present, abs=1e-9)
            assert scores.f1_both[name] == pytest.approx(both, abs=1e-9)
    values = list(scores.f1_present.values())
    assert scores.mean_f1_present == pytest.approx(np.mean(values) if values else 0, abs=1e-9)


def test_one_data_set_is_scored_at_a_time() -> None:
    truth = np.array([[1, 0], [1, 0], [0, 1], [1, 1]], bool)
    answers = np.array([[1, 0], [0, 0], [0, 1], [1, 0]], bool)
    by_set = score_left_out(truth, answers, ["1", "2"], ["samm", "samm", "mmew", "mmew"])
    assert list(by_set) == ["mmew", "samm"]
    # samm: AU1 TP 1 FN 1 -> 2/3; AU2 never there. mmew: AU1 right -> 1; AU2 TP 1 FN 1 -> 2/3
    assert by_set["samm"].f1_present == pytest.approx({"1": 2 / 3})
    assert by_set["samm"].absent == ("2",)
    assert by_set["mmew"].mean_f1_present == pytest.approx((1 + 2 / 3) / 2)
    # AU2 of mmew: "not there" never true and once answered: F1 0, so both (2/3 + 0) / 2
    assert by_set["mmew"].f1_both["2"] == pytest.approx(1 / 3)
    assert len(CD6ME_AUS) == 12
    with pytest.raises(SchemaError, match="at least two data sets"):
        score_left_out(truth, answers, ["1", "2"], ["samm"] * 4)
    with pytest.raises(SchemaError, match="expected 4 names, got 1"):
        score_left_out(truth, answers, ["1", "2"], ["samm"])


@pytest.mark.parametrize(
    ("emotion", "three", "casme2", "samm"),
    [
        ("Repression", "negative", "repression", None),
        ("happiness", "positive", "happiness", "happiness"),
        ("surprise", "surprise", "surprise", "surprise"),
        ("anger", "negative", None, "anger"),
        ("other", None, "others", "others"),
        ("fear", "negative", None, None),
    ],
)
def test_emotions_are_mapped_to_the_protocols_classes(
    emotion: str, three: str | None, casme2: str | None, samm: str | None
) -> None:
    assert to_three_classes(emotion) == three
    assert to_five_classes(emotion, "casme2") == casme2
    assert to_five_classes(emotion, "samm") == samm


def at(
    onset: int, offset: int, emotion: str = "", *, who: str = "s1", film: str = "f"
) -> FrameInterval:
    return FrameInterval(subject=who, film=film, onset=onset, offset=offset, emotion=emotion)


@pytest.mark.parametrize(
    ("a", "b", "iou"),
    [
        (at(10, 19), at(10, 19), 1.0),
        (at(10, 19), at(15, 24), 5 / 15),  # frames 15 to 19 of 10 to 24, both ends counted
        (at(10, 19), at(19, 28), 1 / 19),
        (at(10, 19), at(20, 29), 0.0),
        (at(10, 19), at(10, 19, film="g"), 0.0),
        (at(10, 19), at(10, 19, who="s2"), 0.0),
    ],
)
def test_overlap_of_inclusive_frames(a: FrameInterval, b: FrameInterval, iou: float) -> None:
    assert interval_iou(a, b) == pytest.approx(iou, abs=1e-12)


def test_spotting_by_hand() -> None:
    truth = [at(0, 9), at(50, 59), at(100, 109), at(0, 9, who="s2")]
    found = [at(2, 11), at(53, 70), at(100, 109), at(101, 109)]
    # 8 of 12 frames: right. 7 of 21: wrong. The third is found twice and counts once. s2: missed
    strict = score_spotting(truth, found)
    assert (strict.n_matched, strict.n_found, strict.n_true) == (2, 4, 4)
    assert strict.f1 == pytest.approx(2 * 2 / 8)
    loose = score_spotting(truth, found, mode=SpottingMode.COMPATIBLE)
    assert (loose.n_matched, loose.n_found, loose.n_true) == (2, 4, 3)
    assert loose.f1 == pytest.approx(2 * 2 / 7)


def test_one_found_interval_matches_several_true_ones_only_where_it_is_compatible() -> None:
    truth, found = [at(0, 9), at(10, 19)], [at(0, 19)]
    assert score_spotting(truth, found).n_matched == 1
    assert score_spotting(truth, found, mode=SpottingMode.COMPATIBLE).n_matched == 2


def test_matching_gives_up_a_pair_for_two() -> None:
    # the first true interval fits both, the second only the one that is nearest to the first
    truth = [at(0, 9), at(4, 13)]
    found = [at(2, 11), at(0, 5)]
    assert match_intervals(truth, found) == [(0, 1), (1, 0)]


@given(
    truth=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), max_size=6),
    found=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), max_size=6),
)
def test_as_many_pairs_as_the_assignment_of_scipy(
    truth: list[tuple[int, int]], found: list[tuple[int, int]]
) -> None:
    from scipy.optimize import linear_sum_assignment

    held = [at(start, start + length) for start, length in truth]
    said = [at(start, start + length) for start, length in found]
    pairs = match_intervals(held, said)
    fits = np.array([[interval_iou(a, b) >= 0.5 for b in said] for a in held], float)
    best = fits[linear_sum_assignment(-fits)].sum() if fits.size else 0
    assert len(pairs) == best
    assert len({row for row, _ in pairs}) == len({k for _, k in pairs}) == len(pairs)


def test_strs_by_hand() -> None:
    truth = [at(0, 9, "negative"), at(20, 29, "positive"), at(40, 49, "negative"),
             at(0, 9, "surprise", who="s2")]  # fmt: skip
    found = [at(0, 9, "negative"), at(20, 29, "negative"), at(40, 49, "negative"),
             at(80, 89, "positive")]  # fmt: skip
    strict = score_strs(truth, found, THREE)
    # three of four spotted, four found: F1 6/8. negative: 2TP/(2TP+FP+FN) = 4/5, positive 0
    assert strict.spotting.f1 == pytest.approx(0.75)
    assert strict.analysis_f1 == pytest.approx(0.4)
    assert strict.analysis_uar == pytest.approx((1 + 0) / 2)
    assert strict.strs == pytest.approx(0.3)
    loose = score_strs(truth, found, THREE, mode=SpottingMode.COMPATIBLE)
    # s2 is skipped: F1 6/7. "UAR" is mean precision: negative 2 of 3, positive never answered
    assert loose.spotting.f1 == pytest.approx(6 / 7)
    assert loose.analysis_uar == pytest.approx((2 / 3 + 0) / 2)
    assert loose.strs == pytest.approx(6 / 7 * 0.4)


def test_nothing_spotted_scores_nothing() -> None:
    for mode in SpottingMode:
        scores = score_strs([at(0, 9, "negative")], [at(50, 59, "negative")], THREE, mode=mode)
        assert (scores.strs, scores.analysis_f1, scores.analysis_uar) == (0, 0, 0)


def test_wrong_input_is_refused() -> None:
    with pytest.raises(SchemaError, match="expected as many answers"):
        score_recognition(["negative"], [], THREE)
    with pytest.raises(SchemaError, match="expected one of"):
        score_recognition(["joy"], ["negative"], THREE)
    with pytest.raises(SchemaError, match="expected one of"):
        to_five_classes("fear", "smic")
    with pytest.raises(SchemaError, match="shape"):
        score_action_units(np.zeros((2, 3), bool), np.zeros((2, 2), bool), ["1", "2"])
    with pytest.raises(SchemaError, match="min_iou"):
        score_spotting([], [], min_iou=0)
    with pytest.raises(SchemaError, match="expected a frame from onset 5 on"):
        at(5, 4)
