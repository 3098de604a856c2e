"""Planted shifts come back in ms, planted false alarms are counted, what is hidden is neither."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.metrics.spotting_in_time import (
    MatchRule,
    TimedExpression,
    move_at_random,
    spot,
    timing_errors,
)
from cinefacs.records.time_span import TimeSpan

BASE = Fraction(1, 24_000)
FRAME = 1001
"""Ticks of a frame at 24000/1001 frames a second: 41.708 ms."""


def span(first: int, end: int, base: Fraction = BASE) -> TimeSpan:
    return TimeSpan(start_pts=first * FRAME, end_pts=end * FRAME, time_base=base)


def at(
    first: int, end: int, *, apex: int | None = None, who: str = "1", film: str = "f",
    seen: bool = True, kind: str = "macro", base: Fraction = BASE,
) -> TimedExpression:  # fmt: skip
    return TimedExpression(
        film_id=film, subject=who, span=span(first, end, base),
        apex_pts=None if apex is None else apex * FRAME, frame_ticks=FRAME, kind=kind,
        is_visible=seen,
    )  # fmt: skip


def test_planted_shifts_come_back() -> None:
    truth = [at(100 * k, 100 * k + 24, apex=100 * k + 10) for k in range(5)]
    shifts = (-1, 0, 1, 2, 3)
    found = [
        at(100 * k + shift, 100 * k + 24 + 2 * shift, apex=100 * k + 10 - shift)
        for k, shift in enumerate(shifts)
    ]
    errors = timing_errors(spot(truth, found))
    frame_ms = 1001 / 24
    assert errors["onset"].values_ms == pytest.approx([shift * frame_ms for shift in shifts])
    assert errors["onset"].median_ms() == pytest.approx(1 * frame_ms)
    assert errors["onset"].absolute_median_ms() == pytest.approx(1 * frame_ms)
    # of 0 1 1 2 3 frames nine tenths lie at 2.6
    assert errors["onset"].absolute_90th_ms() == pytest.approx(2.6 * frame_ms)
    assert errors["apex"].median_ms() == pytest.approx(-1 * frame_ms)
    assert errors["offset"].median_ms() == pytest.approx(2 * frame_ms)
    assert errors["onset"].frame_ms == pytest.approx(frame_ms)
    twice = np.array([0, 0, 0, 0, 2.0])
    assert errors["onset"].median_ms(twice) == pytest.approx(3 * frame_ms)


def test_overlap_is_that_of_time_not_of_frames() -> None:
    """Frames of different lengths: two short ones do not weigh as much as two long ones."""
    true = TimedExpression(
        film_id="f", subject="1", span=TimeSpan(start_pts=0, end_pts=100, time_base=BASE)
    )
    long = TimedExpression(
        film_id="f", subject="1", span=TimeSpan(start_pts=50, end_pts=100, time_base=BASE)
    )
    short = TimedExpression(
        film_id="f", subject="1", span=TimeSpan(start_pts=51, end_pts=100, time_base=BASE)
    )
    assert spot([true], [long]).scores.n_matched == 1
    assert spot([true], [short]).scores.n_matched == 0


def test_planted_false_alarms_are_counted() -> None:
    truth = [at(0, 24), at(100, 124, kind="micro")]
    found = [at(1, 25), at(200, 224), at(300, 310), at(0, 24, who="2")]
    spotted = spot(truth, found)
    assert [each.span for each in spotted.false_alarms] == [found[k].span for k in (1, 2, 3)]
    assert spotted.scores.f1 == pytest.approx(2 / 6)
    assert spotted.recall(lambda each: each.kind == "macro").recall == 1
    assert spotted.recall(lambda each: each.kind == "micro").recall == 0


def test_what_nobody_could_see_is_neither_missed_nor_a_false_alarm() -> None:
    truth = [at(0, 24), at(100, 124, seen=False), at(200, 224, seen=False)]
    spotted = spot(truth, [at(0, 24), at(101, 125)])
    assert (spotted.scores.n_true, spotted.scores.n_found, spotted.scores.n_matched) == (1, 1, 1)
    # a second event on the same hidden expression is one too many
    assert len(spot(truth, [at(101, 125), at(100, 124)]).false_alarms) == 1


def test_an_apex_within_a_frame_counts_and_an_event_without_end_does_not() -> None:
    truth = [at(100, 110, apex=105)]
    for apex, n in ((100, 1), (99, 1), (98, 0), (109, 1), (110, 1), (111, 0)):
        found = [at(0, 500, apex=apex)]
        assert spot(truth, found, rule=MatchRule.APEX).scores.n_matched == n, apex
        assert spot(truth, found).scores.n_matched == 0
    assert spot(truth, [at(100, 110)], rule=MatchRule.APEX).scores.n_matched == 0


def test_no_pairs_no_errors_but_the_frame_is_known() -> None:
    errors = timing_errors(spot([at(0, 10)], []))["onset"]
    assert errors.median_ms() is None
    assert errors.frame_ms == pytest.approx(1001 / 24)
    assert timing_errors(spot([], []))["onset"].frame_ms is None


def test_pairs_without_an_apex_have_no_error_of_it() -> None:
    errors = timing_errors(spot([at(0, 10), at(50, 60, apex=55)], [at(0, 10, apex=5), at(50, 60)]))
    assert len(errors["apex"].values_ms) == 0
    assert len(errors["onset"].values_ms) == 2


@given(seed=st.integers(0, 1000), length=st.integers(1, 30))
def test_moved_events_keep_length_number_and_person(seed: int, length: int) -> None:
    seen = {("f", "1"): [span(0, 20), span(50, 90)]}
    found = [at(0, length, apex=length // 2), at(3, 9, who="")]
    moved = move_at_random(found, seen, np.random.default_rng(seed))
    assert moved[1] == found[1]  # nobody's face: nowhere else to go
    one = moved[0]
    assert one.span.duration_s == found[0].span.duration_s
    assert any(
        part.start_pts <= one.span.start_pts and one.span.end_pts <= part.end_pts
        for part in seen["f", "1"]
    )
    assert one.apex_pts is not None
    assert one.apex_pts - one.span.start_pts == (length // 2) * FRAME


def test_wrong_input_is_refused() -> None:
    with pytest.raises(SchemaError, match="min_iou"):
        spot([], [], min_iou=0)
    with pytest.raises(SchemaError, match="one time base"):
        spot([at(0, 10)], [at(0, 10, base=Fraction(1, 1000))])
    with pytest.raises(SchemaError, match="frame_ticks"):
        TimedExpression(film_id="f", subject="1", span=span(0, 1), frame_ticks=0)
