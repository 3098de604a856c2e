"""The truth of a drawn picture: where each face is, what of it can be seen, what it does."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.camera import Camera
from cinefacs.synth.drives import SHOWABLE_AUS
from cinefacs.synth.face_points import (
    au_region,
    eye_vertices,
    face_vertices,
    landmark_names,
    landmark_vertices,
)
from cinefacs.synth.renderer import DrawnActor

__all__ = ["MIN_FACE_PX", "MIN_SHARE", "MIN_SHIFT_PX", "FaceTruth", "measure_face"]

Array = npt.NDArray[Any]

MIN_FACE_PX = 24.0
"""Least height of a face that counts as visible (DECISIONS 7)."""
MIN_SHARE = 0.5
"""Least share of a face or of an action unit's region that must be seen (DECISIONS 7)."""
MIN_SHIFT_PX = 0.5
"""Least move of the skin, px, for an action unit to be seen: half a pixel."""
_DEPTH_SLACK = 0.03
"""How far behind the drawn surface a vertex may lie and still be on it, dm: the smooth surface
lies up to 0.013 dm off the base mesh's corners. More would call skin seen that has hair just
before it."""
_SLOPE = 3.0
"""What the surface may fall away within a pixel of the depth buffer, in sizes of that pixel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceTruth:
    """One face in one picture."""

    box_xyxy: Array
    """(4,) px; may reach beyond the border."""
    points_xy: Array
    """(5, 2) px: left eye, right eye, nose, left and right mouth corner, left as in the picture."""
    landmarks_xy: Array
    """(L, 2) px, in the order of `cinefacs.synth.face_points.landmark_names`."""
    pose_deg: tuple[float, float, float]
    """Yaw (positive: turned to the right of the picture), pitch (positive: up), roll (positive:
    clockwise), as the camera sees the head."""
    gaze_deg: tuple[float, float]
    """Yaw and pitch of the eyes in the head, the same signs."""
    visible_share: float
    """Share of the face's surface that is in the picture and not hidden, 0 to 1."""
    inside_share: float
    """Share of the face's box that lies in the picture, 0 to 1."""
    face_px: float
    """Height of the face's box, px."""
    intensity: Array
    """(42, 2) left and right intensity by `SHOWABLE_AUS`, 0 to 1."""
    au_share: Array
    """(42, 2) share of each action unit's region that can be seen, 0 to 1."""
    au_shift_px: Array
    """(42, 2) how far the action unit moves the skin, px; the face's height for poses."""

    @property
    def is_visible(self) -> bool:
        """Whether the face counts as visible (DECISIONS 7)."""
        return self.visible_share >= MIN_SHARE and self.face_px >= MIN_FACE_PX

    def shows(self, au: int) -> bool:
        """Return whether an action unit that acts can be seen, on the side where it is stronger."""
        k = SHOWABLE_AUS.index(au)
        side = int(self.intensity[k, 1] > self.intensity[k, 0])
        return bool(
            self.face_px >= MIN_FACE_PX
            and self.au_share[k, side] >= MIN_SHARE
            and self.au_shift_px[k, side] >= MIN_SHIFT_PX
        )


def measure_face(
    drawn: DrawnActor,
    camera: Camera,
    depth: Array,
    intensities: dict[int, tuple[float, float]],
) -> FaceTruth:
    """Return the truth of one face.

    Parameters
    ----------
    drawn
        Where the person's vertices came to lie.
    camera
        Who looked.
    depth : (s H, s W) float32
        Depth buffer of the picture, row 0 at the top.
    intensities
        Left and right intensity by action unit, as the script says.
    """
    needed = _needed_vertices()
    xy = np.zeros((len(drawn.vertices), 2))
    is_seen = np.zeros(len(drawn.vertices), bool)
    xy[needed], place_depth = camera.project(drawn.vertices[needed])
    is_seen[needed] = _seen(xy[needed], place_depth, depth, camera)
    face = face_vertices()
    low, high = xy[face].min(axis=0), xy[face].max(axis=0)
    width, height = camera.size_wh
    inside = np.clip(np.minimum(high, [width, height]) - np.maximum(low, 0), 0, None)
    area = float(np.prod(high - low))
    intensity, share, shift = _action_units(drawn, is_seen, intensities, camera)
    return FaceTruth(
        box_xyxy=np.concatenate([low, high]).astype(np.float32),
        points_xy=_five_points(xy).astype(np.float32),
        landmarks_xy=xy[landmark_vertices()].astype(np.float32),
        pose_deg=_pose(camera.view[:3, :3] @ drawn.head[:3, :3]),
        gaze_deg=(drawn.actor.pose.gaze_deg[0], -drawn.actor.pose.gaze_deg[1]),
        visible_share=float(is_seen[face].mean()),
        inside_share=float(np.prod(inside)) / max(area, 1e-6),
        face_px=float(high[1] - low[1]),
        intensity=intensity,
        au_share=share,
        au_shift_px=shift,
    )


def _seen(xy: Array, place_depth: Array, depth: Array, camera: Camera) -> Array:
    """Return which vertices lie in the picture with nothing before them, (V,) bool."""
    rows_all, columns_all = depth.shape
    scale = columns_all / camera.size_wh[0]
    columns = np.floor(xy[:, 0] * scale).astype(np.int64)
    rows = np.floor(xy[:, 1] * scale).astype(np.int64)
    inside = (
        (columns >= 0)
        & (columns < columns_all)
        & (rows >= 0)
        & (rows < rows_all)
        & (place_depth > 0)
        & (place_depth < 1)
    )
    seen = np.zeros(len(xy), bool)
    before = depth[rows[inside], columns[inside]]
    distance = camera.distance(place_depth[inside])
    pixel = 2 * distance * np.tan(np.radians(camera.height_deg) / 2) / rows_all
    seen[inside] = distance <= camera.distance(before) + _DEPTH_SLACK + _SLOPE * pixel
    return seen


def _five_points(xy: Array) -> Array:
    """Return both eyes, the nose's tip and both mouth corners, left as in the picture, (5, 2)."""
    left, right = eye_vertices()
    named = dict(zip(landmark_names(), landmark_vertices().tolist(), strict=True))
    return np.stack(
        [
            xy[right].mean(axis=0),
            xy[left].mean(axis=0),
            xy[named["nose_tip"]],
            xy[named["right_mouth_corner"]],
            xy[named["left_mouth_corner"]],
        ]
    )


def _pose(turn: Array) -> tuple[float, float, float]:
    """Return yaw, pitch and roll of a head that a camera sees with this turn."""
    yaw = float(np.degrees(np.arctan2(turn[0, 2], turn[2, 2])))
    pitch = float(np.degrees(np.arcsin(np.clip(turn[1, 2], -1, 1))))
    roll = float(-np.degrees(np.arctan2(turn[1, 0], turn[1, 1])))
    return yaw, pitch, roll


def _action_units(
    drawn: DrawnActor,
    is_seen: Array,
    intensities: dict[int, tuple[float, float]],
    camera: Camera,
) -> tuple[Array, Array, Array]:
    """Return intensity, visible share and move of each action unit, (42, 2) each."""
    regions, firsts, counts, reach = _regions()
    intensity = np.array([intensities.get(au, (0.0, 0.0)) for au in SHOWABLE_AUS], np.float32)
    middle = drawn.vertices[face_vertices()].mean(axis=0)
    ends, _ = camera.project(np.stack([middle, middle + np.array([0.0, 1.0, 0.0])]))
    px_per_dm = float(np.linalg.norm(ends[1] - ends[0])) * drawn.face_scale
    n_seen = np.add.reduceat(is_seen[regions].astype(np.int64), firsts)
    share = (n_seen / counts).reshape(-1, 2).astype(np.float32)
    moves = np.where(reach > 0, reach * intensity, 1.8)  # a pose moves the whole face
    return intensity, share, (moves * px_per_dm).astype(np.float32)


@cache
def _regions() -> tuple[Array, Array, Array, Array]:
    """Return all regions' vertices behind each other, where each starts, its length, its reach.

    The order is that of `SHOWABLE_AUS`, left before right; the reach is (42, 2) dm, 0 for poses.
    """
    regions = [au_region(au, side) for au in SHOWABLE_AUS for side in (0, 1)]
    counts = np.array([len(region.vertices) for region in regions])
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    reach = np.array([region.reach for region in regions]).reshape(-1, 2)
    return np.concatenate([region.vertices for region in regions]), firsts, counts, reach


@cache
def _needed_vertices() -> Array:
    """Return the base vertices that the truth of a face is read from."""
    parts = [face_vertices(), landmark_vertices(), *eye_vertices(), _regions()[0]]
    return np.unique(np.concatenate(parts))
