"""Where the camera stands for a shot of a given scale and angle, and how it moves."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.camera import Camera

__all__ = ["Angle", "CameraPath", "Move", "ShotScale", "draw_path"]

Point = tuple[float, float, float]
FACE_HEIGHT = 1.8
"""Height of the base mesh's face from chin to hair line, dm."""


class ShotScale(StrEnum):
    """How large the face is, named as in CineScale."""

    EXTREME_CLOSE_UP = "extreme_close_up"
    CLOSE_UP = "close_up"
    MEDIUM_CLOSE_UP = "medium_close_up"
    MEDIUM = "medium"
    MEDIUM_LONG = "medium_long"
    LONG = "long"


class Angle(StrEnum):
    """From where the camera looks at the face."""

    LEVEL = "level"
    HIGH = "high"
    LOW = "low"
    SIDE = "side"


class Move(StrEnum):
    """What the camera does during a shot."""

    STILL = "still"
    PUSH = "push"
    PAN = "pan"
    HAND_HELD = "hand_held"


FACE_SHARES = {
    ShotScale.EXTREME_CLOSE_UP: (0.72, 1.0),
    ShotScale.CLOSE_UP: (0.42, 0.70),
    ShotScale.MEDIUM_CLOSE_UP: (0.26, 0.42),
    ShotScale.MEDIUM: (0.15, 0.26),
    ShotScale.MEDIUM_LONG: (0.09, 0.15),
    ShotScale.LONG: (0.05, 0.09),
}
"""Height of the face over the height of the picture, by scale."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraPath:
    """A camera that moves from one place to another during a shot."""

    eye: tuple[Point, Point]
    """Where it stands at the shot's start and end, dm."""
    target: tuple[Point, Point]
    """What it looks at then, dm."""
    height_deg: float
    """Angle that the picture's height takes in."""
    roll_deg: float
    """Turn about its axis."""
    shake: float
    """Unrest of a hand-held camera, dm."""
    seed: int
    """Of the unrest."""

    def at(self, share: float, time_s: float, size_wh: tuple[int, int]) -> Camera:
        """Return the camera at a share of the shot, 0 to 1, and its time.

        Parameters
        ----------
        share
            How much of the shot is over; outside 0 to 1 it stands still.
        time_s
            Seconds since the shot's start.
        size_wh
            Size of the picture, px.
        """
        share = float(np.clip(share, 0, 1))
        share = share * share * (3 - 2 * share)
        eye = np.array(self.eye[0]) * (1 - share) + np.array(self.eye[1]) * share
        target = np.array(self.target[0]) * (1 - share) + np.array(self.target[1]) * share
        if self.shake:
            rng = np.random.default_rng([self.seed, 8])
            rate = rng.uniform(0.3, 1.6, (3, 3)) * 2 * np.pi
            phase = rng.uniform(0, 2 * np.pi, (3, 3))
            target = target + self.shake * np.sin(rate * time_s + phase).mean(axis=1)
        return Camera(
            eye=(float(eye[0]), float(eye[1]), float(eye[2])),
            target=(float(target[0]), float(target[1]), float(target[2])),
            height_deg=self.height_deg,
            size_wh=size_wh,
            roll_deg=self.roll_deg,
        )


def draw_path(
    rng: np.random.Generator,
    *,
    face: Point,
    face_scale: float,
    share: float,
    angle: Angle,
    move: Move,
    facing_deg: float,
) -> CameraPath:
    """Return a random path for a shot.

    Parameters
    ----------
    rng
        Source of randomness.
    face
        Middle of the face, or of the faces, that the shot is about, dm.
    face_scale
        Size of the face over the base mesh's.
    share
        Height of the face over the height of the picture.
    angle, move
        Manner of the shot.
    facing_deg
        Yaw that the face points to: the camera stands before it.
    """
    height_deg = float(rng.uniform(18, 34))
    distance = FACE_HEIGHT * face_scale / (share * 2 * np.tan(np.radians(height_deg) / 2))
    yaw = facing_deg + float(rng.normal(0, 12))
    pitch = float(rng.normal(2, 4))
    if angle is Angle.SIDE:
        yaw += float(rng.uniform(32, 62)) * (1 if rng.random() < 0.5 else -1)
    elif angle is Angle.HIGH:
        pitch = float(rng.uniform(15, 32))
    elif angle is Angle.LOW:
        pitch = -float(rng.uniform(10, 24))
    y, p = np.radians([yaw, pitch])
    away = np.array([np.sin(y) * np.cos(p), np.sin(p), np.cos(y) * np.cos(p)])
    room = max(0.0, 1 / share - 1.1) * FACE_HEIGHT * face_scale
    aside = np.array([np.cos(y), 0.0, -np.sin(y)]) * float(rng.uniform(-0.3, 0.3)) * room
    middle = (
        np.array(face) + aside + np.array([0.0, -0.16 * room + rng.normal(0, 0.08) * room, 0.0])
    )
    eye = middle + away * distance
    eye[1] = max(eye[1], 1.0)
    end_eye, end_middle = eye.copy(), middle.copy()
    if move is Move.PUSH:
        end_eye = middle + (eye - middle) * float(rng.uniform(0.72, 0.9))
    elif move is Move.PAN:
        end_middle = middle + np.array([float(rng.uniform(-0.25, 0.25)) * room, 0.0, 0.0])

    def point(vector: npt.NDArray[Any]) -> Point:
        return float(vector[0]), float(vector[1]), float(vector[2])

    return CameraPath(
        eye=(point(eye), point(end_eye)),
        target=(point(middle), point(end_middle)),
        height_deg=height_deg,
        roll_deg=float(rng.normal(0, 1.2)),
        shake=float(rng.uniform(0.05, 0.25)) * (1.0 if move is Move.HAND_HELD else 0.0),
        seed=int(rng.integers(1 << 30)),
    )
