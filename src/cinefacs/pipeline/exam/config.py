"""What can be set about an exam; imports no array library, for a quick ``--help``."""

from dataclasses import dataclass, field

from cinefacs.errors import ConfigError
from cinefacs.events.config import EventConfig

__all__ = ["ExamConfig", "SweepConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepConfig:
    """Which limits of events are tried, each with each."""

    starts: tuple[float, ...] = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7)
    """Values of the limit that starts an expression: `EventConfig.on_expression` where the
    detector tells emotions, else `EventConfig.on_rise`."""
    off_shares: tuple[float, ...] = (0.25, 0.5, 0.75)
    """Values of the limit that ends it, as shares of the one that starts it."""
    smoothings_ms: tuple[float, ...] = (0.0, 30.0, 60.0)
    """`EventConfig.smoothing_ms` values, ms."""
    min_durations_ms: tuple[float, ...] = (40.0,)
    """`EventConfig.min_duration_ms` values, ms."""

    def __post_init__(self) -> None:
        """Check that each limit has a value."""
        for name in ("starts", "off_shares", "smoothings_ms", "min_durations_ms"):
            if not getattr(self, name):
                raise ConfigError(f"limits.{name}: expected at least one value, got none")
        if not all(0 < share <= 1 for share in self.off_shares):
            raise ConfigError(
                f"limits.off_shares: expected above 0 and at most 1, got {self.off_shares}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ExamConfig:
    """Configuration of `exam`; a YAML file for ``--config`` has the same keys."""

    bootstrap_draws: int = 400
    """Draws of whole people, or films, behind each interval; 0 for no intervals."""
    chance_draws: int = 100
    """How often found events are moved in time to learn what chance finds."""
    min_iou: float = 0.5
    """Least overlap in time of a found and a true expression, above 0 to 1."""
    events: EventConfig = field(default_factory=EventConfig)
    """How scores become events."""
    limits: SweepConfig = field(default_factory=SweepConfig)
    """Which limits ``--sweep`` tries."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("bootstrap_draws", "chance_draws"):
            value = getattr(self, name)
            if not 0 <= value <= 100_000:
                raise ConfigError(f"exam.{name}: expected 0 to 100,000, got {value}")
        if not 0 < self.min_iou <= 1:
            raise ConfigError(f"exam.min_iou: expected above 0 and at most 1, got {self.min_iou}")
