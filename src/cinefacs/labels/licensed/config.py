"""What can be set about an import of a licensed data set."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cinefacs.errors import ConfigError
from cinefacs.labels.licensed.names import UnknownOffset

__all__ = ["MAX_RATE_FPS", "LicensedConfig"]

MAX_RATE_FPS = 10_000
"""Fastest frame rate that is believed, 1/s."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LicensedConfig:
    """How a data set is read."""

    label_set: str = ""
    """Name of the label set; the name of the sheet's file when empty."""
    page: str = ""
    """Title of the page of the workbook to read; found by its header when empty."""
    unknown_offset: UnknownOffset = UnknownOffset.SKIP
    """What becomes of an expression whose offset is 0, which means not known: left out (skip),
    ended at its apex (apex), or at 2 * apex - onset (mirror)."""
    fps: float | None = None
    """Frame rate in the place of the data set's own, 1/s."""
    emotions_from: Path | None = None
    """SAMM's sheet, from which SAMM Long Videos takes its emotions by sequence and type."""

    def __post_init__(self) -> None:
        """Check names and rate."""
        if self.label_set != self.label_set.strip():
            raise ConfigError(
                f"label_set: expected a name without blanks around it, got {self.label_set!r}"
            )
        if self.fps is not None and not 0 < self.fps <= MAX_RATE_FPS:
            raise ConfigError(f"fps: expected above 0 and up to {MAX_RATE_FPS}, got {self.fps}")

    @property
    def rate_fps(self) -> Fraction | None:
        """`fps` as an exact fraction of its decimal digits."""
        return None if self.fps is None else Fraction(str(self.fps))
