"""What an import read, repaired and left out: for people, for programs, and beside the labels."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinefacs.labels.licensed.layout import Annotation
from cinefacs.labels.licensed.read_sheet import ReadSheet
from cinefacs.labels.licensed.rules import REMARKS, Rule, SkipReason
from cinefacs.labels.licensed.tally import RowTally
from cinefacs.labels.licensed.workbook import Cell

__all__ = ["ImportReport", "make_report", "source_rows"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """The validation report of an import."""

    data_set: str
    """Name of the data set, and coder of the labels."""
    title: str
    """The layout that fitted."""
    sheet_path: Path
    """Workbook that was read."""
    page: str
    """Page of the workbook."""
    header_row: int | None
    """Row of the header, from 1; None where there is none."""
    label_set: str
    """Name of the label set."""
    n_rows: int
    """Rows below the header that hold anything."""
    n_kept: int
    """Rows that became expressions; the others stand in `skipped`."""
    n_published: int | None
    """Expressions that the data set's authors give."""
    repaired: Mapping[Rule, Sequence[str]]
    """Rows by the rule that repaired or noted something in them."""
    skipped: Mapping[SkipReason, Mapping[str, str]]
    """Rows by the reason why they were left out, each with what was found."""
    unread_aus: Mapping[str, str]
    """Texts of action units of which a part could not be read, by row."""
    subjects: Sequence[str]
    """Subjects, in the order of names."""
    emotions: Mapping[str, int]
    """Expressions by emotion, as the source calls it."""
    kinds: Mapping[str, int]
    """Expressions by kind; ``none`` where none was said."""
    action_units: Mapping[int, int]
    """Labels by action unit."""
    n_films: int = 0
    """Films that were found; 0 where no pictures were asked for."""
    n_pictures: int = 0
    """Pictures in them."""
    idle_folders: Sequence[str] = ()
    """Folders with pictures to which no row led."""
    notes: Sequence[str] = ()
    """What a reader must know."""
    out: Path | None = None
    """The study; None where only the sheet was checked."""
    report_path: Path | None = None
    """Where this report lies, with all cells of the rows that were kept."""
    was_done: bool = False
    """Whether the study held just this import already."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "data_set": self.data_set,
            "title": self.title,
            "sheet": str(self.sheet_path),
            "page": self.page,
            "header_row": self.header_row,
            "label_set": self.label_set,
            "n_rows": self.n_rows,
            "n_kept": self.n_kept,
            "n_skipped": self.n_rows - self.n_kept,
            "n_published": self.n_published,
            "repaired": [
                {"rule": str(rule), "meaning": rule.meaning, "n": len(rows), "rows": list(rows)}
                for rule, rows in self.repaired.items()
            ],
            "skipped": [
                {
                    "reason": str(reason),
                    "meaning": reason.meaning,
                    "n": len(rows),
                    "rows": [{"row": place, "found": found} for place, found in rows.items()],
                }
                for reason, rows in self.skipped.items()
            ],
            "unread_aus": dict(self.unread_aus),
            "subjects": list(self.subjects),
            "emotions": dict(self.emotions),
            "kinds": dict(self.kinds),
            "action_units": {str(au): n for au, n in self.action_units.items()},
            "n_films": self.n_films,
            "n_pictures": self.n_pictures,
            "idle_folders": list(self.idle_folders),
            "notes": list(self.notes),
            "out": None if self.out is None else str(self.out),
            "report_path": None if self.report_path is None else str(self.report_path),
            "was_done": self.was_done,
        }


def make_report(
    sheet: ReadSheet,
    kept: Sequence[Annotation],
    tally: RowTally,
    *,
    sheet_path: Path,
    label_set: str,
) -> ImportReport:
    """Return the report of what the sheet said and what was kept of it.

    Parameters
    ----------
    sheet
        What was read.
    kept
        Expressions that became labels.
    tally
        What was left out; it is told here what was repaired in the rest.
    sheet_path, label_set
        As in `ImportReport`.
    """
    tally.keep(kept)
    layout = sheet.layout
    aus = Counter(token.au for each in kept for token in each.au_text.tokens)
    n_remarks = sum(len(tally.skipped.get(reason, ())) for reason in REMARKS)
    n_entries = len(sheet.rows.rows) - n_remarks
    notes = []
    if layout.n_rows_published not in {None, n_entries}:
        notes.append(
            f"the authors of {layout.title} give {layout.n_rows_published} expressions, the sheet "
            f"has {n_entries} rows"
        )
    return ImportReport(
        data_set=layout.coder,
        title=layout.title,
        sheet_path=sheet_path,
        page=sheet.rows.page,
        header_row=sheet.rows.header_row,
        label_set=label_set,
        n_rows=len(sheet.rows.rows),
        n_kept=len(kept),
        n_published=layout.n_rows_published,
        repaired=tally.repaired,
        skipped=tally.skipped,
        unread_aus={each.place: each.au_text.verbatim for each in kept if each.au_text.unread},
        subjects=sorted({each.subject for each in kept}),
        emotions=_counted(emotion for each in kept for emotion in each.emotions),
        kinds=_counted(str(each.kind or "none") for each in kept),
        action_units=dict(sorted(aus.items())),
        notes=notes,
    )


def source_rows(sheet: ReadSheet, kept: Sequence[Annotation]) -> dict[str, dict[str, Cell]]:
    """Return all cells of the rows that were kept, by the expression's name.

    The label tables have no columns for objective classes, self-reports and remarks.
    """
    places = {each.place for each in kept}
    return {
        row.place: {name: _as_json(cell) for name, cell in row.everything.items()}
        for row in sheet.rows.rows
        if row.place in places
    }


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(Counter(words).most_common())


def _as_json(cell: Cell) -> Cell:
    """Return a cell that JSON can hold: it has no infinity."""
    return str(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell
