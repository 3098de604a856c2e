"""Where a picture or a face goes in the input, by chance, and what becomes of its boxes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.engines.crops import crop_affine
from cinefacs.engines.network_input import face_affine, letterbox_affine, map_boxes
from cinefacs.records.input_spec import InputSpec

__all__ = ["Placed", "keep_visible", "mirror", "place_face", "place_mosaic", "place_picture"]

Rgb = npt.NDArray[np.uint8]
Affine = npt.NDArray[np.float64]

LEAST_VISIBLE = 0.25
"""Share of a box's area that must lie inside the input."""
LEAST_SIDE_PX = 4.0
"""Shorter side of a box in the input; smaller faces are noise, and hold no anchor point."""
_CROP_TURN_DEG = 10.0
_CROP_SCALE_SHARE = 0.2


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Placed:
    """A picture of the input's size and its boxes."""

    rgb: Rgb
    """(side, side, 3) uint8."""
    boxes_xyxy: npt.NDArray[np.float64]
    """(M, 4), px of the input."""
    labels: npt.NDArray[np.uint8]
    """(M, K)."""


def keep_visible(
    boxes_xyxy: npt.NDArray[np.float64],
    labels: npt.NDArray[np.uint8],
    window_xyxy: Sequence[float],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint8]]:
    """Return the boxes cut at a window, without those that hardly show.

    Parameters
    ----------
    boxes_xyxy, labels : (M, 4) px, (M, K)
    window_xyxy
        Left, top, right, bottom, px.
    """
    low, high = np.array(window_xyxy[:2]), np.array(window_xyxy[2:])
    cut = np.concatenate(
        [boxes_xyxy[:, :2].clip(low, high), boxes_xyxy[:, 2:].clip(low, high)], axis=1
    )  # (M, 4)
    wh = cut[:, 2:] - cut[:, :2]
    whole = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).prod(axis=1)
    is_kept = (wh.min(axis=1, initial=np.inf) >= LEAST_SIDE_PX) & (
        wh.prod(axis=1) >= LEAST_VISIBLE * whole
    )
    return cut[is_kept], labels[is_kept]


def _around_middle(side: float, *, scale: float, turn_deg: float, shift: Affine) -> Affine:
    """Return the map that turns and scales about the input's middle, then shifts."""
    angle = np.deg2rad(turn_deg)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([side / 2, side / 2])
    return np.concatenate([linear, (middle - linear @ middle + shift)[:, None]], axis=1)


def _after(second: Affine, first: Affine) -> Affine:
    """Return the map that does `first`, then `second`."""
    linear = second[:, :2] @ first[:, :2]
    shift = second[:, :2] @ first[:, 2] + second[:, 2]
    return np.concatenate([linear, shift[:, None]], axis=1)


def place_picture(
    rgb: Rgb,
    boxes_xyxy: npt.NDArray[np.float32],
    labels: npt.NDArray[np.uint8],
    *,
    side_px: int,
    config: AugmentConfig,
    rng: np.random.Generator,
) -> Placed:
    """Return a whole picture, letterboxed, then scaled, turned and shifted by chance.

    Parameters
    ----------
    rgb, boxes_xyxy, labels
        (H, W, 3) uint8, (M, 4) px, (M, K).
    side_px
        Of the input.
    config
        How far the changes may go.
    rng
        Where chance comes from.
    """
    scale, turn, *shift = rng.uniform(-1, 1, 4)
    change = _around_middle(
        side_px,
        scale=1 + scale * config.scale,
        turn_deg=turn * config.turn_deg,
        shift=np.array(shift) * config.shift * side_px,
    )
    boxed = letterbox_affine((rgb.shape[1], rgb.shape[0]), (side_px, side_px))
    return _warp(rgb, boxes_xyxy, labels, _after(change, boxed), side_px)


def place_face(
    rgb: Rgb,
    boxes_xyxy: npt.NDArray[np.float32],
    labels: npt.NDArray[np.uint8],
    face: int,
    *,
    spec: InputSpec,
    config: AugmentConfig,
    rng: np.random.Generator,
) -> Placed:
    """Return the square around a face, as a finder that is not exact would cut it.

    Parameters
    ----------
    rgb, boxes_xyxy, labels
        (H, W, 3) uint8, (M, 4) px, (M, K).
    face
        Row of the box that the square is around; other faces may be in it.
    spec
        Side and margin.
    config
        How far the changes may go.
    rng
        Where chance comes from.
    """
    scale, turn, *shift = rng.uniform(-1, 1, 4)
    is_still = config.scale == 0 and config.shift == 0
    change = _around_middle(
        spec.side_px,
        scale=1 + scale * config.scale * _CROP_SCALE_SHARE,
        turn_deg=0.0 if is_still else turn * _CROP_TURN_DEG,
        shift=np.array(shift) * config.shift * spec.side_px,
    )
    square = face_affine(boxes_xyxy[face], spec)
    return _warp(rgb, boxes_xyxy, labels, _after(change, square), spec.side_px)


def _warp(
    rgb: Rgb,
    boxes_xyxy: npt.NDArray[np.float32],
    labels: npt.NDArray[np.uint8],
    matrix: Affine,
    side_px: int,
) -> Placed:
    crop = crop_affine(rgb, matrix, (side_px, side_px))
    boxes, kept = keep_visible(map_boxes(matrix, boxes_xyxy), labels, (0, 0, side_px, side_px))
    return Placed(rgb=crop, boxes_xyxy=boxes, labels=kept)


def place_mosaic(
    parts: Sequence[tuple[Rgb, npt.NDArray[np.float32], npt.NDArray[np.uint8]]],
    *,
    side_px: int,
    config: AugmentConfig,
    rng: np.random.Generator,
) -> Placed:
    """Return four pictures around a point, each cut at its quarter.

    Parameters
    ----------
    parts
        Picture, boxes and labels of each of the four.
    side_px
        Of the input.
    config
        How far sizes may differ.
    rng
        Where chance comes from.
    """
    cx, cy = rng.uniform(0.3, 0.7, 2).round(2) * side_px
    cx, cy = int(cx), int(cy)
    quarters = [
        (0, 0, cx, cy), (cx, 0, side_px, cy), (0, cy, cx, side_px), (cx, cy, side_px, side_px)
    ]  # fmt: skip
    canvas = np.zeros((side_px, side_px, 3), dtype=np.uint8)
    all_boxes, all_labels = [], []
    for number, ((rgb, boxes, labels), (x1, y1, x2, y2)) in enumerate(
        zip(parts, quarters, strict=True)
    ):
        height, width = rgb.shape[:2]
        scale = side_px / max(height, width) * (1 + rng.uniform(-1, 1) * config.scale) * 0.7
        # The corner that lies nearest to the middle of the mosaic touches it.
        left = x2 - width * scale if number % 2 == 0 else x1
        top = y2 - height * scale if number < 2 else y1
        matrix = np.array([[scale, 0, left], [0, scale, top]], dtype=np.float64)
        to_quarter = matrix - np.array([[0, 0, x1], [0, 0, y1]])
        canvas[y1:y2, x1:x2] = crop_affine(rgb, to_quarter, (x2 - x1, y2 - y1))
        kept, own = keep_visible(map_boxes(matrix, boxes), labels, (x1, y1, x2, y2))
        all_boxes.append(kept)
        all_labels.append(own)
    return Placed(
        rgb=canvas, boxes_xyxy=np.concatenate(all_boxes), labels=np.concatenate(all_labels)
    )


def mirror(placed: Placed, mirrored: Sequence[int | None]) -> Placed:
    """Return the mirror image; left and right classes change places.

    Parameters
    ----------
    placed
        Returned as it is where a box has a class whose mirror image is not in the class space:
        its label would become wrong.
    mirrored
        Of the class space.
    """
    unpaired = [c for c, other in enumerate(mirrored) if other is None]
    if placed.labels[:, unpaired].any():
        return placed
    labels = np.zeros_like(placed.labels)
    for c, other in enumerate(mirrored):
        if other is not None:
            labels[:, other] |= placed.labels[:, c]
    side = placed.rgb.shape[1]
    x1, y1, x2, y2 = placed.boxes_xyxy.T
    return Placed(
        rgb=np.ascontiguousarray(placed.rgb[:, ::-1]),
        boxes_xyxy=np.stack([side - x2, y1, side - x1, y2], axis=1),
        labels=labels,
    )
