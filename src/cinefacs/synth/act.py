"""What a face does over time, frame by frame: acts with exact first, apex and last frames."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cinefacs.records.checks import require

__all__ = ["MICRO_LIMIT_S", "Act", "ActKind"]

MICRO_LIMIT_S = 0.5
"""Longest micro-expression; what lasts longer is a macro-expression."""


class ActKind(StrEnum):
    """What an act is."""

    MICRO = "micro"
    """An expression of at most half a second."""
    MACRO = "macro"
    """A longer expression."""
    BLINK = "blink"
    """Both eyes close and open."""
    SPEECH = "speech"
    """The mouth talks: a confounder."""
    CHEWING = "chewing"
    """The jaw chews: a confounder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """A movement with its exact times, in frames of its shot; both ends are part of it."""

    kind: ActKind
    """What it is."""
    peaks: tuple[tuple[int, float, float], ...]
    """Action unit, left and right intensity at the apex, 0 to 1."""
    onset: int
    """First frame in which it shows."""
    apex: int
    """First frame at full strength."""
    apex_end: int
    """Last frame at full strength."""
    offset: int
    """Last frame in which it shows."""
    emotion: str = ""
    """Emotion whose rule it follows; empty: none."""
    tremble: float = 0.0
    """Relative unrest of the strength, 0 to 1; the apex frame itself has full strength."""
    seed: int = 0
    """Of the unrest."""

    def __post_init__(self) -> None:
        """Check order and strength."""
        frames = (self.onset, self.apex, self.apex_end, self.offset)
        require(
            0 <= frames[0] <= frames[1] <= frames[2] <= frames[3],
            "Act frames",
            "0 <= onset <= apex <= apex end <= offset",
            frames,
        )
        strengths = [value for _, *sides in self.peaks for value in sides]
        require(
            len(self.peaks) > 0 and all(0 <= value <= 1 for value in strengths),
            "Act.peaks",
            "at least one action unit, 0 to 1",
            self.peaks,
        )

    @property
    def n_frames(self) -> int:
        """Frames in which it shows."""
        return self.offset - self.onset + 1

    @property
    def strongest(self) -> float:
        """Largest intensity that any action unit reaches on either side, 0 to 1."""
        return max(value for _, *sides in self.peaks for value in sides)

    def strength(self, frame: int) -> float:
        """Return the share of the peak that shows in a frame, 0 to 1; above 0 from onset to offset.

        It rises and falls as ``x^2 (3 - 2 x)``: faces start and stop softly.
        """
        if not self.onset <= frame <= self.offset:
            return 0.0
        if frame < self.apex:
            share = (frame - self.onset + 1) / (self.apex - self.onset + 1)
        elif frame <= self.apex_end:
            share = 1.0
        else:
            share = (self.offset + 1 - frame) / (self.offset + 1 - self.apex_end)
        value = share * share * (3 - 2 * share)
        if self.tremble and frame != self.apex:
            noise = float(np.random.default_rng([self.seed, frame]).uniform(-1, 1))
            value *= 1 - self.tremble * (0.5 + 0.5 * noise)
        return value

    def intensities(self, frame: int) -> dict[int, tuple[float, float]]:
        """Return left and right intensity of each action unit in a frame; none outside the act."""
        strength = self.strength(frame)
        if strength <= 0:
            return {}
        return {au: (left * strength, right * strength) for au, left, right in self.peaks}
