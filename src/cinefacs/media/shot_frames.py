"""Frames on their way from the shot cutter to the per-shot stages."""

from dataclasses import dataclass

from cinefacs.media.frame import Frame
from cinefacs.records.checks import require
from cinefacs.records.shot import Shot

__all__ = ["ShotFrames"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShotFrames:
    """Consecutive frames of one shot, handed on once it is certain that they belong to it.

    A long shot arrives in several pieces; the last piece carries the finished `Shot`.
    """

    shot_index: int
    """Position of the shot in the film, from 0."""
    frames: tuple[Frame, ...]
    """At least one frame, in display order."""
    in_transition: tuple[bool, ...]
    """For each frame, whether a gradual transition touches it."""
    starts_shot: bool
    """Whether the first frame is the shot's first."""
    shot: Shot | None
    """The whole shot, with the piece that ends it; None with all pieces before."""

    def __post_init__(self) -> None:
        """Check that there is something to hand on."""
        n = len(self.frames)
        require(n > 0, "ShotFrames.frames", "at least one frame", n)
        n_flags = len(self.in_transition)
        require(n_flags == n, "ShotFrames.in_transition", f"{n} flags", n_flags)

    @property
    def ends_shot(self) -> bool:
        """Whether the last frame is the shot's last."""
        return self.shot is not None
