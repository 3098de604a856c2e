"""What an analysis writes comes back the same."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cinefacs.errors import SchemaError, StudyError
from cinefacs.events.baseline import measure_baseline
from cinefacs.events.config import EventConfig
from cinefacs.events.finder import EventFinder
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.film_pass import FilmPass
from cinefacs.records.found_event import FoundEvent
from cinefacs.storage.analysis_tables import (
    EVENT_SCHEMA,
    read_class_names,
    read_detections,
    read_events,
    score_schema,
    scores_to_table,
    write_events,
)
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import TableWriter, write_table
from tests.support.records import FILM_ID
from tests.support.scores import AU_NAMES, plateau, scored_track


def found_events() -> list[FoundEvent]:
    track = scored_track({
        "AU12": plateau(96, (20, 28, 0.9), (90, 96, 0.8)), "AU6": plateau(96, (20, 27, 0.8)),
        "AU51": plateau(96, (18, 30, 0.9)),
    })  # fmt: skip
    config = EventConfig()
    baseline = measure_baseline(track, quantile=0.3, max_level=0.5, min_seen_s=2)
    return [
        FoundEvent(film_number=1, character_number=2, name="Rosa", shot_index=3, event=event)
        for event in EventFinder(baseline, config).find(track)
    ]


def test_events_round_trip(tmp_path: Path) -> None:
    events = found_events()
    assert len(events) == 2
    assert events[0].event.context_aus
    write_events(tmp_path / "events.parquet", events)
    assert read_events(tmp_path / "events.parquet") == events
    write_events(tmp_path / "none.parquet", [])
    assert read_events(tmp_path / "none.parquet") == []
    odd = replace(
        events[0].event, uncertainty_s=Fraction(1001, 24000), emotion_candidates=("a", "b")
    )  # fmt: skip
    write_events(tmp_path / "odd.parquet", [replace(events[0], event=odd)])
    assert read_events(tmp_path / "odd.parquet")[0].event == odd


def test_what_makes_no_event_is_told(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    write_events(path, found_events()[:1])
    (row,) = pq.read_table(path).to_pylist()
    for wrong in ({"kind": "huge"}, {"time_base": "1/0"}):
        write_table(path, pa.Table.from_pylist([{**row, **wrong}], schema=EVENT_SCHEMA))
        with pytest.raises(SchemaError, match=r"expected valid events, got: ('huge'|Fraction)"):
            read_events(path)
    with pytest.raises(StudyError, match="found no such file"):
        read_events(tmp_path / "none.parquet")


def same(a: FaceScores, b: FaceScores) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in a.__dataclass_fields__
    )  # fmt: skip


def test_detections_round_trip_track_by_track(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tracks = [
        scored_track({"AU12": rng.random(9).tolist()}, track_id=number, first_frame=20 * number)
        for number in (0, 4)
    ]
    other = replace(tracks[0], film_id="ef" * 32, time_base=Fraction(1, 90_000))
    path = tmp_path / "detections.parquet"
    with TableWriter(path, score_schema(AU_NAMES)) as writer:
        for track in (*tracks, other):
            writer.write(scores_to_table(track))
    back = list(read_detections(path, AU_NAMES, film_id=FILM_ID))
    assert len(back) == 2
    assert all(same(got, want) for got, want in zip(back, tracks, strict=True))
    assert read_class_names(path) == AU_NAMES
    assert list(read_detections(path, AU_NAMES, film_id="0" * 64)) == []
    (foreign,) = read_detections(path, AU_NAMES, film_id=other.film_id)
    assert foreign.time_base == Fraction(1, 90_000)
    with pytest.raises(SchemaError, match="expected columns"):
        list(read_detections(path, AU_NAMES[:3], film_id=FILM_ID))


@pytest.mark.parametrize("group_bytes", [1, 700, 4000, 1 << 20])
def test_rows_of_a_track_may_lie_in_several_pieces(
    group_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Films lie one after the other; row groups begin and end anywhere, within tracks too."""
    monkeypatch.setattr("cinefacs.storage.tables._GROUP_BYTES", group_bytes)
    rng = np.random.default_rng(0)
    tracks = [
        scored_track({"AU12": rng.random(50).tolist()}, track_id=number, first_frame=7 * number)
        for number in (0, 3, 4)
    ]
    other = [replace(track, film_id="ef" * 32, time_base=Fraction(1, 90_000)) for track in tracks]
    path = tmp_path / "detections.parquet"
    with TableWriter(path, score_schema(AU_NAMES)) as writer:
        for track in (other[0], *tracks, *other[1:]):
            writer.write(scores_to_table(track.select(slice(0, 20))))
            writer.write(scores_to_table(track.select(slice(20, None))))
    n_groups = pq.ParquetFile(path).num_row_groups
    assert n_groups == 1 if group_bytes > 100_000 else n_groups > 6
    for wanted in (tracks, other):
        back = list(read_detections(path, AU_NAMES, film_id=wanted[0].film_id))
        assert len(back) == len(wanted)
        assert all(same(got, want) for got, want in zip(back, wanted, strict=True))


def test_what_is_no_table_of_detections_is_told(tmp_path: Path) -> None:
    path = tmp_path / "detections.parquet"
    with pytest.raises(StudyError, match="found no such file"):
        read_class_names(path)
    path.write_bytes(b"rubbish")
    with pytest.raises(SchemaError, match="expected a Parquet table"):
        read_class_names(path)
    write_events(path, [])
    with pytest.raises(SchemaError, match="and one per class"):
        read_class_names(path)
    pq.write_table(pa.table({"film_id": ["a"]}), path)
    with pytest.raises(SchemaError, match="expected schema version 1, got none"):
        read_class_names(path)


def test_a_class_must_not_be_called_like_a_column() -> None:
    with pytest.raises(SchemaError, match="frame_index"):
        score_schema(["AU12", "frame_index"])


def test_wrong_records_are_refused() -> None:
    event = found_events()[0]
    with pytest.raises(SchemaError, match="FoundEvent numbers"):
        replace(event, character_number=0)
    with pytest.raises(SchemaError, match="shot_index"):
        replace(event, shot_index=-1)
    whole = FilmPass(film_id=FILM_ID, read_digest="0" * 64, n_read=3, n_frames_timed=4, seconds=1.0)
    with pytest.raises(SchemaError, match="read_digest"):
        replace(whole, read_digest="0")
    with pytest.raises(SchemaError, match="0 or more"):
        replace(whole, seconds=-1.0)


def test_an_analysis_has_a_folder_of_its_own(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path)
    paths = layout.analysis("first")
    assert paths.report_path == tmp_path / "analyses/first/report.html"
    own = {paths.passes_path, paths.detections_path, paths.events_path, paths.report_path,
           paths.run_path}  # fmt: skip
    assert len(own) == 5
    assert not own & set(layout.derived_paths())
    assert paths.annotated_path(2, n_films=1) == paths.root / "annotated.mp4"
    assert paths.annotated_path(2, n_films=3) == paths.root / "annotated-002.mp4"


def test_an_analysis_knows_its_study(tmp_path: Path) -> None:
    layout = StudyLayout(tmp_path.resolve())
    with pytest.raises(StudyError, match="found no study around it"):
        _ = layout.analysis("first").study
    layout.films_path.touch()
    assert layout.analysis("first").study == layout
