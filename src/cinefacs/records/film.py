"""What is known of a film once it was read to its end."""

from dataclasses import dataclass
from fractions import Fraction

from cinefacs.records.checks import require
from cinefacs.records.time_span import TimeSpan

__all__ = ["Film"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """One film of a study."""

    film_id: str
    """SHA-256 of the file, 64 hexadecimal digits."""
    film_number: int
    """Position in the study, from 1; the tag's first field."""
    path: str
    """Where the film was read from, absolute."""
    width_px: int
    """Width as shown: after rotation, with square pixels."""
    height_px: int
    """Height as shown: after rotation, with square pixels."""
    rotation_deg: int
    """Clockwise turn that the container asks for: 0, 90, 180 or 270."""
    sample_aspect_ratio: Fraction
    """Width over height of one stored pixel."""
    n_frames: int
    """Frames that were read."""
    span: TimeSpan
    """From the first frame's pts to the last frame's end."""
    is_constant_rate: bool
    """Whether all frame distances are equal to within one tick."""
    rate_fps: Fraction
    """Frames per second: exact for a constant rate, the mean for a variable one."""
    is_interlaced: bool
    """Whether any frame carries the interlaced flag; it is noted, never removed."""
    has_audio: bool
    """Whether there is a sound track."""
    codec: str
    """Name of the video codec, such as ``h264``."""
    n_damaged_frames: int = 0
    """Frames left out because they could not be decoded whole (``--allow-damaged`` only)."""

    def __post_init__(self) -> None:
        """Check identity, numbering and sizes."""
        is_sha256 = len(self.film_id) == 64 and set(self.film_id) <= set("0123456789abcdef")
        require(is_sha256, "Film.film_id", "64 hexadecimal digits", self.film_id)
        require(self.film_number >= 1, "Film.film_number", "1 or more", self.film_number)
        size_wh = (self.width_px, self.height_px)
        require(min(size_wh) >= 1, "Film size", "at least 1x1 px", size_wh)
        turns = (0, 90, 180, 270)
        require(self.rotation_deg in turns, "Film.rotation_deg", str(turns), self.rotation_deg)
        require(
            self.sample_aspect_ratio > 0,
            "Film.sample_aspect_ratio",
            "a fraction above 0",
            self.sample_aspect_ratio,
        )
        require(self.n_frames >= 1, "Film.n_frames", "1 or more", self.n_frames)
        require(self.rate_fps > 0, "Film.rate_fps", "a fraction above 0", self.rate_fps)
        require(
            self.n_damaged_frames >= 0, "Film.n_damaged_frames", "0 or more", self.n_damaged_frames
        )

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height as shown, px."""
        return self.width_px, self.height_px

    @property
    def is_of_stills(self) -> bool:
        """Whether it was drawn as single pictures, so that no file holds it: `path` is a page."""
        return self.codec == "png" and self.path.endswith(".json")
