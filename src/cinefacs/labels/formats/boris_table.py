"""The table of events that BORIS exports as TSV or CSV: a row for each start, stop and point."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from cinefacs.errors import SchemaError
from cinefacs.labels.formats.boris_events import (
    NO_MODIFIER,
    BorisEvent,
    Observation,
    observations_of,
    take_in_events,
)
from cinefacs.labels.formats.contract import Exported, Imported, ImportOptions, Tally
from cinefacs.labels.formats.files import read_text
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.formats.placing import place_labels
from cinefacs.labels.labelled_films import LabelledFilms
from cinefacs.records.labels import Labels
from cinefacs.storage.atomic import write_text
from cinefacs.timing.number_text import read_number

__all__ = ["BORIS_EVENTS"]

COLUMNS = (
    "Observation id", "Media file name", "Total length", "FPS", "coder", "label_set", "Subject",
    "Behavior", "Modifiers", "Behavior type", "Time", "Image index", "Comment",
)  # fmt: skip
NAMES = {
    "observation": ("Observation id",),
    "media": ("Media file name", "Media file path", "Source", "Media file"),
    "coder": ("coder", "Coder"),
    "label_set": ("label_set",),
    "subject": ("Subject",),
    "behavior": ("Behavior",),
    "status": ("Behavior type", "Status"),
    "time": ("Time", "Time (s)"),
    "comment": ("Comment", "Comment start"),
}
"""Columns by what they hold; their names differ between BORIS 7 and 8."""
NEEDED = ("subject", "behavior", "status", "time")
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,6}):(\d+(?:\.\d+)?)")


class _BorisEventsFormat:
    name = "boris-events"
    title = "BORIS, table of events"
    suffixes = (".tsv", ".csv")
    not_held: frozenset[str] = frozenset()

    def export(self, labels: Labels, films: LabelledFilms, out: Path) -> Exported:
        tally = Tally()
        is_file = out.suffix.lower() in self.suffixes
        path = out if is_file else out / "events.tsv"
        text = io.StringIO(newline="")
        delimiter = "," if path.suffix.lower() == ".csv" else "\t"
        writer = csv.writer(text, delimiter=delimiter)
        writer.writerow(COLUMNS)
        for each in observations_of(place_labels(labels, films, tally), tally):
            writer.writerows(_row(each, event) for event in each.events)
        write_text(path, text.getvalue())
        return Exported(paths=(path,), losses=tally.losses)

    def read(self, paths: Sequence[Path], films: LabelledFilms, options: ImportOptions) -> Imported:
        intake = Intake(films, options, source=self.name)
        for path in paths:
            for log in _logs(path, intake).values():
                where = f"{path.name}, observation {log.name!r}"
                take_in_events(
                    log.events,
                    intake.film(where, name=log.media),
                    intake,
                    coder=log.coder,
                    label_set=log.label_set,
                    where=where,
                )
        return intake.finish()


def _row(each: Observation, event: BorisEvent) -> list[object]:
    film = each.film
    return [
        each.name, film.file_name, f"{float(film.film.span.duration_s):.3f}",
        f"{float(film.film.rate_fps):.3f}", each.coder, each.label_set, event.subject,
        event.behavior, event.modifiers, event.status, f"{float(event.time_ms) / 1000:.3f}",
        event.image_index, event.comment,
    ]  # fmt: skip


@dataclass(kw_only=True, slots=True)
class _Log:
    """The events of one observation."""

    name: str
    media: str
    coder: str
    label_set: str
    events: list[BorisEvent] = field(default_factory=list)


def _logs(path: Path, intake: Intake) -> dict[tuple[str, ...], _Log]:
    """Return the events of each observation."""
    logs: dict[tuple[str, ...], _Log] = {}
    for number, row in _rows(path):
        where = f"{path.name}, row {number}"
        cells = {
            what: next((row[name] for name in names if row.get(name)), "")
            for what, names in NAMES.items()
        }
        time_ms = _time_ms(cells["time"])
        status = cells["status"].strip().upper()
        if time_ms is None or status not in {"START", "STOP", "POINT"}:
            intake.tally.skip("row without a time or a type of event", where)
            continue
        modifiers = [value for name, value in row.items() if name.startswith("Modifier") and value]
        key = tuple(cells[name] for name in ("observation", "media", "coder", "label_set"))
        log = logs.setdefault(key, _Log(name=key[0], media=key[1], coder=key[2], label_set=key[3]))
        log.events.append(
            BorisEvent(
                time_ms=time_ms,
                subject=cells["subject"],
                behavior=cells["behavior"],
                modifiers="|".join(word for word in modifiers if word != NO_MODIFIER),
                status=status,
                comment=cells["comment"],
            )
        )
    return logs


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the rows below the header, which may stand below lines about the observation.

    Raises
    ------
    SchemaError
        There is no such header, or the file is no table.
    """
    text = read_text(path)
    for delimiter in "\t,;":
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns: list[str] = []
        try:
            for number, cells in enumerate(reader, start=1):
                if columns:
                    if any(cells):
                        yield number, dict(zip(columns, cells, strict=False))
                elif _is_header(cells):
                    columns = [cell.strip() for cell in cells]
        except csv.Error as error:
            raise SchemaError(f"{path}: expected a table of events, got: {error}") from error
        if columns:
            return
    needed = ", ".join(NAMES[name][0] for name in NEEDED)
    raise SchemaError(
        f"{path}: expected BORIS's table of events with the columns {needed}, found no such header",
        hint="export with Observations > Export events > Tabular events, as TSV or CSV",
    )


def _is_header(cells: Sequence[str]) -> bool:
    found = {cell.strip() for cell in cells}
    return all(found & set(NAMES[name]) for name in NEEDED)


def _time_ms(text: str) -> Fraction | None:
    """Return a time in seconds, or as h:mm:ss, in ms."""
    word = text.strip().replace(",", ".")
    hours, minutes, rest = found.groups() if (found := _CLOCK.fullmatch(word)) else (0, 0, word)
    seconds = read_number(rest)
    if seconds is None:
        return None
    return (int(hours or 0) * 3600 + int(minutes) * 60 + seconds) * 1000


BORIS_EVENTS = _BorisEventsFormat()
