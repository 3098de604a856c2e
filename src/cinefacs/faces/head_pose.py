"""Tell how a head is turned, from the points of its mesh.

A handful of points that expressions hardly move (forehead, bridge and tip of the nose, corners of
the eyes, temples) is laid over a neutral face by the rotation, scale and shift with the least
squared distance: an orthogonal Procrustes fit.

References
----------
W. Kabsch, "A solution for the best rotation to relate two sets of vectors", Acta
Crystallographica A32, 1976; scale and shift drop out of it.

Notes
-----
`neutral_face.csv` was derived from 40 meshes of a dozen people (stills, frames of short films):
generalised Procrustes mean of the 29 points and of their mirror images, so that it is symmetric
exactly; in units of the distance between the outer corners of the eyes; x to the right of the
picture, y down, z away from the camera. Its residuals are 0.02 to 0.05 of that distance, alike
for all points, which therefore weigh the same. Looking straight ahead (pitch 0) is set as the mean
of five studio portraits of people who were asked to face the camera.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["head_pose_deg", "rotation_between"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _NeutralFace:
    """The reference that poses are told against."""

    landmark_index: npt.NDArray[np.intp]
    """(K,) rows of the mesh."""
    xyz: npt.NDArray[np.float64]
    """(K, 3) in distances between the outer corners of the eyes."""


@cache
def _neutral_face() -> _NeutralFace:
    """Read the reference shape."""
    table = resources.files("cinefacs.faces").joinpath("neutral_face.csv")
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    return _NeutralFace(
        landmark_index=np.array([int(row["landmark"]) for row in rows], dtype=np.intp),
        xyz=np.array([[float(row[axis]) for axis in "xyz"] for row in rows]),
    )


def rotation_between(
    source_xyz: npt.NDArray[Any], target_xyz: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Return the rotation that turns one set of points nearest to another.

    Parameters
    ----------
    source_xyz, target_xyz : (N, 3)
        Point by point, in any scale and place.

    Returns
    -------
    (3, 3) float64
        A proper rotation, never a mirror: ``target ~ scale * R @ source + shift``.
    """
    source = source_xyz - source_xyz.mean(axis=0)
    target = target_xyz - target_xyz.mean(axis=0)
    left, _, right = np.linalg.svd(target.T @ source)  # (3, 3) each
    handedness = np.sign(np.linalg.det(left @ right))
    return np.asarray(left @ np.diag([1.0, 1.0, handedness]) @ right)


def head_pose_deg(landmarks_xyz: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return how far the head is turned.

    With ``R`` the rotation from the neutral face to the mesh, the face looks along
    ``R @ (0, 0, -1)``, and ``R = R_y(yaw) R_x(-pitch) R_z(roll)``.

    Parameters
    ----------
    landmarks_xyz : (478, 3), px; x right, y down, z away

    Returns
    -------
    (3,) float32, degrees
        Yaw (positive: turned to the right of the picture), pitch (positive: up), roll (positive:
        clockwise in the picture).
    """
    neutral = _neutral_face()
    turn = rotation_between(neutral.xyz, landmarks_xyz[neutral.landmark_index].astype(np.float64))
    yaw = np.arctan2(-turn[0, 2], turn[2, 2])
    pitch = np.arcsin(np.clip(turn[1, 2], -1, 1))
    roll = np.arctan2(turn[1, 0], turn[1, 1])
    return np.degrees([yaw, pitch, roll]).astype(np.float32)
