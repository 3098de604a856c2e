"""What can be set about events. No array library is imported: the help pages read this."""

from dataclasses import dataclass

from cinefacs.errors import ConfigError

__all__ = ["EventConfig"]


@dataclass(frozen=True, kw_only=True)
class EventConfig:
    """How scores over time become events."""

    rules: str = "paper"
    """Table of rules that names emotions: ``paper``, ``emfacs``, or a YAML file of your own
    (docs/facs.md)."""
    baseline_quantile: float = 0.3
    """Quantile of a person's scores that is taken for the own neutral, 0 to 1. Below one half,
    since a film shows faces when they express something."""
    max_baseline: float = 0.5
    """Largest neutral, 0 to 1: of somebody who smiles all the time the smile is not neutral."""
    least_baseline: float = 0.01
    """Smallest neutral, above 0: odds over less than this say nothing."""
    min_baseline_s: float = 2.0
    """Time in which a person must have been seen for a neutral to be known, s. Else
    `max_baseline` is taken for all, and the event says so."""
    smoothing_ms: float = 30.0
    """Standard deviation of the Gaussian that smooths rises over time, ms; 0 for none. At 24
    frames a second the two neighbours weigh 0.38 times as much as the frame itself."""
    on_rise: float = 0.4
    """Rise above the neutral that starts an action unit, 0 to 1
    (`cinefacs.events.baseline.Baseline.rise`). 0.4: its odds are 39 times those of the neutral."""
    off_rise: float = 0.2
    """Rise to which its beginning and end are followed, 0 to `on_rise`. 0.2: 6 times."""
    on_expression: float = 0.3
    """Rise of the probability of any emotion that starts an expression, 0 to 1, where the
    detector tells emotions. 0.3: its odds are 16 times those of the neutral. Whatever moves
    without it is a movement, and no expression."""
    off_expression: float = 0.225
    """Rise to which its beginning and end are followed, 0 to `on_expression`. 0.225: 8 times."""
    min_duration_ms: float = 40.0
    """Shortest action unit that counts, ms: one frame of 24 a second."""
    merge_gap_ms: float = 100.0
    """Pause between two spans of one action unit that is bridged, ms, also where the face could
    not be read."""
    split_valley: float = 0.4
    """A span is split where the rise falls below this share of the lower of two apexes, 0 to 1."""
    group_ms: float = 250.0
    """Action units that overlap belong to one event if their onsets or apexes lie this near, ms."""
    low_limit_ms: float = 200.0
    """The paper's limit between low and high `duration_class` (section 4.2), ms."""
    micro_limit_ms: float = 500.0
    """Longest micro-expression, ms (Yan et al., 2013)."""
    blink_aus: tuple[int, ...] = (43, 45, 46)
    """Action units that close the eyes: up to `micro_limit_ms` and without any other action unit
    they are a blink, and no expression."""
    mouth_aus: tuple[int, ...] = (25, 26, 27)
    """Action units that open the mouth: without any other, but for those that close the eyes, they
    are speech, chewing or breath, and no expression."""
    context_aus: tuple[int, ...] = (51, 52, 53, 54, 55, 56, 57, 58, 61, 62, 63, 64)
    """Positions of head and eyes: named where they go with an event, never an event of their
    own."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        shares = (
            "baseline_quantile",
            "max_baseline",
            "on_rise",
            "off_rise",
            "on_expression",
            "off_expression",
            "split_valley",
        )
        for name in shares:
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ConfigError(f"events.{name}: expected 0 to 1, got {value}")
        times = ("min_baseline_s", "smoothing_ms", "min_duration_ms", "merge_gap_ms", "group_ms",
                 "low_limit_ms", "micro_limit_ms")  # fmt: skip
        for name in times:
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise ConfigError(f"events.{name}: expected 0 or more, got {value}")
        if self.max_baseline == 1:
            raise ConfigError("events.max_baseline: expected below 1, got 1: nothing could rise")
        if not 0 < self.least_baseline <= self.max_baseline:
            raise ConfigError(
                f"events.least_baseline: expected above 0 and at most max_baseline="
                f"{self.max_baseline}, got {self.least_baseline}"
            )
        for name in ("rise", "expression"):
            on, off = getattr(self, f"on_{name}"), getattr(self, f"off_{name}")
            if not 0 < off <= on:
                raise ConfigError(
                    f"events.off_{name}: expected above 0 and at most on_{name}={on}, got {off}"
                )
