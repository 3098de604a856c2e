"""What can be set about clips and frames; imports no array library, for a quick ``--help``."""

from dataclasses import dataclass
from typing import Literal

from cinefacs.errors import ConfigError

__all__ = ["ClipConfig", "FrameConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipConfig:
    """How clips are cut (paper, section 4.1; DECISIONS 4)."""

    min_s: float = 2.0
    """Length below which a clip is called short, s: it is kept, but the paper's protocol leaves
    it out."""
    max_s: float = 10.0
    """Longest clip, s; a longer stretch is split into equal parts."""
    max_gap_s: float = 0.5
    """Longest stretch without a codable face inside a clip, s: a blink of the tracker does not
    split a clip, a turned head does."""
    min_frames: int = 3
    """Fewest codable frames that make a clip: an onset, an apex and an offset."""
    crf: int = 17
    """Constant rate factor of H.264, 0 (lossless) to 51: at 17 the loss is hardly seen, and small
    movements of the face survive."""
    preset: Literal[
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
        "veryslow", "placebo",
    ] = "veryfast"  # fmt: skip
    """libx264's preset: a slower one makes smaller files of the same quality."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 < self.min_s <= self.max_s / 2:
            raise ConfigError(
                "clips: expected 0 < min_s <= max_s / 2, so that a split leaves no short part, "
                f"got {self.min_s} and {self.max_s}"
            )
        if self.max_gap_s < 0 or self.min_frames < 1:
            raise ConfigError(
                "clips: expected max_gap_s of 0 or more and min_frames of 1 or more, "
                f"got {self.max_gap_s} and {self.min_frames}"
            )
        if not 0 <= self.crf <= 51:
            raise ConfigError(f"clips.crf: expected 0 to 51, got {self.crf}")


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameConfig:
    """Which frames of a clip become pictures."""

    mode: Literal["rate", "native", "none"] = "rate"
    """``rate`` takes what is on the screen at each tick of `rate_fps`, as in the paper;
    ``native`` takes each frame of the film once; ``none`` writes no pictures."""
    rate_fps: int = 24
    """Pictures a second for ``rate``, 1/s (paper, section 4.1)."""
    png_level: int = 1
    """Effort of PNG compression, 0 to 9; the pictures are the same."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.rate_fps < 1 or not 0 <= self.png_level <= 9:
            raise ConfigError(
                "frames: expected rate_fps of 1 or more and png_level of 0 to 9, "
                f"got {self.rate_fps} and {self.png_level}"
            )
