"""A half-open stretch of time on a film's own clock."""

from dataclasses import dataclass
from fractions import Fraction

from cinefacs.records.checks import require

__all__ = ["TimeSpan"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSpan:
    """The times ``start_pts <= t < end_pts`` in ticks of `time_base`.

    The span of some frames ends where the last frame ends: its pts plus its duration
    (docs/decisions/0002-time.md).
    """

    start_pts: int
    """First tick that belongs to the span."""
    end_pts: int
    """First tick after the span."""
    time_base: Fraction
    """Seconds per tick, above 0."""

    def __post_init__(self) -> None:
        """Check the order of the two ends."""
        require(self.time_base > 0, "TimeSpan.time_base", "a fraction above 0", self.time_base)
        require(
            self.end_pts > self.start_pts,
            "TimeSpan.end_pts",
            f"a tick after start_pts={self.start_pts}",
            self.end_pts,
        )

    @property
    def start_s(self) -> Fraction:
        """Start in seconds, exact."""
        return self.start_pts * self.time_base

    @property
    def end_s(self) -> Fraction:
        """End in seconds, exact; the first moment after the span."""
        return self.end_pts * self.time_base

    @property
    def duration_s(self) -> Fraction:
        """Length in seconds, exact."""
        return (self.end_pts - self.start_pts) * self.time_base

    def contains(self, pts: int) -> bool:
        """Return whether the tick `pts` lies in the span."""
        return self.start_pts <= pts < self.end_pts

    def overlap(self, other: "TimeSpan") -> int:
        """Return the time shared with a span of the same time base, ticks; 0 or less for none."""
        return min(self.end_pts, other.end_pts) - max(self.start_pts, other.start_pts)
