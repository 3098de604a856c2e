"""Lay a mesh of 478 points over a face with MediaPipe's face landmark model.

The model sees a square crop, eyes level, 1.5 times as wide as the face: the numbers and the way of
following a face from its own mesh are those of MediaPipe's face landmarker
(``mediapipe/tasks/cc/vision/face_landmarker/face_landmarks_detector_graph.cc``).

References
----------
Y. Kartynnik, A. Ablavatski, I. Grishchenko, M. Grundmann, "Real-time Facial Surface Geometry from
Monocular Video on Mobile GPUs", arXiv:1907.06724, 2019.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.engines.crops import (
    crop_affine,
    invert_affine,
    map_points,
    similarity_from_points,
)
from cinefacs.engines.session import Session
from cinefacs.errors import ConfigError, SchemaError
from cinefacs.faces.head_pose import head_pose_deg
from cinefacs.media.frame import Frame
from cinefacs.records.checks import freeze_array, require

__all__ = ["N_LANDMARKS", "FaceMesh", "FaceMesher"]

N_LANDMARKS = 478
"""468 points of the skin and 5 of each iris."""

_N_SKIN = 468
_CROP_PX = 256
"""Side of the picture that the network takes."""
_CROP_SCALE = 1.5
"""Side of the crop over the longer side of the mesh."""
_SMALLEST_CROP_PX = 12.0
"""Crops below this many pixels of the frame hold no face that could be read."""

_LEFT_EYE_OUTER, _RIGHT_EYE_OUTER = 33, 263
_FIVE_POINTS = ((33, 133), (263, 362), (1, 4), (61,), (291,))
"""Landmarks whose mean is each of the five points: corners of the left and of the right eye, tip
of the nose, mouth corners; left as seen in the picture. The corners rather than the iris, so that
a glance does not move the eye."""

_POINTS_IN_CROP = np.array(
    [[0.374, 0.372], [0.626, 0.372], [0.5, 0.518], [0.394, 0.639], [0.606, 0.639]]
)
"""(5, 2) where the finder's five points lie in the crop, in crop sides: the median over 123 faces
after the crop had been corrected twice by its own mesh, made symmetric."""

_BOX_ABOVE_MESH = 0.106
"""The finder's boxes begin this share of the mesh's height above the mesh, which ends below the
hairline: the median over 113 faces. The other three sides agree within 0.005."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceMesh:
    """The mesh of one face in one frame."""

    landmarks_xyz: npt.NDArray[np.float32]
    """(478, 3) px of the shown frame: x right, y down, z away from the camera, 0 near the head's
    middle."""
    presence: float
    """Score that there is a face in the crop, 0 to 1."""
    pose_deg: npt.NDArray[np.float32] = field(init=False)
    """(3,) yaw (positive: turned to the right of the picture), pitch (positive: up), roll
    (positive: clockwise in the picture)."""
    box_xyxy: npt.NDArray[np.float32] = field(init=False)
    """(4,) px; as the finder would draw it."""
    points_xy: npt.NDArray[np.float32] = field(init=False)
    """(5, 2) px: left eye, right eye, nose, left and right mouth corner; left as seen in the
    picture."""

    def __post_init__(self) -> None:
        """Check the landmarks, derive pose, box and points, and freeze them."""
        xyz = freeze_array(
            self.landmarks_xyz,
            "FaceMesh.landmarks_xyz",
            shape=(N_LANDMARKS, 3),
            dtype=np.float32,
        )
        require(0 <= self.presence <= 1, "FaceMesh.presence", "0 to 1", self.presence)
        derived = {
            "landmarks_xyz": xyz,
            "pose_deg": head_pose_deg(xyz),
            "box_xyxy": _face_box(xyz[:_N_SKIN, :2]),
            "points_xy": np.stack([xyz[list(rows), :2].mean(axis=0) for rows in _FIVE_POINTS]),
        }
        for name, values in derived.items():
            values.flags.writeable = False
            object.__setattr__(self, name, values)


class FaceMesher:
    """Read meshes of faces that were found, or followed from the frame before.

    Parameters
    ----------
    session
        MediaPipe's face landmark model.
    min_presence
        A mesh with a lower score is taken for none, 0 to 1. Measured: of 69 well-lit faces all
        were above 0.99 but one, a full profile (0.00); of 227 pieces of background none was above
        0.24. Dark and defocused faces lie anywhere between.

    Raises
    ------
    ConfigError
        `min_presence` is out of its range.
    """

    def __init__(self, session: Session, *, min_presence: float = 0.5) -> None:
        if not 0 <= min_presence <= 1:
            raise ConfigError(f"FaceMesher: expected min_presence of 0 to 1, got {min_presence}")
        self._session = session
        self._min_presence = min_presence

    def read(self, frame: Frame, near: npt.NDArray[Any] | FaceMesh) -> FaceMesh | None:
        """Return the mesh of the face at a place, or None where none can be read there.

        Parameters
        ----------
        frame
            Frame to look in.
        near : (5, 2) px, or FaceMesh
            The five points of a found face, or the face's mesh in a frame shortly before.

        Returns
        -------
        FaceMesh or None
            None for profiles beyond some 60 degrees, hidden faces and what is no face.

        Notes
        -----
        From five points the network runs twice: once on the crop that they suggest, and again on
        the crop that its own mesh suggests. A face then reads alike whether it was found or
        followed.
        """
        if isinstance(near, FaceMesh):
            return self._read_crop(frame, _crop_around_mesh(near.landmarks_xyz))
        first = self._read_crop(frame, _crop_around_points(near))
        if first is None:
            return None
        return self._read_crop(frame, _crop_around_mesh(first.landmarks_xyz))

    def _read_crop(self, frame: Frame, to_crop: npt.NDArray[np.float64] | None) -> FaceMesh | None:
        """Run the network on one crop and carry its points back into the frame."""
        if to_crop is None:
            return None
        crop = crop_affine(frame.rgb(), to_crop, (_CROP_PX, _CROP_PX))  # (256, 256, 3)
        flat, logit, *_ = self._session.infer(crop[None].astype(np.float32) / np.float32(255))
        presence = float(1 / (1 + np.exp(-np.float64(logit.item()))))
        if presence < self._min_presence:
            return None
        in_crop = flat.reshape(N_LANDMARKS, 3).astype(np.float64)
        to_frame = invert_affine(to_crop)
        scale = np.sqrt(np.linalg.det(to_frame[:, :2]))  # frame px per crop px
        xy = map_points(to_frame, in_crop[:, :2])  # (478, 2)
        xyz = np.concatenate([xy, in_crop[:, 2:] * scale], axis=1).astype(np.float32)
        return FaceMesh(landmarks_xyz=xyz, presence=presence)


def _crop_around_points(points_xy: npt.NDArray[Any]) -> npt.NDArray[np.float64] | None:
    """Return the map from the frame to the crop of a found face; None for no real face.

    Raises
    ------
    SchemaError
        Not five points.
    """
    if np.shape(points_xy) != (5, 2):
        raise SchemaError(
            f"FaceMesher.read: expected points of shape (5, 2), got {np.shape(points_xy)}"
        )
    if not np.ptp(points_xy, axis=0).any():
        return None
    to_crop = similarity_from_points(points_xy, _POINTS_IN_CROP * _CROP_PX)
    side = _CROP_PX / np.hypot(to_crop[0, 0], to_crop[1, 0])
    return to_crop if side >= _SMALLEST_CROP_PX else None


def _crop_around_mesh(landmarks_xyz: npt.NDArray[Any]) -> npt.NDArray[np.float64] | None:
    """Return the map from the frame to the crop around a mesh; None for a mesh without size."""
    xy = landmarks_xyz[:, :2].astype(np.float64)  # (478, 2)
    across = xy[_RIGHT_EYE_OUTER] - xy[_LEFT_EYE_OUTER]
    length = np.hypot(*across)
    if length < 1:
        return None
    level = np.array([across, [-across[1], across[0]]]) / length  # (2, 2) rows: right, down
    turned = xy @ level.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    side = _CROP_SCALE * float((high - low).max())
    if side < _SMALLEST_CROP_PX:
        return None
    scale = _CROP_PX / side
    shift = _CROP_PX / 2 - scale * (low + high) / 2
    return np.concatenate([scale * level, shift[:, None]], axis=1)


def _face_box(skin_xy: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the box that the finder would draw around the face of a mesh."""
    left, top = skin_xy.min(axis=0)
    right, bottom = skin_xy.max(axis=0)
    return np.array([left, top - _BOX_ABOVE_MESH * (bottom - top), right, bottom], dtype=np.float32)
