"""Frames of a film and their times, there and back, for any frame rate."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.records.frame_times import FrameTimes
from cinefacs.records.time_span import TimeSpan
from tests.support.labelled_films import frame_times, times_of
from tests.support.records import FILM_ID

# ticks 100-110, 110-130, then a gap of lost frames, then 150-160; 1 tick = 1/100 s
GAPPED = FrameTimes(
    film_id=FILM_ID,
    time_base=Fraction(1, 100),
    pts=np.array([100, 110, 150]),
    end_pts=np.array([110, 130, 160]),
)


def span(start: int, end: int, time_base: Fraction = Fraction(1, 100)) -> TimeSpan:
    return TimeSpan(start_pts=start, end_pts=end, time_base=time_base)


def test_a_span_ends_where_its_last_frame_ends() -> None:
    assert GAPPED.span_of(0, 1) == span(100, 130)
    assert GAPPED.span_of(1, 2) == span(110, 160)


@pytest.mark.parametrize("frames", [(-1, 0), (1, 0), (0, 3)])
def test_frames_must_lie_in_the_film(frames: tuple[int, int]) -> None:
    with pytest.raises(SchemaError, match="frames: expected"):
        GAPPED.span_of(*frames)


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        (100, 110, (0, 0)),
        (100, 111, (0, 1)),
        (109, 110, (0, 0)),
        (0, 101, (0, 0)),
        (110, 150, (1, 1)),
        (125, 151, (1, 2)),
        (131, 151, (2, 2)),
        (159, 999, (2, 2)),
    ],
)
def test_frames_of_a_span_are_those_on_the_screen(
    start: int, end: int, frames: tuple[int, int]
) -> None:
    assert GAPPED.frames_of(span(start, end)) == frames
    assert GAPPED.frames_of(span(start * 10, end * 10, Fraction(1, 1000))) == frames


@pytest.mark.parametrize(("start", "end"), [(0, 100), (130, 150), (160, 170)])
def test_a_span_without_a_frame_is_refused(start: int, end: int) -> None:
    with pytest.raises(SchemaError, match="a part of the film"):
        GAPPED.frames_of(span(start, end))


def test_the_frame_at_a_tick() -> None:
    assert [GAPPED.frame_at(pts) for pts in (100, 109, 110, 129, 150)] == [0, 0, 1, 1, 2]
    for pts in (99, 130, 160):
        with pytest.raises(SchemaError, match="pts: expected"):
            GAPPED.frame_at(pts)


@pytest.mark.parametrize(
    ("seconds", "starting", "ending"),
    [
        ("0", 0, 0),
        ("0.05", 0, 0),  # as near to 0.00 as to 0.10: the earlier
        ("0.06", 1, 0),
        ("0.2", 1, 0),  # ends at 0.10 and 0.30 are equally near
        ("0.31", 2, 1),
        ("0.6", 2, 2),
    ],
)
def test_the_nearest_edge_counts_from_the_first_frame(
    seconds: str, starting: int, ending: int
) -> None:
    assert GAPPED.starting_at(Fraction(seconds)) == starting
    assert GAPPED.ending_at(Fraction(seconds)) == ending


def test_a_time_that_no_float_holds_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"0\.600, the film's length, got -1\.00000e\+400"):
        GAPPED.starting_at(Fraction(-(10**400)))
    with pytest.raises(SchemaError, match=r"got 0\.71$"):
        GAPPED.ending_at(Fraction(71, 100))


@pytest.mark.parametrize("seconds", ["-0.11", "0.71"])
def test_a_time_outside_the_film_is_refused(seconds: str) -> None:
    with pytest.raises(SchemaError, match="the film's length"):
        GAPPED.starting_at(Fraction(seconds))
    with pytest.raises(SchemaError, match="the film's length"):
        GAPPED.ending_at(Fraction(seconds))


@pytest.mark.parametrize(
    ("pts", "end_pts"),
    [([], []), ([0, 0], [1, 2]), ([0, 5], [6, 9]), ([0, 5], [0, 9]), ([0, 5], [5])],
)
def test_frames_out_of_order_are_refused(pts: list[int], end_pts: list[int]) -> None:
    with pytest.raises(SchemaError, match="FrameTimes"):
        FrameTimes(
            film_id=FILM_ID,
            time_base=Fraction(1, 24),
            pts=np.array(pts, np.int64),
            end_pts=np.array(end_pts, np.int64),
        )


def test_one_frame_is_a_film() -> None:
    times = times_of([7], film_id=FILM_ID, time_base=Fraction(1, 24), first=3)
    assert len(times) == 1
    assert times.starting_at(Fraction(0)) == times.ending_at(Fraction(7, 24)) == 0


@given(times=frame_times(), data=st.data())
def test_milliseconds_lead_back_to_the_frame(times: FrameTimes, data: st.DataObject) -> None:
    """Frames of 2 ms and more: rounding to 1 ms never reaches the neighbour's edge."""
    frame = data.draw(st.integers(0, len(times) - 1))
    for edge_s, lead_back in (
        (times.start_s(frame), times.starting_at),
        (times.end_s(frame), times.ending_at),
    ):
        assert lead_back(Fraction(round(edge_s * 1000), 1000)) == frame


@given(times=frame_times(), data=st.data())
def test_frames_and_spans_are_each_others_inverse(times: FrameTimes, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(times) - 1))
    last = data.draw(st.integers(first, len(times) - 1))
    assert times.frames_of(times.span_of(first, last)) == (first, last)
