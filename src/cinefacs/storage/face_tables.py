"""Tables of faces: a row per face and frame, a row per mesh, a row per portrait."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cinefacs.records.face_track import CODABILITY_ORDER, Blendshapes, FaceTrack, Portrait
from cinefacs.storage.tables import iterate_table

__all__ = [
    "BLENDSHAPE_SCHEMA",
    "PORTRAIT_SCHEMA",
    "TRACK_SCHEMA",
    "blendshapes_to_table",
    "portraits_to_table",
    "read_blendshapes",
    "read_portraits",
    "read_tracks",
    "rows_by_track",
    "track_to_table",
]


def _field(name: str, kind: pa.DataType, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable)


_ID_COLUMNS = [
    _field("film_id", pa.dictionary(pa.int32(), pa.string())),
    _field("track_id", pa.int32()),
]

TRACK_SCHEMA = pa.schema([
    *_ID_COLUMNS,
    _field("shot_index", pa.int32()),
    _field("time_base", pa.dictionary(pa.int32(), pa.string())),
    _field("frame_index", pa.int64()),
    _field("pts", pa.int64()),
    _field("end_pts", pa.int64()),
    _field("box_xyxy", pa.list_(pa.float32(), 4)),
    _field("points_xy", pa.list_(pa.float32(), 10)),
    _field("score", pa.float32()),
    _field("is_measured", pa.bool_()),
    _field("sharpness", pa.float32()),
    _field("luma", pa.float32()),
    _field("codability", pa.dictionary(pa.int32(), pa.string())),
])  # fmt: skip
"""``tracks.parquet``: a row per face and frame. ``end_pts`` is the tick at which the frame ends."""

BLENDSHAPE_SCHEMA = pa.schema([
    *_ID_COLUMNS,
    _field("frame_index", pa.int64()),
    _field("pose_deg", pa.list_(pa.float32(), 3)),
    _field("scores", pa.list_(pa.float32(), 52)),
])  # fmt: skip
"""``blendshapes.parquet``: a row per face and frame in which a mesh was found."""

PORTRAIT_SCHEMA = pa.schema([
    *_ID_COLUMNS,
    _field("frame_index", pa.int64()),
    _field("quality", pa.float64()),
    _field("jpeg", pa.binary()),
    _field("embedding", pa.list_(pa.float32(), 128), nullable=True),
])  # fmt: skip
"""``portraits.parquet``: a row per picture kept of a track."""


def _constant(value: str, n: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([value]))


def _rows_of(values: npt.NDArray[Any], width: int) -> pa.FixedSizeListArray:
    flat = pa.array(np.ascontiguousarray(values).reshape(-1), type=pa.float32())
    return pa.FixedSizeListArray.from_arrays(flat, width)


def track_to_table(track: FaceTrack) -> pa.Table:
    """Return a row per frame of the track."""
    n = len(track)
    frame_ends = np.append(track.pts[1:], track.end_pts)  # no gap lies within a track
    codability = pa.DictionaryArray.from_arrays(
        pa.array(track.codability_code.astype(np.int32)),
        pa.array([str(reason) for reason in CODABILITY_ORDER]),
    )
    columns = [
        _constant(track.film_id, n),
        pa.array(np.full(n, track.track_id, np.int32)),
        pa.array(np.full(n, track.shot_index, np.int32)),
        _constant(str(track.time_base), n),
        pa.array(track.frame_index),
        pa.array(track.pts),
        pa.array(frame_ends),
        _rows_of(track.box_xyxy, 4),
        _rows_of(track.points_xy, 10),
        pa.array(track.score),
        pa.array(track.is_measured),
        pa.array(track.sharpness),
        pa.array(track.luma),
        codability,
    ]
    return pa.Table.from_arrays(columns, schema=TRACK_SCHEMA)


def blendshapes_to_table(blendshapes: Blendshapes) -> pa.Table:
    """Return a row per frame with a mesh."""
    n = len(blendshapes)
    columns = [
        _constant(blendshapes.film_id, n),
        pa.array(np.full(n, blendshapes.track_id, np.int32)),
        pa.array(blendshapes.frame_index),
        _rows_of(blendshapes.pose_deg, 3),
        _rows_of(blendshapes.scores, 52),
    ]
    return pa.Table.from_arrays(columns, schema=BLENDSHAPE_SCHEMA)


def portraits_to_table(portraits: Iterable[Portrait]) -> pa.Table:
    """Return a row per portrait."""
    rows = [
        {
            "film_id": portrait.film_id,
            "track_id": portrait.track_id,
            "frame_index": portrait.frame_index,
            "quality": portrait.quality,
            "jpeg": portrait.jpeg,
            "embedding": None if portrait.embedding is None else portrait.embedding.tolist(),
        }
        for portrait in portraits
    ]
    return pa.Table.from_pylist(rows, schema=PORTRAIT_SCHEMA)


def read_portraits(path: Path, film_id: str) -> Iterator[Portrait]:
    """Yield the portraits of one film; memory holds a few of them.

    Raises
    ------
    StudyError, SchemaError
        As `cinefacs.storage.tables.iterate_table`.
    """
    for piece in iterate_table(path, PORTRAIT_SCHEMA):
        for row in piece.to_pylist():
            if row["film_id"] == film_id:
                vector = row.pop("embedding")
                embedding = None if vector is None else np.asarray(vector, np.float32)
                yield Portrait(**row, embedding=embedding)


def _column(table: pa.Table, name: str) -> npt.NDArray[Any]:
    column = table.column(name).combine_chunks()
    if pa.types.is_fixed_size_list(column.type):
        flat = column.flatten().to_numpy(zero_copy_only=False)
        return np.asarray(flat).reshape(table.num_rows, column.type.list_size)
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _table_to_track(table: pa.Table) -> FaceTrack:
    codes = {str(reason): code for code, reason in enumerate(CODABILITY_ORDER)}
    first = table.slice(0, 1).to_pylist()[0]
    return FaceTrack(
        film_id=first["film_id"],
        track_id=first["track_id"],
        shot_index=first["shot_index"],
        time_base=Fraction(first["time_base"]),
        frame_index=_column(table, "frame_index"),
        pts=_column(table, "pts"),
        end_pts=int(_column(table, "end_pts")[-1]),
        box_xyxy=_column(table, "box_xyxy"),
        points_xy=_column(table, "points_xy").reshape(-1, 5, 2),
        score=_column(table, "score"),
        is_measured=_column(table, "is_measured"),
        sharpness=_column(table, "sharpness"),
        luma=_column(table, "luma"),
        codability_code=np.array(
            [codes[reason] for reason in table.column("codability").to_pylist()], np.uint8
        ),
    )


def _table_to_blendshapes(table: pa.Table) -> Blendshapes:
    first = table.slice(0, 1).select(["film_id", "track_id"]).to_pylist()[0]
    return Blendshapes(
        **first,
        frame_index=_column(table, "frame_index"),
        pose_deg=_column(table, "pose_deg"),
        scores=_column(table, "scores"),
    )


def read_tracks(path: Path, *, film_id: str | None = None) -> Iterator[FaceTrack]:
    """Yield the tracks of a table one by one, in its order; memory holds one track.

    Parameters
    ----------
    path
        The table.
    film_id
        Film whose tracks are wanted; all when None.

    Raises
    ------
    StudyError, SchemaError
        As `cinefacs.storage.tables.iterate_table`.
    """
    yield from map(_table_to_track, rows_by_track(path, TRACK_SCHEMA, film_id))


def read_blendshapes(path: Path, *, film_id: str | None = None) -> Iterator[Blendshapes]:
    """Yield the blendshapes of a table track by track, in its order; memory holds one track.

    Parameters
    ----------
    path
        The table.
    film_id
        Film whose blendshapes are wanted; all when None.

    Raises
    ------
    StudyError, SchemaError
        As `cinefacs.storage.tables.iterate_table`.
    """
    yield from map(_table_to_blendshapes, rows_by_track(path, BLENDSHAPE_SCHEMA, film_id))


def rows_by_track(path: Path, schema: pa.Schema, film_id: str | None) -> Iterator[pa.Table]:
    """Yield the rows of each track of a table that has ``film_id`` and ``track_id``.

    Parameters
    ----------
    path, schema
        The table and its columns.
    film_id
        Film whose tracks are wanted; all when None.

    Raises
    ------
    StudyError, SchemaError
        As `cinefacs.storage.tables.iterate_table`.
    """
    waiting: pa.Table | None = None
    for whole_piece in iterate_table(path, schema):
        piece = whole_piece
        if film_id is not None:
            piece = piece.filter(pc.equal(piece.column("film_id").cast(pa.string()), film_id))
        rows = piece if waiting is None else pa.concat_tables([waiting, piece])
        if rows.num_rows == 0:
            continue
        rows = rows.unify_dictionaries()
        starts = _track_starts(rows)
        for start, end in pairwise(starts):
            yield rows.slice(start, end - start)
        waiting = rows.slice(starts[-1])
    if waiting is not None:
        yield waiting


def _track_starts(rows: pa.Table) -> list[int]:
    """Return the first row of each run of one film and track."""
    film = np.asarray(rows.column("film_id").combine_chunks().indices)
    track = _column(rows, "track_id")
    changes = (np.diff(film) != 0) | (np.diff(track) != 0)
    return [0, *(np.flatnonzero(changes) + 1).tolist()]
