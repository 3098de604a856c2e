"""``scores.parquet``: what the detector said of every face in every frame, a row per face."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cinefacs.errors import SchemaError, StudyError
from cinefacs.records.face_scores import FaceScores
from cinefacs.storage.tables import iterate_table

__all__ = ["read_score_classes", "read_scores", "score_schema", "scores_to_table"]

_PREFIX = "score_"
_WHOLE = ("track_id", "frame_index", "pts", "end_pts")


def score_schema(class_names: tuple[str, ...]) -> pa.Schema:
    """Return the columns of a table of these classes: ``score_AU12`` and so on, each 0 to 1."""
    columns = [
        ("film_id", pa.string()),
        ("time_base", pa.string()),
        *((name, pa.int64()) for name in _WHOLE),
        ("box_xyxy", pa.list_(pa.float32(), 4)),
        ("face_score", pa.float32()),
        *((f"{_PREFIX}{name}", pa.float32()) for name in class_names),
    ]
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns])


def scores_to_table(scores: FaceScores) -> pa.Table:
    """Return a row per face and frame."""
    n = len(scores)
    boxes = pa.array(np.ascontiguousarray(scores.box_xyxy).reshape(-1), type=pa.float32())
    columns = [
        pa.array([scores.film_id] * n, type=pa.string()),
        pa.array([str(scores.time_base)] * n, type=pa.string()),
        *(pa.array(getattr(scores, name)) for name in _WHOLE),
        pa.FixedSizeListArray.from_arrays(boxes, 4),
        pa.array(scores.face_score),
        *(pa.array(np.ascontiguousarray(column)) for column in scores.scores.T),
    ]
    return pa.Table.from_arrays(columns, schema=score_schema(scores.class_names))


def read_score_classes(path: Path) -> tuple[str, ...]:
    """Return the classes of a table of scores.

    Raises
    ------
    StudyError
        There is no such file.
    SchemaError
        It is no Parquet table.
    """
    if not path.is_file():
        raise StudyError(f"{path}: expected a table of scores, found no such file")
    try:
        names = pq.read_schema(path).names
    except pa.ArrowInvalid as error:
        raise SchemaError(f"{path}: expected a Parquet table, got: {error}") from error
    return tuple(name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX))


def read_scores(path: Path, *, film_id: str) -> Iterator[FaceScores]:
    """Yield the scores of a film track by track, in the table's order; memory holds a piece.

    Raises
    ------
    StudyError, SchemaError
        As `cinefacs.storage.tables.iterate_table`; rows that are not in order.
    """
    classes = read_score_classes(path)
    waiting: FaceScores | None = None
    for piece in iterate_table(path, score_schema(classes)):
        found = _scores_of(piece, film_id, classes)
        if found is None:
            continue
        for track in found.tracks():
            if waiting is not None and waiting.track_id[0] == track.track_id[0]:
                waiting = _join(waiting, track)
                continue
            if waiting is not None:
                yield waiting
            waiting = track
    if waiting is not None:
        yield waiting


def _scores_of(piece: pa.Table, film_id: str, classes: tuple[str, ...]) -> FaceScores | None:
    rows = piece.filter(pc.equal(piece.column("film_id"), film_id)).combine_chunks()
    if not rows.num_rows:
        return None

    def column(name: str) -> Any:  # noqa: ANN401
        return rows.column(name).to_numpy()

    boxes = rows.column("box_xyxy").combine_chunks().flatten().to_numpy()
    scores = [column(f"{_PREFIX}{name}") for name in classes]
    return FaceScores(
        film_id=film_id,
        time_base=Fraction(rows.column("time_base")[0].as_py()),
        class_names=classes,
        **{name: column(name) for name in _WHOLE},
        box_xyxy=boxes.reshape(-1, 4),
        face_score=column("face_score"),
        scores=np.stack(scores, axis=1) if scores else np.zeros((rows.num_rows, 0), np.float32),
    )


def _join(first: FaceScores, second: FaceScores) -> FaceScores:
    names = (*_WHOLE, "box_xyxy", "face_score", "scores")
    parts = {name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names}
    return FaceScores(
        film_id=first.film_id, time_base=first.time_base, class_names=first.class_names, **parts
    )
