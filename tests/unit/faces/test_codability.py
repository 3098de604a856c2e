"""Codability: each reason by itself, their order, and what is measured of a face."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import ConfigError
from cinefacs.faces.codability import (
    FaceEvidence,
    is_readable_face,
    judge,
    measure_light,
    share_inside,
    turn_of_points,
)
from cinefacs.faces.config import CodabilityConfig, FaceConfig, ReadabilityConfig
from cinefacs.records.face_track import CODABILITY_ORDER, Codability

CONFIG = CodabilityConfig()
SIZE_WH = (640, 360)
FRONTAL = np.array([[130, 140], [170, 140], [150, 160], [135, 180], [165, 180]], np.float32)
PROFILE = np.array([[130, 140], [142, 140], [120, 160], [125, 180], [135, 180]], np.float32)

GOOD: dict[str, Any] = {
    "box_xyxy": [100, 100, 200, 220],
    "points_xy": FRONTAL,
    "luma": 110,
    "sharpness": 300,
    "presence": 1.0,
    "pose_deg": [5, -5, 10],
}
"""A face that can be coded."""

SPOILED: dict[Codability, dict[str, Any]] = {
    Codability.TOO_SMALL: {"box_xyxy": [100, 100, 140, 147]},
    Codability.CUT_OFF: {"box_xyxy": [-20, 100, 80, 220]},
    Codability.TOO_DARK: {"luma": 24},
    Codability.TOO_BRIGHT: {"luma": 231, "sharpness": 5000},
    Codability.TURNED_AWAY: {"pose_deg": [-46, 0, 0]},
    Codability.NO_LANDMARKS: {"presence": 0.4},
    Codability.BLURRED: {"sharpness": 20},
}


def evidence(*rows: dict[str, Any]) -> FaceEvidence:
    def column(name: str) -> npt.NDArray[np.float32]:
        return np.array([row[name] for row in rows], np.float32)

    return FaceEvidence(**{name: column(name) for name in GOOD})


def reasons(*rows: dict[str, Any], config: CodabilityConfig = CONFIG) -> list[Codability]:
    codes = judge(evidence(*rows), resolution_wh=SIZE_WH, config=config)
    assert codes.dtype == np.uint8
    return [CODABILITY_ORDER[code] for code in codes]


def test_a_good_face_is_codable() -> None:
    assert reasons(GOOD) == [Codability.CODABLE]


@pytest.mark.parametrize("reason", list(SPOILED))
def test_each_reason_by_itself(reason: Codability) -> None:
    assert reasons(GOOD | SPOILED[reason], GOOD) == [reason, Codability.CODABLE]


@given(st.sets(st.sampled_from(sorted(SPOILED)), min_size=2))
def test_the_first_reason_in_order_is_named(which: set[Codability]) -> None:
    if {Codability.TOO_SMALL, Codability.CUT_OFF} <= which:
        which = which - {Codability.CUT_OFF}  # both are told by the box
    if {Codability.TOO_DARK, Codability.TOO_BRIGHT} <= which:
        which = which - {Codability.TOO_BRIGHT}  # both are told by the light
    row = dict(GOOD)
    for reason in sorted(which, key=CODABILITY_ORDER.index, reverse=True):
        row |= SPOILED[reason]
    named = reasons(row)[0]
    if Codability.NO_LANDMARKS in which:
        which = which - {Codability.TURNED_AWAY}  # the pose is not known without a mesh
    assert named == min(which, key=CODABILITY_ORDER.index)


def test_a_detector_reads_smaller_blurred_and_partly_cut_off_faces() -> None:
    limits = ReadabilityConfig()
    rows = {
        "small": {"box_xyxy": [100, 100, 128, 133]},
        "too small": {"box_xyxy": [100, 100, 128, 131]},
        "cut": SPOILED[Codability.CUT_OFF], "cut in half": {"box_xyxy": [-50, 100, 50, 220]},
        "blurred": SPOILED[Codability.BLURRED], "a blot": {"sharpness": 9},
        "dark": SPOILED[Codability.TOO_DARK], "turned": SPOILED[Codability.TURNED_AWAY],
        "small and turned": {"box_xyxy": [100, 100, 128, 133], "pose_deg": [-46, 0, 0]},
    }  # fmt: skip
    seen = evidence(*(GOOD | row for row in rows.values()))
    can_read = is_readable_face(seen, resolution_wh=SIZE_WH, config=limits)
    assert {name for name, can in zip(rows, can_read, strict=True) if can} == {
        "small", "cut", "blurred",
    }  # fmt: skip


def test_a_profile_without_a_mesh_is_turned_away_by_its_points() -> None:
    row = GOOD | {"presence": 0.0, "points_xy": PROFILE}
    assert reasons(row) == [Codability.TURNED_AWAY]


def test_sharpness_is_judged_by_the_light_that_there_is() -> None:
    dim = GOOD | {"luma": 40, "sharpness": 20}  # 125 at a grey level of 100
    bright = GOOD | {"luma": 200, "sharpness": 100}  # 25
    assert reasons(dim, bright) == [Codability.CODABLE, Codability.BLURRED]


def test_looking_up_too_far_is_turned_away() -> None:
    assert reasons(GOOD | {"pose_deg": [0, 36, 0]}) == [Codability.TURNED_AWAY]


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_faces_are_judged_one_by_one(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [
        {
            "box_xyxy": np.sort(rng.uniform(-50, 300, 4).reshape(2, 2), axis=0).ravel(),
            "points_xy": rng.uniform(0, 200, (5, 2)),
            "luma": rng.uniform(0, 255),
            "sharpness": rng.uniform(0, 100),
            "presence": rng.uniform(0, 1),
            "pose_deg": rng.uniform(-60, 60, 3),
        }
        for _ in range(n)
    ]
    assert reasons(*rows) == [reasons(row)[0] for row in rows]


def test_share_inside() -> None:
    boxes = np.array([[0, 0, 10, 10], [-5, 0, 5, 10], [700, 0, 710, 10], [5, 5, 5, 9]], np.float32)
    assert share_inside(boxes, resolution_wh=SIZE_WH).tolist() == [1.0, 0.5, 0.0, 0.0]


def test_turn_of_points() -> None:
    turned = np.array([[0, 0], [10, 0], [8, 5], [2, 9], [8, 9]], np.float32)
    same = np.full((5, 2), 7, np.float32)
    assert turn_of_points(np.stack([turned, same])).tolist() == pytest.approx([0.3, np.inf])


@pytest.mark.parametrize("angle", [0.0, 0.7, 2.0])
def test_turn_of_points_does_not_depend_on_roll(angle: float) -> None:
    roll = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = (PROFILE @ roll.T).astype(np.float32)
    expected = turn_of_points(PROFILE[None])[0]
    assert turn_of_points(turned[None])[0] == pytest.approx(expected, rel=1e-3)
    assert expected > 0.5


def test_light_is_the_mean_of_the_part_inside_the_frame() -> None:
    rgb = np.zeros((100, 100, 3), np.uint8)
    rgb[:, :50] = 200
    luma, sharpness = measure_light(rgb, np.array([-40, 20, 50, 80], np.float32))
    assert (luma, sharpness) == (200.0, 0.0)
    luma, sharpness = measure_light(rgb, np.array([0, 0, 100, 100], np.float32))
    assert luma == 100.0
    assert sharpness > 100
    assert measure_light(rgb, np.array([120, 0, 150, 30], np.float32)) == (0.0, 0.0)


def test_blur_lowers_sharpness() -> None:
    rng = np.random.default_rng(3)
    rgb = rng.integers(0, 255, (300, 300, 3)).astype(np.uint8)
    box = np.array([20, 20, 270, 280], np.float32)
    values = [
        measure_light(np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma)), box)[1]
        for sigma in (0.5, 1.5, 3.0)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] > 10 * values[2]


@pytest.mark.parametrize(
    ("name", "value"),
    [("min_share_inside", 1.5), ("min_presence", -0.1), ("min_height_px", 0), ("max_luma", 20)],
)
def test_senseless_limits_are_refused(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match="expected"):
        replace(CONFIG, **{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("find_rate_hz", 0),
        ("min_find_score", 2),
        ("weak_find_rate_hz", 1),
        ("max_track_s", -1),
        ("unreadable_identity_distance", 0.6),
    ],
)
def test_senseless_face_settings_are_refused(name: str, value: float) -> None:
    changes: dict[str, Any] = {name: value}
    with pytest.raises(ConfigError, match="expected"):
        replace(FaceConfig(), **changes)
