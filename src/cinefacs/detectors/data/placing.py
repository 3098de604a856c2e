"""Where a picture or a face goes in the input, by chance, and what becomes of its boxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.data.labelled_set import LabelledPicture
from cinefacs.engines.crops import crop_affine
from cinefacs.engines.network_input import face_affine, letterbox_affine, map_boxes
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.input_spec import InputSpec

__all__ = [
    "Boxed",
    "Placed",
    "crop_to_input",
    "keep_visible",
    "mirror",
    "place_crop",
    "place_face",
    "place_mosaic",
    "place_picture",
]

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
    """(side, side, 3) uint8; of faces cut beforehand (side, side, n)."""
    boxes_xyxy: npt.NDArray[np.float64]
    """(M, 4), px of the input."""
    labels: npt.NDArray[np.uint8]
    """(M, K)."""
    is_known: npt.NDArray[np.bool_]
    """(M, K) False where nothing is known of a label."""
    own: int = -1
    """Row of the face that a crop is cut around; -1: it hardly shows, or this is no crop."""


class Boxed(NamedTuple):
    """Boxes somewhere, and what is known of them."""

    boxes_xyxy: npt.NDArray[np.float64]
    """(M, 4), px."""
    labels: npt.NDArray[np.uint8]
    """(M, K)."""
    is_known: npt.NDArray[np.bool_]
    """(M, K) False where nothing is known of a label."""
    position: npt.NDArray[np.int64]
    """(M,) which box of its picture each is."""

    @classmethod
    def of(cls, picture: LabelledPicture) -> "Boxed":
        """Return the boxes of a picture."""
        boxes = picture.boxes_xyxy.astype(np.float64)
        return cls(boxes, picture.labels, picture.is_known, np.arange(len(boxes)))

    def cut(self, boxes_xyxy: npt.NDArray[np.float64], is_kept: npt.NDArray[np.bool_]) -> "Boxed":
        """Return some of the boxes in another place, (M, 4), and what is known of them."""
        return Boxed(
            boxes_xyxy[is_kept],
            self.labels[is_kept],
            self.is_known[is_kept],
            self.position[is_kept],
        )

    def moved(self, matrix: Affine) -> "Boxed":
        """Return the boxes carried over by a map."""
        return self._replace(boxes_xyxy=map_boxes(matrix, self.boxes_xyxy))


def keep_visible(boxed: Boxed, window_xyxy: Sequence[float]) -> Boxed:
    """Return the boxes cut at a window, without those that hardly show.

    Parameters
    ----------
    boxed
        Boxes in the window's pixels.
    window_xyxy
        Left, top, right, bottom, px.
    """
    boxes_xyxy = boxed.boxes_xyxy
    low, high = np.array(window_xyxy[:2]), np.array(window_xyxy[2:])
    cut = np.concatenate(
        [boxes_xyxy[:, :2].clip(low, high), boxes_xyxy[:, 2:].clip(low, high)], axis=1
    )  # (M, 4)
    wh = cut[:, 2:] - cut[:, :2]
    whole = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).prod(axis=1)
    is_kept = (wh.min(axis=1, initial=np.inf) >= LEAST_SIDE_PX) & (
        wh.prod(axis=1) >= LEAST_VISIBLE * whole
    )
    return boxed.cut(cut, is_kept)


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
    boxed: Boxed,
    *,
    side_px: int,
    config: AugmentConfig,
    rng: np.random.Generator,
) -> Placed:
    """Return a whole picture, letterboxed, then scaled, turned and shifted by chance.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    boxed
        Its boxes.
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
    middle = letterbox_affine((rgb.shape[1], rgb.shape[0]), (side_px, side_px))
    return _warp(rgb, boxed, _after(change, middle), side_px)


def place_face(
    rgb: Rgb,
    boxed: Boxed,
    face: int,
    *,
    eyes_xy: npt.NDArray[np.float32] | None = None,
    spec: InputSpec,
    config: AugmentConfig,
    rng: np.random.Generator,
) -> Placed:
    """Return the square around a face, as a finder that is not exact would cut it.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    boxed
        Its boxes.
    face
        Row of the box that the square is around; other faces may be in it.
    eyes_xy : (2, 2), px, or None
        Of this face, which is then turned upright before chance turns it a little, as faces are
        when films are analysed.
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
    square = face_affine(boxed.boxes_xyxy[face], spec, eyes_xy=eyes_xy)
    return _warp(rgb, boxed, _after(change, square), spec.side_px, face=face)


def crop_to_input(crop_px: int, crop_scale: float, spec: InputSpec) -> Affine:
    """Return the map from a crop that was cut wider to the input.

    Parameters
    ----------
    crop_px
        Side of the crop.
    crop_scale
        Side of the crop over the longer side of the box that it was cut around.
    spec
        Side and margin of the input.
    """
    zoom = spec.side_px / crop_px * crop_scale / spec.crop_scale
    shift = (spec.side_px - zoom * crop_px) / 2
    return np.array([[zoom, 0, shift], [0, zoom, shift]], dtype=np.float64)


def place_crop(
    stack: Rgb,
    boxed: Boxed,
    *,
    crop_scale: float,
    spec: InputSpec,
    config: AugmentConfig,
    rng: np.random.Generator | None,
) -> Placed:
    """Return the middle of a crop that was cut wider than the input, changed as `place_face` does.

    Parameters
    ----------
    stack : (S, S, n) uint8, n at most 4
        Crops that belong together; all are moved alike.
    boxed
        The face, px of the crop.
    crop_scale
        Side of the crop over the longer side of the box that it was cut around.
    spec
        Side and margin.
    config
        How far the changes may go.
    rng
        Where chance comes from; None: nothing is changed.
    """
    side = spec.side_px
    matrix = crop_to_input(stack.shape[0], crop_scale, spec)
    if rng is not None:
        scale, turn, *moved = rng.uniform(-1, 1, 4)
        change = _around_middle(
            side,
            scale=1 + scale * config.scale * _CROP_SCALE_SHARE,
            turn_deg=turn * _CROP_TURN_DEG,
            shift=np.array(moved) * config.shift * side,
        )
        matrix = _after(change, matrix)
    return _warp(stack, boxed, matrix, side, face=0)


def _warp(
    rgb: Rgb,
    boxed: Boxed,
    matrix: Affine,
    side_px: int,
    *,
    face: int = -1,
) -> Placed:
    crop = crop_affine(rgb, matrix, (side_px, side_px)).reshape(side_px, side_px, rgb.shape[2])
    kept = keep_visible(boxed.moved(matrix), (0, 0, side_px, side_px))
    return Placed(
        rgb=crop,
        boxes_xyxy=kept.boxes_xyxy,
        labels=kept.labels,
        is_known=kept.is_known,
        own=next(iter(np.flatnonzero(kept.position == face).tolist()), -1),
    )


def place_mosaic(
    parts: Sequence[tuple[Rgb, Boxed]],
    *,
    side_px: int,
    config: AugmentConfig,
    rng: np.random.Generator,
) -> Placed:
    """Return four pictures around a point, each cut at its quarter.

    Parameters
    ----------
    parts
        Each of the four with its boxes.
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
    kept = []
    for number, ((rgb, boxed), (x1, y1, x2, y2)) in enumerate(zip(parts, quarters, strict=True)):
        height, width = rgb.shape[:2]
        scale = side_px / max(height, width) * (1 + rng.uniform(-1, 1) * config.scale) * 0.7
        # The corner that lies nearest to the middle of the mosaic touches it.
        left = x2 - width * scale if number % 2 == 0 else x1
        top = y2 - height * scale if number < 2 else y1
        matrix = np.array([[scale, 0, left], [0, scale, top]], dtype=np.float64)
        to_quarter = matrix - np.array([[0, 0, x1], [0, 0, y1]])
        canvas[y1:y2, x1:x2] = crop_affine(rgb, to_quarter, (x2 - x1, y2 - y1))
        kept.append(keep_visible(boxed.moved(matrix), (x1, y1, x2, y2)))
    boxes, labels, is_known, _ = (np.concatenate(column) for column in zip(*kept, strict=True))
    return Placed(rgb=canvas, boxes_xyxy=boxes, labels=labels, is_known=is_known)


def mirror(placed: Placed, space: ClassSpace) -> Placed:
    """Return the mirror image; left and right classes change places.

    What is not known of one side is then not known of the other. Where boxes have several labels
    and a class is the mirror image of none, nothing is known of it in the mirror.

    Parameters
    ----------
    placed
        Returned as it is where a box has a class whose mirror image is not in the class space:
        its label would become wrong.
    space
        Of the labels.
    """
    mirrored = space.mirrored
    unpaired = [c for c, other in enumerate(mirrored) if other is None]
    if placed.labels[:, unpaired].any():
        return placed
    labels = np.zeros_like(placed.labels)
    is_known = np.full_like(placed.is_known, not space.multi_label)
    for c, other in enumerate(mirrored):
        if other is not None:
            labels[:, other] |= placed.labels[:, c]
            is_known[:, other] |= placed.is_known[:, c]
    side = placed.rgb.shape[1]
    x1, y1, x2, y2 = placed.boxes_xyxy.T
    return Placed(
        rgb=np.ascontiguousarray(placed.rgb[:, ::-1]),
        boxes_xyxy=np.stack([side - x2, y1, side - x1, y2], axis=1),
        labels=labels,
        is_known=is_known,
        own=placed.own,
    )
