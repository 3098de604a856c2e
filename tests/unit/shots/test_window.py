"""What the cutter remembers of frames."""

import numpy as np
import pytest

from cinefacs.shots.signatures import to_mixture
from cinefacs.shots.window import LOOK_BACK, SignatureWindow
from tests.support.pictures import flat, pan, to_frames


def window_of(n_frames: int, **options: list[int]) -> SignatureWindow:
    window = SignatureWindow(max_flat_contrast=3)
    for frame in to_frames(pan(1, n_frames), **options):  # type: ignore[arg-type]
        window.push(frame)
    return window


def test_frames_are_addressed_by_their_index_before_and_after_forgetting() -> None:
    window = window_of(600)  # more than the first capacity
    kept = window.signature(580).copy(), window.change(580), window.mixtures(580, 582).copy()
    window.forget(560)
    assert (window.first, window.end) == (560 - LOOK_BACK, 600)
    np.testing.assert_array_equal(window.signature(580), kept[0])
    assert window.change(580) == kept[1]
    np.testing.assert_array_equal(window.mixtures(580, 582), kept[2])
    np.testing.assert_array_equal(window.mixtures(581, 582)[0], to_mixture(window.signature(581)))


def test_little_is_not_worth_forgetting() -> None:
    window = window_of(130)
    window.forget(100)
    assert window.first == 0


def test_a_gap_has_no_change_and_is_not_looked_across() -> None:
    window = window_of(30, gaps=[20])
    assert window.change(20) == 0
    assert window.change(19) > 0
    assert window.follows_gap(20)
    assert window.reach_back(25, 10) == 20
    assert window.reach_back(19, 10) == 9
    assert window.reach_back(3, 10) == 0


def test_time_is_taken_from_the_frames() -> None:
    window = window_of(3, pts=[0, 1000, 7000])
    assert window.seconds(0, 2) == pytest.approx(7 / 24)


def test_flat_frames_are_flat() -> None:
    window = SignatureWindow(max_flat_contrast=3)
    for frame in to_frames([*flat(40, 1), *pan(1, 1)]):
        window.push(frame)
    assert [window.is_flat(k) for k in range(2)] == [True, False]


def test_a_restored_window_knows_the_last_frames() -> None:
    window = window_of(90, gaps=[70])
    other = SignatureWindow(max_flat_contrast=3)
    other.restore(window.to_arrays(80))
    assert (other.first, other.end) == (80 - LOOK_BACK, 80)
    for at in range(other.first + 1, 80):
        np.testing.assert_array_equal(other.signature(at), window.signature(at))
        assert other.change(at) == window.change(at)
        assert other.follows_gap(at) == window.follows_gap(at)
        assert other.seconds(at - 1, at) == window.seconds(at - 1, at)


def test_a_window_at_the_start_of_a_film_restores_to_an_empty_one() -> None:
    other = SignatureWindow(max_flat_contrast=3)
    other.restore(window_of(5).to_arrays(0))
    assert (other.first, other.end) == (0, 0)
