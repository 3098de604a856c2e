"""Affine maps, and crops along them."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.engines.crops import (
    crop_affine,
    invert_affine,
    letterbox,
    map_points,
    similarity_from_points,
)
from cinefacs.errors import SchemaError

Points = npt.NDArray[np.float64]

angles = st.floats(-np.pi, np.pi)
scales = st.floats(0.05, 20)
shifts = st.tuples(st.floats(-500, 500), st.floats(-500, 500))
seeds = st.integers(0, 2**32 - 1)


def _similarity(angle: float, scale: float, shift: tuple[float, float]) -> Points:
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, shift[0]], [s, c, shift[1]]])


@given(angles, scales, shifts, seeds)
def test_similarity_is_recovered(
    angle: float, scale: float, shift: tuple[float, float], seed: int
) -> None:
    matrix = _similarity(angle, scale, shift)
    source = np.random.default_rng(seed).uniform(-100, 100, (5, 2))
    found = similarity_from_points(source, map_points(matrix, source))
    np.testing.assert_allclose(found, matrix, rtol=1e-7, atol=1e-6)


@given(seeds)
def test_similarity_is_the_best_fit(seed: int) -> None:
    """No nearby turn, scale or shift comes closer to points that do not fit exactly."""
    rng = np.random.default_rng(seed)
    source, target = rng.uniform(-50, 50, (2, 6, 2))
    best = similarity_from_points(source, target)

    def distance(matrix: Points) -> float:
        return float(((map_points(matrix, source) - target) ** 2).sum())

    a, b = best[0, 0], best[1, 0]
    for da, db, dx, dy in rng.normal(0, 0.01, (20, 4)):
        near = np.array([[a + da, -b - db, best[0, 2] + dx], [b + db, a + da, best[1, 2] + dy]])
        assert distance(best) <= distance(near) + 1e-9


def test_mirrored_points_are_not_mirrored_back() -> None:
    source = np.array([[0.0, 0], [4, 0], [0, 1]])
    matrix = similarity_from_points(source, source * [-1, 1])
    assert np.linalg.det(matrix[:, :2]) > 0


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (np.zeros((3, 2)), np.ones((4, 2)), "two arrays of one shape"),
        (np.zeros((1, 2)), np.ones((1, 2)), "two arrays of one shape"),
        (np.zeros((3, 3)), np.ones((3, 3)), "two arrays of one shape"),
        (np.full((3, 2), 7.0), np.eye(3)[:, :2], "points apart"),
    ],
)
def test_points_that_tell_nothing_are_refused(
    source: Points, target: Points, expected: str
) -> None:
    with pytest.raises(SchemaError, match=expected):
        similarity_from_points(source, target)


@given(angles, scales, shifts, seeds)
def test_inverse_undoes_the_map(
    angle: float, scale: float, shift: tuple[float, float], seed: int
) -> None:
    matrix = _similarity(angle, scale, shift)
    points = np.random.default_rng(seed).uniform(-100, 100, (4, 2))
    there_and_back = map_points(invert_affine(matrix), map_points(matrix, points))
    np.testing.assert_allclose(there_and_back, points, atol=1e-6)


def test_whole_picture_and_whole_pixel_shift_are_exact() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    identity = _similarity(0, 1, (0, 0))
    np.testing.assert_array_equal(crop_affine(rgb, identity, (30, 20)), rgb)
    shifted = crop_affine(rgb, _similarity(0, 1, (-4, -3)), (10, 8))
    np.testing.assert_array_equal(shifted, rgb[3:11, 4:14])


def test_beyond_the_picture_is_black() -> None:
    rgb = np.full((10, 10, 3), 200, dtype=np.uint8)
    crop = crop_affine(rgb, _similarity(0, 1, (5, 5)), (20, 20))
    assert crop[5:15, 5:15].min() == 200
    assert crop.astype(int).sum() == 200 * 10 * 10 * 3


@pytest.mark.parametrize("scale", [0.11, 0.37, 0.49, 0.8, 1.0, 2.5])
@pytest.mark.parametrize("angle", [0.0, 0.6, -2.0])
def test_a_spot_lands_where_its_centre_is_mapped(scale: float, angle: float) -> None:
    """Also where the picture is shrunk first, the crop stays where the map says."""
    centre = np.array([211.0, 167.0])
    yx = np.mgrid[0:300, 0:400] + 0.5
    distance = np.hypot(yx[1] - centre[0], yx[0] - centre[1])
    spot = 255 * np.exp(-((distance / (6 / min(scale, 1))) ** 2))
    rgb = np.repeat(spot[..., None], 3, axis=2).astype(np.uint8)
    target = np.array([64.3, 58.9])
    matrix = _similarity(angle, scale, (0, 0))
    matrix[:, 2] = target - matrix[:, :2] @ centre
    crop = crop_affine(rgb, matrix, (128, 128))[..., 0].astype(float)
    rows, columns = np.mgrid[0:128, 0:128] + 0.5
    found = np.array([(columns * crop).sum(), (rows * crop).sum()]) / crop.sum()
    np.testing.assert_allclose(found, target, atol=0.15)


def test_shrinking_averages_instead_of_skipping() -> None:
    rgb = np.zeros((256, 256, 3), dtype=np.uint8)
    rgb[::2, ::2] = 255
    rgb[1::2, 1::2] = 255
    crop = crop_affine(rgb, _similarity(0, 1 / 8, (0, 0)), (32, 32))
    inner = crop[2:-2, 2:-2].astype(int)
    assert abs(inner - 127).max() <= 2
    skipping = cv2.warpAffine(rgb, _similarity(0, 1 / 8, (0, 0)), (32, 32))
    assert abs(skipping.astype(int) - 127).max() > 50


def test_shrunk_crop_beside_the_picture_is_black() -> None:
    rgb = np.full((50, 50, 3), 255, dtype=np.uint8)
    crop = crop_affine(rgb, _similarity(0, 0.1, (500, 500)), (16, 16))
    assert crop.shape == (16, 16, 3)
    assert crop.max() == 0


def test_letterbox_pads_right_and_below() -> None:
    rgb = np.full((3, 5, 3), 9, dtype=np.uint8)
    padded = letterbox(rgb, (8, 4))
    assert padded.shape == (4, 8, 3)
    np.testing.assert_array_equal(padded[:3, :5], rgb)
    assert padded.sum() == rgb.sum()
    with pytest.raises(SchemaError, match=r"at most \(4, 4\), got \(5, 3\)"):
        letterbox(rgb, (4, 4))
