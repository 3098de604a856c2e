"""Weights measured on labelled pictures: raw as trained, and calibrated as packed."""

from pathlib import Path

import pytest

from cinefacs.detectors.evaluation.report import Evaluation
from cinefacs.detectors.tasks import DataSource, validate_detector
from cinefacs.detectors.weights.card import WeightsCard
from cinefacs.detectors.weights.files import write_weights
from cinefacs.records.calibration import Calibration
from cinefacs.records.input_spec import InputSpec
from tests.support.detectors import NARROW, several_label_space, small_network, stir
from tests.support.labelled import draw_set, write_manifest

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
