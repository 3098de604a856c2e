"""The same three calls for a network of our own and for a rival."""

import csv
import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from cinefacs.detectors.detector import Detector
from cinefacs.detectors.losses.config import LossConfig
from cinefacs.detectors.protocol import DetectionNetwork, FindOptions, Found
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.weights.files import tensors_digest
from cinefacs.engines.face_input import crops_as_input
from cinefacs.engines.network_input import letterbox_centred
from cinefacs.errors import ConfigError
from cinefacs.records.calibration import Calibration
from cinefacs.records.input_spec import InputSpec
from cinefacs.records.step import Step
from tests.support.detectors import (
    NARROW,
    one_label_space,
    several_label_space,
    small_network,
    stir,
)
from tests.support.labelled import draw_set
from tests.support.trainings import short_training


@pytest.mark.parametrize("kind", ["smart", "faster-rcnn", "ssd"])
def test_a_detector_is_made_trained_asked_saved_and_loaded(kind: str, tmp_path: Path) -> None:
    labelled = draw_set(tmp_path / "p", one_label_space(), n=3)
    detector = Detector.create(NARROW[kind], one_label_space(), InputSpec(side_px=64))
    result = detector.fit(labelled, labelled, tmp_path / "run", short_training(epochs=1))
    assert result.n_epochs == 1
    assert detector.threshold is not None
    pictures = [np.full((50, 90, 3), 90, dtype=np.uint8), np.zeros((64, 64, 3), dtype=np.uint8)]
    options = FindOptions(score_floor=1e-4)
    found = detector.predict(pictures, options=options)
    assert found.n_pictures == 2
    assert (found.boxes_xyxy[found.picture_index == 0] <= [90, 50, 90, 50]).all()
    detector.save(tmp_path / "copy.safetensors")
    again = Detector.load(tmp_path / "copy.safetensors").predict(pictures, options=options)
    assert np.array_equal(again.score, found.score)
    assert np.array_equal(again.boxes_xyxy, found.boxes_xyxy)
    assert detector.describe().n_parameters > 1000
    if kind == "faster-rcnn":
        with pytest.raises(ConfigError, match="a network of one stage"):
            detector.export(tmp_path / "out")


def test_the_whole_page_is_kept(tmp_path: Path) -> None:
    spec, space = InputSpec(side_px=64, mode="crop", colour="grey"), several_label_space()
    calibration = Calibration(slope=(0.5, 2.0, 1.0, 1.0), offset=(1.0, 0.0, -1.0, 0.0))
    raw = Detector(stir(small_network(NARROW["yolov8"], space)), spec)
    made = Detector(
        raw.network, spec, threshold=0.3, calibration=calibration, training={"epoch": 7}
    )
    made.save(tmp_path / "made.safetensors")
    Detector.load(tmp_path / "made.safetensors").save(tmp_path / "copy.safetensors")
    pages = [json.loads((tmp_path / f"{name}.json").read_text()) for name in ("made", "copy")]
    for page in pages:
        assert page["threshold"] == 0.3
        assert page["calibration"] == calibration.as_document()
        assert page["training"] == {"epoch": 7}
    crop = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    options = FindOptions(score_floor=0.01)
    before = raw.predict([crop], options=options)
    found = Detector.load(tmp_path / "copy.safetensors").predict([crop], options=options)
    assert before.class_scores is not None
    assert found.class_scores is not None
    assert len(found) > 0
    assert np.array_equal(found.class_scores, calibration.apply(before.class_scores))
    assert np.array_equal(found.score, before.score)  # it chooses the boxes, and stays


def test_a_training_on_another_input_is_refused(tmp_path: Path) -> None:
    labelled = draw_set(tmp_path / "p", one_label_space(), n=2)
    detector = Detector.create(NARROW["smart"], one_label_space(), InputSpec(side_px=64))
    with pytest.raises(ConfigError, match="expected the detector's input"):
        detector.fit(labelled, labelled, tmp_path / "run", short_training(side_px=96))


def test_a_configuration_may_leave_open_what_the_classes_decide(tmp_path: Path) -> None:
    labelled = draw_set(tmp_path / "p", one_label_space(), n=2)
    detector = Detector.create(NARROW["yolov8"], one_label_space(), InputSpec(side_px=64))
    with pytest.raises(ConfigError, match=r"expected the detector's input .*side_px=640"):
        detector.fit(labelled, labelled, tmp_path / "run", TrainConfig())
    config = short_training(epochs=1, mode="auto", colour="auto", precision="auto")
    assert detector.fit(labelled, labelled, tmp_path / "run", config).n_epochs == 1


def test_the_loss_of_the_configuration_is_what_is_learned_from(tmp_path: Path) -> None:
    labelled = draw_set(tmp_path / "p", one_label_space(), n=2)
    losses = []
    for gain in (0.5, 2.0):
        detector = Detector.create(NARROW["yolov8"], one_label_space(), InputSpec(side_px=64))
        config = short_training(epochs=1, loss=LossConfig(class_gain=gain))
        detector.fit(labelled, labelled, tmp_path / f"gain {gain}", config)
        table = (tmp_path / f"gain {gain}/results.csv").read_text(encoding="utf-8")
        (row,) = csv.DictReader(table.splitlines())
        losses.append((float(row["train/box"]), float(row["train/classes"])))
    assert losses[1] == pytest.approx((losses[0][0], 4 * losses[0][1]), rel=1e-5)
    detector = Detector.create(NARROW["yolov8"], one_label_space(), InputSpec(side_px=64))
    given_face = short_training(loss=LossConfig(labels="given_face"))
    with pytest.raises(ConfigError, match=r"loss\.labels given_face: expected several labels"):
        detector.fit(labelled, labelled, tmp_path / "refused", given_face)


class Interrupted(BaseException):
    """Stands for Ctrl-C: nothing in the training catches it."""


def test_a_training_of_another_network_is_not_taken_over(tmp_path: Path) -> None:
    labelled = draw_set(tmp_path / "p", one_label_space(), n=2)

    def begin(seed: int) -> Detector:
        spec = InputSpec(side_px=64)
        return Detector.create(NARROW["yolov8"], one_label_space(), spec, seed=seed)

    first, config = begin(0), short_training(epochs=2)
    before = tensors_digest(first.network.state_dict())

    def interrupt(step: Step) -> None:
        if step.name.startswith("epoch 2 "):
            raise Interrupted

    with pytest.raises(Interrupted):
        first.fit(labelled, labelled, tmp_path / "run", config, on_step=interrupt)
    assert tensors_digest(first.network.state_dict()) == before
    with pytest.raises(ConfigError, match="expected the training that was begun there"):
        begin(1).fit(labelled, labelled, tmp_path / "run", config)
    assert first.fit(labelled, labelled, tmp_path / "run", config).n_epochs == 2
    assert begin(0).fit(labelled, labelled, tmp_path / "run", config).was_finished
    other = begin(1)
    before = tensors_digest(other.network.state_dict())
    with pytest.raises(ConfigError, match="expected the training that was begun there"):
        other.fit(labelled, labelled, tmp_path / "run", config)
    assert tensors_digest(other.network.state_dict()) == before


@pytest.mark.parametrize("temporal", ["single", "neighbours", "neutral", "fitted_neutral"])
def test_a_crop_is_shown_as_in_training(
    temporal: Literal["single", "neighbours", "neutral", "fitted_neutral"],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = InputSpec(
        side_px=64, mode="crop", colour="grey", temporal=temporal,
        step_ms=100 if temporal == "neighbours" else 0,
    )  # fmt: skip
    network, shown = small_network(NARROW["yolov8"]), []

    def find(_: DetectionNetwork, images: torch.Tensor, __: FindOptions) -> list[Found]:
        shown.append(images.numpy())
        nothing = torch.zeros(0)
        return [Found(torch.zeros(0, 4), nothing, nothing.long(), torch.zeros(0, 3))]

    monkeypatch.setattr(type(network), "find", find)
    crop = np.random.default_rng(0).integers(0, 255, (50, 90, 3)).astype(np.uint8)
    Detector(network, spec).predict([crop])
    expected = crops_as_input([letterbox_centred(crop, (64, 64))] * spec.n_crops, spec)
    assert np.array_equal(shown[0][0], expected)
    if spec.has_rest:  # the face does not differ from itself
        assert np.allclose(shown[0][0, 2], 0.5, atol=0.02)
