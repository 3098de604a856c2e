"""Events and scores come back from their tables as they went in."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from cinefacs.errors import SchemaError, StudyError
from cinefacs.records.face_scores import FaceScores
from cinefacs.storage.event_tables import EVENT_SCHEMA, events_to_table, read_events, write_events
from cinefacs.storage.score_tables import (
    read_score_classes,
    read_scores,
    score_schema,
    scores_to_table,
)
from cinefacs.storage.tables import TableWriter, write_table
from tests.support.analysis import analysed_character
from tests.support.records import FILM_ID
from tests.support.scores import plateau, scored_track

N = 240
SMILE = plateau(N, (50, 55, 0.9), (150, 200, 0.95))
EVENTS = [
    panel.event
    for panel in analysed_character(
        {"AU6": SMILE, "AU12": SMILE, "AU51": plateau(N, (150, 190, 0.9)),
         "AU45": plateau(N, (100, 104, 0.9)), "AU4": plateau(N, (220, N, 0.8))}
    ).events
]  # fmt: skip


def test_events_come_back_exactly(tmp_path: Path) -> None:
    assert len(EVENTS) == 4
    assert any(event.context_aus for event in EVENTS)
    odd = replace(EVENTS[0], uncertainty_s=Fraction(1001, 24000), emotion_candidates=("a", "b"))
    write_events(tmp_path / "events.parquet", [*EVENTS, odd])
    assert read_events(tmp_path / "events.parquet") == [*EVENTS, odd]


def test_no_event_is_a_table_too(tmp_path: Path) -> None:
    write_events(tmp_path / "events.parquet", [])
    assert read_events(tmp_path / "events.parquet") == []


def test_what_makes_no_event_is_told(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    rows = events_to_table(EVENTS[:1]).to_pylist()
    write_table(path, pa.Table.from_pylist([{**rows[0], "kind": "huge"}], schema=EVENT_SCHEMA))
    with pytest.raises(SchemaError, match="expected valid events, got: 'huge'"):
        read_events(path)
    with pytest.raises(StudyError, match="found no such file"):
        read_events(tmp_path / "none.parquet")


def same(a: FaceScores, b: FaceScores) -> bool:
    arrays = ("track_id", "frame_index", "pts", "end_pts", "box_xyxy", "face_score", "scores")
    return (a.film_id, a.time_base, a.class_names) == (b.film_id, b.time_base, b.class_names) and (
        all(np.array_equal(getattr(a, name), getattr(b, name)) for name in arrays)
    )


def test_scores_come_back_track_by_track(tmp_path: Path) -> None:
    tracks = [scored_track({"AU12": SMILE}, track_id=k, first_frame=7 * k) for k in (0, 3, 4)]
    path = tmp_path / "scores.parquet"
    with TableWriter(path, score_schema(tracks[0].class_names)) as writer:
        for track in tracks:
            writer.write(scores_to_table(track.select(slice(0, 100))))
            writer.write(scores_to_table(track.select(slice(100, None))))
    found = list(read_scores(path, film_id=FILM_ID))
    assert len(found) == 3
    assert all(same(a, b) for a, b in zip(found, tracks, strict=True))
    assert read_score_classes(path) == tracks[0].class_names
    assert list(read_scores(path, film_id="0" * 64)) == []


def test_a_track_over_several_row_groups_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cinefacs.storage.tables._GROUP_BYTES", 4000)
    track = scored_track({"AU12": SMILE})
    path = tmp_path / "scores.parquet"
    write_table(path, scores_to_table(track))
    assert pa.parquet.ParquetFile(path).num_row_groups > 3
    (found,) = read_scores(path, film_id=FILM_ID)
    assert same(found, track)


def test_what_is_no_table_of_scores_is_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="found no such file"):
        read_score_classes(tmp_path / "scores.parquet")
    (tmp_path / "scores.parquet").write_bytes(b"rubbish")
    with pytest.raises(SchemaError, match="expected a Parquet table"):
        read_score_classes(tmp_path / "scores.parquet")
