"""Exported detectors find what the weights find, and run where torch is not."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import pytest
import torch

from cinefacs.detectors.detector import Detector
from cinefacs.detectors.export.export import F32_TOLERANCE, export_detector
from cinefacs.detectors.export.graph import require_exportable, write_onnx
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.protocol import FindOptions
from cinefacs.detectors.rivals.ssd import SsdDetection
from cinefacs.detectors.tasks import DataSource
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.detectors.weights.files import write_weights
from cinefacs.detectors.yolo_detection import YoloDetection, suppress
from cinefacs.engines.exported_card import CARD_NAME, InputShape, read_exported
from cinefacs.engines.face_input import crops_as_input
from cinefacs.engines.session import Session
from cinefacs.errors import ConfigError, ModelError
from cinefacs.inference.config import ReadConfig
from cinefacs.inference.exported import ExportedDetector
from cinefacs.inference.expressions import make_expression_reader
from cinefacs.inference.suppression import suppress as suppress_in_numpy
from cinefacs.media.decode import decode_film
from cinefacs.pipeline.predict import predict_film
from cinefacs.records.calibration import Calibration
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.detections import Detections
from cinefacs.records.face_track import Codability
from cinefacs.records.input_spec import InputSpec
from cinefacs.records.seen_face import SeenFace
from tests.support.detectors import (
    CROP_READER,
    NARROW,
    one_label_space,
    several_label_space,
    small_network,
    stir,
)
from tests.support.encoding import write_film
from tests.support.labelled import draw_set, write_manifest

SIDE_PX = 64


def write_some_weights(
    path: Path, name: str, space: ClassSpace, spec: InputSpec
) -> torch.nn.Module:
    """Write weights whose scores and boxes are not all alike, and return the network."""
    network = stir(small_network(name, space, side_px=SIDE_PX))
    card = WeightsCard(
        network=find_network(name), class_space=space, input_spec=spec, threshold=0.1
    )
    write_weights(path, network, card)
    return network.eval()


@pytest.fixture(scope="module", autouse=True)
def one_graph_for_all_formats() -> Iterator[None]:
    """Let torch export each network once: the graph is the same for every format, and slow."""
    kept: dict[tuple[str, InputShape], bytes] = {}

    def write_once(network: YoloDetection | SsdDetection, path: Path, shape: InputShape) -> None:
        key = (network.config.name, shape)
        if key not in kept:
            write_onnx(network, path, shape)
            kept[key] = path.read_bytes()
        path.write_bytes(kept[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cinefacs.detectors.export.export.write_onnx", write_once)
        yield


@pytest.fixture(scope="module", params=[NARROW["smart"], CROP_READER])
def smart(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, YoloDetection]:
    """Return weights of SMART with several labels, for crops in grey, and their network."""
    path = tmp_path_factory.mktemp("smart") / "weights.safetensors"
    spec = InputSpec(side_px=SIDE_PX, mode="crop", colour="grey")
    network = write_some_weights(path, request.param, several_label_space(), spec)
    assert isinstance(network, YoloDetection)
    return path, network


@pytest.fixture(scope="module")
def exported(smart: tuple[Path, YoloDetection]) -> Path:
    """Return SMART exported as OpenVINO in f32."""
    export_detector(smart[0], out=smart[0].parent / "f32")
    return smart[0].parent / "f32"


def test_the_graph_is_within_a_thousandth_of_torch(
    smart: tuple[Path, YoloDetection], exported: Path
) -> None:
    card = read_exported(exported)
    assert card.parity["scores"] <= F32_TOLERANCE
    assert card.parity["boxes_px"] / SIDE_PX <= F32_TOLERANCE
    inputs = np.random.default_rng(3).random((2, 3, SIDE_PX, SIDE_PX), dtype=np.float32)
    detector = ExportedDetector(exported)
    for batch in (inputs[:1], inputs):
        boxes, scores = detector.run(batch)
        with torch.no_grad():
            want_boxes, want_scores = smart[1].predict_raw(torch.from_numpy(batch))
        assert np.ptp(scores) > 0.05  # there is something to be different
        np.testing.assert_allclose(scores, want_scores.numpy(), atol=F32_TOLERANCE)
        np.testing.assert_allclose(boxes, want_boxes.numpy(), atol=F32_TOLERANCE * SIDE_PX)


def test_onnx_bf16_and_int8_are_near_and_smaller(
    smart: tuple[Path, YoloDetection], exported: Path, tmp_path: Path
) -> None:
    drawn = draw_set(tmp_path / "p", several_label_space(), n=4)
    data = DataSource(path=write_manifest(tmp_path, {"train": drawn}))
    f32 = read_exported(exported)
    size = (exported / "model.bin").stat().st_size

    onnx = export_detector(smart[0], out=tmp_path / "onnx", graph_format="onnx")
    assert onnx.card.graph == "model.onnx"
    assert onnx.card.parity["scores"] <= F32_TOLERANCE
    half = export_detector(smart[0], out=tmp_path / "bf16", precision="bf16", calibration=data)
    assert half.card.parity["scores"] < 0.05
    assert (tmp_path / "bf16/model.bin").stat().st_size < 0.6 * size
    int8 = export_detector(smart[0], out=tmp_path / "int8", precision="int8", calibration=data)
    # without VNNI whole numbers are rounded more coarsely: .27 on AVX2, under .2 elsewhere
    assert int8.card.parity["scores"] < 0.4
    assert int8.card.parity["scores"] > f32.parity["scores"]
    assert (tmp_path / "int8/model.bin").stat().st_size < 0.5 * size
    again = export_detector(smart[0], out=tmp_path / "onnx", graph_format="onnx", force=True)
    assert again.card == onnx.card


def test_ssd_is_exported_too(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    write_some_weights(path, NARROW["ssd"], one_label_space(), InputSpec(side_px=SIDE_PX))
    done = export_detector(path, out=tmp_path / "out", graph_format="onnx")
    assert done.card.parity["scores"] <= F32_TOLERANCE
    picture = np.random.default_rng(0).integers(0, 255, (80, 120, 3)).astype(np.uint8)
    found = ExportedDetector(tmp_path / "out").find([picture, picture], score_floor=0.01)
    assert found.n_pictures == 2
    assert len(found) > 0
    assert found.boxes_xyxy[:, 2].max() <= 120
    assert (found.boxes_xyxy[:, [1, 3]] <= 80).all()


def test_faces_are_read_in_their_crops(smart: tuple[Path, YoloDetection], exported: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    faces = np.array([[20, 20, 60, 70], [90, 30, 140, 90]], dtype=np.float32)
    detector = ExportedDetector(exported)
    eyes = np.array([[[30, 35], [50, 38]], [[100, 50], [125, 45]]], dtype=np.float32)
    found = detector.read_faces(rgb, faces, eyes_xy=eyes, score_floor=0.0)
    assert len(found) == 2
    assert found.n_pictures == 1
    assert found.class_scores is not None
    assert found.class_scores.shape == (2, 4)
    centres = (found.boxes_xyxy[:, :2] + found.boxes_xyxy[:, 2:]) / 2
    wide = 1.3 * 60
    assert (np.abs(centres - (faces[:, :2] + faces[:, 2:]) / 2) < wide).all()
    assert len(detector.read_faces(rgb, faces[:0])) == 0
    with pytest.raises(ConfigError, match="expected one of whole pictures"):
        detector.find([rgb])


def test_a_crop_beside_its_rest_is_read_as_by_torch(
    smart: tuple[Path, YoloDetection], tmp_path: Path
) -> None:
    spec = InputSpec(side_px=SIDE_PX, mode="crop", colour="grey", temporal="fitted_neutral")
    calibration = Calibration(slope=(0.5, 2.0, 1.0, 1.0), offset=(1.0, 0.0, -1.0, 0.0))
    detector = Detector(smart[1], spec, calibration=calibration)
    detector.export(tmp_path / "d")
    crop = np.random.default_rng(0).integers(0, 255, (SIDE_PX, SIDE_PX, 3)).astype(np.uint8)
    near = SIDE_PX / 2 / spec.crop_scale * np.array([-1, -1, 1, 1]) + SIDE_PX / 2
    face = near[None].astype(np.float32)  # the square around it is the whole crop
    read = ExportedDetector(tmp_path / "d").read_faces(crop, face, score_floor=0.01)
    found = detector.predict([crop], options=FindOptions(score_floor=0.01))
    assert found.class_scores is not None
    assert read.class_scores is not None
    np.testing.assert_allclose(found.class_scores[:1], read.class_scores, atol=F32_TOLERANCE)
    np.testing.assert_allclose(found.boxes_xyxy[:1], read.boxes_xyxy, atol=0.1)


def test_a_stream_of_crops_says_what_torch_says(
    smart: tuple[Path, YoloDetection], exported: Path
) -> None:
    crops = np.random.default_rng(5).integers(0, 255, (7, SIDE_PX, SIDE_PX, 3)).astype(np.uint8)
    spec = read_exported(exported).input_spec
    inputs = np.stack([crops_as_input([crop], spec) for crop in crops])  # (7, 3, S, S)
    with torch.no_grad():
        boxes, scores = smart[1].predict_raw(torch.from_numpy(inputs))
    want = scores[torch.arange(7), scores[:, :, 3].argmax(dim=1)].numpy()  # (7, 4)
    answers = ExportedDetector(exported).stream_crops(
        (start, inputs[start : start + 3]) for start in (0, 3, 6)
    )
    for start, read in answers:
        np.testing.assert_allclose(read.class_scores, want[start : start + 3], atol=F32_TOLERANCE)
        assert read.boxes_xyxy.shape == (len(read.score), 4)
    assert boxes.shape[0] == 7


@pytest.fixture(scope="module")
def frame_weights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, YoloDetection]:
    """Return weights of YOLOv8 for whole pictures, and their network."""
    path = tmp_path_factory.mktemp("frames") / "weights.safetensors"
    network = write_some_weights(
        path, NARROW["yolov8"], one_label_space(), InputSpec(side_px=SIDE_PX)
    )
    assert isinstance(network, YoloDetection)
    return path, network


@pytest.mark.parametrize("graph_format", ["onnx", "openvino"])
def test_a_reader_of_whole_pictures_takes_any_batch_and_any_rectangle(
    graph_format: Literal["onnx", "openvino"],
    frame_weights: tuple[Path, YoloDetection],
    tmp_path: Path,
) -> None:
    done = export_detector(frame_weights[0], out=tmp_path / "d", graph_format=graph_format)
    assert done.card.shape == InputShape()
    assert done.card.parity["scores"] <= F32_TOLERANCE
    detector = ExportedDetector(tmp_path / "d")
    rng = np.random.default_rng(2)
    for n, height, width in ((1, 64, 64), (3, 32, 96), (2, 128, 64)):
        inputs = rng.random((n, 3, height, width), dtype=np.float32)
        with torch.no_grad():
            want_boxes, want_scores = frame_weights[1].predict_raw(torch.from_numpy(inputs))
        boxes, scores = detector.run(inputs)
        assert np.ptp(scores) > 0.05
        np.testing.assert_allclose(scores, want_scores.numpy(), atol=F32_TOLERANCE)
        np.testing.assert_allclose(boxes, want_boxes.numpy(), atol=F32_TOLERANCE * SIDE_PX)
    picture = rng.integers(0, 255, (90, 160, 3)).astype(np.uint8)
    found = detector.find([picture], is_rect=True, score_floor=0.01)
    assert len(found) > 0
    assert found.boxes_xyxy[:, 2].max() <= 160


def same_boxes(one: Detections, other: Detections) -> None:
    assert len(one) == len(other) > 0
    np.testing.assert_allclose(one.boxes_xyxy, other.boxes_xyxy, atol=0.05)
    np.testing.assert_allclose(one.score, other.score, atol=1e-4)


def test_a_stream_of_pictures_says_what_each_alone_says(
    frame_weights: tuple[Path, YoloDetection], tmp_path: Path
) -> None:
    export_detector(frame_weights[0], out=tmp_path / "d")
    detector = ExportedDetector(tmp_path / "d")
    rng = np.random.default_rng(5)
    sizes = [(90, 160), (90, 160), (120, 80), (90, 160), (64, 64)]
    pictures = [rng.integers(0, 255, (*size, 3)).astype(np.uint8) for size in sizes]
    found = list(
        detector.stream_pictures(enumerate(pictures), score_floor=0.01, is_rect=True, n_requests=3)
    )
    assert [tag for tag, _ in found] == list(range(5))
    for picture, (_, own) in zip(pictures, found, strict=True):
        same_boxes(own, detector.find([picture], score_floor=0.01, is_rect=True))


def test_a_film_is_read_frame_by_frame(
    frame_weights: tuple[Path, YoloDetection], tmp_path: Path
) -> None:
    export_detector(frame_weights[0], out=tmp_path / "d")
    rng = np.random.default_rng(6)
    write_film(tmp_path / "film.mp4", [rng.integers(0, 255, (96, 160, 3)).astype(np.uint8)
                                       for _ in range(7)])  # fmt: skip
    found = list(predict_film(tmp_path / "d", tmp_path / "film.mp4", score_floor=0.01))
    assert [frame.index for frame, _ in found] == list(range(7))
    frame, own = found[4]
    detector = ExportedDetector(tmp_path / "d")
    same_boxes(own, detector.find([frame.rgb()], score_floor=0.01, is_rect=True))


def test_a_fixed_shape_is_kept_and_shorter_batches_are_filled_up(
    frame_weights: tuple[Path, YoloDetection], tmp_path: Path
) -> None:
    done = export_detector(frame_weights[0], out=tmp_path / "d", batch=2, input_hw=(32, 96))
    assert done.as_document()["shape"] == {"batch": 2, "height_px": 32, "width_px": 96}
    detector = ExportedDetector(tmp_path / "d")
    inputs = np.random.default_rng(2).random((3, 3, 32, 96), dtype=np.float32)
    with torch.no_grad():
        want_boxes, want_scores = frame_weights[1].predict_raw(torch.from_numpy(inputs))
    boxes, scores = detector.run(inputs)
    np.testing.assert_allclose(scores, want_scores.numpy(), atol=F32_TOLERANCE)
    np.testing.assert_allclose(boxes, want_boxes.numpy(), atol=F32_TOLERANCE * SIDE_PX)
    picture = np.random.default_rng(0).integers(0, 255, (50, 90, 3)).astype(np.uint8)
    assert detector.find([picture], score_floor=0.01).n_pictures == 1
    with pytest.raises(ConfigError, match="free sides for rectangles, got 32 x 96"):
        detector.find([picture], is_rect=True)


def test_frames_of_a_film_are_read_by_a_graph_of_fixed_sides(
    frame_weights: tuple[Path, YoloDetection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_detector(frame_weights[0], out=tmp_path / "d", batch=2, input_hw=(32, 96))
    made = []
    compile_graph = Session.compile

    def count(self: Session, shape: tuple[int, ...], **how: Any) -> Any:  # noqa: ANN401
        made.append(shape)
        return compile_graph(self, shape, **how)

    monkeypatch.setattr(Session, "compile", count)
    detector = ExportedDetector(tmp_path / "d")
    reader = make_expression_reader(detector, ReadConfig(min_face_score=0.01))
    rng = np.random.default_rng(7)
    write_film(tmp_path / "film.mp4", [rng.integers(0, 255, (96, 160, 3)).astype(np.uint8)
                                       for _ in range(3)])  # fmt: skip
    frames = [frame for chunk in decode_film(tmp_path / "film.mp4") for frame in chunk]
    for frame in frames:
        found = detector.find([frame.rgb()], score_floor=0.01)
        face = SeenFace(
            face=0, box_xyxy=found.boxes_xyxy[0], points_xy=np.zeros((5, 2), np.float32),
            codability=Codability.CODABLE, activity=0.0, is_readable=True,
        )  # fmt: skip
        reader.push(frame, [face])
    assert len(reader.take(0).frame_index) == len(frames) == 3
    assert made == [(2, 3, 32, 96)]  # once, not for each frame


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_hw": (32, 32)}, "the square of 64 px for a reader of crops"),
        ({"batch": -1}, "1 or more, got -1"),
    ],
)
def test_a_shape_that_cannot_be_is_one_clear_error(
    options: dict[str, Any], message: str, smart: tuple[Path, YoloDetection], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        export_detector(smart[0], out=tmp_path / "d", **options)
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("several", [False, True])
def test_suppression_in_numpy_is_that_of_torch(several: bool) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        low = rng.uniform(0, 60, (50, 2))
        boxes = np.concatenate([low, low + rng.uniform(5, 40, (50, 2))], axis=1).astype(np.float32)
        scores = rng.random((50, 3)).astype(np.float32)
        face = 2 if several else None
        options = FindOptions(score_floor=0.3, nms_iou=0.5, most_boxes=20)
        want = suppress(torch.from_numpy(boxes), torch.from_numpy(scores), options, face_index=face)
        got = suppress_in_numpy(
            boxes, scores, face_index=face, score_floor=0.3, nms_iou=0.5, most_boxes=20
        )
        np.testing.assert_array_equal(got.score, want.score.numpy())
        np.testing.assert_array_equal(got.class_index, want.class_index.numpy())
        np.testing.assert_array_equal(got.boxes_xyxy, want.boxes_xyxy.numpy())
        assert want.class_scores is not None
        np.testing.assert_array_equal(got.class_scores, want.class_scores.numpy())


def test_an_exported_detector_runs_where_torch_is_not(exported: Path, tmp_path: Path) -> None:
    picture = tmp_path / "face.png"
    cv2.imwrite(str(picture), np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    program = f"""
import json, sys
from pathlib import Path
for name in ("torch", "torchvision", "lightning", "safetensors", "nncf", "onnx"):
    sys.modules[name] = None
import numpy as np
from cinefacs.inference.exported import ExportedDetector
from cinefacs.media.picture_files import read_picture_file
detector = ExportedDetector(Path({str(exported)!r}))
faces = np.array([[8.0, 8, 56, 56]], dtype=np.float32)
found = detector.read_faces(read_picture_file(Path({str(picture)!r})), faces, score_floor=0.0)
print(json.dumps([len(found), float(found.score[0])]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    n, score = json.loads(done.stdout)
    assert n == 1
    assert 0 < score <= 1


def test_faster_rcnn_says_why_it_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a network of one stage, got faster-rcnn") as caught:
        require_exportable(small_network(NARROW["faster-rcnn"]))
    assert "with torch only" in caught.value.hint


def test_what_cannot_be_exported_is_one_clear_error(
    smart: tuple[Path, YoloDetection], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="f32 for onnx"):
        export_detector(smart[0], out=tmp_path, graph_format="onnx", precision="int8")
    with pytest.raises(ConfigError, match="a data set to calibrate"):
        export_detector(smart[0], out=tmp_path, precision="int8")
    (tmp_path / "letter").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="an empty folder"):
        export_detector(smart[0], out=tmp_path, force=True)


def damaged(source: Path, target: Path, **changes: object) -> Path:
    target.mkdir()
    for file in source.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    page = json.loads((target / CARD_NAME).read_text(encoding="utf-8"))
    (target / CARD_NAME).write_text(json.dumps({**page, **changes}), encoding="utf-8")
    return target


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "x"}, "got another document"),
        ({"schema_version": 2}, "schema version 1, got 2"),
        ({"precision": "int4"}, "one of f32, fp16, bf16, int8"),
        ({"class_space": {}}, "class space"),
        (
            {"class_space": {"name": "x", "names": ["AU1"], "multi_label": True}},
            "expected 'face' among several labels",
        ),
        ({"threshold": "high"}, "page of a detector"),
        ({"files": {"model.xml": "0"}}, "the file that detector.json names"),
        ({"files": {"gone.bin": "0"}}, "the file that detector.json names"),
    ],
)
def test_a_wrong_page_of_an_export_is_one_clear_error(
    changes: dict[str, object], message: str, exported: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=message):
        read_exported(damaged(exported, tmp_path / "x", **changes))


def test_a_folder_without_a_page_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        read_exported(tmp_path)
    assert "cinefacs export" in caught.value.hint
    (tmp_path / CARD_NAME).write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="expected JSON"):
        read_exported(tmp_path)


def test_a_graph_for_other_inputs_is_one_clear_error(exported: Path) -> None:
    with pytest.raises(ModelError):
        Session(exported / "model.xml").infer(np.zeros((1, 5, 7, 7), dtype=np.float32))
