"""What is to be shown in one frame: faces, their action units, events that are running."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["AuScore", "EventView", "FaceView", "FrameView"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AuScore:
    """One action unit beside a face."""

    au: int
    """Its number."""
    score: float
    """0 to 1."""
    is_in_event: bool
    """Whether it belongs to an event that is running."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FaceView:
    """One face."""

    key: int
    """Same face, same number, from frame to frame."""
    box_xyxy: npt.NDArray[np.float32]
    """(4,) px of the shown frame."""
    points_xy: npt.NDArray[np.float32] | None
    """(5, 2) px: eyes, nose, mouth corners; None where they are not known."""
    person: int
    """Character's number, which the colour goes by; 0 for nobody known."""
    name: str
    """What stands at the box."""
    reason: str = ""
    """Why it was not read, in words; empty where it was, or where a coder could."""
    aus: tuple[AuScore, ...] = ()
    """Action units to be shown, by number."""
    levels: dict[int, float] = field(default_factory=dict)
    """Score of every action unit that the detector knows: what a drawn face shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EventView:
    """One event that is running, or has just ended."""

    person: int
    """Character's number; 0 for nobody known."""
    words: str
    """Such as ``01 Ada: happiness, micro, AU6+12``."""
    is_over: bool
    """Whether it has ended."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FrameView:
    """Everything that is shown in one frame."""

    clock: str
    """Time and frame number."""
    faces: tuple[FaceView, ...]
    """In the order in which they are drawn."""
    events: tuple[EventView, ...]
    """By onset."""
