"""What every format does: write labels and say what was lost, read labels and say what was assumed.

A loss names what the file does not hold; a note names what a reader supposed or passed over. Both
count, and both give an example, so that nobody has to compare files to find out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cinefacs.labels.labelled_films import LabelledFilms
from cinefacs.records.labels import Labels

__all__ = [
    "CodedSource",
    "Exported",
    "ImportOptions",
    "Imported",
    "LabelFormat",
    "Loss",
    "Note",
    "NoteKind",
    "Tally",
]


class CodedSource(StrEnum):
    """What to suppose that a coder went through where the file does not say."""

    LABELS = "labels"
    """Only what was labelled: nothing is said to be absent anywhere."""
    CLIPS = "clips"
    """The clips of the character in which something was labelled, for all units of the file."""
    FILM = "film"
    """The whole film, for all units of the file."""


class NoteKind(StrEnum):
    """What a reader did where the file was not plain."""

    ASSUMED = "assumed"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """Something that a written file does not hold."""

    what: str
    """What is not held, and why."""
    n: int
    """How many labels, frames or values it concerns."""
    example: str
    """One of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Something that a reader supposed or passed over."""

    kind: NoteKind
    """Which of the two."""
    what: str
    """What, and why."""
    n: int
    """How often."""
    example: str
    """Where it happened first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What an export wrote."""

    paths: tuple[Path, ...]
    """Files, in the order in which they were written."""
    losses: tuple[Loss, ...]
    """What they do not hold; empty where they hold everything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What a file says."""

    labels: Labels
    """Everything that could be read; each label set with at least one coded span."""
    notes: tuple[Note, ...]
    """What was supposed or passed over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportOptions:
    """What the user says beside the file."""

    changed_at: str
    """When the labels were changed where the file does not say, ISO 8601 with offset."""
    coder: str | None = None
    """Coder of all labels; None leaves it to the file."""
    label_set: str | None = None
    """Label set of all labels; None leaves it to the file."""
    film_number: int | None = None
    """Film of all labels; None leaves it to the file."""
    character_number: int | None = None
    """Character of all labels; None leaves it to the file."""
    coded: CodedSource = CodedSource.LABELS
    """What the coders went through where the file does not say."""


class LabelFormat(Protocol):
    """One format."""

    @property
    def name(self) -> str:
        """As ``--format`` takes it."""
        ...

    @property
    def title(self) -> str:
        """For people, with the version."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings of its files; empty where it is a folder."""
        ...

    @property
    def not_held(self) -> frozenset[str]:
        """What no file of it can hold, as keys of `cinefacs.labels.formats.held.TITLES`."""
        ...

    def export(self, labels: Labels, films: LabelledFilms, out: Path) -> Exported:
        """Write labels.

        Parameters
        ----------
        labels
            Of any films, coders and label sets.
        films
            The study's films.
        out
            A file if it ends as the format's files do, else a folder.

        Raises
        ------
        StudyError
            `out` is one file and the format needs several.
        FilmError
            A film that must be looked at is not there.
        StorageError
            The disk refused.
        """
        ...

    def read(self, paths: Sequence[Path], films: LabelledFilms, options: ImportOptions) -> Imported:
        """Read labels.

        Parameters
        ----------
        paths
            Files, or folders where the format is one.
        films
            The study's films.
        options
            What the user says beside the files.

        Raises
        ------
        SchemaError
            A file is not of this format, or damaged.
        StudyError
            It is not said whose labels they are, or of which film or character.
        FilmError
            A film that must be looked at is not there.
        """
        ...


@dataclass(slots=True)
class _Count:
    """How often, and the first time."""

    n: int
    example: str


@dataclass(slots=True)
class Tally:
    """Counts losses and notes and keeps the first example of each."""

    _counts: dict[tuple[NoteKind | None, str], _Count] = field(default_factory=dict)

    def lose(self, what: str, example: object) -> None:
        """Count something that is not held."""
        self._add(None, what, example)

    def assume(self, what: str, example: object) -> None:
        """Count something that was supposed."""
        self._add(NoteKind.ASSUMED, what, example)

    def skip(self, what: str, example: object) -> None:
        """Count something that was passed over."""
        self._add(NoteKind.SKIPPED, what, example)

    def _add(self, kind: NoteKind | None, what: str, example: object) -> None:
        self._counts.setdefault((kind, what), _Count(0, str(example))).n += 1

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What was lost, in the order of its first appearance."""
        return tuple(
            Loss(what=what, n=count.n, example=count.example)
            for (kind, what), count in self._counts.items()
            if kind is None
        )

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was supposed or passed over, in the order of its first appearance."""
        return tuple(
            Note(kind=kind, what=what, n=count.n, example=count.example)
            for (kind, what), count in self._counts.items()
            if kind is not None
        )
