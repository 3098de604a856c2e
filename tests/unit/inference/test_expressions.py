"""Faces read while their frames pass by: each crop's scores reach the row of its face."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from cinefacs.engines.face_input import crops_as_input
from cinefacs.engines.network_input import cut_face
from cinefacs.errors import ConfigError
from cinefacs.inference.config import ReadConfig
from cinefacs.inference.exported import ExportedDetector
from cinefacs.inference.expressions import CropReader, make_expression_reader
from cinefacs.inference.readings import FaceReadings, columns_read
from cinefacs.inference.whole_frames import FrameReader
from cinefacs.media.frame import Frame
from cinefacs.records.class_space import ClassSpace, emotion_au_space
from cinefacs.records.face_track import Codability
from cinefacs.records.seen_face import SeenFace, measure_activity
from tests.support.exported import make_exported
from tests.support.reading_detector import READ_AUS, make_reading_detector

SIZE_WH = (160, 120)
N = 11


def frame_of(index: int) -> Frame:
    rng = np.random.default_rng(index)
    small = rng.integers(0, 255, (12, 16, 3)).astype(np.uint8)
    picture = av.VideoFrame.from_ndarray(np.kron(small, np.ones((10, 10, 1), np.uint8)), "rgb24")
    return Frame(
        picture, index=index, pts=index, duration=1, time_base=Fraction(1, 24), size_wh=SIZE_WH
    )


def face_of(number: int, index: int) -> SeenFace:
    left = 20 + 50 * number + index
    box = np.array([left, 30, left + 40, 80], np.float32)
    points = np.array([[left + 12, 48], [left + 28, 46], [left + 20, 60], [0, 0], [1, 1]])
    return SeenFace(
        face=number,
        box_xyxy=box,
        points_xy=points.astype(np.float32),
        codability=Codability.CODABLE,
        activity=float(index % 5),
        is_readable=True,
    )


def read_all(
    detector: ExportedDetector, config: ReadConfig, *, with_second: bool = False
) -> tuple[FaceReadings, FaceReadings]:
    reader = make_expression_reader(detector, config)
    for index in range(N):
        faces = [face_of(0, index), *([face_of(1, index)] if with_second and index % 3 else [])]
        reader.push(frame_of(index), faces)
    for face in (0, 1):
        reader.end(face)
    found = reader.take(0), reader.take(1)
    reader.close()
    return found


def expected_scores(detector: ExportedDetector, order: list[list[int]]) -> np.ndarray:
    """Return the scores of face 0, each input made by hand of the crops of these frames."""
    spec = detector.card.input_spec
    crops = [
        cut_face(
            frame_of(k).rgb(), face_of(0, k).box_xyxy, spec, eyes_xy=face_of(0, k).points_xy[:2]
        )[0]
        for k in range(N)
    ]
    inputs = [crops_as_input([crops[k] for k in frames], spec) for frames in order]
    scores = np.concatenate([detector.run(one[None])[1][:, 0] for one in inputs])
    return scores[:, : len(columns_read(detector.card.class_space))]


@pytest.mark.parametrize(
    ("temporal", "step_ms", "order"),
    [
        ("single", 0, [[k] for k in range(N)]),
        ("neighbours", 90, [[max(k - 2, 0), k, min(k + 2, N - 1)] for k in range(N)]),
        ("neutral", 0, [[k, 0] for k in range(N)]),
    ],
)
def test_a_face_is_shown_as_in_training(
    temporal: str, step_ms: int, order: list[list[int]], tmp_path: Path
) -> None:
    folder = make_reading_detector(tmp_path, temporal=temporal, step_ms=step_ms)
    detector = ExportedDetector(folder)
    found, nobody = read_all(detector, ReadConfig(batch=4))
    assert found.frame_index.tolist() == list(range(N))
    assert np.ptp(found.scores, axis=0).max() > 0.2  # the pictures do differ
    np.testing.assert_allclose(found.scores, expected_scores(detector, order), atol=1e-5)
    assert len(nobody.frame_index) == 0


def test_colour_is_shown_where_it_was_in_training(tmp_path: Path) -> None:
    detector = ExportedDetector(make_reading_detector(tmp_path, colour="rgb"))
    found, _ = read_all(detector, ReadConfig(batch=4))
    want = expected_scores(detector, [[k] for k in range(N)])
    np.testing.assert_allclose(found.scores, want, atol=1e-5)


def test_scores_do_not_hang_on_the_batch_nor_on_other_faces(tmp_path: Path) -> None:
    detector = ExportedDetector(make_reading_detector(tmp_path))
    alone, _ = read_all(detector, ReadConfig(batch=1))
    for batch in (3, 8):
        beside, second = read_all(detector, ReadConfig(batch=batch), with_second=True)
        np.testing.assert_array_equal(beside.frame_index, alone.frame_index)
        np.testing.assert_allclose(beside.scores, alone.scores, atol=1e-6)
        assert second.frame_index.tolist() == [k for k in range(N) if k % 3]


def test_boxes_come_back_to_the_frame_and_scores_are_calibrated(tmp_path: Path) -> None:
    plain = ExportedDetector(make_reading_detector(tmp_path / "a"))
    found, _ = read_all(plain, ReadConfig())
    centre = (found.box_xyxy[:, :2] + found.box_xyxy[:, 2:]) / 2
    own = np.array([face_of(0, k).box_xyxy for k in range(N)])
    np.testing.assert_allclose(centre, (own[:, :2] + own[:, 2:]) / 2, atol=0.05)
    calibrated = ExportedDetector(make_reading_detector(tmp_path / "b", is_calibrated=True))
    gentle, _ = read_all(calibrated, ReadConfig())
    logit = np.log(found.scores.astype(float).clip(1e-6, 1 - 1e-6))
    logit -= np.log(1 - found.scores.astype(float).clip(1e-6, 1 - 1e-6))
    np.testing.assert_allclose(gentle.scores, 1 / (1 + np.exp(-logit / 2)), atol=1e-3)
    assert (found.face_score > 0.99).all()


def test_a_face_that_the_detector_does_not_see_is_unread(tmp_path: Path) -> None:
    space = emotion_au_space(READ_AUS)
    sure, unsure = np.full(len(space), 0.3), np.full(len(space), 0.3)
    sure[-1], unsure[-1] = 0.9, 0.05
    scores = [list(map(float, unsure)), list(map(float, sure))]
    at_rim, middle = [0.0, 0.0, 12.0, 12.0], [10.0, 10.0, 54.0, 54.0]
    folder = make_exported(tmp_path / "a", space, [middle, at_rim], scores, mode="crop")
    detector = ExportedDetector(folder)
    found, _ = read_all(detector, ReadConfig(batch=1))
    assert len(found.frame_index) == 0  # the sure box is another face, at the rim of the crop
    found, _ = read_all(detector, ReadConfig(batch=1, min_face_score=0.01))
    np.testing.assert_allclose(found.face_score, np.full(N, 0.05), atol=1e-6)


def test_a_forgotten_face_leaves_nothing(tmp_path: Path) -> None:
    reader = CropReader(ExportedDetector(make_reading_detector(tmp_path)), ReadConfig(batch=4))
    for index in range(6):
        reader.push(frame_of(index), [face_of(0, index)])
    reader.end(0)
    reader.forget(0)
    assert len(reader.take(0).frame_index) == 0
    reader.close()


def test_single_label_detectors_tell_their_best_class(tmp_path: Path) -> None:
    space = ClassSpace(name="emotion", names=("anger", "neutral"))
    folder = make_exported(tmp_path, space, [[10.0, 10.0, 54.0, 54.0]], [[0.2, 0.7]], mode="crop")
    found, _ = read_all(ExportedDetector(folder), ReadConfig(batch=1))
    np.testing.assert_allclose(found.face_score, np.full(N, 0.7), atol=1e-6)
    assert found.scores.shape == (N, 2)


def test_whole_frames_give_each_box_to_the_face_that_it_shows(tmp_path: Path) -> None:
    space = ClassSpace(name="au", names=("AU12", "face"), multi_label=True)
    # 160 x 120 px become 64 x 48 in the middle of the input of 64 x 64
    first, second = [8.0, 12.0, 24.0, 32.0], [28.0, 12.0, 44.0, 32.0]
    folder = make_exported(
        tmp_path, space, [second, first, [0.0, 0.0, 4.0, 4.0]],
        [[0.6, 0.8], [0.2, 0.9], [0.9, 0.95]], mode="frame",
    )  # fmt: skip
    reader = make_expression_reader(ExportedDetector(folder), ReadConfig())
    assert isinstance(reader, FrameReader)
    reader.push(frame_of(0), [face_of(0, 0), face_of(1, 0)])
    reader.flush()
    reader.end(0)
    left, right = reader.take(0), reader.take(1)
    np.testing.assert_allclose(left.scores, [[0.2]], atol=1e-6)
    np.testing.assert_allclose(right.scores, [[0.6]], atol=1e-6)
    np.testing.assert_allclose(left.box_xyxy, [[20, 10, 60, 60]], atol=0.1)
    reader.push(frame_of(1), [face_of(0, 90)])  # nothing was found there
    assert len(reader.take(0).frame_index) == 0
    reader.forget(1)
    reader.close()


def test_activity_is_the_sum_without_gaze() -> None:
    shapes = np.zeros(52, np.float32)
    shapes[[0, 11, 44]] = 0.9, 0.8, 0.5  # to be ignored, a glance, a smile
    assert measure_activity(shapes) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "wrong", [{"min_face_score": 2.0}, {"min_match_iou": -0.1}, {"batch": 0}]
)  # fmt: skip
def test_wrong_options_are_one_clear_error(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=f"read.{next(iter(wrong))}"):
        ReadConfig(**wrong)  # type: ignore[arg-type]
