"""Boxes ``x1, y1, x2, y2`` in continuous pixels: no +1 anywhere (docs/decisions/0003-boxes.md)."""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "Boxes",
    "area",
    "clip_boxes",
    "expand_to_square",
    "pairwise_iou",
    "points_to_box",
    "xywh_to_xyxy",
    "xyxy_to_xywh",
]

Boxes = npt.NDArray[np.float32]


def area(boxes_xyxy: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the area of each box; a box turned inside out has area 0.

    Parameters
    ----------
    boxes_xyxy : (N, 4), px

    Returns
    -------
    (N,) float32, px^2
    """
    size = np.clip(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], 0, None)  # (N, 2)
    return np.asarray(size.prod(axis=-1), dtype=np.float32)


def pairwise_iou(a_xyxy: npt.NDArray[Any], b_xyxy: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the overlap of every box in `a_xyxy` with every box in `b_xyxy`.

    Parameters
    ----------
    a_xyxy : (N, 4), px
    b_xyxy : (M, 4), px
        Corners ``x1, y1, x2, y2``, both sides in the same frame.

    Returns
    -------
    (N, M) float32, 0 to 1
        A pair without any area has overlap 0.
    """
    top_left = np.maximum(a_xyxy[:, None, :2], b_xyxy[None, :, :2])  # (N, M, 2)
    bottom_right = np.minimum(a_xyxy[:, None, 2:], b_xyxy[None, :, 2:])  # (N, M, 2)
    shared = np.clip(bottom_right - top_left, 0, None).prod(axis=-1)  # (N, M)
    union = area(a_xyxy)[:, None] + area(b_xyxy)[None, :] - shared
    iou = np.zeros(shared.shape, dtype=np.float32)
    np.divide(shared, union, out=iou, where=union > 0)
    return iou


def xyxy_to_xywh(boxes_xyxy: npt.NDArray[Any]) -> Boxes:
    """Return ``x1, y1, width, height`` of boxes given by their corners.

    Parameters
    ----------
    boxes_xyxy : (N, 4), px

    Returns
    -------
    (N, 4) float32, px
    """
    return np.concatenate(
        [boxes_xyxy[:, :2], boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]], axis=1, dtype=np.float32
    )


def xywh_to_xyxy(boxes_xywh: npt.NDArray[Any]) -> Boxes:
    """Return the corners of boxes given as ``x1, y1, width, height``.

    Parameters
    ----------
    boxes_xywh : (N, 4), px

    Returns
    -------
    (N, 4) float32, px
    """
    return np.concatenate(
        [boxes_xywh[:, :2], boxes_xywh[:, :2] + boxes_xywh[:, 2:]], axis=1, dtype=np.float32
    )


def clip_boxes(boxes_xyxy: npt.NDArray[Any], *, resolution_wh: tuple[int, int]) -> Boxes:
    """Return the boxes cut at the borders of the frame.

    Parameters
    ----------
    boxes_xyxy : (N, 4), px
    resolution_wh : width and height of the frame, px

    Returns
    -------
    (N, 4) float32, px
    """
    limit = np.array([*resolution_wh, *resolution_wh], dtype=np.float32)
    return np.asarray(np.clip(boxes_xyxy, 0, limit), dtype=np.float32)


def expand_to_square(boxes_xyxy: npt.NDArray[Any], *, scale: float) -> Boxes:
    """Return squares around the same centres, `scale` times the longer side wide.

    Parameters
    ----------
    boxes_xyxy : (N, 4), px
    scale : side of the square over the longer side of the box

    Returns
    -------
    (N, 4) float32, px; may reach beyond the frame
    """
    centre = (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2  # (N, 2)
    half = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).max(axis=1, keepdims=True) * (scale / 2)
    return np.concatenate([centre - half, centre + half], axis=1, dtype=np.float32)


def points_to_box(points_xy: npt.NDArray[Any]) -> Boxes:
    """Return the smallest box around the points.

    Parameters
    ----------
    points_xy : (K, 2), px, K at least 1

    Returns
    -------
    (4,) float32, px
    """
    return np.concatenate([points_xy.min(axis=0), points_xy.max(axis=0)], dtype=np.float32)
