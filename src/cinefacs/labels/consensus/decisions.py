"""A list of disputes that an adjudicator filled in: strictly read."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from cinefacs.config import did_you_mean
from cinefacs.errors import SchemaError
from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.consensus.disputes import FILLED_IN, Dispute, DisputeKind
from cinefacs.records.time_span import TimeSpan
from cinefacs.timing.number_text import read_number

__all__ = ["Decision", "Verdict", "has_entries", "read_decisions"]

_NEEDED = ("dispute", "decision")
_SIDE_KINDS = (DisputeKind.SIDE, DisputeKind.SIDE_AND_INTENSITY)
_INTENSITY_KINDS = (DisputeKind.INTENSITY, DisputeKind.SIDE_AND_INTENSITY)
Word = TypeVar("Word", bound=StrEnum)


class Verdict(StrEnum):
    """What an adjudicator may decide."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_CODABLE = "not_codable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One line of the list that an adjudicator filled in."""

    dispute: Dispute
    """What was disputed."""
    verdict: Verdict
    """What was decided."""
    span: TimeSpan
    """Where it is: as written, or the disputed frames."""
    apex_pts: int | None
    """Apex, ticks, where one was written."""
    side: Side
    """Side as written, or as the claimants name it."""
    intensity: Intensity | None
    """Intensity as written, or as the claimants give it."""
    emotions: tuple[str, ...]
    """Emotions as written."""
    note: str
    """Remark."""


def read_decisions(path: Path, known: Mapping[str, Dispute]) -> tuple[list[Decision], int]:
    """Return the decisions of a filled-in list, and the number of lines left open.

    Parameters
    ----------
    path
        CSV in UTF-8, with commas or, as spreadsheets write it in some countries, semicolons.
    known
        Disputes of the study by their identity.

    Raises
    ------
    SchemaError
        The file is no such list, or a line of it is wrong.
    """
    decisions: list[Decision] = []
    n_open = 0
    seen: set[str] = set()
    for number, row in _read_rows(path):
        where = f"{path}, line {number}"
        dispute_id = row["dispute"]
        if dispute_id not in known:
            raise SchemaError(
                f"{where}: dispute: expected one of the study's list, got {dispute_id!r}",
                hint="the column `dispute` must stay as `labels consensus` wrote it",
            )
        if dispute_id in seen:
            raise SchemaError(f"{where}: dispute: expected each once, got {dispute_id!r} twice")
        seen.add(dispute_id)
        if not row["decision"]:
            n_open += 1
            continue
        decisions.append(_read_decision(row, known[dispute_id], where))
    return decisions, n_open


def has_entries(path: Path) -> bool:
    """Return whether a person wrote into a list of disputes; false where there is none.

    Parameters
    ----------
    path
        As of `read_decisions`; what can no longer be read as a list was altered by somebody.
    """
    try:
        return path.exists() and any(
            row.get(name) for _, row in _read_rows(path) for name in FILLED_IN
        )
    except SchemaError:
        return True


def _read_rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    """Yield line number and stripped cells of each line that is not blank."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SchemaError(f"{path}: expected a readable file, got: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SchemaError(
            f"{path}: expected UTF-8 text, got byte {error.object[error.start]:#04x} "
            f"at {error.start}",
            hint="save it as CSV in UTF-8",
        ) from error
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, restval=""
    )
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise SchemaError(
            f"{path}: expected columns {', '.join(_NEEDED)}, got none named {missing[0]!r}",
            hint="give the adjudication.csv that `cinefacs labels consensus` wrote, filled in",
        )
    try:
        for row in reader:
            if None in row:
                raise SchemaError(
                    f"{path}, line {reader.line_num}: expected {len(reader.fieldnames or ())} "
                    f"cells, got {len(row[None]) + len(row) - 1}"
                )
            cells = {name: (value or "").strip() for name, value in row.items()}
            if any(cells.values()):
                yield reader.line_num, _with_points(cells, delimiter)
    except csv.Error as error:
        raise SchemaError(f"{path}, line {reader.line_num}: expected CSV, got: {error}") from error


def _with_points(cells: dict[str, str], delimiter: str) -> dict[str, str]:
    """Return the cells with decimal points where a spreadsheet wrote decimal commas."""
    if delimiter == ",":
        return cells
    return {
        name: value.replace(",", ".") if name.endswith("_s") else value
        for name, value in cells.items()
    }


def _read_decision(row: Mapping[str, str], dispute: Dispute, where: str) -> Decision:
    """Return what one line says."""
    verdict = _word(row, "decision", Verdict, where)
    if dispute.au is None and verdict is Verdict.NOT_CODABLE:
        raise SchemaError(
            f"{where}: decision: expected present or absent for an emotion, got {verdict}",
            hint="leave it open where the emotion cannot be told",
        )
    span = _read_span(row, dispute, where)
    apex = _read_tick(row, "apex_s", dispute, where)
    if apex is not None and not span.contains(apex):
        raise SchemaError(
            f"{where}: apex_s: expected a time from onset to offset, got {row['apex_s']}"
        )
    side = _word(row, "side", Side, where) if row.get("side") else None
    intensity = _word(row, "intensity", Intensity, where) if row.get("intensity") else None
    emotions = tuple(part.strip() for part in row.get("emotion", "").split("+") if part.strip())
    needed = []
    if verdict is Verdict.PRESENT:
        needed += ["side"] if dispute.kind in _SIDE_KINDS and side is None else []
        needed += ["intensity"] if dispute.kind in _INTENSITY_KINDS and intensity is None else []
        needed += ["emotion"] if dispute.au is None and not emotions else []
    if needed:
        raise SchemaError(
            f"{where}: {needed[0]}: expected a decision on what is disputed, got an empty cell"
        )
    return Decision(
        dispute=dispute,
        verdict=verdict,
        span=span,
        apex_pts=apex,
        side=side or dispute.side,
        intensity=intensity or dispute.intensity,
        emotions=emotions,
        note=row.get("note", ""),
    )


def _word(row: Mapping[str, str], column: str, words: type[Word], where: str) -> Word:
    """Return the word of a list that a cell holds, whatever its capitals."""
    by_name = {str(word).casefold(): word for word in words}
    given = row[column].casefold().replace(" ", "_").replace("-", "_")
    if given not in by_name:
        raise SchemaError(
            f"{where}: {column}: expected {', '.join(words)}, got {row[column]!r}",
            hint=did_you_mean(given, by_name),
        )
    return by_name[given]


def _read_span(row: Mapping[str, str], dispute: Dispute, where: str) -> TimeSpan:
    """Return onset and offset as written; those of the dispute where nothing was."""
    start = _read_tick(row, "onset_s", dispute, where)
    end = _read_tick(row, "offset_s", dispute, where)
    start = dispute.span.start_pts if start is None else start
    end = dispute.span.end_pts if end is None else end
    if end <= start:
        raise SchemaError(
            f"{where}: offset_s: expected a time after the onset, got {row.get('offset_s', '')!r}"
        )
    span = TimeSpan(start_pts=start, end_pts=end, time_base=dispute.span.time_base)
    if start >= dispute.span.end_pts or end <= dispute.span.start_pts:
        raise SchemaError(
            f"{where}: onset_s, offset_s: expected times that meet the disputed frames "
            f"({float(dispute.span.start_s):.3f} to {float(dispute.span.end_s):.3f} s), "
            f"got {float(span.start_s):.3f} to {float(span.end_s):.3f} s",
            hint="times are those of the film, not of the clip",
        )
    return span


def _read_tick(row: Mapping[str, str], column: str, dispute: Dispute, where: str) -> int | None:
    """Return the tick nearest to a time in seconds; None where the cell is empty."""
    text = row.get(column, "")
    if not text:
        return None
    seconds = read_number(text)
    if seconds is None:
        raise SchemaError(f"{where}: {column}: expected seconds such as 7.208, got {text!r:.40}")
    return round(seconds / dispute.span.time_base)
