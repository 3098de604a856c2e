"""The verbs train, val, models describe and models convert, as people and programs call them."""

import json
from pathlib import Path

import pytest

from cinefacs.cli.app import run
from tests.support.detectors import NARROW, one_label_space
from tests.support.labelled import draw_set, write_manifest


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    document = json.loads(capsys.readouterr().out)
    assert isinstance(document, dict)
    return document


def test_train_then_val(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = draw_set(tmp_path / "p", one_label_space(), n=3)
    others = draw_set(tmp_path / "others", one_label_space(), n=3, seed=1)
    data = str(write_manifest(tmp_path, {"train": drawn, "val": others}))
    config = tmp_path / "train.yaml"
    config.write_text("epochs: 1\nbatch: 3\nside_px: 64\naugment:\n  mosaic: 0.0\n")
    words = ["train", data, "--network", NARROW["smart"], "--out", str(tmp_path / "run")]
    assert run([*words, "--config", str(config), "--json"]) == 0
    trained = said(capsys)
    assert trained["n_epochs"] == 1
    assert run([*words, "--config", str(config)]) == 0
    assert "was already finished" in capsys.readouterr().out
    weights = str(trained["weights_path"])
    assert run(["val", weights, data, "--out", str(tmp_path / "scores"), "--json"]) == 0
    scores = said(capsys)
    assert {"map50", "map50_95", "precision", "recall", "f1", "threshold", "per_class"} <= set(
        scores
    )
    assert json.loads((tmp_path / "scores/metrics.json").read_text()) == scores
    assert len((tmp_path / "scores/curves.csv").read_text().splitlines()) == 1002
    assert run(["val", weights, data]) == 0
    assert "mAP50" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["train", "gone.yaml"], "SchemaError"),
        (["train", "gone.yaml", "--network", "yolov9"], "ConfigError"),
        (["val", "gone.safetensors", "gone.yaml"], "ModelError"),
        (["export", "gone.safetensors"], "ModelError"),
        (["models", "describe", "yolov8"], "ConfigError"),
        (["models", "describe", "yolov8n", "--classes", "0"], "ConfigError"),
        (["models", "describe", "yolov8n", "--image-size", "100"], "SchemaError"),
        (["models", "convert", "gone.pt"], "ModelError"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_error_and_exit_1(
    words: list[str], error: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run([*words, "--json"]) == 1
    assert said(capsys)["error"]["type"] == error  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "n_parameters"),
    [("yolov8n", 3_157_200), ("yolov8n-smart", 2_806_623), ("yolov8n+se", 3_168_428)],
)
def test_describe_says_the_size(
    name: str, n_parameters: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "describe", name, "--classes", "80", "--json"]) == 0
    document = said(capsys)
    assert document["name"] == name
    assert document["n_parameters"] == n_parameters
    assert run(["models", "describe", name, "--class-space", "emotion"]) == 0
    assert "8 classes" in capsys.readouterr().out


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert run(["models", "describe", "yolov8n", "--json"]) == 1
    error = said(capsys)["error"]
    assert error["hint"] == "pip install 'cinefacs[train]'"  # type: ignore[index]
