"""What can be set when a data set is assembled and split."""

from dataclasses import dataclass
from typing import Literal

from cinefacs.errors import ConfigError

__all__ = ["BuildConfig", "CheckConfig", "SplitConfig"]


@dataclass(frozen=True, kw_only=True)
class BuildConfig:
    """Which faces are taken, and what is said of them."""

    space: Literal["emotion", "emotion7", "combination", "au", "emotion+au"] = "emotion+au"
    """Classes to tell apart; the last two let a face have several."""
    labels: tuple[str, ...] = ("consensus",)
    """Whose labels, as CODER or CODER/LABEL_SET; several only where they coded other faces."""
    allow_suggestions: bool = False
    """Take labels that a model proposed; the manifest then says that they are no truth."""
    emotions_from: Literal["labels", "rules", "labels-or-rules"] = "labels"
    """Where emotions come from: the coders' words, or rules on the action units."""
    rule_table: str = "paper"
    """Table of rules, ``paper`` or ``emfacs``."""
    frames: Literal["apex", "per-event", "all"] = "apex"
    """Frames of an expression: its apexes, some evenly spread with the apex among them, or
    each."""
    n_per_event: int = 5
    """Frames of an expression with ``per-event``."""
    unknown_apex: Literal["skip", "middle"] = "skip"
    """What to do where a coder named no apex: leave it out, or take the middle frame."""
    kinds: Literal["any", "micro", "macro"] = "any"
    """Expressions to take, by what the coder called them."""
    lone_aus: bool = True
    """Take frames from action units that are part of no expression too, such as blinks and
    speech. Where emotions come from the coders' words, only expressions are taken anyway."""
    neutral_ratio: float = 0.5
    """Neutral faces for each labelled face of a film."""
    neutral_margin_frames: int = 5
    """Least distance of a neutral face from whatever was labelled, frames."""
    no_face_ratio: float = 0.1
    """Pictures without any face for each labelled face of a film."""
    other_faces: bool = True
    """Keep the boxes of the other faces of each picture, so that nobody learns them as
    background."""
    codable_only: bool = True
    """Leave out faces that `collect` found not codable."""
    whole_pictures: bool = False
    """Take the whole picture for the face where nobody looked for faces: for the cropped pictures
    of licensed data sets."""
    paper_clips: bool = False
    """Take only faces in clips of the paper's length: short clips are left out."""
    names_are_persons: bool = True
    """Take characters with the same name in characters.yaml, in any film, for one person, whose
    faces never stand on both sides of a split."""
    min_combination: int = 20
    """Training faces that a combination needs for a class of its own."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not self.labels:
            raise ConfigError("labels: expected at least one coder, got none")
        for name in ("n_per_event", "min_combination"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name}: expected 1 or more, got {getattr(self, name)}")
        for name in ("neutral_ratio", "no_face_ratio", "neutral_margin_frames"):
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise ConfigError(f"{name}: expected a number of 0 or more, got {value}")


@dataclass(frozen=True, kw_only=True)
class SplitConfig:
    """What stays together, and how many parts there are."""

    by: Literal["film", "character", "source"] = "film"
    """What never stands on both sides. Characters seen in one shot stay together, and so do films
    with a person in common."""
    folds: int | None = None
    """Number of folds, each once the test part; one plain division when left out."""
    leave_one_out: bool = False
    """A fold for each film, character or source."""
    megc: bool = False
    """Leave one subject out as in the MEGC challenges: no validation part, predictions pooled."""
    paper: bool = False
    """Divide frames at random as the paper does. Neighbouring frames stand on both sides: no
    figure from such a division says how a detector fares on faces that it has not seen."""
    as_planned: bool = False
    """Take over the division that the study carries of itself, as synthetic films do."""
    ratios: tuple[float, float, float] = (0.8, 0.1, 0.1)
    """Wanted shares of train, val and test in one plain division."""
    val_ratio: float = 0.1
    """Share of what a fold learns from that is set apart for validation; 0 for none."""

    def __post_init__(self) -> None:
        """Check that the wishes do not contradict each other."""
        chosen = [
            name
            for name, is_on in (
                ("folds", self.folds is not None),
                ("leave_one_out", self.leave_one_out),
                ("megc", self.megc),
                ("paper", self.paper),
                ("as_planned", self.as_planned),
            )
            if is_on
        ]
        if len(chosen) > 1:
            raise ConfigError(
                f"split: expected one of folds, leave_one_out, megc, paper and as_planned, "
                f"got {' and '.join(chosen)}"
            )
        is_fixed = self.paper or self.as_planned
        if (is_fixed and self.by != "film") or (self.megc and self.by == "source"):
            raise ConfigError(f"split: expected no --by beside {chosen[0]}, got {self.by}")
        if self.folds is not None and self.folds < 2:
            raise ConfigError(f"folds: expected 2 or more, got {self.folds}")
        is_whole = abs(sum(self.ratios) - 1) < 1e-6
        if not is_whole or min(self.ratios) < 0 or self.ratios[0] <= 0:
            raise ConfigError(
                "ratios: expected three shares of 0 or more that add up to 1, the first above 0, "
                f"got {self.ratios}"
            )
        if not 0 <= self.val_ratio < 1:
            raise ConfigError(f"val_ratio: expected 0 or more and below 1, got {self.val_ratio}")


@dataclass(frozen=True, kw_only=True)
class CheckConfig:
    """When two pictures count as nearly the same."""

    max_bits: int = 6
    """Largest number of the 64 bits of either perceptual hash in which they differ."""
    min_correlation: float = 0.97
    """Least correlation of their 32x32 grey miniatures."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 <= self.max_bits <= 64:
            raise ConfigError(f"max_bits: expected 0 to 64, got {self.max_bits}")
        if not 0 < self.min_correlation <= 1:
            raise ConfigError(
                f"min_correlation: expected above 0 and at most 1, got {self.min_correlation}"
            )
