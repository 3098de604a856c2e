"""The contact sheet: one self-contained page that shows what `collect` found in the films."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cinefacs.records.character import Character
from cinefacs.records.clip import Clip
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.reports.page import make_environment
from cinefacs.storage.atomic import atomic_path

__all__ = [
    "CharacterSection",
    "FilmSection",
    "PortraitPanel",
    "ShotPanel",
    "write_contact_sheet",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShotPanel:
    """One shot of the strip."""

    shot: Shot
    """The shot."""
    picture_jpeg: bytes
    """A small picture of it."""
    scale: str
    """Name of its scale, or empty where no codable face gives one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PortraitPanel:
    """One picture of a character."""

    track_id: int
    """Face track that it comes from: the number that ``characters.yaml`` speaks of."""
    jpeg: bytes
    """The picture."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CharacterSection:
    """One character with pictures and clips."""

    character: Character
    """The character."""
    tracks: str
    """Its tracks as ``characters.yaml`` writes them, such as ``0-4, 9``."""
    portraits: Sequence[PortraitPanel]
    """Pictures of different tracks, best first."""
    clips: Sequence[Clip]
    """Clips in order of time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmSection:
    """Everything that the sheet shows of one film."""

    film: Film
    """The film."""
    shots: Iterable[ShotPanel]
    """Walked once, so that a long film's pictures need not be in memory together."""
    n_shots: int
    """Number of shots."""
    characters: Sequence[CharacterSection]
    """In the order of their numbers."""
    n_tracks: int
    """Face tracks found."""
    n_face_frames: int
    """Faces found, summed over frames."""
    coverage: float
    """Codable face-frames over face-frames found, 0 to 1 (DECISIONS 6)."""
    film_coverage: float
    """Frames with a codable face over all frames, 0 to 1 (DECISIONS 6)."""
    not_codable: Sequence[tuple[str, int]]
    """Face-frames that cannot be coded, by reason, most frequent first."""
    measures: Sequence[tuple[str, str]]
    """Cinemetrics: name and value with its unit."""
    figure_svg: str
    """Shot lengths over time."""
    notes: Sequence[str] = field(default_factory=tuple)
    """What a reader must know: fall-backs, damage, missing extras."""


_START_WORDS = {
    ShotStart.FILM: "start of film",
    ShotStart.CUT: "cut",
    ShotStart.FADE: "fade",
    ShotStart.DISSOLVE: "dissolve",
    ShotStart.GAP: "gap in the film",
}


def write_contact_sheet(path: Path, *, films: Iterable[FilmSection], version: str) -> None:
    """Write the page atomically; it needs no other file and no network.

    Parameters
    ----------
    path
        The HTML file.
    films
        In the order of the film numbers.
    version
        Of cinefacs, for the foot of the page.

    Raises
    ------
    StorageError
        The disk refused.
    """
    environment = make_environment()
    environment.filters["start"] = _START_WORDS.__getitem__
    stream = environment.get_template("contact_sheet.html.jinja").stream(
        films=films, version=version
    )
    with atomic_path(path) as temporary:
        stream.dump(str(temporary), encoding="utf-8")
