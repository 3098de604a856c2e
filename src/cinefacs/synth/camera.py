"""A camera: where it stands, what it sees, and where a place of the scene falls in the picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.records.checks import require

__all__ = ["Camera", "look_at", "orthographic"]

Array = npt.NDArray[Any]

_NEAR, _FAR = 0.8, 220.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Camera:
    """A pinhole camera."""

    eye: tuple[float, float, float]
    """Where it stands, dm."""
    target: tuple[float, float, float]
    """What it looks at, dm."""
    height_deg: float
    """Angle that the picture's height takes in, degrees."""
    size_wh: tuple[int, int]
    """Size of the picture, px."""
    roll_deg: float = 0.0
    """Turn of the camera about its axis."""

    def __post_init__(self) -> None:
        """Check size and angle."""
        require(min(self.size_wh) >= 16, "Camera.size_wh", "16 px or more", self.size_wh)
        require(1 <= self.height_deg <= 100, "Camera.height_deg", "1 to 100", self.height_deg)

    @property
    def view(self) -> Array:
        """Return the 4x4 matrix from the scene to the camera."""
        return look_at(np.array(self.eye), np.array(self.target), self.roll_deg)

    @property
    def matrix(self) -> Array:
        """Return the 4x4 matrix from the scene to OpenGL's clip space."""
        width, height = self.size_wh
        focal = 1 / np.tan(np.radians(self.height_deg) / 2)
        depth = (_FAR + _NEAR) / (_NEAR - _FAR), 2 * _FAR * _NEAR / (_NEAR - _FAR)
        lens = np.array(
            [
                [focal * height / width, 0, 0, 0],
                [0, focal, 0, 0],
                [0, 0, depth[0], depth[1]],
                [0, 0, -1, 0],
            ]
        )
        return np.asarray(lens @ self.view)

    def project(self, points: Array) -> tuple[Array, Array]:
        """Return where places of the scene fall in the picture.

        Parameters
        ----------
        points : (N, 3) float, dm

        Returns
        -------
        xy : (N, 2) float64, px
            From the picture's top left corner; a pixel's middle is at .5.
        depth : (N,) float64
            Value of OpenGL's depth buffer there, 0 (near) to 1 (far); outside for what is behind.
        """
        clip = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ self.matrix.T
        w = np.where(np.abs(clip[:, 3]) < 1e-9, 1e-9, clip[:, 3])
        flat = clip[:, :3] / w[:, None]
        width, height = self.size_wh
        xy = np.stack([(flat[:, 0] * 0.5 + 0.5) * width, (0.5 - flat[:, 1] * 0.5) * height], axis=1)
        return xy, np.where(clip[:, 3] > 0, flat[:, 2] * 0.5 + 0.5, 2.0)

    @staticmethod
    def distance(depth: Array) -> Array:
        """Return the distance along the axis of view, dm, of values of the depth buffer."""
        flat = 2.0 * np.asarray(depth, np.float64) - 1.0
        return np.asarray(2 * _FAR * _NEAR / (_FAR + _NEAR - flat * (_FAR - _NEAR)))


def look_at(eye: Array, target: Array, roll_deg: float = 0.0) -> Array:
    """Return the 4x4 matrix of a camera that stands at `eye` and looks at `target`.

    Parameters
    ----------
    eye, target : (3,) float, dm
    roll_deg
        Turn about the axis of view.
    """
    forward = target - eye
    forward = forward / np.linalg.norm(forward)
    up_hint = np.array([0.0, 1.0, 0.0]) if abs(forward[1]) < 0.999 else np.array([0.0, 0.0, 1.0])
    right = np.cross(forward, up_hint)
    right = right / np.linalg.norm(right)
    up = np.cross(right, forward)
    roll = np.radians(roll_deg)
    right, up = right * np.cos(roll) + up * np.sin(roll), up * np.cos(roll) - right * np.sin(roll)
    matrix = np.eye(4)
    matrix[0, :3], matrix[1, :3], matrix[2, :3] = right, up, -forward
    matrix[:3, 3] = -matrix[:3, :3] @ eye
    return matrix


def orthographic(half: float, near: float, far: float) -> Array:
    """Return the 4x4 matrix of a lamp's view: a box `half` wide to each side."""
    depth = -2 / (far - near), -(far + near) / (far - near)
    return np.array(
        [[1 / half, 0, 0, 0], [0, 1 / half, 0, 0], [0, 0, depth[0], depth[1]], [0, 0, 0, 1]]
    )
