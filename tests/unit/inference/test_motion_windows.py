"""Which crops a face is shown with: its neighbours by exact time, or its rest."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.inference.motion import MOST_AT_REST, Moment, Shown, make_window
from cinefacs.records.input_spec import InputSpec


def spec(temporal: str, step_ms: int = 0) -> InputSpec:
    return InputSpec(
        side_px=32, mode="crop", colour="grey", temporal=temporal, step_ms=step_ms  # type: ignore[arg-type]
    )  # fmt: skip


def moment(index: int, start_s: Fraction, activity: float = 0.0) -> Moment:
    crop = np.full((1, 1, 1), index % 251, np.uint8)
    return Moment(index, start_s, crop, np.eye(2, 3), (10, 10), activity)


def show(window_spec: InputSpec, moments: Sequence[Moment]) -> list[Shown]:
    window = make_window(window_spec)
    shown = [each for one in moments for each in window.push(one)]
    return shown + list(window.finish())


def values(shown: Shown) -> list[int]:
    return [int(crop[0, 0, 0]) for crop in shown.crops]


def test_a_face_alone_waits_for_nothing() -> None:
    window = make_window(spec("single"))
    (shown,) = window.push(moment(3, Fraction(1)))
    assert values(shown) == [3]
    assert list(window.finish()) == []


def test_neighbours_are_those_at_the_stated_time() -> None:
    at_24 = [moment(k, Fraction(k, 24)) for k in range(12)]
    shown = show(spec("neighbours", 100), at_24)  # 2.4 frames: the nearest is 2 away
    assert [each.moment.frame_index for each in shown] == list(range(12))
    assert values(shown[5]) == [3, 5, 7]
    assert values(shown[0]) == [0, 0, 2]
    assert values(shown[11]) == [9, 11, 11]


@pytest.mark.parametrize(("fps", "step"), [(8, 1), (240, 24), (120, 12)])
def test_the_rate_does_not_matter(fps: int, step: int) -> None:
    moments = [moment(k, Fraction(k, fps)) for k in range(60)]
    shown = show(spec("neighbours", 100), moments)
    assert values(shown[30]) == [30 - step, 30, 30 + step]


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=40), st.integers(1, 60)
)  # fmt: skip
def test_neighbours_at_a_variable_rate_are_the_nearest_of_all(
    gaps: list[int], step_ms: int
) -> None:
    times = np.cumsum(gaps).tolist()
    moments = [moment(k, Fraction(t, 1000)) for k, t in enumerate(times)]
    for shown in show(spec("neighbours", step_ms), moments):
        now = times[shown.moment.frame_index]
        wanted = [
            int(np.argmin(np.abs(np.array(times) - (now + sign * step_ms)))) for sign in (-1, 1)
        ]
        assert values(shown) == [wanted[0], shown.moment.frame_index, wanted[1]]


def test_a_long_shot_is_not_held() -> None:
    window = make_window(spec("neighbours", 100))
    held = []
    for k in range(500):
        list(window.push(moment(k, Fraction(k, 24))))
        held.append(len(window._held))  # type: ignore[attr-defined]
    assert max(held) <= 8


def test_rest_is_the_calmest_of_the_first_then_of_all_so_far() -> None:
    n = MOST_AT_REST + 10
    calm = {40: 0.5, MOST_AT_REST + 3: 0.1}
    moments = [moment(k, Fraction(k, 24), calm.get(k, 1 + k / 1000)) for k in range(n)]
    window = make_window(spec("neutral"))
    first = [each for one in moments[: MOST_AT_REST - 1] for each in window.push(one)]
    assert first == []
    shown = [each for one in moments[MOST_AT_REST - 1 :] for each in window.push(one)]
    shown += list(window.finish())
    assert [each.moment.frame_index for each in shown] == list(range(n))
    assert {values(each)[1] for each in shown[: MOST_AT_REST + 3]} == {40}
    assert {values(each)[1] for each in shown[MOST_AT_REST + 3 :]} == {MOST_AT_REST + 3}


def test_a_short_track_is_read_when_it_ends() -> None:
    moments = [moment(k, Fraction(k, 24), activity) for k, activity in enumerate((3.0, 1.0, 2.0))]
    shown = show(spec("neutral"), moments)
    assert [values(each) for each in shown] == [[0, 1], [1, 1], [2, 1]]
