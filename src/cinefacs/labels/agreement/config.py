"""What can be set about agreement and consensus; imports no array library, for a quick help."""

from dataclasses import dataclass
from typing import Literal

from cinefacs.errors import ConfigError

__all__ = ["AgreementConfig", "ConsensusConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AgreementConfig:
    """How agreement is measured."""

    coders: tuple[str, ...] = ()
    """Whom to compare, as ``ann`` or, where a coder has several label sets, ``ann/round-2``; two
    sets of one coder give agreement with oneself. None named: all coders who are people. The
    coders ``suggested``, ``consensus``, ``adjudicator`` and ``truth`` count only when named."""
    label_set: str = ""
    """Only label sets of this name; empty: of any."""
    tolerance_ms: int = 200
    """How far the onsets, and the offsets, of two events may lie apart for them to be the same
    event, ms. 200 ms are five frames at 24 a second; Sayette et al. 2001 tried 0 to 500 ms."""
    must_match_side: bool = False
    """Take two events for the same only where both coders named the same side of the face."""
    intensity_weighting: Literal["linear", "quadratic"] = "linear"
    """What a disagreement on the intensity weighs: the number of steps from A to E between the
    two, or its square, which is kinder."""
    n_resamples: int = 2000
    """How often the clips are drawn anew for the intervals; 0 gives none."""
    interval_level: float = 0.95
    """Share of the resamples that lie inside an interval, between 0 and 1."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.tolerance_ms < 0:
            raise ConfigError(f"tolerance_ms: expected 0 or more, got {self.tolerance_ms}")
        if self.intensity_weighting not in {"linear", "quadratic"}:
            raise ConfigError(
                "intensity_weighting: expected linear or quadratic, "
                f"got {self.intensity_weighting!r}"
            )
        if self.n_resamples != 0 and not 100 <= self.n_resamples <= 100_000:
            raise ConfigError(
                f"n_resamples: expected 0, or 100 to 100000, got {self.n_resamples}",
                hint="below 100 the ends of an interval hang on chance",
            )
        if not 0 < self.interval_level < 1:
            raise ConfigError(
                f"interval_level: expected a share between 0 and 1, got {self.interval_level}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsensusConfig:
    """When coders agree well enough, and what goes to the adjudicator."""

    coders: tuple[str, ...] = ()
    """Whose labels are taken, as for agreement. None named: all coders who are people."""
    label_set: str = ""
    """Only label sets of this name; empty: of any."""
    min_support: int = 3
    """Fewest coders who must say the same of a frame. They must also be more than half of those
    who could code it: 3 of 5, and of 4, but 4 of 6."""
    edge_tolerance_ms: int = 200
    """Longest stretch at the edge of an agreed event on which the coders may be split without a
    dispute, ms: they agree that the event is there."""
    max_intensity_spread: int = 2
    """Most steps between the weakest and the strongest intensity that the supporters of an event
    gave; beyond, the intensity is in dispute. A to C are 2 steps."""
    list_overruled: bool = False
    """List what a minority saw and the majority said was absent, too. Such frames are settled
    and need no adjudicator; the list helps to find what the majority overlooked."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.min_support < 1:
            raise ConfigError(f"min_support: expected 1 or more, got {self.min_support}")
        if self.edge_tolerance_ms < 0:
            raise ConfigError(
                f"edge_tolerance_ms: expected 0 or more, got {self.edge_tolerance_ms}"
            )
        if not 0 <= self.max_intensity_spread <= 4:
            raise ConfigError(
                f"max_intensity_spread: expected 0 to 4, got {self.max_intensity_spread}"
            )
