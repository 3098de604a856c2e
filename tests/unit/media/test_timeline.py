from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cinefacs.media.timeline import MAX_HELD, Timeline


def stamps(raw: list[int | None], *, ticks_per_s: int = 1000, duration: int = 40) -> list[int]:
    timeline = Timeline(ticks_per_s=ticks_per_s)
    out: list[int] = []
    for each in raw:
        out += timeline.push(each, duration=duration)
    return out + timeline.finish()


@given(st.lists(st.none() | st.integers(-10_000, 10_000), max_size=60))
def test_every_picture_gets_a_stamp_and_stamps_ascend(raw: list[int | None]) -> None:
    out = stamps(raw)
    assert len(out) == len(raw)
    assert all(a < b for a, b in pairwise(out))


@given(st.lists(st.integers(-(2**40), 2**40), unique=True, max_size=60).map(sorted))
def test_good_stamps_are_left_alone(raw: list[int]) -> None:
    timeline = Timeline(ticks_per_s=1000)
    out = [pts for each in raw for pts in timeline.push(each)]
    assert out == raw
    assert timeline.n_repaired == 0


def test_missing_stamps_are_filled_evenly_between_their_neighbours() -> None:
    assert stamps([0, None, None, 120]) == [0, 40, 80, 120]


def test_a_doubled_stamp_moves_between_its_neighbours() -> None:
    assert stamps([0, 40, 40, 120]) == [0, 40, 80, 120]


def test_a_stamp_that_falls_back_a_little_does_not_move_those_after_it() -> None:
    assert stamps([0, 40, 30, 120, 160]) == [0, 40, 80, 120, 160]


def test_a_clock_that_starts_anew_is_moved_behind_what_came_before() -> None:
    timeline = Timeline(ticks_per_s=1000)
    out = [pts for raw in (90_000, 90_040, 0, 40, 80) for pts in timeline.push(raw)]
    assert out == [90_000, 90_040, 90_080, 90_120, 90_160]
    assert timeline.n_repaired == 1


def test_without_any_stamp_pictures_follow_at_their_declared_duration() -> None:
    assert stamps([None] * 40, duration=50) == [50 * k for k in range(40)]


def test_without_stamp_and_duration_pictures_still_ascend() -> None:
    assert stamps([None, None, None], duration=0) == [0, 1, 2]


def test_waiting_for_a_good_stamp_is_bounded() -> None:
    timeline = Timeline(ticks_per_s=1000)
    timeline.push(0, duration=40)
    held = [len(timeline.push(None)) for _ in range(MAX_HELD)]
    assert held == [0] * (MAX_HELD - 1) + [MAX_HELD]
    assert timeline.n_repaired == MAX_HELD


def test_stamps_too_close_for_the_missing_ones_between_are_passed() -> None:
    assert stamps([0, None, None, None, 2, 200]) == [0, 40, 80, 120, 160, 200]
