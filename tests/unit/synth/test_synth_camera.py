"""The camera against the pinhole formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.synth.camera import Camera
from cinefacs.synth.framing import FACE_HEIGHT, Angle, Move, draw_path

CAMERA = Camera(eye=(0.0, 0.0, 10.0), target=(0.0, 0.0, 0.0), height_deg=40.0, size_wh=(400, 200))


def test_the_target_falls_into_the_middle() -> None:
    xy, _ = CAMERA.project(np.zeros((1, 3)))
    assert xy[0] == pytest.approx([200, 100])


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-5, 5))
def test_places_fall_where_a_pinhole_throws_them(x: float, y: float, z: float) -> None:
    focal_px = 100 / np.tan(np.radians(20))  # half the height over the half angle's tangent
    xy, _ = CAMERA.project(np.array([[x, y, z]]))
    expected = [200 + focal_px * x / (10 - z), 100 - focal_px * y / (10 - z)]
    assert xy[0] == pytest.approx(expected, abs=1e-6)


@given(st.floats(1, 60))
def test_the_depth_buffer_gives_the_distance_back(distance: float) -> None:
    _, depth = CAMERA.project(np.array([[0.0, 0.0, 10 - distance]]))
    assert CAMERA.distance(depth)[0] == pytest.approx(distance, rel=1e-6)


def test_what_lies_behind_has_no_depth_in_range() -> None:
    _, depth = CAMERA.project(np.array([[0.0, 0.0, 20.0]]))
    assert depth[0] > 1


@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_a_face_has_the_asked_share_of_the_picture(share: float) -> None:
    path = draw_path(
        np.random.default_rng(3), face=(0.0, 15.0, 0.0), face_scale=1.0, share=share,
        angle=Angle.LEVEL, move=Move.STILL, facing_deg=0.0,
    )  # fmt: skip
    camera = path.at(0.0, 0.0, (640, 360))
    up = np.array([0.0, FACE_HEIGHT / 2, 0.0])
    middle = np.array([0.0, 15.0, 0.0])
    xy, _ = camera.project(np.stack([middle - up, middle + up]))
    height = float(np.linalg.norm(xy[1] - xy[0]))
    assert height / 360 == pytest.approx(share, rel=0.15)  # the camera looks from a little above


def test_a_tiny_picture_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"Camera\.size_wh"):
        Camera(eye=(0.0, 0.0, 1.0), target=(0.0, 0.0, 0.0), height_deg=40.0, size_wh=(8, 8))
