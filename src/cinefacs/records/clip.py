"""A clip: one character, one shot, the stretch in which the face can be coded."""

from dataclasses import dataclass
from fractions import Fraction

from cinefacs.facs.tags import ClipTag, FrameTag
from cinefacs.records.checks import require
from cinefacs.records.time_span import TimeSpan

__all__ = ["Clip", "ClipFrame"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """One clip of a character (DECISIONS 4; paper, section 4.1)."""

    film_id: str
    """SHA-256 of the film."""
    film_number: int
    """The tag's first field."""
    character_number: int
    """The tag's second field."""
    clip_number: int
    """Number of the character's clip, from 1; the tag's third field."""
    shot_index: int
    """Shot that the clip lies in."""
    start_frame: int
    """First frame of the film that belongs to the clip."""
    end_frame: int
    """First frame after the clip."""
    span: TimeSpan
    """From the first frame's pts to the last frame's end."""
    n_codable_frames: int
    """Frames of the clip in which the face can be coded."""
    is_short: bool
    """Under the shortest length asked for (2 s by default): kept, but the paper's protocol
    leaves it out."""

    def __post_init__(self) -> None:
        """Check numbering and counts."""
        numbers = (self.film_number, self.character_number, self.clip_number)
        require(min(numbers) >= 1, "Clip numbers", "1 or more each", numbers)
        require(
            0 <= self.start_frame < self.end_frame,
            "Clip frames",
            "0 <= start < end",
            (self.start_frame, self.end_frame),
        )
        require(
            0 <= self.n_codable_frames <= self.n_frames,
            "Clip.n_codable_frames",
            f"0 to {self.n_frames}",
            self.n_codable_frames,
        )

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.end_frame - self.start_frame

    @property
    def tag(self) -> str:
        """Film, character and clip as in the paper: ``003-06-0007``; digits widen, never wrap."""
        return str(ClipTag(self.film_number, self.character_number, self.clip_number))


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipFrame:
    """One picture of a clip."""

    film_id: str
    """SHA-256 of the film."""
    clip_tag: str
    """The clip, such as ``003-06-0007``."""
    picture_number: int
    """Number in the clip, from 1; the tag's fourth field."""
    frame_index: int
    """Frame of the film that is shown."""
    pts: int
    """Its time stamp, ticks of the film's time base."""
    shown_at_s: Fraction
    """Time in the film for which the picture stands, s: a tick of the fixed rate, or the frame's
    own time."""

    def __post_init__(self) -> None:
        """Check the numbering."""
        require(
            self.picture_number >= 1, "ClipFrame.picture_number", "1 or more", self.picture_number
        )
        is_tag = ClipTag.is_tag(self.clip_tag)
        require(is_tag, "ClipFrame.clip_tag", "a tag such as 003-06-0007", self.clip_tag)

    @property
    def tag(self) -> str:
        """Film, character, clip and frame as in the paper: ``003-06-0007-0008``."""
        return str(FrameTag(ClipTag.parse(self.clip_tag), self.picture_number))
