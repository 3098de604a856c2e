"""``events.parquet``: a row per event, with its action units as a list."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa

from cinefacs.errors import SchemaError
from cinefacs.records.event import DurationClass, Event, EventAu, EventKind
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.tables import iterate_table, write_table

__all__ = ["EVENT_SCHEMA", "events_to_table", "read_events", "write_events"]


def _field(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


_AU = pa.struct([
    _field("au", pa.int64()),
    _field("start_pts", pa.int64()),
    _field("end_pts", pa.int64()),
    _field("apex_pts", pa.int64()),
    _field("score", pa.float64()),
    _field("rise", pa.float64()),
    _field("is_onset_seen", pa.bool_()),
    _field("is_offset_seen", pa.bool_()),
])  # fmt: skip

EVENT_SCHEMA = pa.schema([
    _field("film_id", pa.string()),
    _field("track_id", pa.int64()),
    _field("event_number", pa.int64()),
    _field("start_pts", pa.int64()),
    _field("end_pts", pa.int64()),
    _field("time_base", pa.string()),
    _field("is_onset_seen", pa.bool_()),
    _field("is_offset_seen", pa.bool_()),
    _field("apex_pts", pa.int64()),
    _field("aus", pa.list_(_AU)),
    _field("context_aus", pa.list_(_AU)),
    _field("emotion", pa.string()),
    _field("emotion_candidates", pa.list_(pa.string())),
    _field("kind", pa.string()),
    _field("duration_class", pa.string()),
    _field("uncertainty_s", pa.string()),
    _field("score", pa.float64()),
    _field("has_baseline", pa.bool_()),
])  # fmt: skip
"""Columns of ``events.parquet``: the fields of `cinefacs.records.event.Event`; ticks of
``time_base``, which is text such as ``1/24000``, as is ``uncertainty_s``."""

_PLAIN = ("film_id", "track_id", "event_number", "is_onset_seen", "is_offset_seen", "apex_pts",
          "emotion", "score", "has_baseline")  # fmt: skip
_PLAIN_OF_AU = ("au", "apex_pts", "score", "rise", "is_onset_seen", "is_offset_seen")


def events_to_table(events: Iterable[Event]) -> pa.Table:
    """Return a row per event."""
    return pa.Table.from_pylist([_row(event) for event in events], schema=EVENT_SCHEMA)


def write_events(path: Path, events: Iterable[Event]) -> None:
    """Write events as a table, atomically.

    Raises
    ------
    StorageError
        The disk refused.
    """
    write_table(path, events_to_table(events))


def read_events(path: Path) -> list[Event]:
    """Return all events of a table, each checked as at its birth.

    Raises
    ------
    StudyError
        There is no such file.
    SchemaError
        The table is damaged, of another version, or of other columns; a row makes no event.
    """
    try:
        return [
            _event(row)
            for piece in iterate_table(path, EVENT_SCHEMA)
            for row in piece.to_pylist()
        ]  # fmt: skip
    except (ValueError, ZeroDivisionError) as error:  # an enum's value, or a fraction
        raise SchemaError(f"{path}: expected valid events, got: {error}") from error


def _row(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in _PLAIN} | {
        "start_pts": event.span.start_pts,
        "end_pts": event.span.end_pts,
        "time_base": str(event.span.time_base),
        "aus": [_au_row(each) for each in event.aus],
        "context_aus": [_au_row(each) for each in event.context_aus],
        "emotion_candidates": list(event.emotion_candidates),
        "kind": str(event.kind),
        "duration_class": str(event.duration_class),
        "uncertainty_s": str(event.uncertainty_s),
    }


def _au_row(each: EventAu) -> dict[str, Any]:
    return {name: getattr(each, name) for name in _PLAIN_OF_AU} | {
        "start_pts": each.span.start_pts,
        "end_pts": each.span.end_pts,
    }


def _event(row: dict[str, Any]) -> Event:
    time_base = Fraction(row["time_base"])
    return Event(
        **{name: row[name] for name in _PLAIN},
        span=_span(row, time_base),
        aus=tuple(_event_au(each, time_base) for each in row["aus"]),
        context_aus=tuple(_event_au(each, time_base) for each in row["context_aus"]),
        emotion_candidates=tuple(row["emotion_candidates"]),
        kind=EventKind(row["kind"]),
        duration_class=DurationClass(row["duration_class"]),
        uncertainty_s=Fraction(row["uncertainty_s"]),
    )


def _event_au(row: dict[str, Any], time_base: Fraction) -> EventAu:
    return EventAu(**{name: row[name] for name in _PLAIN_OF_AU}, span=_span(row, time_base))


def _span(row: dict[str, Any], time_base: Fraction) -> TimeSpan:
    return TimeSpan(start_pts=row["start_pts"], end_pts=row["end_pts"], time_base=time_base)
