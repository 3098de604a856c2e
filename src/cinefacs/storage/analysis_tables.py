"""Tables of an analysis: a row per face and frame that was read, a row per event."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cinefacs.errors import SchemaError
from cinefacs.records.event import DurationClass, Event, EventAu, EventKind
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.found_event import FoundEvent
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.face_tables import rows_by_track
from cinefacs.storage.tables import iterate_table, read_column_names, write_table

__all__ = [
    "EVENT_SCHEMA",
    "read_class_names",
    "read_detections",
    "read_events",
    "score_schema",
    "scores_to_table",
    "write_events",
]


def _field(name: str, kind: pa.DataType, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable)


_TEXT = pa.dictionary(pa.int32(), pa.string())
_ROW_COLUMNS = [
    _field("film_id", _TEXT),
    _field("track_id", pa.int32()),
    _field("time_base", _TEXT),
    _field("frame_index", pa.int64()),
    _field("pts", pa.int64()),
    _field("end_pts", pa.int64()),
    _field("box_xyxy", pa.list_(pa.float32(), 4)),
    _field("face_score", pa.float32()),
]

_AU_COLUMNS = pa.list_(
    pa.struct([
        _field("au", pa.int32()),
        _field("start_pts", pa.int64()),
        _field("end_pts", pa.int64()),
        _field("apex_pts", pa.int64()),
        _field("score", pa.float64()),
        _field("rise", pa.float64()),
        _field("is_onset_seen", pa.bool_()),
        _field("is_offset_seen", pa.bool_()),
    ])
)  # fmt: skip

EVENT_SCHEMA = pa.schema([
    _field("film_id", pa.string()),
    _field("film_number", pa.int32()),
    _field("character_number", pa.int32()),
    _field("character_name", pa.string()),
    _field("track_id", pa.int32()),
    _field("shot_index", pa.int32()),
    _field("event_number", pa.int32()),
    _field("onset_s", pa.float64()),
    _field("apex_s", pa.float64()),
    _field("offset_s", pa.float64()),
    _field("start_pts", pa.int64()),
    _field("apex_pts", pa.int64()),
    _field("end_pts", pa.int64()),
    _field("time_base", pa.string()),
    _field("is_onset_seen", pa.bool_()),
    _field("is_offset_seen", pa.bool_()),
    _field("aus", _AU_COLUMNS),
    _field("context_aus", _AU_COLUMNS),
    _field("emotion", pa.string()),
    _field("emotion_candidates", pa.list_(pa.string())),
    _field("scored_emotion", pa.string(), nullable=True),
    _field("emotion_score", pa.float64(), nullable=True),
    _field("kind", pa.string()),
    _field("duration_class", pa.string()),
    _field("uncertainty_s", pa.string()),
    _field("score", pa.float64()),
    _field("has_baseline", pa.bool_()),
])  # fmt: skip
"""``events.parquet``: a row per event. Seconds are for people, ticks are exact."""


def score_schema(class_names: Sequence[str]) -> pa.Schema:
    """Return the columns of ``detections.parquet``: those of every row, then one per class.

    Raises
    ------
    SchemaError
        A class is called like a column.
    """
    taken = {field.name for field in _ROW_COLUMNS} & set(class_names)
    if taken:
        raise SchemaError(f"classes: expected other names than columns have, got {sorted(taken)}")
    return pa.schema([*_ROW_COLUMNS, *(_field(name, pa.float32()) for name in class_names)])


def scores_to_table(scores: FaceScores) -> pa.Table:
    """Return a row per face and frame."""
    n = len(scores)
    schema = score_schema(scores.class_names)
    columns = [
        _constant(scores.film_id, n),
        pa.array(scores.track_id.astype(np.int32)),
        _constant(str(scores.time_base), n),
        pa.array(scores.frame_index),
        pa.array(scores.pts),
        pa.array(scores.end_pts),
        pa.FixedSizeListArray.from_arrays(pa.array(scores.box_xyxy.reshape(-1)), 4),
        pa.array(scores.face_score),
        *(pa.array(np.ascontiguousarray(column)) for column in scores.scores.T),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def read_class_names(path: Path) -> tuple[str, ...]:
    """Return the classes of a table of detections: its columns after those of every row.

    Raises
    ------
    StudyError
        There is no such file.
    SchemaError
        It is no table of detections, or has another version.
    """
    found = read_column_names(path)
    expected = [field.name for field in _ROW_COLUMNS]
    if found[: len(expected)] != expected:
        raise SchemaError(f"{path}: expected columns {expected} and one per class, got {found}")
    return tuple(found[len(expected) :])


def read_detections(
    path: Path, class_names: Sequence[str], *, film_id: str
) -> Iterator[FaceScores]:
    """Yield the rows of each track of a film, in the table's order; memory holds one track.

    Raises
    ------
    StudyError, SchemaError
        As `cinefacs.storage.tables.iterate_table`.
    """
    names = tuple(class_names)
    for rows in rows_by_track(path, score_schema(names), film_id):
        first = rows.slice(0, 1).select(["film_id", "time_base"]).to_pylist()[0]
        boxes = rows.column("box_xyxy").combine_chunks().flatten()
        yield FaceScores(
            film_id=first["film_id"],
            time_base=Fraction(first["time_base"]),
            class_names=names,
            track_id=_column(rows, "track_id").astype(np.int64),
            frame_index=_column(rows, "frame_index"),
            pts=_column(rows, "pts"),
            end_pts=_column(rows, "end_pts"),
            box_xyxy=np.asarray(boxes.to_numpy(zero_copy_only=False)).reshape(-1, 4),
            face_score=_column(rows, "face_score"),
            scores=np.stack([_column(rows, name) for name in names], axis=1),
        )


def write_events(path: Path, events: Iterable[FoundEvent]) -> None:
    """Write all events of an analysis, atomically.

    Raises
    ------
    StorageError
        The disk refused.
    """
    rows = [_event_row(each) for each in events]
    write_table(path, pa.Table.from_pylist(rows, schema=EVENT_SCHEMA))


def read_events(path: Path) -> list[FoundEvent]:
    """Return all events of an analysis.

    Raises
    ------
    StudyError, SchemaError
        As `cinefacs.storage.tables.iterate_table`; or a row makes no event.
    """
    try:
        return [
            _row_event(row)
            for piece in iterate_table(path, EVENT_SCHEMA)
            for row in piece.to_pylist()
        ]  # fmt: skip
    except (ValueError, ZeroDivisionError) as error:  # an enum's value, or a fraction
        raise SchemaError(f"{path}: expected valid events, got: {error}") from error


def _constant(value: str, n: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([value]))


def _column(rows: pa.Table, name: str) -> npt.NDArray[Any]:
    return np.asarray(rows.column(name).combine_chunks().to_numpy(zero_copy_only=False))


def _event_row(found: FoundEvent) -> dict[str, Any]:
    event = found.event
    return {
        "film_id": event.film_id,
        "film_number": found.film_number,
        "character_number": found.character_number,
        "character_name": found.name,
        "track_id": event.track_id,
        "shot_index": found.shot_index,
        "event_number": event.event_number,
        "onset_s": float(event.span.start_s),
        "apex_s": float(event.apex_s),
        "offset_s": float(event.span.end_s),
        "start_pts": event.span.start_pts,
        "apex_pts": event.apex_pts,
        "end_pts": event.span.end_pts,
        "time_base": str(event.span.time_base),
        "is_onset_seen": event.is_onset_seen,
        "is_offset_seen": event.is_offset_seen,
        "aus": [_au_row(each) for each in event.aus],
        "context_aus": [_au_row(each) for each in event.context_aus],
        "emotion": event.emotion,
        "emotion_candidates": list(event.emotion_candidates),
        "scored_emotion": event.scored_emotion,
        "emotion_score": event.emotion_score,
        "kind": str(event.kind),
        "duration_class": str(event.duration_class),
        "uncertainty_s": str(event.uncertainty_s),
        "score": event.score,
        "has_baseline": event.has_baseline,
    }


def _au_row(each: EventAu) -> dict[str, Any]:
    return {
        "au": each.au,
        "start_pts": each.span.start_pts,
        "end_pts": each.span.end_pts,
        "apex_pts": each.apex_pts,
        "score": each.score,
        "rise": each.rise,
        "is_onset_seen": each.is_onset_seen,
        "is_offset_seen": each.is_offset_seen,
    }


def _row_event(row: dict[str, Any]) -> FoundEvent:
    time_base = Fraction(row["time_base"])
    event = Event(
        film_id=row["film_id"],
        track_id=row["track_id"],
        event_number=row["event_number"],
        span=TimeSpan(start_pts=row["start_pts"], end_pts=row["end_pts"], time_base=time_base),
        is_onset_seen=row["is_onset_seen"],
        is_offset_seen=row["is_offset_seen"],
        apex_pts=row["apex_pts"],
        aus=tuple(_row_au(each, time_base) for each in row["aus"]),
        context_aus=tuple(_row_au(each, time_base) for each in row["context_aus"]),
        emotion=row["emotion"],
        emotion_candidates=tuple(row["emotion_candidates"]),
        scored_emotion=row["scored_emotion"],
        emotion_score=row["emotion_score"],
        kind=EventKind(row["kind"]),
        duration_class=DurationClass(row["duration_class"]),
        uncertainty_s=Fraction(row["uncertainty_s"]),
        score=row["score"],
        has_baseline=row["has_baseline"],
    )
    return FoundEvent(
        film_number=row["film_number"],
        character_number=row["character_number"],
        name=row["character_name"],
        shot_index=row["shot_index"],
        event=event,
    )


def _row_au(row: dict[str, Any], time_base: Fraction) -> EventAu:
    return EventAu(
        au=row["au"],
        span=TimeSpan(start_pts=row["start_pts"], end_pts=row["end_pts"], time_base=time_base),
        apex_pts=row["apex_pts"],
        score=row["score"],
        rise=row["rise"],
        is_onset_seen=row["is_onset_seen"],
        is_offset_seen=row["is_offset_seen"],
    )
