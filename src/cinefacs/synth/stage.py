"""What stands before the camera at one moment: people, their poses, props, light, backdrop."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.synth.body import Pose, turn_matrix
from cinefacs.synth.camera import Camera
from cinefacs.synth.light import Light
from cinefacs.synth.person import Person

__all__ = ["Actor", "HeldHand", "Moment"]


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldHand:
    """A hand before a face."""

    at: tuple[float, float]
    """Middle of the palm, right (of the person's left hand side) and up of the nose's root, in
    face sizes (dm on the base mesh)."""
    distance: float
    """Gap between palm and face, dm."""
    turn_deg: float
    """Turn of the hand in the plane of the face; 0 points up."""
    is_left: bool
    """Which hand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """One person of the scene at one moment."""

    person: Person
    """Who."""
    pose: Pose
    """What the face does."""
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Where the middle of the feet is, dm."""
    facing_deg: float = 0.0
    """Yaw of the body; positive turns it to its own left."""
    hand: HeldHand | None = None
    """A hand before the face."""

    @property
    def matrix(self) -> npt.NDArray[Any]:
        """Return the 4x4 matrix from the person's space to the scene."""
        matrix = np.eye(4)
        matrix[:3, :3] = turn_matrix(self.facing_deg, 0.0)
        matrix[:3, 3] = self.place
        return matrix


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """All that one picture shows."""

    camera: Camera
    """Who looks."""
    light: Light
    """The lamps."""
    actors: tuple[Actor, ...]
    """The people."""
    backdrop: npt.NDArray[np.uint8]
    """(H, W, 3) picture behind them, wider than the view."""
    window: tuple[float, float, float, float]
    """Part of the backdrop that is seen: left, top, width, height, 0 to 1."""
