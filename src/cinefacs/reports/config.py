"""What can be set about annotated films, hidden faces and the live page; imports no arrays."""

from dataclasses import dataclass, field
from typing import Literal

from cinefacs.errors import ConfigError

__all__ = ["AnnotateConfig", "AnnotatedFilmConfig", "DeidentifyConfig", "LivePageConfig",
           "require_between"]  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class AnnotatedFilmConfig:
    """What an annotated film shows."""

    text_share: float = 0.034
    """Height of the letters' line as a share of the picture's height (of 9/16 of its width where
    that is less), 0.01 to 0.2: 12 px at 360 lines, 73 px at 2160."""
    min_text_px: float = 11.0
    """Smallest line of text, px; below it nobody can read it."""
    max_aus: int = 5
    """Most action units beside a face; those of the event that is running come first."""
    min_score: float = 0.3
    """Score from which on an action unit is shown that belongs to no running event, 0 to 1."""
    event_hold_s: float = 1.0
    """How long an event stays on the screen, dimmed, after it has ended, s: a micro-expression
    is over before anybody has read what it was."""
    has_clock: bool = True
    """Whether time and frame number stand in the corner."""
    has_sound: bool = True
    """Whether the film's own sound is copied, unchanged. A film with hidden faces has none unless
    `DeidentifyConfig.keeps_sound` says so."""
    crf: int = 20
    """libx264's constant rate factor, 0 to 51."""
    preset: str = "veryfast"
    """libx264's preset."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_between("picture.text_share", self.text_share, 0.01, 0.2)
        require_between("picture.min_text_px", self.min_text_px, 6, 200)
        require_between("picture.max_aus", self.max_aus, 0, 42)
        require_between("picture.min_score", self.min_score, 0, 1)
        require_between("picture.event_hold_s", self.event_hold_s, 0, 60)
        require_between("picture.crf", self.crf, 0, 51)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeidentifyConfig:
    """How faces are hidden (docs/annotated-films.md says what that does not protect)."""

    style: Literal["blur", "features"] = "features"
    """``features`` puts a plain drawn face over the real one, of which nothing is left; ``blur``
    makes a few coarse, blurred patches of it, which look more like a film and hide less."""
    n_cells: int = 5
    """Patches across a face, 2 to 8 (``blur``)."""
    widen_share: float = 0.45
    """How far the cover reaches beyond the face's box to the left and right, in box widths."""
    raise_share: float = 0.5
    """The same upwards, in box heights: the finder's boxes end at the forehead, and hair and
    hairline tell people apart, too."""
    lower_share: float = 0.2
    """The same downwards, in box heights."""
    hold_s: float = 0.5
    """How long before a face is first found, and after it is lost, its place stays covered, s; a
    gap up to that length is bridged."""
    min_find_score: float = 0.25
    """Score from which on a found face is hidden, 0 to 1: lower than for analysis, since a
    cover too many does no harm."""
    finder_width_px: int = 960
    """Width to which frames are scaled for finding faces to hide, px: faces from 1/96 of it on."""
    keeps_sound: bool = False
    """Whether the film keeps its sound; voices tell people apart."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.style not in {"blur", "features"}:
            raise ConfigError(f"hide.style: expected 'blur' or 'features', got {self.style!r}")
        require_between("hide.n_cells", self.n_cells, 2, 8)
        for name in ("widen_share", "raise_share", "lower_share"):
            require_between(f"hide.{name}", getattr(self, name), 0.1, 2)
        require_between("hide.hold_s", self.hold_s, 0, 5)
        require_between("hide.min_find_score", self.min_find_score, 0.01, 1)
        require_between("hide.finder_width_px", self.finder_width_px, 160, 4096)


@dataclass(frozen=True, kw_only=True, slots=True)
class AnnotateConfig:
    """Configuration of `reports annotate`; a YAML file for ``--config`` has the same keys."""

    picture: AnnotatedFilmConfig = field(default_factory=AnnotatedFilmConfig)
    """What an annotated film shows."""
    hide: DeidentifyConfig = field(default_factory=DeidentifyConfig)
    """How faces are hidden; without effect unless ``--deidentify`` is given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LivePageConfig:
    """The page that shows a live source."""

    host: str = "127.0.0.1"
    """Address that the page is served at: this machine alone. Others can reach another one, which
    `allow_network` must allow."""
    port: int = 8765
    """Port of the page, 0 for any that is free."""
    allow_network: bool = False
    """Whether an address may be used that others can reach; pictures go out unencrypted."""
    max_events: int = 50
    """Events that the page lists, newest first."""
    jpeg_quality: int = 80
    """Of the page's pictures, 1 to 100."""
    max_width_px: int = 1280
    """Width to which wider pictures are scaled for the page, px."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        require_between("page.port", self.port, 0, 65535)
        require_between("page.max_events", self.max_events, 1, 10_000)
        require_between("page.jpeg_quality", self.jpeg_quality, 1, 100)
        require_between("page.max_width_px", self.max_width_px, 64, 7680)


def require_between(name: str, value: float, low: float, high: float) -> None:
    """Raise where an option lies outside its range.

    Raises
    ------
    ConfigError
        It does.
    """
    if not low <= value <= high:
        raise ConfigError(f"{name}: expected {low:g} to {high:g}, got {value}")
