"""Exports and annotated films of what ``analyze`` wrote: all say the same events."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from cinefacs.cli.app import run
from cinefacs.labels.formats.catalog import FORMATS
from cinefacs.labels.formats.contract import ImportOptions
from cinefacs.labels.labelled_films import read_labelled_films
from cinefacs.media.decode import decode_film
from cinefacs.media.frame import Frame
from cinefacs.media.probe import read_header
from cinefacs.records.character import Character
from cinefacs.records.event import Event
from cinefacs.records.found_event import FoundEvent
from cinefacs.records.label_checks import SUGGESTED
from cinefacs.reports.film_sweep import event_words, person_name
from cinefacs.reports.frame_view import FrameView
from cinefacs.reports.lettering import Rgb
from cinefacs.reports.overlay import Overlay
from cinefacs.storage.analysis_tables import read_class_names, read_events
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import AnalysisLayout, StudyLayout
from cinefacs.synth.sample_film import sample_path
from tests.support.encoding import write_film
from tests.support.labels import WHEN

FIRST_FRAME, N_FRAMES = 50, 68
"""Of the sample film: the end of a shot of one person and the beginning of one of another."""


def frames_of(path: Path) -> Iterator[Frame]:
    return (frame for chunk in decode_film(path) for frame in chunk)


@pytest.fixture(scope="module")
def analysis(reading_detector: Path, tmp_path_factory: pytest.TempPathFactory) -> AnalysisLayout:
    """Return an analysis of a piece of the sample film, with sound."""
    folder = tmp_path_factory.mktemp("analysed")
    piece = islice(frames_of(sample_path()), FIRST_FRAME, FIRST_FRAME + N_FRAMES)
    write_film(folder / "film.mp4", [frame.rgb() for frame in piece], audio_s=2.5)
    study = StudyLayout(folder / "study")
    words = ["analyze", str(folder / "film.mp4"), "--out", str(study.root), "--identity", "off"]
    assert run([*words, "--weights", str(reading_detector)]) == 0
    return study.analysis("default")


@pytest.fixture(scope="module")
def events(analysis: AnalysisLayout) -> list[FoundEvent]:
    found = read_events(analysis.events_path)
    assert len({each.character_number for each in found}) >= 2  # nothing to compare else
    return found


def export(analysis: AnalysisLayout, name: str, out: Path) -> None:
    words = ["reports", "export", str(analysis.root), "--format", name, "--out", str(out)]
    assert run(words) == 0


def when(event: Event) -> tuple[int, int, int]:
    return event.span.start_pts, event.apex_pts, event.span.end_pts


def test_the_parquet_file_is_the_analysis_table(
    analysis: AnalysisLayout, events: list[FoundEvent], tmp_path: Path
) -> None:
    export(analysis, "parquet", tmp_path / "events.parquet")
    assert read_events(tmp_path / "events.parquet") == events


def test_the_csv_file_says_the_same(
    analysis: AnalysisLayout, events: list[FoundEvent], tmp_path: Path
) -> None:
    export(analysis, "csv", tmp_path / "events.csv")
    with (tmp_path / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter(
        (
            int(row["character_number"]), int(row["track_id"]), int(row["shot_index"]),
            (int(row["start_pts"]), int(row["apex_pts"]), int(row["end_pts"])),
            row["aus"], row["emotion"], row["kind"],
        )
        for row in rows
    ) == Counter(
        (
            each.character_number, each.event.track_id, each.shot_index, when(each.event),
            ";".join(str(unit.au) for unit in each.event.aus), each.event.emotion, each.event.kind,
        )
        for each in events
    )  # fmt: skip
    pts = [frame.pts for frame in frames_of(analysis.study.root.parent / "film.mp4")]
    assert all(pts[int(row["onset_frame"])] == int(row["start_pts"]) for row in rows)


@pytest.mark.parametrize("name", ["elan", "cvat"])
def test_label_formats_say_the_same(
    name: str, analysis: AnalysisLayout, events: list[FoundEvent], tmp_path: Path
) -> None:
    export(analysis, name, tmp_path / name)
    films = read_labelled_films(analysis.study)
    paths = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
    suffixes = FORMATS[name].suffixes
    paths = [path for path in paths if path.suffix in suffixes]
    labels = FORMATS[name].read(paths, films, ImportOptions(changed_at=WHEN)).labels
    assert Counter(
        (each.character_number, (each.span.start_pts, *each.apex_pts, each.span.end_pts))
        for each in labels.expressions
    ) == Counter((each.character_number, when(each.event)) for each in events)
    assert Counter(
        (each.character_number, each.au, each.span.start_pts, each.span.end_pts)
        for each in labels.aus
    ) == Counter(
        (found.character_number, unit.au, unit.span.start_pts, unit.span.end_pts)
        for found in events
        for unit in (*found.event.aus, *found.event.context_aus)
    )
    # what was looked for is what the detector knows, where it read a face
    known = [int(each[2:]) for each in read_class_names(analysis.detections_path)
             if each.startswith("AU")]  # fmt: skip
    assert {each.aus for each in labels.coded} == {tuple(sorted(known))}
    assert {each.coder for each in labels.expressions} == {SUGGESTED}
    assert {each.coder for each in labels.coded} == {SUGGESTED}


def test_the_annotated_film_shows_the_same(
    analysis: AnalysisLayout, events: list[FoundEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    views: list[FrameView] = []
    paint = Overlay.paint

    def note(self: Overlay, picture: Rgb, view: FrameView) -> None:
        views.append(view)
        paint(self, picture, view)

    monkeypatch.setattr(Overlay, "paint", note)
    assert run(["reports", "annotate", str(analysis.root), "--force"]) == 0
    film = analysis.root / "annotated.mp4"
    source = analysis.study.root.parent / "film.mp4"
    shown, given = list(frames_of(film)), list(frames_of(source))
    assert [frame.pts * frame.time_base for frame in shown] == [
        frame.pts * frame.time_base for frame in given
    ]
    assert read_header(film).has_audio
    names = {
        each.character_number: person_name(each)
        for each in read_records(analysis.study.characters_path, Character)
    }
    for frame, view in zip(given, views, strict=True):
        running = [each for each in events if each.event.span.contains(frame.pts)]
        assert Counter(each.words for each in view.events if not each.is_over) == Counter(
            event_words(each.event, names[each.character_number]) for each in running
        )


def test_a_film_with_hidden_faces_shows_the_same_events(
    analysis: AnalysisLayout, events: list[FoundEvent]
) -> None:
    assert run(["reports", "annotate", str(analysis.root), "--deidentify", "--force"]) == 0
    film = analysis.root / "annotated.mp4"
    assert not read_header(film).has_audio
    given = [frame.rgb() for frame in frames_of(analysis.study.root.parent / "film.mp4")]
    hidden = [frame.rgb() for frame in frames_of(film)]
    assert len(hidden) == len(given)
    tracks = {track.track_id: track for track in read_tracks(analysis.study.tracks_path)}
    for track in tracks.values():
        for index, (x1, y1, x2, y2) in zip(
            track.frame_index.tolist(), track.box_xyxy.round().astype(int).tolist(), strict=True
        ):
            face = np.s_[max(0, y1) : y2, max(0, x1) : x2]
            assert _change(hidden[index][face], given[index][face]) > 12, (track.track_id, index)
    line = np.s_[-16:, 8:140]  # where an event's words stand
    for each in events:
        rows = tracks[each.event.track_id]
        (index,) = rows.frame_index[rows.pts == each.event.apex_pts].tolist()
        assert _change(hidden[index][line], given[index][line]) > 12


def _change(shown: Rgb, given: Rgb) -> float:
    return float(np.abs(shown.astype(np.float32) - given.astype(np.float32)).mean())
