"""CSV, our own full format: a row per label, everything held, with a few columns enough to read.

Times stand three times in a row: as ticks, which are exact, as frames of the film, and as seconds
from its first frame. A reader takes the first of them that a row has; where ticks and frames are
both there and disagree, somebody has edited one of them, and the row is passed over.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from cinefacs.errors import FilmError, SchemaError
from cinefacs.labels.formats.au_names import fields_of_name, read_au_name
from cinefacs.labels.formats.contract import Exported, Imported, ImportOptions, Tally
from cinefacs.labels.formats.fields import (
    KINDS,
    AnyLabel,
    describe,
    every_label,
    list_text,
    pack,
)
from cinefacs.labels.formats.files import read_text
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.formats.placing import apexes_of, frames_of_label
from cinefacs.labels.labelled_films import LabelledFilm, LabelledFilms
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.atomic import write_text
from cinefacs.timing.number_text import read_ratio, read_whole

__all__ = ["CSV"]

PLACE_COLUMNS = (
    "kind", "film", "film_id", "character",
    "onset_frame", "apex_frames", "offset_frame",
    "onset_s", "apexes_s", "end_s",
    "start_pts", "apexes_pts", "end_pts", "time_base_s",
)  # fmt: skip
VALUE_COLUMNS = {
    "au": "au", "side": "side", "intensity": "intensity", "intensity_high": "intensity_high",
    "is_static": "is_static", "visibility": "visibility", "score": "score", "text": "text",
    "expression_id": "expression_id", "expression_kind": "kind", "emotions": "emotions",
    "au_text": "au_text", "coded_aus": "aus", "has_emotions": "has_emotions",
    "coder": "coder", "label_set": "label_set", "source": "source", "changed_at": "changed_at",
    "flags": "flags",
}  # fmt: skip
"""Columns after the place, with the field that each holds."""
ENOUGH = "au with onset_frame and offset_frame, or onset_s and end_s, or start_pts and end_pts"


class _BadRowError(ValueError):
    """A row does not say where its label is."""


class _CsvFormat:
    name = "csv"
    title = "CSV, the full format of cinefacs"
    suffixes = (".csv",)
    not_held: frozenset[str] = frozenset()

    def export(self, labels: Labels, films: LabelledFilms, out: Path) -> Exported:
        tally = Tally()
        path = out if out.suffix.lower() == ".csv" else out / "labels.csv"
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [*PLACE_COLUMNS, *VALUE_COLUMNS])
        writer.writeheader()
        for label in every_label(labels):
            writer.writerow(_row(label, films.by_id(label.film_id), tally))
        write_text(path, text.getvalue())
        return Exported(paths=(path,), losses=tally.losses)

    def read(self, paths: Sequence[Path], films: LabelledFilms, options: ImportOptions) -> Imported:
        intake = Intake(films, options, source=self.name)
        for path in paths:
            for number, row in _rows(path):
                _take_in(row, intake, where=f"{path.name}, line {number}")
        return intake.finish()


def _row(label: AnyLabel, film: LabelledFilm | None, tally: Tally) -> dict[str, object]:
    fields = {
        name: list_text(tuple(value)) if isinstance(value, list) else value
        for name, value in pack(label).items()
    }
    row: dict[str, object] = {
        "kind": next(name for name, record in KINDS.items() if isinstance(label, record)),
        "film": film.number if film else "",
        "film_id": label.film_id,
        "character": label.character_number,
        "start_pts": label.span.start_pts,
        "end_pts": label.span.end_pts,
        "apexes_pts": list_text(apexes_of(label)),
        "time_base_s": label.span.time_base,
    }
    row |= {column: fields.get(field, "") for column, field in VALUE_COLUMNS.items()}
    return row | (_frame_columns(label, film, tally) if film else {})


def _frame_columns(label: AnyLabel, film: LabelledFilm, tally: Tally) -> dict[str, object]:
    """Return frames and seconds; ticks hold everything where these cannot be had."""
    what = "columns of frames and seconds, though ticks hold it all"
    try:
        times = film.times
        first, last, apexes, is_exact = frames_of_label(label, times)
    except (FilmError, SchemaError) as error:
        tally.lose(f"{what}: {error.message}", describe(label))
        return {}
    if not is_exact:
        tally.lose(f"{what}: a time lies within a frame", describe(label))
        return {}
    return {
        "onset_frame": first,
        "offset_frame": last,
        "apex_frames": list_text(apexes),
        "onset_s": _decimal(times.start_s(first)),
        "end_s": _decimal(times.end_s(last)),
        "apexes_s": list_text(tuple(_decimal(times.start_s(apex)) for apex in apexes)),
    }


def _decimal(seconds: Fraction) -> str:
    return f"{float(seconds):.6f}"


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with the number of its last line.

    Raises
    ------
    SchemaError
        The file is no table, or has not the columns that are needed.
    """
    text = read_text(path)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, restval=""
    )
    try:
        columns = {name.strip() for name in reader.fieldnames or ()}
        _check_columns(path, columns)
        for row in reader:
            if None in row:
                raise SchemaError(
                    f"{path}, line {reader.line_num}: expected {len(columns)} cells, got more",
                    hint="a cell that holds the separator must stand in quotation marks",
                )
            yield reader.line_num, {name.strip(): value for name, value in row.items()}
    except csv.Error as error:
        raise SchemaError(
            f"{path}, line {reader.line_num}: expected a table in CSV, got: {error}"
        ) from error


def _check_columns(path: Path, columns: set[str]) -> None:
    has_times = any(
        pair <= columns
        for pair in ({"onset_frame", "offset_frame"}, {"onset_s", "end_s"},
                     {"start_pts", "end_pts"})
    )  # fmt: skip
    if not has_times or not columns & {"au", "kind"}:
        found = ", ".join(sorted(columns)[:8]) or "none"
        raise SchemaError(f"{path}: expected columns {ENOUGH}, got {found}")


def _take_in(row: Mapping[str, str], intake: Intake, *, where: str) -> None:
    kind = row.get("kind", "").strip() or "au"
    if kind not in KINDS:
        intake.tally.skip("row of no known kind", f"{where}: {kind}")
        return
    values: dict[str, Any] = {
        field: row[column] for column, field in VALUE_COLUMNS.items() if row.get(column)
    }
    named = read_au_name(values.get("au", ""))
    if named is not None:  # a cell such as L12B says more than a number
        values = {**fields_of_name(named), **values, "au": named.au}
    try:
        number = _whole(row, "film")
        film = intake.film(where, number=number, film_id=row.get("film_id", "").strip())
        span, apexes = _place(row, film)
        character = _whole(row, "character")
    except (_BadRowError, SchemaError) as error:
        intake.tally.skip(str(error), where)
        return
    intake.add_span(
        kind,
        values,
        film=film,
        character_number=character,
        span=span,
        apex_pts=apexes,
        where=where,
    )


def _place(row: Mapping[str, str], film: LabelledFilm) -> tuple[TimeSpan, list[int]]:
    """Return when a label is, by the most exact columns that are filled."""
    by_ticks = _by_ticks(row, film)
    by_frames = _by_frames(row, film)
    if by_ticks and by_frames and _seconds_of(*by_ticks) != _seconds_of(*by_frames):
        raise _BadRowError("ticks and frames of the row disagree: delete those that are wrong")
    found = by_ticks or by_frames or _by_seconds(row, film)
    if found is None:
        raise _BadRowError(f"row without times: expected {ENOUGH}")
    return found


def _seconds_of(span: TimeSpan, apexes: list[int]) -> tuple[Fraction, ...]:
    return span.start_s, span.end_s, *(apex * span.time_base for apex in apexes)


def _by_ticks(row: Mapping[str, str], film: LabelledFilm) -> tuple[TimeSpan, list[int]] | None:
    start, end = _whole(row, "start_pts"), _whole(row, "end_pts")
    if start is None or end is None:
        return None
    text = row.get("time_base_s", "").strip()
    time_base = read_ratio(text) if text else film.film.span.time_base
    if time_base is None:
        raise _BadRowError(f"time_base_s: expected a fraction such as 1/24, got {_shown(text)}")
    span = TimeSpan(start_pts=start, end_pts=end, time_base=time_base)
    return span, _list(row, "apexes_pts")


def _by_frames(row: Mapping[str, str], film: LabelledFilm) -> tuple[TimeSpan, list[int]] | None:
    first, last = _whole(row, "onset_frame"), _whole(row, "offset_frame")
    if first is None or last is None:
        return None
    try:
        span = film.times.span_of(first, last)
    except FilmError:
        if _whole(row, "start_pts") is None:
            raise
        return None
    apexes = [int(film.times.pts[frame]) if 0 <= frame < len(film.times) else span.end_pts
              for frame in _list(row, "apex_frames")]  # fmt: skip
    return span, apexes


def _by_seconds(row: Mapping[str, str], film: LabelledFilm) -> tuple[TimeSpan, list[int]] | None:
    start, end = _seconds(row, "onset_s"), _seconds(row, "end_s")
    if start is None or end is None:
        return None
    times = film.times
    span = times.span_of(times.starting_at(start), times.ending_at(end))
    words = [word for word in row.get("apexes_s", "").split(";") if word.strip()]
    apexes = [times.starting_at(_fraction("apexes_s", word)) for word in words]
    return span, [int(times.pts[apex]) for apex in apexes]


def _whole(row: Mapping[str, str], column: str) -> int | None:
    text = row.get(column, "").strip()
    if not text:
        return None
    return _checked_whole(column, text)


def _checked_whole(column: str, text: str) -> int:
    number = read_whole(text)
    if number is None:
        raise _BadRowError(
            f"{column}: expected a whole number of at most 64 bits, got {_shown(text)}"
        )
    return number


def _seconds(row: Mapping[str, str], column: str) -> Fraction | None:
    text = row.get(column, "").strip()
    return _fraction(column, text) if text else None


def _fraction(column: str, text: str) -> Fraction:
    seconds = read_ratio(text.replace(",", "."))
    if seconds is None:
        raise _BadRowError(f"{column}: expected seconds, got {_shown(text)}")
    return seconds


def _list(row: Mapping[str, str], column: str) -> list[int]:
    words = [word for word in row.get(column, "").split(";") if word.strip()]
    return [_checked_whole(column, word) for word in words]


def _shown(text: str) -> str:
    return f"{text.strip()!r:.40}"


CSV = _CsvFormat()
