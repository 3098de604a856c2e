"""Shots of a film and what lies between two of them."""

from dataclasses import dataclass
from enum import StrEnum

from cinefacs.records.checks import require
from cinefacs.records.time_span import TimeSpan

__all__ = ["Shot", "ShotPicture", "ShotStart"]


class ShotStart(StrEnum):
    """How a shot begins."""

    FILM = "film"
    """It is the film's first."""
    CUT = "cut"
    """From one frame to the next."""
    FADE = "fade"
    """Through one colour, most often black or white."""
    DISSOLVE = "dissolve"
    """One picture changes into the other by mixture."""
    GAP = "gap"
    """Frames are missing or damaged before it, so it is taken to be a shot of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """An unbroken stretch of one camera's picture.

    Frames are counted from 0 in display order; all ends are exclusive. A gradual transition
    covers frames of both shots that it joins: the boundary is its middle frame, and the *core*
    of a shot is what no transition touches (docs/decisions/0008-shots.md).
    """

    film_id: str
    """SHA-256 of the film."""
    shot_index: int
    """Position in the film, from 0."""
    start_frame: int
    """First frame."""
    end_frame: int
    """First frame after the shot."""
    core_start_frame: int
    """First frame that no transition touches."""
    core_end_frame: int
    """First frame after the core; equal to `core_start_frame` where nothing is left."""
    span: TimeSpan
    """From the first frame's pts to the last frame's end."""
    starts_with: ShotStart
    """How the shot begins."""

    def __post_init__(self) -> None:
        """Check that the core lies in the shot."""
        frames = (self.start_frame, self.core_start_frame, self.core_end_frame, self.end_frame)
        require(
            0 <= frames[0] <= frames[1] <= frames[2] <= frames[3],
            "Shot frames",
            "0 <= start <= core start <= core end <= end",
            frames,
        )
        require(self.n_frames > 0, "Shot.n_frames", "at least one frame", self.n_frames)
        require(self.shot_index >= 0, "Shot.shot_index", "0 or more", self.shot_index)
        is_first = self.start_frame == 0
        require(
            (self.starts_with is ShotStart.FILM) == is_first,
            "Shot.starts_with",
            "'film' for the first shot and only for it",
            self.starts_with,
        )

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.end_frame - self.start_frame


@dataclass(frozen=True, kw_only=True, slots=True)
class ShotPicture:
    """A small picture by which people know a shot again."""

    film_id: str
    """SHA-256 of the film."""
    shot_index: int
    """Position of the shot in the film, from 0."""
    frame_index: int
    """Frame that is shown."""
    jpeg: bytes
    """The picture as JPEG."""

    def __post_init__(self) -> None:
        """Check that there is a picture."""
        require(self.jpeg[:2] == b"\xff\xd8", "ShotPicture.jpeg", "a JPEG file", self.jpeg[:2])
