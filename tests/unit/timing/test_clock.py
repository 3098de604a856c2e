"""Time is exact: in seconds, in other time bases, as time code and at a fixed rate."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.timing.clock import (
    format_timecode,
    pick_frames_at_rate,
    pts_to_seconds,
    rescale_pts,
)

NTSC = Fraction(1001, 30000)
time_bases = st.fractions(Fraction(1, 90000), Fraction(1), max_denominator=90000).filter(bool)
pts_values = st.integers(-(2**40), 2**40)


def test_ntsc_time_has_no_rounding() -> None:
    assert pts_to_seconds(30000, NTSC) == 1001


@given(pts_values, time_bases, time_bases)
def test_rescaling_is_off_by_half_a_tick_at_most(pts: int, source: Fraction, to: Fraction) -> None:
    assert abs(pts_to_seconds(rescale_pts(pts, source, to), to) - pts * source) <= to / 2


@given(pts_values, time_bases, st.integers(1, 1000))
def test_a_finer_time_base_gives_every_tick_back(pts: int, base: Fraction, finer: int) -> None:
    there = rescale_pts(pts, base, base / finer)
    assert there == pts * finer
    assert rescale_pts(there, base / finer, base) == pts


@pytest.mark.parametrize(("pts", "expected"), [(1, 1), (3, 2), (-1, 0), (-3, -1), (2, 1)])
def test_half_a_tick_goes_up(pts: int, expected: int) -> None:
    assert rescale_pts(pts, Fraction(1, 2), Fraction(1)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (Fraction(0), "0:00:00.000"),
        (Fraction(1001, 24000), "0:00:00.042"),
        (Fraction(3599_9996, 10000), "1:00:00.000"),
        (59.9994, "0:00:59.999"),
        (Fraction(-1, 2), "-0:00:00.500"),
        (-0.0001, "0:00:00.000"),
        (Fraction(36000) * 11, "110:00:00.000"),
    ],
)
def test_time_codes(seconds: Fraction | float, expected: str) -> None:
    assert format_timecode(seconds) == expected


@given(st.integers(0, 10**9))
def test_a_time_code_reads_back(ms: int) -> None:
    hours, minutes, seconds = format_timecode(Fraction(ms, 1000)).split(":")
    assert int(hours) * 3_600_000 + int(minutes) * 60_000 + round(float(seconds) * 1000) == ms
    assert int(minutes) < 60
    assert float(seconds) < 60


def test_a_film_at_the_asked_rate_gives_each_frame_once() -> None:
    pts = [k * 1001 for k in range(48)]
    rate = Fraction(24000, 1001)
    assert pick_frames_at_rate(pts, 48 * 1001, Fraction(1, 24000), rate) == list(range(48))


def test_a_slow_film_repeats_and_a_fast_one_leaves_out() -> None:
    base = Fraction(1, 48)
    assert pick_frames_at_rate([0, 4, 8], 12, base, Fraction(24)) == [0, 0, 1, 1, 2, 2]
    assert pick_frames_at_rate([0, 1, 2, 3, 4, 5], 6, base, Fraction(24)) == [0, 2, 4]


def test_nothing_gives_nothing() -> None:
    assert pick_frames_at_rate([], 100, NTSC, Fraction(24)) == []


def test_a_variable_rate_film_from_a_later_start() -> None:
    # 1 ms ticks, ticks of the rate at 1000, 1100, 1200, 1300 ms; frames begin where given.
    picked = pick_frames_at_rate([1000, 1099, 1101, 1299], 1350, Fraction(1, 1000), Fraction(10))
    assert picked == [0, 1, 2, 3]


@given(
    start=st.integers(-(10**6), 10**6),
    steps=st.lists(st.integers(1, 500), min_size=1, max_size=60),
    base=st.sampled_from([Fraction(1, 1000), Fraction(1001, 24000), Fraction(1, 90000)]),
    rate=st.fractions(Fraction(1, 10), 240, max_denominator=1001),
)
def test_the_picked_frame_is_the_one_on_the_screen(
    start: int, steps: list[int], base: Fraction, rate: Fraction
) -> None:
    # The rate is kept near the film's own, so that the list stays short.
    rate = min(rate, 20 / (sum(steps) * base))
    pts = [start]
    for step in steps[:-1]:
        pts.append(pts[-1] + step)
    end = pts[-1] + steps[-1]
    picked = pick_frames_at_rate(pts, end, base, rate)
    ends = [*pts[1:], end]
    for k, position in enumerate(picked):
        tick_s = start * base + k / rate
        assert pts[position] * base <= tick_s < ends[position] * base
    assert start * base + len(picked) / rate >= end * base  # no tick before the end is left out
