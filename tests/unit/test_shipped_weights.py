"""The weights that ship are whole, small enough, and run without torch."""

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import yaml

from cinefacs import weights
from cinefacs.engines.catalog import sha256_of
from cinefacs.errors import ModelError
from cinefacs.inference.exported import ExportedDetector
from cinefacs.records.class_space import emotion_au_space
from cinefacs.weights import shipped_detector, shipped_weights

FOLDER = Path(str(resources.files(weights)))
MOST_BYTES = 16_000_000
"""Of all files together (docs/decisions/0020-shipped-weights.md)."""


def test_every_file_is_the_one_that_was_written() -> None:
    origin = yaml.safe_load((FOLDER / "weights.yaml").read_text(encoding="utf-8"))
    found = {
        str(path.relative_to(FOLDER)): sha256_of(path)
        for path in FOLDER.rglob("*")
        if path.suffix in {".xml", ".bin", ".safetensors"}
    }
    assert found == origin["files"]


def test_they_stay_below_their_size() -> None:
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    assert size <= MOST_BYTES


def test_no_film_of_a_user_was_learned_from_unnamed() -> None:
    origin = yaml.safe_load((FOLDER / "weights.yaml").read_text(encoding="utf-8"))
    assert origin["made_from"]["faces"]["config"]["preset"] == "weights"
    for film in origin["adapted_on"]:
        assert len(film["sha256"]) == 64


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_they_read_a_face_without_torch(precision: weights.ShippedPrecision) -> None:
    detector = ExportedDetector(shipped_detector(precision))
    assert detector.card.class_space == emotion_au_space()
    assert detector.card.calibration is not None
    side = detector.card.input_spec.side_px
    rng = np.random.default_rng(0)
    said = detector.read_crops(rng.random((2, 3, side, side)).astype(np.float32))
    assert said.class_scores.shape == (2, 51)
    assert np.isfinite(said.class_scores).all()


def test_the_numbers_to_train_on_from_lie_beside_their_page() -> None:
    page = json.loads(shipped_weights().with_suffix(".json").read_text(encoding="utf-8"))
    assert page["class_space"]["name"] == "emotion+au"
    assert page["tensors"]["sha256"] == sha256_of(shipped_weights())


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.resources.files", lambda _name: tmp_path)
    with pytest.raises(ModelError, match="expected the shipped weights, got none"):
        shipped_weights()
