"""An annotated film has its source's frames, times and sound, and no frame shows a face found."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from cinefacs.cli.app import run
from cinefacs.errors import FilmError
from cinefacs.media.decode import decode_film
from cinefacs.media.frame import Frame
from cinefacs.media.probe import read_header
from cinefacs.pipeline.annotate import AnnotatedFilm, annotate_film, cut_frames_of
from cinefacs.records.character import Character
from cinefacs.records.face_track import FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.film_pass import FilmPass
from cinefacs.records.found_event import FoundEvent
from cinefacs.records.run_record import RunRecord
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from cinefacs.reports.config import AnnotatedFilmConfig, DeidentifyConfig
from cinefacs.reports.film_sweep import FilmSweep
from cinefacs.storage.analysis_tables import read_events, scores_to_table, write_events
from cinefacs.storage.face_tables import TRACK_SCHEMA, track_to_table
from cinefacs.storage.record_tables import read_records, write_records
from cinefacs.storage.run_records import write_run_record
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import write_table
from tests.support.analysis import analysed_character
from tests.support.encoding import barcode_frames, read_barcode, write_film
from tests.support.records import FILM_ID
from tests.support.scores import plateau, scored_track

SIZE_WH = (256, 192)
RUN = RunRecord(
    verb="analyze", code_version="1.2", config={}, config_digest="0" * 64, inputs={}, models={},
    libraries={}, seed=0, device="CPU", started_at="2026-01-01T00:00:00+00:00",
    finished_at="2026-01-01T00:01:00+00:00",
)  # fmt: skip
QUIET = AnnotatedFilmConfig(has_clock=False)


def frames_of(path: Path) -> list[Frame]:
    return [frame for chunk in decode_film(path) for frame in chunk]


def film_record(path: Path) -> Film:
    """Return a film as `collect` would describe it."""
    header, frames = read_header(path), frames_of(path)
    span = TimeSpan(start_pts=frames[0].pts, end_pts=frames[-1].end_pts, time_base=header.time_base)
    return Film(
        film_id=FILM_ID, film_number=1, path=str(path), width_px=header.size_wh[0],
        height_px=header.size_wh[1], rotation_deg=0, sample_aspect_ratio=Fraction(1),
        n_frames=len(frames), span=span, is_constant_rate=False,
        rate_fps=len(frames) / span.duration_s, is_interlaced=False, has_audio=header.has_audio,
        codec="h264",
    )  # fmt: skip


def track_of(path: Path, first: int, end: int) -> FaceTrack:
    """Return a track of a face that stands at 100, 60 in some frames."""
    frames = frames_of(path)[first:end]
    n = len(frames)
    return FaceTrack(
        film_id=FILM_ID, track_id=0, shot_index=0, time_base=frames[0].time_base,
        frame_index=np.arange(first, end), pts=np.array([frame.pts for frame in frames]),
        end_pts=frames[-1].end_pts,
        box_xyxy=np.tile(np.array([100, 60, 140, 110], np.float32), (n, 1)),
        points_xy=np.zeros((n, 5, 2), np.float32), score=np.ones(n, np.float32),
        is_measured=np.ones(n, np.bool_), sharpness=np.ones(n, np.float32),
        luma=np.ones(n, np.float32), codability_code=np.zeros(n, np.uint8),
    )  # fmt: skip


def annotate(
    film: Film,
    out: Path,
    *,
    tracks: tuple[FaceTrack, ...] = (),
    **options: object,
) -> AnnotatedFilm:
    sweep = FilmSweep(tracks=tracks, scores=(), characters=(), events=(), config=QUIET)
    return annotate_film(film, sweep, out, config=QUIET, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "time_base", "pts"),
    [
        ("a.mp4", Fraction(1, 30000), [1001 * k for k in range(30)]),
        ("a.mkv", Fraction(1, 1000), [250 + 40 * k + 9 * (k % 4) for k in range(30)]),
    ],
    ids=["constant", "variable, not from 0"],
)
def test_frames_and_times_are_the_sources(
    tmp_path: Path, name: str, time_base: Fraction, pts: list[int]
) -> None:
    path = write_film(
        tmp_path / name, barcode_frames(30, SIZE_WH), time_base=time_base, pts=pts, n_b_frames=2
    )
    made = annotate(film_record(path), tmp_path / "annotated.mp4")
    source, shown = frames_of(path), frames_of(made.path)
    assert made.n_frames == len(shown) == 30
    assert [read_barcode(frame.rgb()) for frame in shown] == list(range(30))
    for before, after in zip(source, shown, strict=True):
        assert after.pts * after.time_base == before.pts * before.time_base
        assert after.duration * after.time_base == before.duration * before.time_base


def sound_packets(path: Path) -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as container:
        return [
            (packet.pts * packet.time_base, bytes(packet))
            for packet in container.demux(container.streams.audio[0])
            if packet.size and packet.pts is not None and packet.time_base is not None
        ]


def test_the_sound_is_copied_unchanged(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", barcode_frames(48, SIZE_WH), audio_s=2.0)
    made = annotate(film_record(path), tmp_path / "annotated.mp4")
    assert made.has_sound
    assert made.notes == ()
    assert sound_packets(made.path) == sound_packets(path)


def nothing(_frame: object) -> np.ndarray:
    return np.zeros((0, 4), np.float32)


def test_hidden_faces_come_without_sound_unless_it_is_meant(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", barcode_frames(24, SIZE_WH), audio_s=1.0)
    film = film_record(path)
    silent = annotate(
        film, tmp_path / "1.mp4", deidentify=DeidentifyConfig(), find_faces=nothing
    )  # fmt: skip
    assert not silent.has_sound
    assert not read_header(silent.path).has_audio
    assert silent.notes == ("the annotated film has no sound: it was not asked for",)
    kept = DeidentifyConfig(keeps_sound=True)
    assert annotate(film, tmp_path / "2.mp4", deidentify=kept, find_faces=nothing).has_sound


def test_every_face_found_is_hidden_tracked_or_not(tmp_path: Path) -> None:
    """White faces on black: one is tracked in some frames, one only ever found by the finder."""
    tracked, untracked = (slice(60, 110), slice(100, 140)), (slice(60, 110), slice(20, 60))
    pictures = []
    for _ in range(40):
        picture = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
        for place in (tracked, untracked):
            picture[place] = np.random.default_rng(5).integers(0, 256, picture[place].shape)
        pictures.append(picture)
    path = write_film(tmp_path / "a.mp4", pictures, options={"crf": "1"})

    def find(frame: object) -> np.ndarray:
        index = frame.index  # type: ignore[attr-defined]
        found = [[20, 60, 60, 110]] if index % 7 else []  # missed now and then
        return np.array(found, np.float32).reshape(-1, 4)

    # the track is lost between 20 and 26 and goes on as another one
    first, second = track_of(path, 2, 20), track_of(path, 26, 38)
    object.__setattr__(second, "track_id", 1)
    made = annotate(
        film_record(path), tmp_path / "annotated.mp4", tracks=(first, second),
        deidentify=DeidentifyConfig(), find_faces=find,
    )  # fmt: skip
    for frame in frames_of(made.path):
        for place in (tracked, untracked):
            inner = frame.rgb()[place][12:-12, 8:-8].astype(float)
            real = pictures[frame.index][place][12:-12, 8:-8].astype(float)
            likeness = np.corrcoef(inner.ravel(), real.ravel())[0, 1]
            assert abs(likeness) < 0.2, (frame.index, place)


def test_another_film_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", barcode_frames(12, SIZE_WH))
    film = film_record(path)
    write_film(path, barcode_frames(20, SIZE_WH))
    with pytest.raises(FilmError, match="expected the film that was analysed"):
        annotate(film, tmp_path / "annotated.mp4")
    assert not (tmp_path / "annotated.mp4").exists()


def shot_of(index: int, start: int, kind: ShotStart) -> Shot:
    return Shot(
        film_id=FILM_ID, shot_index=index, start_frame=start, core_start_frame=start,
        core_end_frame=start + 10, end_frame=start + 10,
        span=TimeSpan(start_pts=start, end_pts=start + 10, time_base=Fraction(1, 24)),
        starts_with=kind,
    )  # fmt: skip


def test_covers_are_held_across_dissolves_but_not_across_cuts() -> None:
    kinds = (ShotStart.FILM, ShotStart.CUT, ShotStart.DISSOLVE, ShotStart.GAP, ShotStart.FADE)
    shots = [shot_of(k, 10 * k, kind) for k, kind in enumerate(kinds)]
    assert cut_frames_of(shots) == {10, 30}


@pytest.fixture
def analysis(tmp_path: Path) -> Path:
    """Return a finished analysis: a study with one film and one face that smiles."""
    path = write_film(
        tmp_path / "a.mp4", barcode_frames(96, SIZE_WH), time_base=Fraction(1, 2400),
        pts=[100 * k for k in range(96)], container_options={"video_track_timescale": "2400"},
    )  # fmt: skip
    study = StudyLayout(tmp_path / "study")
    layout = study.analysis("smart")
    track = track_of(path, 0, 96)
    smile = plateau(96, (60, 66, 0.9))
    character = analysed_character({"AU6": smile, "AU12": smile})
    record = character.character
    write_records(study.films_path, Film, [film_record(path)])
    write_records(study.characters_path, Character, [record])
    write_records(
        study.shots_path,
        Shot,
        [Shot(
            film_id=FILM_ID, shot_index=0, start_frame=0, core_start_frame=0, core_end_frame=96,
            end_frame=96, span=track.span, starts_with=ShotStart.FILM,
        )],
    )  # fmt: skip
    write_table(study.tracks_path, track_to_table(track))
    assert track.time_base == Fraction(1, 2400)
    write_table(layout.detections_path, scores_to_table(scored_track({"AU12": smile})))
    write_events(
        layout.events_path,
        [
            FoundEvent(
                film_number=1, character_number=1, name="", shot_index=0, event=panel.event
            )
            for panel in character.events
        ],
    )  # fmt: skip
    film_pass = FilmPass(
        film_id=FILM_ID, read_digest="0" * 64, n_read=96, n_frames_timed=96, seconds=1.0
    )
    write_records(layout.passes_path, FilmPass, [film_pass])
    write_run_record(layout.run_path, RUN)
    return layout.root


@pytest.mark.parametrize("name", ["csv", "parquet", "elan", "cvat", "label-studio", "boris"])
def test_the_verb_exports_events(
    analysis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    out = tmp_path / "out"
    arguments = ["reports", "export", str(analysis), "--format", name, "--out", str(out)]
    assert run([*arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert all(Path(each).is_file() for each in document["paths"])
    assert bool(document["losses"]) == (name not in {"csv", "parquet"})
    assert run(arguments) == 1  # never over what is there
    assert "--force" in capsys.readouterr().err
    assert run([*arguments, "--force"]) == 0
    if name == "parquet":
        assert read_events(out / "events.parquet") == read_events(analysis / "events.parquet")
    if name == "csv":
        lines = (out / "events.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 2
        header, row = (line.split(",") for line in lines)
        said = dict(zip(header, row, strict=True))
        assert (said["onset_frame"], said["offset_frame"]) == ("60", "65")
        assert (said["emotion"], said["character_number"]) == ("happiness", "1")


def test_the_verb_annotates(analysis: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reports", "annotate", str(analysis), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["films"][0]["n_frames"] == 96
    shown = frames_of(analysis / "annotated.mp4")
    plain, smiling = shown[30].rgb().astype(int), shown[62].rgb().astype(int)
    strip = np.s_[SIZE_WH[1] - 16 :, :60]
    assert np.abs(plain[strip] - smiling[strip]).mean() > 20  # the event's line is there
    assert run(["reports", "annotate", str(analysis)]) == 1
    assert run(["reports", "annotate", str(analysis), "--film", "9", "--force"]) == 1


VERBS = pytest.mark.parametrize(
    "verb", [["export", "--format", "csv", "--out", "x.csv"], ["annotate"]]
)  # fmt: skip


def error_of(analysis: Path, verb: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["reports", verb[0], str(analysis), *verb[1:]]) == 1
    return " ".join(capsys.readouterr().err.split())


@VERBS
def test_what_is_no_analysis_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    assert "expected the folder of an analysis" in error_of(tmp_path, verb, capsys)


@VERBS
def test_an_analysis_that_is_not_finished_is_told(
    analysis: Path, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    (analysis / "run.json").unlink()
    told = error_of(analysis, verb, capsys)
    assert "expected a finished analysis, found no run.json" in told
    assert "with the same options" in told


@VERBS
@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"name": "Rosa"}, "to be character 01, as when it was analysed, got character 01 Rosa"),
        ({"character_number": 2}, "got character 02"),
        ({"track_ids": (7,)}, "got nobody"),
    ],
)
def test_events_of_other_people_than_by_now_are_told(
    analysis: Path, capsys: pytest.CaptureFixture[str], verb: list[str], now: dict[str, object],
    said: str,
) -> None:  # fmt: skip
    path = StudyLayout(analysis.parent.parent).characters_path
    (before,) = read_records(path, Character)
    write_records(path, Character, [replace(before, **now)])  # type: ignore[arg-type]
    assert said in error_of(analysis, verb, capsys)


def test_only_films_of_the_analysis_count(
    analysis: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A film that was collected but not analysed has no events that could be told."""
    path = StudyLayout(analysis.parent.parent).films_path
    (film,) = read_records(path, Film)
    write_records(path, Film, [film, replace(film, film_id="ef" * 32, film_number=2)])
    told = error_of(analysis, ["annotate", "--film", "2"], capsys)
    assert "expected one that was analysed (1), got 2" in told
    assert run(["reports", "annotate", str(analysis)]) == 0
    assert (analysis / "annotated.mp4").is_file()


def test_a_track_that_is_gone_is_told(analysis: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_table(StudyLayout(analysis.parent.parent).tracks_path, TRACK_SCHEMA.empty_table())
    told = error_of(analysis, ["export", "--format", "csv", "--out", "x.csv"], capsys)
    assert "expected face track 0, found none" in told
