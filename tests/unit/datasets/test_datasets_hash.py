"""Pictures that look alike are found, whatever was done to them; others are not."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.datasets.perceptual_hash import is_flat, look_at, near_pairs
from tests.support.drawn_study import background

Rgb = npt.NDArray[np.uint8]
alike = partial(near_pairs, max_bits=6, min_correlation=0.97)


def _jpeg(rgb: Rgb) -> Rgb:
    _, data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, 60])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _brighter(rgb: Rgb) -> Rgb:
    return np.asarray(np.clip(rgb.astype(int) + 25, 0, 255), np.uint8)


def _larger(rgb: Rgb) -> Rgb:
    return np.asarray(cv2.resize(rgb, (400, 300), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize("change", [_jpeg, _brighter, _larger, np.copy])
def test_a_changed_copy_is_found_among_others(change: Callable[[Rgb], Rgb]) -> None:
    pictures = [background(seed) for seed in range(12)]
    copies = look_at([background(99), change(pictures[5])])
    assert alike(look_at(pictures), copies) == [(5, 1)]


def test_other_pictures_are_not_alike() -> None:
    looks = look_at([background(seed) for seed in range(200)])
    found = alike(looks, looks)
    assert found == [(row, row) for row in range(200)]


def test_pictures_of_one_colour() -> None:
    black = np.zeros((120, 160, 3), np.uint8)
    grey = np.full((120, 160, 3), 90, np.uint8)
    assert is_flat(black)
    assert is_flat(grey)
    assert not is_flat(background(1))
    looks = look_at([black, background(1)])
    assert alike(looks, look_at([grey, background(2)])) == [(0, 0)]


def test_nothing_is_like_nothing() -> None:
    nothing = look_at([])
    assert len(nothing) == 0
    assert alike(nothing, look_at([background(1)])) == []


def test_many_pictures_are_compared_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cinefacs.datasets.perceptual_hash._BLOCK", 3)
    looks = look_at([background(seed) for seed in range(8)])
    assert alike(looks, looks) == [(row, row) for row in range(8)]
