"""The schema that the data sets have in common: what each one's sheet and folders look like."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

from cinefacs.facs.au_text import AuText
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.rules import Rule
from cinefacs.labels.licensed.workbook import Cell, Workbook
from cinefacs.records.expression_label import ExpressionKind

__all__ = [
    "USUAL_COLUMNS",
    "Annotation",
    "Clock",
    "Column",
    "DataSetLayout",
    "FilmKey",
    "SheetRows",
    "SourceRow",
]


class Column(StrEnum):
    """What a column of a sheet is about."""

    SUBJECT = "subject"
    SEQUENCE = "sequence"
    ONSET = "onset"
    APEX = "apex"
    SECOND_APEX = "second apex"
    OFFSET = "offset"
    DURATION = "duration"
    AUS = "action units"
    EMOTION = "emotion"
    KIND = "type"
    FPS = "fps"
    FIRST_FRAME = "first frame"


USUAL_COLUMNS = frozenset(
    {
        Column.SUBJECT,
        Column.SEQUENCE,
        Column.ONSET,
        Column.APEX,
        Column.OFFSET,
        Column.AUS,
        Column.EMOTION,
    }
)
"""Columns that most sheets have."""

FilmKey: TypeAlias = tuple[str, str]
"""Subject, and name of a sequence or a long video."""


class Clock(StrEnum):
    """What the number at the end of a picture's name counts."""

    FRAME_NUMBER = "frame_number"
    """Frames: where a number is missing a picture was dropped, and time went on."""
    POSITION = "position"
    """Something else, such as the ticks of a camera: only the order tells the time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRow:
    """A row as it stands in the sheet."""

    place: str
    """Page and number of the row, as a spreadsheet program counts, such as ``Sheet1:12``."""
    cells: Mapping[Column, Cell]
    """Cells of the columns that are read."""
    everything: Mapping[str, Cell]
    """All cells by the header's words, kept beside the labels."""
    rules: tuple[Rule, ...] = ()
    """Rules that were needed to find the cells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRows:
    """The rows of a sheet in which there is anything."""

    page: str
    """Title of the page."""
    header_row: int | None
    """Number of the header's row from 1; None where the sheet has none."""
    headers: tuple[str, ...]
    """Words of the header that are not empty, or the names that the columns were given."""
    rows: tuple[SourceRow, ...]
    """In the order of the sheet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation:
    """A row that was read: an expression in frame numbers of its data set."""

    place: str
    """Where it stands in the sheet."""
    subject: str
    """The subject's usual name in the data set, such as ``sub01``."""
    film_name: str
    """Name of the sequence or of the long video that it lies in."""
    sequence: str
    """Name of the sequence as in the sheet."""
    onset: int
    """First frame of the expression."""
    apexes: tuple[int, ...]
    """Apex frames, ascending; may be none."""
    offset: int
    """Last frame of the expression, which still belongs to it."""
    kind: ExpressionKind | None
    """Micro or macro, if it was said."""
    emotions: tuple[str, ...]
    """Words of the source."""
    au_text: AuText
    """Action units."""
    rate_fps: Fraction
    """Frames per second of its sequence."""
    first_frame: int | None = None
    """Number of the sequence's first frame, where the sheet tells it."""
    is_unbounded: bool = False
    """Whether it began before the film: `onset` is replaced by the first frame."""
    rules: tuple[Rule, ...] = ()
    """What was repaired or noted."""

    @property
    def film_key(self) -> FilmKey:
        """Subject and film."""
        return self.subject, self.film_name


Locator: TypeAlias = Callable[[FilmKey, SourceRow], FilmKey]
Adjustment: TypeAlias = Callable[[Annotation, SourceRow, LicensedConfig], Annotation]
RowReader: TypeAlias = Callable[[Workbook, "DataSetLayout", LicensedConfig], SheetRows]


def _unchanged(annotation: Annotation, row: SourceRow, config: LicensedConfig) -> Annotation:  # noqa: ARG001
    return annotation


def _same_place(key: FilmKey, row: SourceRow) -> FilmKey:  # noqa: ARG001
    return key


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSetLayout:
    """What is peculiar to a data set."""

    name: DataSetName
    """Name, and coder of its labels."""
    title: str
    """Name as its authors write it."""
    people: str
    """Whose subjects they are; alike for sets that show the same people."""
    rate_fps: Fraction | None
    """Frames per second; None where each row tells its own."""
    required: frozenset[Column]
    """Columns without which the sheet is not this data set's."""
    optional: frozenset[Column] = frozenset()
    """Columns that are read where they are there."""
    aliases: Mapping[Column, frozenset[str]] = field(default_factory=dict)
    """Words for columns that only this data set has, in small letters and digits."""
    pages: tuple[str, ...] = ()
    """Titles of the pages that hold the labels; any page with the header when empty."""
    subject_form: str = "{}"
    """How a subject with the number n is called."""
    folders: tuple[tuple[str, ...], ...]
    """Ends of the paths of a sequence's folder, the first that fits counts: patterns in which
    ``{subject}``, ``{film}`` and ``{emotion}`` stand for what the row says."""
    clock: Clock = Clock.FRAME_NUMBER
    """What the numbers of the pictures count."""
    kind: ExpressionKind | None = ExpressionKind.MICRO
    """Kind of all expressions where no column tells it."""
    is_coded_throughout: bool = False
    """Whether the coders marked every expression of a film: what is not marked is absent."""
    emotion_separator: str = ""
    """What stands between several emotions; empty: there is one."""
    read_rows: RowReader | None = None
    """Reads a sheet without header; by the header when None."""
    locate: Locator = _same_place
    """Returns the film's subject and name for those in the row."""
    adjust: Adjustment = _unchanged
    """Applies the data set's own rules to a row before it is checked."""
    n_rows_published: int | None = None
    """Number of expressions that its authors give."""

    @property
    def coder(self) -> str:
        """Coder of its labels."""
        return str(self.name)

    @property
    def columns(self) -> frozenset[Column]:
        """All columns that are read."""
        return self.required | self.optional

    @property
    def has_aus(self) -> bool:
        """Whether its coders noted action units."""
        return Column.AUS in self.columns

    @property
    def has_emotions(self) -> bool:
        """Whether its coders noted emotions."""
        return Column.EMOTION in self.columns

    def subject_name(self, text: str) -> tuple[str, str]:
        """Return a subject's usual name, and a pattern for the names that its folder may have.

        Parameters
        ----------
        text
            As in the sheet: ``1``, ``01`` and ``sub01`` are one subject where the form is
            ``sub{:02d}``.
        """
        prefix = self.subject_form.partition("{")[0]
        match = re.fullmatch(rf"(?:{re.escape(prefix)})?0*([0-9]{{1,6}})", text, re.IGNORECASE)
        if match is None:
            return text, re.escape(text)
        return self.subject_form.format(int(match[1])), rf"(?:[a-z]+\.?)?0*{int(match[1])}"

    def folder_patterns(self, annotation: Annotation) -> Sequence[tuple[str, ...]]:
        """Return patterns for the ends of the path of a sequence's folder."""
        words = {
            "subject": self.subject_name(annotation.subject)[1],
            "film": re.escape(annotation.film_name),
            "emotion": re.escape(annotation.emotions[0] if annotation.emotions else ""),
        }
        return [tuple(part.format(**words) for part in parts) for parts in self.folders]
