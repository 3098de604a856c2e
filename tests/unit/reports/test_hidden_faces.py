"""What is hidden leaves nothing behind that could tell one face from another."""

import cv2
import numpy as np
import pytest

from cinefacs.errors import ConfigError
from cinefacs.reports.config import DeidentifyConfig
from cinefacs.reports.hidden_faces import HiddenFace, cover_of, hide_faces, hide_portrait
from cinefacs.reports.lettering import Rgb

FEATURES = DeidentifyConfig()
BLUR = DeidentifyConfig(style="blur")
BOX = np.array([60, 50, 120, 130], np.float32)
POINTS = np.array([[75, 80], [105, 80], [90, 95], [78, 110], [102, 110]], np.float32)


def noise(seed: int, size_wh: tuple[int, int] = (200, 160)) -> Rgb:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (size_wh[1], size_wh[0], 3)).astype(np.uint8)


def hidden(picture: Rgb, faces: list[HiddenFace], config: DeidentifyConfig) -> Rgb:
    copy = picture.copy()
    hide_faces(copy, faces, config)
    return copy


def test_under_a_drawn_face_nothing_of_the_real_one_is_left() -> None:
    face = HiddenFace(box_xyxy=BOX, points_xy=POINTS, levels={12: 0.9})
    x1, y1, x2, y2 = cover_of(BOX, (200, 160), FEATURES)
    one, other = (hidden(noise(seed), [face], FEATURES) for seed in (1, 2))
    assert np.array_equal(one[y1:y2, x1:x2], other[y1:y2, x1:x2])


def test_patches_keep_averages_alone() -> None:
    """Noise of any seed has the same averages, so hidden noise is nearly the same."""
    face = HiddenFace(box_xyxy=BOX)
    x1, y1, x2, y2 = cover_of(BOX, (200, 160), BLUR)
    one, other = (hidden(noise(seed), [face], BLUR)[y1:y2, x1:x2].astype(float) for seed in (1, 2))
    assert np.abs(noise(1).astype(float) - noise(2)).mean() > 80
    assert np.abs(one - other).mean() < 10
    cells = 1 + (x2 - x1) * BLUR.n_cells // 80, 1 + (y2 - y1) * BLUR.n_cells // 80
    small = cv2.resize(one, cells, interpolation=cv2.INTER_AREA)
    back = cv2.resize(small, one.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    assert np.abs(back - one)[8:-8, 8:-8].mean() < 4  # no detail finer than the patches


@pytest.mark.parametrize("config", [FEATURES, BLUR], ids=["features", "blur"])
def test_outside_the_cover_nothing_changes(config: DeidentifyConfig) -> None:
    picture = noise(3)
    x1, y1, x2, y2 = cover_of(BOX, (200, 160), config)
    changed = (hidden(picture, [HiddenFace(box_xyxy=BOX)], config) != picture).any(axis=2)
    assert changed[y1:y2, x1:x2].mean() > 0.95
    changed[y1:y2, x1:x2] = False
    assert not changed.any()


def test_the_cover_reaches_over_hair_and_chin() -> None:
    x1, y1, x2, y2 = cover_of(BOX, (200, 160), FEATURES)
    assert (x1, y1, x2, y2) == (33, 10, 147, 146)


@pytest.mark.parametrize(
    "box",
    [(-50, -60, 20, 30), (190, 150, 260, 240), (0, 0, 200, 160), (300, 10, 340, 60), (9, 9, 9, 9)],
)
@pytest.mark.parametrize("config", [FEATURES, BLUR], ids=["features", "blur"])
def test_faces_at_the_border_and_beyond_are_no_trouble(
    box: tuple[float, ...], config: DeidentifyConfig
) -> None:
    face = HiddenFace(box_xyxy=np.array(box, np.float32), points_xy=POINTS)
    x1, y1, x2, y2 = cover_of(face.box_xyxy, (200, 160), config)
    done = hidden(noise(4), [face], config)
    if x1 < x2 and y1 < y2:
        assert (done[y1:y2, x1:x2] != noise(4)[y1:y2, x1:x2]).mean() > 0.9


def test_a_drawn_face_shows_what_the_real_one_does() -> None:
    calm, smiling = (
        hidden(noise(5), [HiddenFace(box_xyxy=BOX, points_xy=POINTS, levels=levels)], FEATURES)
        for levels in ({}, {12: 1.0})
    )
    assert (calm != smiling).any(axis=2).sum() > 30
    mouth = (calm != smiling).any(axis=2)[: int(BOX[1]) + 20]
    assert not mouth.any()  # a smile moves nothing above the eyes


def test_a_later_cover_does_not_hide_a_drawn_face() -> None:
    """Two faces side by side: the cover of one reaches into the other."""
    left = HiddenFace(box_xyxy=BOX, points_xy=POINTS)
    right = HiddenFace(box_xyxy=BOX + np.array([70, 0, 70, 0], np.float32), points_xy=None)
    alone, both = (hidden(noise(6), faces, FEATURES) for faces in ([left], [left, right]))
    x1, y1, x2, y2 = (int(edge) for edge in BOX)
    inner = np.s_[y1 + 10 : y2 - 10, x1 + 8 : x2 - 8]
    assert np.array_equal(alone[inner], both[inner])


@pytest.mark.parametrize("config", [FEATURES, BLUR], ids=["features", "blur"])
def test_thumbnails_are_covered_as_a_whole(config: DeidentifyConfig) -> None:
    jpegs = [cv2.imencode(".jpg", noise(seed, (112, 112)))[1].tobytes() for seed in (7, 8)]
    shown = [
        np.asarray(
            cv2.imdecode(np.frombuffer(hide_portrait(jpeg, config), np.uint8), cv2.IMREAD_COLOR)
        )
        for jpeg in jpegs
    ]
    assert shown[0].shape == (112, 112, 3)
    difference = np.abs(shown[0].astype(float) - shown[1]).mean()
    assert difference == 0 if config.style == "features" else difference < 12


@pytest.mark.parametrize(
    "wrong", [{"style": "none"}, {"n_cells": 40}, {"raise_share": 0.0}, {"hold_s": -1.0}]
)
def test_numbers_that_hide_too_little_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"^hide\."):
        DeidentifyConfig(**wrong)  # type: ignore[arg-type]
