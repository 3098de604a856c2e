"""The small parts of `analyze`: sources, times, and rows that belong to tracks."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from cinefacs.errors import FilmError
from cinefacs.events.baseline import Baseline
from cinefacs.inference.readings import FaceReadings
from cinefacs.pipeline.analysis_page import curves_of
from cinefacs.pipeline.analyze_sources import find_sources
from cinefacs.pipeline.find_events import CharacterFindings
from cinefacs.pipeline.reading import join_readings
from cinefacs.pipeline.stage_clock import StageClock
from cinefacs.records.face_track import CODABILITY_ORDER, Codability, FaceTrack
from cinefacs.records.found_event import FoundEvent
from tests.support.analysis import analysed_character
from tests.support.encoding import barcode_frame
from tests.support.records import FILM_ID
from tests.support.scores import AU_NAMES, plateau, scored_track


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("films/a.mp4", "films/deep/b.MKV", "films/notes.txt", "odd/film"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for k in range(3):
        path = tmp_path / f"pictures/take{k // 2}/img{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), barcode_frame(k))
    (tmp_path / "empty").mkdir()
    return tmp_path


def found(folder: Path, *words: str) -> tuple[list[str], list[str | int]]:
    films, streams = find_sources(
        [word if "://" in word or word.isdecimal() else str(folder / word) for word in words],
        out=folder / "study",
    )
    return [str(film.relative_to(folder)) for film in films], streams


def test_words_mean_what_they_say(folder: Path) -> None:
    assert found(folder, "odd/film", "films") == (
        ["odd/film", "films/a.mp4", "films/deep/b.MKV"], [],
    )  # fmt: skip
    assert found(folder, "pictures") == (["pictures/take0", "pictures/take1"], [])
    assert found(folder, "films/*.mp4", "films/a.mp4") == (["films/a.mp4"], [])
    assert found(folder, "films/**/*.[mM]*") == (["films/a.mp4", "films/deep/b.MKV"], [])
    assert found(folder, "0", "rtsp://camera/1") == ([], [0, "rtsp://camera/1"])
    assert found(folder, "gone.mp4") == (["gone.mp4"], [])  # told when it is read


def test_a_file_goes_before_a_camera(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "7").write_bytes(b"x")
    monkeypatch.chdir(folder)
    assert find_sources(["7", "8"], out=folder / "study") == ([Path("7")], [8])


@pytest.mark.parametrize(
    ("word", "message"), [("films/*.avi", "expected files, found none"), ("empty", "neither")]
)
def test_words_without_meaning_are_one_clear_error(word: str, message: str, folder: Path) -> None:
    with pytest.raises(FilmError, match=message):
        found(folder, word)
    with pytest.raises(FilmError, match="at least one"):
        find_sources([], out=folder)


def test_inner_stages_do_not_count_for_outer_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 1.0, 4.0, 6.0, 10.0, 11.0])
    monkeypatch.setattr("cinefacs.pipeline.stage_clock.time.perf_counter", lambda: next(ticks))
    clock = StageClock()
    with clock.measure("faces"), clock.measure("expressions"):
        pass
    with clock.measure("faces"):
        pass
    assert clock.times_s == {"expressions": 3.0, "faces": 3.0 + 1.0}


def test_readings_outside_of_the_track_are_left_out() -> None:
    codes = np.zeros(6, np.uint8)
    codes[2] = CODABILITY_ORDER.index(Codability.BLURRED)
    track = FaceTrack(
        film_id=FILM_ID,
        track_id=4,
        shot_index=0,
        time_base=Fraction(1, 240),
        frame_index=np.arange(10, 16),
        pts=np.array([0, 10, 20, 40, 50, 60]),
        end_pts=75,
        box_xyxy=np.zeros((6, 4), np.float32),
        points_xy=np.zeros((6, 5, 2), np.float32),
        score=np.ones(6, np.float32),
        is_measured=np.ones(6, np.bool_),
        sharpness=np.ones(6, np.float32),
        luma=np.ones(6, np.float32),
        codability_code=codes,
    )
    frames = np.array([9, 10, 12, 13, 15, 16])
    readings = FaceReadings(
        frame_index=frames,
        box_xyxy=np.tile(np.array([0, 0, 9, 9], np.float32), (6, 1)),
        face_score=np.ones(6, np.float32),
        scores=(frames[:, None] / 100).astype(np.float32),
    )
    scores = join_readings(track, readings, ("AU12",))
    # a blurred face that was read nevertheless stays
    assert scores.frame_index.tolist() == [10, 12, 13, 15]
    np.testing.assert_allclose(scores.scores[:, 0], [0.1, 0.12, 0.13, 0.15])
    assert scores.pts.tolist() == [0, 20, 40, 60]
    assert scores.end_pts.tolist() == [10, 40, 50, 75]


def test_the_curve_of_a_stretch_reaches_to_the_end_of_its_last_frame() -> None:
    smile = plateau(48, (20, 30, 0.9))
    keep = np.ones(48, np.bool_)
    keep[10:16] = False  # the face was turned away
    track = scored_track({"AU12": smile}, keep=keep)
    person = analysed_character({"AU12": smile})
    findings = CharacterFindings(
        character=person.character,
        tracks=[track],
        baseline=Baseline(
            levels=np.zeros(len(AU_NAMES), np.float32), seen_s=Fraction(2), is_known=True
        ),
        found=[
            FoundEvent(
                film_number=1, character_number=1, name="", shot_index=0, event=panel.event
            )
            for panel in person.events
        ],
        smoothing_s=0.01,
    )  # fmt: skip
    (curve,) = curves_of(findings)
    is_lost = np.isnan(curve.rise)
    np.testing.assert_allclose(curve.time_s[is_lost], [10 / 24, 2])
    np.testing.assert_allclose(curve.time_s[:-1][is_lost[1:]], [10 / 24, 2])
    assert (np.diff(curve.time_s) >= 0).all()
    assert curve.rise[~is_lost].max() > 0.8
    assert len(curve.rise) == 42 + 2 * 2
