"""Head pose of meshes whose turn is known."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.faces.head_pose import _neutral_face, head_pose_deg, rotation_between

Matrix = npt.NDArray[np.float64]

degrees = st.floats(-80, 80)


def _axis_turn(axis: int, angle_deg: float) -> Matrix:
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    turn = np.eye(3)
    first, second = [k for k in range(3) if k != axis]
    sign = -1 if axis == 1 else 1
    turn[first, first] = turn[second, second] = c
    turn[first, second], turn[second, first] = -sign * s, sign * s
    return turn


def turned_face(yaw: float, pitch: float, roll: float) -> Matrix:
    """Return a mesh whose stable points are the neutral face, turned as a person would.

    Roll first (in the picture's plane), then up or down, then to a side.
    """
    neutral = _neutral_face()
    # A turn about y (down) by a positive angle takes "away" (z) to the right of the picture, and
    # so the look (0, 0, -1) to the left.
    turn = _axis_turn(1, -yaw) @ _axis_turn(0, -pitch) @ _axis_turn(2, roll)
    mesh = np.full((478, 3), np.nan)
    mesh[neutral.landmark_index] = 90 * neutral.xyz @ turn.T + [300, 200, 5]
    return mesh


@given(degrees, degrees, degrees)
def test_known_turn_is_told(yaw: float, pitch: float, roll: float) -> None:
    found = head_pose_deg(turned_face(yaw, pitch, roll))
    np.testing.assert_allclose(found, [yaw, pitch, roll], atol=1e-2)


@pytest.mark.parametrize(
    ("pose", "axis", "sign"),
    [((30, 0, 0), 0, +1), ((-30, 0, 0), 0, -1), ((0, 30, 0), 1, -1), ((0, -30, 0), 1, +1)],
)
def test_nose_points_where_the_sign_says(
    pose: tuple[float, float, float], axis: int, sign: int
) -> None:
    """Yaw above 0 is to the right of the picture, pitch above 0 is up (y falls)."""
    mesh = turned_face(*pose)
    nose, eyes = mesh[4], (mesh[33] + mesh[263]) / 2
    straight = turned_face(0, 0, 0)
    moved = (nose - eyes) - (straight[4] - (straight[33] + straight[263]) / 2)
    assert sign * moved[axis] > 10


def test_roll_above_0_is_clockwise_in_the_picture() -> None:
    mesh = turned_face(0, 0, 20)
    assert mesh[263, 1] > mesh[33, 1]  # the eye at the right sinks


def test_neutral_face_is_symmetric_and_of_unit_width() -> None:
    neutral = _neutral_face()
    rows = {int(index): xyz for index, xyz in zip(neutral.landmark_index, neutral.xyz, strict=True)}
    assert np.linalg.norm(rows[263] - rows[33]) == pytest.approx(1, abs=1e-3)
    mirrored = {tuple(xyz * [-1, 1, 1]) for xyz in neutral.xyz}
    assert mirrored == {tuple(xyz) for xyz in neutral.xyz}
    assert rows[4][2] == min(xyz[2] for xyz in rows.values())  # the nose is nearest


@given(st.integers(0, 2**32 - 1))
def test_rotation_is_proper_even_for_mirrored_points(seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(7, 3))
    turn = rotation_between(points, points * [-1, 1, 1])
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(turn) == pytest.approx(1)
