"""What can be set about suggested labels; imports no array library, for a quick ``--help``."""

from dataclasses import dataclass

from cinefacs.errors import ConfigError

__all__ = ["SuggestConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SuggestConfig:
    """How blendshape scores become suggested action units.

    The limits are choices: no coder's labels were there to set them by.
    """

    label_set: str = "blendshapes"
    """Name of the label set, of letters, digits, dots, dashes and underscores."""
    only_direct: bool = False
    """Leave out action units whose scores are only approximate."""
    neutral_quantile: float = 0.1
    """Quantile of a person's scores over the time seen that is taken for the own neutral, 0 to 1.
    Low, since scores only rise with an action, and somebody may smile for most of a clip."""
    max_neutral: float = 0.5
    """Largest neutral, 0 to 1: of somebody who smiles all the time the smile is not neutral."""
    min_neutral_s: float = 1.0
    """Time in which a person must have been seen for a neutral to be known, s. Else nothing is
    subtracted, and every label says so."""
    smoothing_ms: float = 0.0
    """Standard deviation of the Gaussian that smooths scores over time, ms; 0 for none, since it
    flattens blinks and micro-expressions."""
    start_rise: float = 0.4
    """Rise above the neutral that starts an action unit, 0 to 1."""
    stop_rise: float = 0.2
    """Rise to which its beginning and end are followed, 0 to `start_rise`."""
    split_valley: float = 0.4
    """A span is split where the rise falls below this share of the lower of two apexes, 0 to 1;
    0 splits none."""
    max_gap_ms: float = 100.0
    """Pause between two spans of one action unit that is bridged, ms, also where the face could
    not be coded."""
    min_ms: float = 80.0
    """Shortest span that is kept, ms, unless its beginning or end was not seen: two frames of 24
    a second, since a slip of the landmarks is mostly one frame long."""
    one_sided_share: float = 0.25
    """Below this share of the stronger side's mean rise the weaker side counts as still, 0 to 1.
    Low: one side alone is a strong claim, and the far side of a turned head is seen badly."""
    max_blink_ms: float = 500.0
    """Longest closure of the lids that is called blink or wink, ms; longer ones are AU 43."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
        if not self.label_set.strip(".") or not set(self.label_set) <= allowed:
            raise ConfigError(
                "suggest.label_set: expected letters, digits, dots, dashes and underscores, "
                f"got {self.label_set!r}"
            )
        for name in ("neutral_quantile", "split_valley", "one_sided_share"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ConfigError(f"suggest.{name}: expected 0 to 1, got {value}")
        if not 0 <= self.max_neutral < 1:
            raise ConfigError(f"suggest.max_neutral: expected 0 to below 1, got {self.max_neutral}")
        for name in ("min_neutral_s", "smoothing_ms", "max_gap_ms", "min_ms", "max_blink_ms"):
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise ConfigError(f"suggest.{name}: expected 0 or more, got {value}")
        if not 0 < self.stop_rise <= self.start_rise <= 1:
            raise ConfigError(
                "suggest: expected 0 < stop_rise <= start_rise <= 1, "
                f"got {self.stop_rise} and {self.start_rise}"
            )
