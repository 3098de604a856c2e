"""Crops in, a box and all scores for each out; a stream keeps its order and its memory bounded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.engines.session import Session, import_openvino
from cinefacs.engines.session_stream import stream_batches
from cinefacs.errors import ConfigError, ModelError, SchemaError
from cinefacs.inference.crops import best_of_each
from cinefacs.inference.exported import ExportedDetector
from cinefacs.records.class_space import ClassSpace
from tests.support.exported import make_exported

ONE = ClassSpace(name="one", names=("anger", "fear"))
SEVERAL = ClassSpace(name="several", names=("AU1", "AU12", "face"), multi_label=True)
BOXES = [[16.0, 16.0, 48.0, 48.0], [0.0, 0.0, 60.0, 60.0]]


def inputs(n: int, value: float = 0.35) -> npt.NDArray[np.float32]:
    return np.full((n, 3, 64, 64), value, dtype=np.float32)


def doubling(path: Path, n_features: int) -> Session:
    """Return a network that doubles its input: (N, M) to (N, M)."""
    ov = import_openvino()
    ops = ov.opset13
    given = ops.parameter([-1, n_features], np.float32)
    twice = ops.constant(2 * np.eye(n_features, dtype=np.float32))
    doubled = ops.matmul(given, twice, transpose_a=False, transpose_b=False)
    ov.save_model(ov.Model([doubled], [given], "doubling"), str(path))
    return Session(path)


def test_the_face_score_chooses_the_box_and_every_score_is_kept(tmp_path: Path) -> None:
    scores = [[0.2, 0.7, 0.9], [0.9, 0.9, 0.3]]
    folder = make_exported(tmp_path / "d", SEVERAL, BOXES, scores, mode="crop")
    read = ExportedDetector(folder).read_crops(inputs(3))
    assert read.boxes_xyxy.tolist() == [BOXES[0]] * 3
    np.testing.assert_allclose(read.class_scores, [scores[0]] * 3, atol=1e-6)
    assert read.class_index.tolist() == [2, 2, 2]
    np.testing.assert_allclose(read.score, 0.9, atol=1e-6)


def test_with_one_label_the_best_class_chooses_even_below_any_threshold(tmp_path: Path) -> None:
    folder = make_exported(
        tmp_path / "d", ONE, BOXES, [[0.01, 0.02], [0.03, 0.0]], mode="crop", threshold=0.5
    )
    read = ExportedDetector(folder).read_crops(inputs(2))
    assert read.class_index.tolist() == [0, 0]
    assert read.boxes_xyxy.tolist() == [BOXES[1]] * 2
    np.testing.assert_allclose(read.class_scores, [[0.03, 0]] * 2, atol=1e-6)


@pytest.mark.parametrize(("face_index", "classes"), [(None, [1, 0, 0]), (0, [0, 0, 0])])
def test_only_points_that_count_are_chosen(face_index: int | None, classes: list[int]) -> None:
    scores = np.array(
        [[[0.1, 0.9], [0.6, 0.2]], [[0.1, 0.9], [0.6, 0.2]], [[0.7, 0.8], [1.5, 0.9]]], np.float32
    )  # (3, 2, 2)
    counts = np.array([[True, False], [False, True], [False, False]])
    read = best_of_each(
        np.array([BOXES] * 3, np.float32), scores, face_index=face_index, counts=counts
    )  # fmt: skip
    assert read.boxes_xyxy[:2].tolist() == BOXES
    assert read.class_index.tolist()[:2] == classes[:2]
    np.testing.assert_allclose(read.score, [0.9 if face_index is None else 0.1, 0.6, 0])
    np.testing.assert_allclose(read.class_scores[:2], [[0.1, 0.9], [0.6, 0.2]])


def test_a_stream_says_what_each_batch_says_alone_in_order(tmp_path: Path) -> None:
    folder = make_exported(tmp_path / "d", ONE, BOXES, [[0.1, 0.2], [0.3, 0.0]], mode="crop")
    detector = ExportedDetector(folder)
    sizes = [4, 4, 2, 0, 4, 6]
    given = ((number, inputs(n)) for number, n in enumerate(sizes))
    answers = list(detector.stream_crops(given, n_requests=3))
    assert [number for number, _ in answers] == list(range(len(sizes)))
    assert [len(read.score) for _, read in answers] == sizes
    alone = detector.read_crops(inputs(6))
    for mine, its in zip(answers[-1][1], alone, strict=True):
        np.testing.assert_array_equal(mine, its)


def test_rubbish_is_refused(tmp_path: Path) -> None:
    crop_reader = ExportedDetector(make_exported(tmp_path / "c", ONE, BOXES, [[0.1, 0.2]] * 2,
                                                 mode="crop"))  # fmt: skip
    bad: list[Any] = [inputs(2)[0], inputs(2)[:, :, :32], (255 * inputs(2)).astype(np.uint8)]
    for each in bad:
        with pytest.raises(SchemaError, match=r"expected \(N, 3, 64, 64\) float32"):
            crop_reader.read_crops(each)
    frames = ExportedDetector(make_exported(tmp_path / "f", ONE, BOXES, [[0.1, 0.2]] * 2))
    with pytest.raises(ConfigError, match="expected one of crops"):
        frames.read_crops(inputs(1))


def test_answers_come_in_order_and_belong_to_the_caller(tmp_path: Path) -> None:
    session = doubling(tmp_path / "m.xml", 7)
    rng = np.random.default_rng(0)
    sizes = [5, 5, 3, 5, 1, 8, 2, 5]
    batches = [rng.random((n, 7), dtype=np.float32) for n in sizes]
    answers = list(stream_batches(session, enumerate(batches), n_requests=3))
    assert [tag for tag, _ in answers] == list(range(len(sizes)))
    for batch, (_, (doubled,)) in zip(batches, answers, strict=True):
        np.testing.assert_allclose(doubled, 2 * batch, rtol=1e-6)


@pytest.mark.parametrize("n_requests", [1, 3, None])
def test_no_more_batches_are_taken_than_there_is_room_for(
    n_requests: int | None, tmp_path: Path
) -> None:
    session = doubling(tmp_path / "m.xml", 3)
    n_taken = 0

    def batches() -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        nonlocal n_taken
        for number in range(40):
            n_taken += 1
            yield number, np.full((2, 3), number, dtype=np.float32)

    most = 0
    for n_given, _ in enumerate(stream_batches(session, batches(), n_requests=n_requests)):
        most = max(most, n_taken - n_given)
    assert n_taken == 40
    limit = n_requests or 16  # OpenVINO's own choice is about one for each core
    assert 1 <= most <= limit + 1


def test_a_stream_that_is_left_early_waits_for_its_requests(tmp_path: Path) -> None:
    session = doubling(tmp_path / "m.xml", 3)
    stream = stream_batches(
        session, ((n, np.full((2, 3), n, dtype=np.float32)) for n in range(9)), n_requests=4
    )
    assert next(stream)[0] == 0
    stream.close()  # type: ignore[attr-defined]
    assert list(stream_batches(session, [])) == []


def test_a_batch_of_a_shape_that_the_network_does_not_take_is_an_error(tmp_path: Path) -> None:
    session = doubling(tmp_path / "m.xml", 7)
    good, bad = np.zeros((2, 7), np.float32), np.zeros((2, 9), np.float32)
    stream = stream_batches(session, [(0, good), (1, bad)])
    assert next(stream)[0] == 0
    with pytest.raises(ModelError, match="expected an input that the network takes"):
        next(stream)
    with pytest.raises(ConfigError, match="1 or more"):
        next(stream_batches(session, [(0, good)], n_requests=0))
