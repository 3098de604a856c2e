"""What TensorBoard and MLflow are told: files beside the results, nothing sent anywhere."""

import sys
from pathlib import Path

import pytest

from cinefacs.detectors.training.fit import fit
from cinefacs.errors import ConfigError
from tests.support.detectors import NARROW, one_label_space
from tests.support.labelled import draw_set
from tests.support.trainings import make_fitting, short_training

ENVIRONMENT = ("MLFLOW_TRACKING_URI", "MLFLOW_DISABLE_TELEMETRY", "MLFLOW_ALLOW_FILE_STORE")


@pytest.fixture(autouse=True)
def no_settings_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back what the test's training sets in the environment."""
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_without_mlflow_one_clear_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled = draw_set(tmp_path / "p", one_label_space(), n=2)
    monkeypatch.setattr("lightning.pytorch.loggers.mlflow._MLFLOW_AVAILABLE", False)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    config = short_training(epochs=1, mlflow=True)
    with pytest.raises(ConfigError, match="mlflow: expected the package, got none") as caught:
        fit(make_fitting(NARROW["yolov8"], labelled, tmp_path / "run", config))
    assert caught.value.hint == "pip install mlflow-skinny"


def test_mlflow_keeps_every_epoch_in_files_beside_the_results(tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="mlflow-skinny is not installed")
    labelled = draw_set(tmp_path / "p", one_label_space(), n=2)
    config = short_training(epochs=2, mlflow=True)
    fit(make_fitting(NARROW["yolov8"], labelled, tmp_path / "run", config))
    (metric,) = (tmp_path / "run/mlruns").rglob("metrics/val/map50")
    rows = [line.split() for line in metric.read_text(encoding="utf-8").splitlines()]
    assert [int(step) for _, _, step in rows] == [1, 2]
