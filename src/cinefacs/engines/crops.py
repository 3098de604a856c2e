"""Cut pieces out of pictures along affine maps, and carry points back and forth.

A map is a 2x3 matrix ``A`` that takes ``x, y`` in one picture to ``A @ (x, y, 1)`` in another.
Points are continuous, as everywhere in cinefacs: the centre of the top left pixel is
``(0.5, 0.5)``. OpenCV puts it at ``(0, 0)``; `crop_affine` alone knows of that.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError

__all__ = ["crop_affine", "invert_affine", "letterbox", "map_points", "similarity_from_points"]

Affine = npt.NDArray[np.float64]
"""(2, 3) map from points of one picture to points of another."""
Rgb = npt.NDArray[np.uint8]

_BIGGEST_STEP = 2.0
"""Source pixels per target pixel above which the source is averaged first: bilinear sampling reads
four pixels, so a longer stride would skip some and alias."""


def map_points(matrix: npt.NDArray[Any], points_xy: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the points carried over by an affine map.

    Parameters
    ----------
    matrix : (2, 3)
    points_xy : (..., 2), px

    Returns
    -------
    (..., 2) float64, px
    """
    moved = np.asarray(points_xy, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(moved, dtype=np.float64)


def invert_affine(matrix: npt.NDArray[Any]) -> Affine:
    """Return the map that undoes `matrix`.

    Parameters
    ----------
    matrix : (2, 3), not singular

    Returns
    -------
    (2, 3) float64
    """
    turn_back = np.linalg.inv(matrix[:, :2])
    return np.concatenate([turn_back, -turn_back @ matrix[:, 2:]], axis=1)


def similarity_from_points(source_xy: npt.NDArray[Any], target_xy: npt.NDArray[Any]) -> Affine:
    """Return the turn, scale and shift that take one set of points nearest to another.

    Parameters
    ----------
    source_xy, target_xy : (N, 2), px, N at least 2
        Point by point.

    Returns
    -------
    (2, 3) float64
        Never mirrors.

    Raises
    ------
    SchemaError
        The shapes differ, or all source points fall together.

    References
    ----------
    S. Umeyama, "Least-squares estimation of transformation parameters between two point
    patterns", IEEE PAMI 13(4), 1991, equations 40 to 42. In the plane a turn with scale is one
    complex number, and his singular value decomposition comes down to the regression
    ``sum(conj(s) t) / sum(|s|^2)`` over centred points.
    """
    source = np.asarray(source_xy, dtype=np.float64)
    target = np.asarray(target_xy, dtype=np.float64)
    if source.shape != target.shape or source.ndim != 2 or source.shape[1] != 2 or len(source) < 2:
        raise SchemaError(
            "similarity_from_points: expected two arrays of one shape (N >= 2, 2), "
            f"got {source.shape} and {target.shape}"
        )
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    s = (source - source_mean) @ np.array([1, 1j])  # (N,)
    t = (target - target_mean) @ np.array([1, 1j])  # (N,)
    spread = float((s.conj() * s).real.sum())
    if not spread > 0:
        raise SchemaError("similarity_from_points: expected points apart, got all in one place")
    factor = complex((s.conj() * t).sum() / spread)
    linear = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    shift = target_mean - linear @ source_mean
    return np.concatenate([linear, shift[:, None]], axis=1)


def crop_affine(rgb: Rgb, matrix: npt.NDArray[Any], size_wh: tuple[int, int]) -> Rgb:
    """Return the piece of a picture that an affine map takes to ``0..width, 0..height``.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    matrix : (2, 3)
        From points of the picture to points of the crop.
    size_wh : width and height of the crop, px

    Returns
    -------
    (height, width, 3) uint8
        Black where the crop reaches beyond the picture. Bilinear; where the crop shrinks the
        picture by more than 2, the picture is area-averaged to the crop's scale first.
    """
    to_crop = np.asarray(matrix, dtype=np.float64)
    step = 1 / np.sqrt(abs(np.linalg.det(to_crop[:, :2])))  # source px per crop px
    if step > _BIGGEST_STEP:
        rgb, to_crop = _shrink_region(rgb, to_crop, size_wh, step)
    centre = np.array([0.5, 0.5])
    to_opencv = to_crop.copy()
    to_opencv[:, 2] += to_crop[:, :2] @ centre - centre
    crop = cv2.warpAffine(rgb, to_opencv, size_wh, flags=cv2.INTER_LINEAR)
    return np.asarray(crop, dtype=np.uint8)


def _shrink_region(
    rgb: Rgb, matrix: Affine, size_wh: tuple[int, int], step: float
) -> tuple[Rgb, Affine]:
    """Return what a crop needs of a picture, shrunk to the crop's scale, and the new map."""
    height, width = rgb.shape[:2]
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * np.array(size_wh)
    reach = map_points(invert_affine(matrix), corners)  # (4, 2) px of the picture
    left, top = np.floor(np.clip(reach.min(axis=0) - step, 0, (width, height))).astype(int)
    right, bottom = np.ceil(np.clip(reach.max(axis=0) + step, 0, (width, height))).astype(int)
    region = rgb[top:bottom, left:right]
    if region.size == 0:
        return rgb, matrix
    small_wh = (max(1, round((right - left) / step)), max(1, round((bottom - top) / step)))
    small = cv2.resize(region, small_wh, interpolation=cv2.INTER_AREA)
    scale = np.array([(right - left) / small_wh[0], (bottom - top) / small_wh[1]])
    linear = matrix[:, :2] * scale
    shift = map_points(matrix, np.array([left, top]))
    return np.asarray(small, dtype=np.uint8), np.concatenate([linear, shift[:, None]], axis=1)


def letterbox(rgb: Rgb, size_wh: tuple[int, int]) -> Rgb:
    """Return the picture with black added at the right and at the bottom.

    Points keep their coordinates, so nothing has to be carried back.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    size_wh : width and height of the result, px, neither less than the picture's

    Returns
    -------
    (height, width, 3) uint8

    Raises
    ------
    SchemaError
        The picture does not fit.
    """
    height, width = rgb.shape[:2]
    right, bottom = size_wh[0] - width, size_wh[1] - height
    if right < 0 or bottom < 0:
        raise SchemaError(
            f"letterbox: expected a picture of at most {size_wh}, got {(width, height)}"
        )
    return np.pad(rgb, ((0, bottom), (0, right), (0, 0)))
