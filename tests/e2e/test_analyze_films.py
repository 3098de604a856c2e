"""Films of all kinds, one after another into analyses: what is bad is told, the rest is done."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from cinefacs.errors import ConfigError, DamagedFilmError, FilmError, ModelError, StudyError
from cinefacs.pipeline.analyze import AnalysisSummary, analyze
from cinefacs.pipeline.analyze_config import AnalyzeConfig
from cinefacs.pipeline.collect import collect
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.stored_faces import read_stored_faces
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.film import Film
from cinefacs.storage.study import StudyLayout
from tests.support.collecting import study_content
from tests.support.encoding import write_film
from tests.support.harm import busy_frames, overwrite
from tests.support.killing import kill_at
from tests.support.reading_detector import make_reading_detector

CONFIG = AnalyzeConfig(identity="off")
Frames = list[np.ndarray]


def run(*sources: Path, out: Path, detector: Path, **options: Any) -> AnalysisSummary:  # noqa: ANN401
    config = options.pop("config", CONFIG)
    return analyze(sources, out=out, weights=detector, config=config, **options)


def rows_of(out: Path) -> list[dict[str, Any]]:
    """Return the rows of the detections."""
    path = StudyLayout(out).analysis("default").detections_path
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def test_a_collected_study_is_read_without_finding_its_faces_again(
    three_shots: Path, reading_detector: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = tmp_path / "at_once"
    run(three_shots, out=at_once, detector=reading_detector)
    collected = tmp_path / "collected"
    collect([three_shots], out=collected, config=CollectConfig(identity="off"))
    with monkeypatch.context() as patch:
        patch.setattr("cinefacs.pipeline.readers.FaceTools.make_reader", None)
        summary = run(three_shots, out=collected, detector=reading_detector)
    assert summary.films[0].n_read >= 60
    one, other = study_content(at_once), study_content(collected)
    for name in ("detections.parquet", "events.parquet", "films.parquet"):
        path = f"analyses/default/{name}"
        assert one[path] == other[path]
    # and the other way round: what `analyze` found, `collect` goes on from
    with monkeypatch.context() as patch:
        patch.setattr("cinefacs.pipeline.readers.FaceTools.make_reader", None)
        config = CollectConfig(identity="off")
        assert collect([three_shots], out=at_once, config=config).films[0].n_tracks == 2
    assert (at_once / "contact_sheet.html").exists()


@pytest.mark.parametrize(("temporal", "step_ms"), [("neighbours", 84), ("neutral", 0)])
def test_motion_is_read_alike_in_one_pass_and_from_stored_faces(
    temporal: str, step_ms: int, three_shots: Path, tmp_path: Path
) -> None:
    detector = make_reading_detector(tmp_path / "d", temporal=temporal, step_ms=step_ms)
    out = tmp_path / "study"
    first = run(three_shots, out=out, detector=detector)
    run(three_shots, out=out, detector=detector, name="again")
    content = study_content(out)
    assert first.films[0].n_read >= 60
    rows = content["analyses/default/detections.parquet"]
    assert rows == content["analyses/again/detections.parquet"]


def test_decisions_about_characters_are_honoured_without_reading_again(
    three_shots: Path, reading_detector: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    first = run(three_shots, out=out, detector=reading_detector)
    assert len(first.films[0].cast.characters) == 2  # without identity each track is one
    path = out / "characters.yaml"
    document = yaml.safe_load(path.read_text())
    one, two = document["films"][1]["characters"]
    one |= {"name": "Rosa", "tracks": f"{one['tracks']}, {two['tracks']}"}
    document["films"][1]["characters"] = [one]
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    monkeypatch.setattr("cinefacs.pipeline.readers.FaceTools.make_reader", None)
    second = run(three_shots, out=out, detector=reading_detector)
    assert not second.was_done
    assert {each.name for each in second.films[0].events} == {"Rosa"}
    assert "Rosa" in second.report_path.read_text(encoding="utf-8")
    assert second.films[0].events[-1].event.has_baseline  # 2.75 s of one person


def test_one_bad_film_of_many_is_told_and_the_others_are_done(
    face_frames: Frames, reading_detector: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    write_film(folder / "a.mp4", face_frames[:8])
    (folder / "b.mp4").write_text("no film")
    write_film(folder / "c.mp4", [np.full((90, 160, 3), 90, np.uint8)] * 8)
    out = tmp_path / "study"
    summary = run(folder, out=out, detector=reading_detector)
    assert [film.n_read for film in summary.films] == [8, 0]
    assert list(summary.failed) == [str(folder / "b.mp4")]
    assert "a text file" in summary.failed[str(folder / "b.mp4")].message
    (folder / "b.mp4").unlink()
    write_film(folder / "d.mp4", face_frames[8:16])
    more = run(folder, out=out, detector=reading_detector)
    assert [film.n_read for film in more.films] == [8, 0, 8]
    assert not more.failed
    page = more.report_path.read_text(encoding="utf-8")
    assert page.count('class="film" id="film-') == 3
    assert "No character: no face could be read." in page
    with pytest.raises(FilmError, match="nothing there"):
        run(tmp_path / "gone.mp4", out=tmp_path / "x", detector=reading_detector)
    assert not (tmp_path / "x").exists()


def test_a_run_goes_on_wherever_it_was_killed(
    face_frames: Frames, reading_detector: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, other = tmp_path / "film.mp4", tmp_path / "other.mp4"
    write_film(film, face_frames[:8])
    write_film(other, [np.full((90, 160, 3), 90, np.uint8)] * 8)
    out, whole = tmp_path / "study", tmp_path / "whole"
    places = [
        ("cinefacs.pipeline.scan.scores_to_table", 1),
        ("cinefacs.pipeline.store.replace_rows", 6),
        ("cinefacs.pipeline.reading.replace_rows", 1),
        ("cinefacs.pipeline.store.replace_rows", 15),
        ("cinefacs.pipeline.analyze.settle_cast", 1),
        ("cinefacs.pipeline.analyze.write_events", 1),
        ("cinefacs.pipeline.analyze.write_page", 1),
        ("cinefacs.pipeline.study_run.write_run_record", 1),
    ]
    for place, nth in places:
        kill_at(
            monkeypatch,
            place,
            lambda: run(film, other, out=out, detector=reading_detector),
            nth=nth,
        )
    summary = run(film, other, out=out, detector=reading_detector)
    assert not summary.was_done
    run(film, other, out=whole, detector=reading_detector)
    assert study_content(out) == study_content(whole)
    assert run(film, other, out=out, detector=reading_detector).was_done


@pytest.mark.parametrize("fps", [8, 240])
def test_slow_and_fast_films(
    fps: int, face_frames: Frames, reading_detector: Path, tmp_path: Path
) -> None:
    n = 16 if fps == 8 else 48
    film = tmp_path / "film.mp4"
    write_film(film, face_frames[:n], rate_fps=Fraction(fps))
    (told,) = run(film, out=tmp_path / "study", detector=reading_detector).films
    assert told.n_read == n
    for each in told.events:
        assert each.event.uncertainty_s == pytest.approx(1 / fps, abs=1e-4)


def test_a_variable_rate_keeps_its_times(
    face_frames: Frames, reading_detector: Path, tmp_path: Path
) -> None:
    steps = np.random.default_rng(2).integers(10, 90, 24)
    pts = np.cumsum(steps).tolist()
    film = tmp_path / "film.mkv"
    write_film(film, face_frames[:24], pts=pts, time_base=Fraction(1, 1000))
    out = tmp_path / "study"
    (told,) = run(film, out=out, detector=reading_detector).films
    assert not told.cast.film.is_constant_rate
    assert [row["pts"] for row in rows_of(out)] == pts


def test_a_damaged_middle_is_refused_and_can_be_left_out(
    reading_detector: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    write_film(film, busy_frames(96), gop=24)
    film = overwrite(film, at=0.5, n_bytes=3000)
    out = tmp_path / "study"
    with pytest.raises(DamagedFilmError) as caught:
        run(film, out=out, detector=reading_detector)
    assert "--allow-damaged" in caught.value.hint
    summary = run(film, out=out, detector=reading_detector, allow_damaged=True)
    assert 0 < summary.films[0].cast.film.n_damaged_frames < 96
    assert any("damaged" in note for note in summary.notes)
    assert "damaged" in summary.report_path.read_text(encoding="utf-8")


def test_numbered_pictures_are_a_film(
    face_frames: Frames, reading_detector: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "take"
    folder.mkdir()
    for k, frame in enumerate(face_frames[:12]):
        cv2.imwrite(str(folder / f"img{k:03d}.png"), frame[:, :, ::-1])
    summary = run(folder, out=tmp_path / "a", detector=reading_detector)
    assert summary.films[0].n_read == 12
    assert any("24 a second is assumed" in note for note in summary.notes)
    at_25 = run(folder, out=tmp_path / "b", detector=reading_detector, frame_rate=25)
    assert at_25.films[0].cast.film.span.duration_s == Fraction(12, 25)
    assert not any("assumed" in note for note in at_25.notes)
    assert run(folder, out=tmp_path / "b", detector=reading_detector, frame_rate=25).was_done


def test_another_detector_of_the_same_name_reads_all_films_again(
    face_frames: Frames, reading_detector: Path, tmp_path: Path
) -> None:
    film, other = tmp_path / "film.mp4", tmp_path / "other.mp4"
    write_film(film, face_frames[:8])
    write_film(other, face_frames[8:16])
    out = tmp_path / "study"
    run(film, other, out=out, detector=reading_detector)
    space = ClassSpace(name="au", names=("AU12", "face"), multi_label=True)
    detector = make_reading_detector(tmp_path / "d", space=space)
    with pytest.raises(StudyError, match="options and weights"):
        run(film, out=out, detector=detector)
    summary = run(film, out=out, detector=detector, force=True)
    assert [each.n_read for each in summary.films] == [8, 8]
    assert "AU4" not in rows_of(out)[0]
    assert StudyLayout(out).characters_file_path.exists()


def test_what_was_read_of_faces_that_are_gone_is_read_again(
    face_frames: Frames, reading_detector: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`collect --force` finds other tracks: old detections must not be joined to them."""
    films = [tmp_path / "film.mp4", tmp_path / "other.mp4"]
    for film, frames in zip(films, (face_frames[:8], face_frames[8:16]), strict=True):
        write_film(film, frames)
    out = tmp_path / "study"
    first = run(*films, out=out, detector=reading_detector)
    collect(films, out=out, config=CollectConfig(identity="off"), force=True)
    read: list[str] = []

    def watch(film: Film, *words: Any, **options: Any) -> None:  # noqa: ANN401
        read.append(Path(film.path).name)
        read_stored_faces(film, *words, **options)

    monkeypatch.setattr("cinefacs.pipeline.store.read_stored_faces", watch)
    again = run(films[0], out=out, detector=reading_detector)
    assert sorted(read) == ["film.mp4", "other.mp4"]  # the whole analysis, whatever is named
    assert [each.n_read for each in again.films] == [each.n_read for each in first.films]
    assert run(*films, out=out, detector=reading_detector).was_done


def test_whole_frames_are_read_where_weights_want_them(face_frames: Frames, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    write_film(film, face_frames[:8])
    # 320 x 180 px in an input of 160 x 96: half, and 3 px of black above
    detector = make_reading_detector(
        tmp_path / "d", mode="frame", colour="rgb", side_px=160, box_xyxy=(50, 15, 110, 85)
    )
    out = tmp_path / "study"
    with pytest.raises(ConfigError, match="--input crop"):
        run(film, out=out, detector=detector, config=AnalyzeConfig(input="crop"))
    config = AnalyzeConfig(identity="off", input="frame")
    (told,) = run(film, out=out, detector=detector, config=config).films
    assert told.n_read == 8


def test_what_cannot_work_is_told_before_the_work(
    three_shots: Path, reading_detector: Path, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    with pytest.raises(ModelError, match="page of an exported detector"):
        run(three_shots, out=out, detector=tmp_path)
    space = ClassSpace(name="emotion", names=("anger", "neutral"))
    emotions = make_reading_detector(tmp_path / "d", space=space)
    with pytest.raises(ConfigError, match="detector of action units"):
        run(three_shots, out=out, detector=emotions)
    with pytest.raises(ConfigError, match="name: expected letters"):
        run(three_shots, out=out, detector=reading_detector, name="../x")
    with pytest.raises(ConfigError, match="frame_rate"):
        run(three_shots, out=out, detector=reading_detector, frame_rate=0)
    with pytest.raises(ConfigError, match="max_seconds"):
        run(three_shots, out=out, detector=reading_detector, max_seconds=-1)
    assert not out.exists()
