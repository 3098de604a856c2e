"""Read an analysis for the exam: the scores of its face tracks, and its events."""

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from cinefacs.errors import SchemaError, StudyError
from cinefacs.metrics.spotting_in_time import TimedExpression
from cinefacs.pipeline.exam.film_scores import FilmScores
from cinefacs.records.event import EventKind
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.tables import iterate_table

__all__ = ["DETECTIONS_NAME", "digest_analysis", "read_analysis_events", "read_analysis_scores"]

DETECTIONS_NAME, _EVENTS_NAME = "detections.parquet", "events.parquet"
_ROW_COLUMNS = (
    "film_id", "track_id", "time_base", "frame_index", "pts", "end_pts", "box_xyxy", "face_score",
)  # fmt: skip
_EVENT_COLUMNS = (
    "film_id", "track_id", "start_pts", "apex_pts", "end_pts", "time_base", "emotion", "kind",
    "uncertainty_s",
)  # fmt: skip


def digest_analysis(folder: Path) -> str:
    """Return what tells an analysis apart: SHA-256 over its tables."""
    digest = hashlib.sha256()
    for name in (DETECTIONS_NAME, _EVENTS_NAME):
        path = folder / name
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def read_analysis_scores(folder: Path, film_ids: tuple[str, ...]) -> dict[str, FaceScores]:
    """Return the scores of each film of the exam.

    Parameters
    ----------
    folder
        Of the analysis, with ``detections.parquet``: a row per face and frame with
        film, track, time, box and face score, then a column per class.
    film_ids
        The exam's films.

    Raises
    ------
    StudyError
        The table or a film of the exam is missing, or it is of other films.
    SchemaError
        The table is damaged, or its columns are others.
    """
    path = folder / DETECTIONS_NAME
    table = _read(path, _ROW_COLUMNS)
    names = tuple(
        field.name
        for field in table.schema
        if field.name not in _ROW_COLUMNS and pa.types.is_float32(field.type)
    )
    of = table.column("film_id").cast(pa.string()).to_pylist()
    there = set(of)
    missing = [film_id for film_id in film_ids if film_id not in there]
    if missing:
        raise StudyError(
            f"{path}: expected faces of all {len(film_ids)} films of the exam, got none of "
            f"{len(missing)} of them, such as {missing[0][:12]}",
            hint="analyse every film of the study: `cinefacs analyze STUDY/films`",
        )
    film_of = np.array(of)
    return {
        film_id: _face_scores(table.filter(pa.array(film_of == film_id)), film_id, names)
        for film_id in film_ids
    }


def _face_scores(rows: pa.Table, film_id: str, names: tuple[str, ...]) -> FaceScores:
    track, frame = _column(rows, "track_id"), _column(rows, "frame_index")
    order = np.lexsort((frame, track))
    bases = set(rows.column("time_base").cast(pa.string()).to_pylist())
    if len(bases) != 1:
        raise SchemaError(f"film {film_id[:12]}: expected one time base, got {sorted(bases)}")
    boxes = rows.column("box_xyxy").combine_chunks().flatten()
    columns = [_column(rows, name)[order] for name in names]
    return FaceScores(
        film_id=film_id,
        time_base=Fraction(bases.pop()),
        class_names=names,
        track_id=track[order].astype(np.int64),
        frame_index=frame[order].astype(np.int64),
        pts=_column(rows, "pts")[order],
        end_pts=_column(rows, "end_pts")[order],
        box_xyxy=np.asarray(boxes.to_numpy(zero_copy_only=False)).reshape(-1, 4)[order],
        face_score=_column(rows, "face_score")[order],
        scores=np.stack(columns, axis=1) if columns else np.zeros((len(order), 0), np.float32),
    )


def read_analysis_events(folder: Path, film_scores: FilmScores) -> list[TimedExpression] | None:
    """Return the events that an analysis found, blinks left out; None where it wrote none down.

    Parameters
    ----------
    folder
        Of the analysis; its ``events.parquet``.
    film_scores
        Says whose face each track lies on.

    Raises
    ------
    SchemaError
        The table is damaged, or its columns are others.
    """
    path = folder / _EVENTS_NAME
    if not path.is_file():
        return None
    events = []
    for row in _read(path, _EVENT_COLUMNS).select(list(_EVENT_COLUMNS)).to_pylist():
        if row["film_id"] not in film_scores.scores or row["kind"] == EventKind.BLINK:
            continue
        events.append(_event(row, film_scores))
    return events


def _event(row: dict[str, Any], film_scores: FilmScores) -> TimedExpression:
    base = Fraction(row["time_base"])
    return TimedExpression(
        film_id=row["film_id"],
        subject=film_scores.subjects.get((row["film_id"], row["track_id"]), ""),
        span=TimeSpan(start_pts=row["start_pts"], end_pts=row["end_pts"], time_base=base),
        apex_pts=row["apex_pts"],
        frame_ticks=max(1, round(Fraction(row["uncertainty_s"]) / base)),
        kind=row["kind"],
        emotion=row["emotion"],
    )


def _read(path: Path, columns: tuple[str, ...]) -> pa.Table:
    """Return a table of ours that has at least some columns."""
    if not path.is_file():
        raise StudyError(
            f"{path}: expected a table of an analysis, found no such file",
            hint="`cinefacs analyze` writes it",
        )
    try:
        schema = pq.read_schema(path)
    except pa.ArrowInvalid as error:
        raise SchemaError(f"{path}: expected a Parquet table, got: {error}") from error
    missing = [name for name in columns if name not in schema.names]
    if missing:
        raise SchemaError(f"{path}: expected the columns {list(columns)}, found no {missing[0]}")
    pieces = list(iterate_table(path, schema.remove_metadata()))
    return pa.concat_tables(pieces) if pieces else schema.empty_table()


def _column(rows: pa.Table, name: str) -> npt.NDArray[Any]:
    return np.asarray(rows.column(name).combine_chunks().to_numpy(zero_copy_only=False))
