"""The exam shows a detector beside a face what an analysis shows it: neighbours, or the rest."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.inference.exported import ExportedDetector
from cinefacs.media.frame import Frame
from cinefacs.pipeline.exam import read_films as reading
from cinefacs.pipeline.exam import run as exam_run
from cinefacs.pipeline.exam.config import ExamConfig
from cinefacs.pipeline.exam.read_films import read_films
from cinefacs.pipeline.exam.run import take_exam
from cinefacs.pipeline.exam.study import ExamStudy, open_exam_study
from cinefacs.records.class_space import emotion_au_space
from cinefacs.records.face_scores import FaceScores
from tests.support.exams import N_FRAMES, make_exam_study
from tests.support.reading_detector import make_reading_detector
from tests.support.scripted_faces import make_frame
from tests.support.synth import need_assets

BOX = (32 - 18.5, 32 - 24.6, 32 + 18.5, 32 + 24.6)
EARLY, NOW, LATE = 30, 50, 70


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExamStudy:
    """Return a film of one face whose every frame looks different."""
    need_assets()
    made = open_exam_study(make_exam_study(tmp_path / "study", n_films=1))

    def decode(_path: Path) -> Iterator[list[Frame]]:
        for first in range(0, N_FRAMES, 24):
            yield [make_frame(k) for k in range(first, first + 24)]

    monkeypatch.setattr(reading, "decode_film", decode)
    return made


def read(
    study: ExamStudy, detector: Path, keep_in: Path, calmest: int, monkeypatch: pytest.MonkeyPatch
) -> FaceScores:
    def measure(frame: Frame, points_xy: npt.NDArray[np.float32]) -> float:
        assert points_xy.shape == (5, 2)
        assert np.isfinite(points_xy).all()
        return 0.0 if frame.index == calmest else 1.0

    monkeypatch.setattr(reading, "mesh_activity", lambda _device: measure)
    found = read_films(
        study, ExportedDetector(detector), keep_in=keep_in, digest=str(calmest), device="CPU",
        on_step=lambda _step: None,
    )  # fmt: skip
    (scores,) = found.values()
    return scores


def at(scores: FaceScores, frame: int) -> npt.NDArray[np.float32]:
    (row,) = np.flatnonzero(scores.frame_index == frame)
    return np.asarray(scores.scores[row])


def test_a_face_is_shown_beside_its_calmest_moment(
    study: ExamStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = make_reading_detector(tmp_path / "rest", temporal="neutral", box_xyxy=BOX)
    early = read(study, detector, tmp_path / "a", EARLY, monkeypatch)
    late = read(study, detector, tmp_path / "b", LATE, monkeypatch)
    assert len(early) == len(late) == N_FRAMES
    assert np.abs(at(early, NOW) - at(late, NOW)).max() > 0.01
    again = read(study, detector, tmp_path / "c", EARLY, monkeypatch)
    np.testing.assert_array_equal(again.scores, early.scores)


def test_a_face_is_shown_with_its_neighbours(
    study: ExamStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = make_reading_detector(tmp_path / "alone", box_xyxy=BOX)
    around = make_reading_detector(
        tmp_path / "around", temporal="neighbours", step_ms=125, box_xyxy=BOX
    )
    single = read(study, alone, tmp_path / "a", EARLY, monkeypatch)
    both = read(study, around, tmp_path / "b", EARLY, monkeypatch)
    assert len(single) == len(both) == N_FRAMES
    assert np.abs(at(single, NOW) - at(both, NOW)).max() > 0.01


def test_pictures_are_read_out_of_their_films(
    study: ExamStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said of a picture is what was said of its frame; alone, the marks name the lack."""

    def refuse(*_anything: object, **_more: object) -> None:
        raise AssertionError("a picture was read without its film")

    detector = make_reading_detector(
        tmp_path / "rest", temporal="neutral", box_xyxy=BOX, space=emotion_au_space()
    )
    monkeypatch.setattr(
        reading, "mesh_activity", lambda _device: lambda frame, _points: frame.index
    )
    quick = ExamConfig(bootstrap_draws=5, chance_draws=2)
    root = study.layout.root
    monkeypatch.setattr(exam_run, "read_pictures", refuse)
    marks = take_exam(detector, study=root, out=tmp_path / "out", config=quick).document
    assert marks["subject"]["shown_beside"] == "neutral"
    assert marks["faces_read"]["n_faces"] == 4
    assert not any("in its place" in note for note in marks["notes"])
    monkeypatch.undo()
    alone = take_exam(
        detector, study=root, out=tmp_path / "alone", config=quick, pictures_only=True
    ).document
    assert any("in its place" in note for note in alone["notes"])
