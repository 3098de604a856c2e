"""Weights measured on labelled pictures: on others than they learned from, raw or calibrated."""

import json
from pathlib import Path

import pytest

from cinefacs.detectors.evaluation.report import Evaluation
from cinefacs.detectors.tasks import DataSource, train_detector, validate_detector
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.detectors.weights.files import write_weights
from cinefacs.errors import ConfigError
from cinefacs.records.calibration import Calibration
from cinefacs.records.input_spec import InputSpec
from tests.support.detectors import NARROW, several_label_space, small_network, stir
from tests.support.labelled import draw_set, write_manifest
from tests.support.trainings import short_training

NEVER = Calibration(slope=(1.0, 1.0, 1.0, 1.0), offset=(-20.0, -20.0, -20.0, 0.0))
"""No action unit is likely, whatever the scores are; the face stays."""


@pytest.fixture
def data(tmp_path: Path) -> DataSource:
    drawn = draw_set(tmp_path / "p", several_label_space(), n=3)
    return DataSource(path=write_manifest(tmp_path / "set", {"val": drawn}))


def weights(folder: Path, calibration: Calibration | None) -> Path:
    space = several_label_space()
    network = stir(small_network(NARROW["yolov8"], space))
    card = WeightsCard(
        network=network.config, class_space=space, threshold=0.123, calibration=calibration,
        input_spec=InputSpec(side_px=64, mode="crop", colour="grey"),
    )  # fmt: skip
    path = folder / "weights.safetensors"
    write_weights(path, network, card)
    return path


def n_said(evaluation: Evaluation) -> int:
    """Return how many boxes say an action unit at a score of 0.05 or more."""
    row = evaluation.curves.at(0.05)
    return int(evaluation.curves.n_found[row, :3].sum())


def test_probabilities_are_measured_where_there_is_a_calibration(
    data: DataSource, tmp_path: Path
) -> None:
    raw = validate_detector(weights(tmp_path, None), data, threshold=0.05)
    packed = validate_detector(weights(tmp_path, NEVER), data, threshold=0.05)
    assert n_said(raw) > 0
    assert n_said(packed) == 0
    assert packed.calibration_error != raw.calibration_error
    assert packed.threshold == 0.05
    assert not packed.is_threshold_chosen_here


def test_a_threshold_of_boxes_is_none_of_labels(data: DataSource, tmp_path: Path) -> None:
    trained = validate_detector(weights(tmp_path, None), data)
    assert trained.threshold == 0.123
    assert not trained.is_threshold_chosen_here
    packed = validate_detector(weights(tmp_path, NEVER), data)
    assert packed.threshold == packed.curves.best_threshold() != 0.123
    assert packed.is_threshold_chosen_here


@pytest.mark.parametrize("is_named", [False, True])
def test_a_coco_file_is_not_measured_on_itself(is_named: bool, tmp_path: Path) -> None:
    drawn = draw_set(tmp_path / "p", several_label_space(), n=1)
    (box,) = drawn.pictures[0].boxes_xyxy.tolist()
    document = {
        "images": [{"id": 1, "file_name": drawn.pictures[0].path.name}],
        "categories": [{"id": 1, "name": "kind"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1,
                         "bbox": [*box[:2], box[2] - box[0], box[3] - box[1]]}],
    }  # fmt: skip
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    source = DataSource(path=path, pictures=tmp_path / "p")
    with pytest.raises(ConfigError, match="to learn from, got the same 1") as caught:
        train_detector(
            NARROW["yolov8"], source, out=tmp_path / "run", config=short_training(epochs=1),
            val=source if is_named else None,
        )  # fmt: skip
    assert caught.value.hint is not None
    assert "--val" in caught.value.hint
    assert not (tmp_path / "run").exists()
