"""How far a head reaches in each direction, so that hair can be kept outside of it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.body import Body
from cinefacs.synth.mesh import Part, head_mesh

__all__ = ["HeadReach", "smooth", "unit_vectors"]

Array = npt.NDArray[Any]


def unit_vectors(vectors: Array) -> Array:
    """Return vectors (..., 3) of length 1 in the same directions."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def smooth(low: Any, high: Any, x: Array) -> Array:  # noqa: ANN401  (numbers or arrays)
    """Return 0 up to `low`, 1 from `high`, and a soft way between; falling where low > high."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


class HeadReach:
    """Reach of the head from its middle, and where neck and shoulders are.

    Parameters
    ----------
    body
        Whose.
    """

    def __init__(self, body: Body) -> None:
        mesh = head_mesh(0)
        positions = mesh.positions(body.still)
        corner = np.unique(mesh.corner[np.unique(mesh.triangles[Part.SKIN])])
        eyes = (body.eye_centres[0] + body.eye_centres[1]) / 2
        self.scale = body.face_scale
        self.centre = np.array([0.0, eyes[1] + 0.15 * self.scale, eyes[2] - 0.85 * self.scale])
        self.chin = float(eyes[1] - 1.05 * self.scale)
        self.brow = float(eyes[1] + 0.42 * self.scale)
        self.face_z = float(eyes[2] - 0.25 * self.scale)
        self.shoulder = float(body.joint("l-shoulder")[1])
        skin = positions[corner]
        skin = skin[skin[:, 1] > self.chin]
        ears_out = np.abs(skin[:, 0]) < 0.80 * self.scale  # hair lies over the ears' roots
        way = skin[ears_out] - self.centre
        reach = np.linalg.norm(way, axis=1)
        self.knot = self.centre + np.array([0.0, 0.15, -1.12]) * self.scale
        rows, columns = self._bins(way)
        self._reach = np.zeros((18, 36))
        np.maximum.at(self._reach, (rows, columns), reach)
        for _ in range(6):  # empty directions take the mean of their neighbours
            empty = self._reach == 0
            if not empty.any():
                break
            around = [
                np.roll(self._reach, 1, 1), np.roll(self._reach, -1, 1),
                np.pad(self._reach, ((1, 0), (0, 0)), mode="edge")[:-1],
                np.pad(self._reach, ((0, 1), (0, 0)), mode="edge")[1:],
            ]  # fmt: skip
            stacked = np.stack(around)
            known = (stacked > 0).sum(axis=0)
            mean = stacked.sum(axis=0) / np.maximum(known, 1)
            self._reach = np.where(empty, mean, self._reach)

    @staticmethod
    def _bins(way: Array) -> tuple[Array, Array]:
        unit = unit_vectors(way)
        rows = np.clip((np.arccos(np.clip(unit[:, 1], -1, 1)) / np.pi * 18).astype(int), 0, 17)
        columns = ((np.arctan2(unit[:, 0], unit[:, 2]) / (2 * np.pi) + 0.5) * 36).astype(int) % 36
        return rows, columns

    def outside(self, points: Array, puff: Array, hug: float) -> Array:
        """Return the points pushed out of head, face and neck, and drawn back by `hug`."""
        way = points - self.centre
        distance = np.linalg.norm(way, axis=1)
        least = self._reach[self._bins(way)] + puff
        is_high = points[:, 1] > self.chin
        share = np.where(distance < least, 1.0, hug) * is_high
        push = 1 + share * (least / np.maximum(distance, 1e-6) - 1)
        points = self.centre + way * push[:, None]
        scale = self.scale
        # The face stays free: strands that come before it go to the side.
        side = np.where(points[:, 0] >= 0, 1.0, -1.0)
        free = smooth(self.brow + 0.20 * scale, self.brow - 0.30 * scale, points[:, 1])
        free = free * smooth(self.face_z - 0.25 * scale, self.face_z + 0.15 * scale, points[:, 2])
        free_x = free * (0.60 * scale + puff)
        points[:, 0] = side * np.maximum(np.abs(points[:, 0]), free_x)
        low = points[:, 1] <= self.chin
        around = points[:, [0, 2]] - np.array([0.0, self.centre[2] - 0.15 * scale])
        radius = np.maximum(np.linalg.norm(around, axis=1), 1e-6)
        out = np.where(low & (radius < 0.72 * scale), (0.72 * scale + puff) / radius, 1.0)
        points[:, 0] *= out
        points[:, 2] = np.where(
            low, around[:, 1] * out + self.centre[2] - 0.15 * scale, points[:, 2]
        )
        return np.asarray(points)
