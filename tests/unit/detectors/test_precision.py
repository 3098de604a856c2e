"""bf16 is taken only where it is computed, and what was taken is written down."""

import json
from pathlib import Path

import pytest
import torch

from cinefacs.detectors.tasks import DataSource, train_detector
from cinefacs.detectors.training.precision import has_bf16, resolve_precision
from tests.support.detectors import NARROW, one_label_space
from tests.support.labelled import draw_set, write_manifest
from tests.support.trainings import short_training


def set_processor(monkeypatch: pytest.MonkeyPatch, **parts: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: parts)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"avx2": True, "avx512_bf16": False, "amx_bf16": False}, "fp32"),
        ({"avx512_f": True, "avx512_bf16": False}, "fp32"),
        ({"avx512_bf16": True}, "bf16"),
        ({"amx_bf16": True, "avx512_bf16": False}, "bf16"),
        ({}, "fp32"),
    ],
)
def test_auto_asks_the_processor(
    parts: dict[str, bool], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_processor(monkeypatch, **parts)
    assert resolve_precision("auto", "cpu") == expected
    assert resolve_precision("fp32", "cpu") == "fp32"
    assert resolve_precision("bf16", "cpu") == "bf16"


def test_graphics_cards_are_asked_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    set_processor(monkeypatch, avx512_bf16=True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for has_it in (True, False):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_a, _h=has_it, **_k: _h)
        assert has_bf16("cuda:1") is has_it
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert not has_bf16("cuda")
    assert not has_bf16("xpu")


def test_the_record_names_what_was_computed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_processor(monkeypatch, avx2=True)
    drawn = draw_set(tmp_path / "p", one_label_space(), n=2, n_empty=0)
    others = draw_set(tmp_path / "others", one_label_space(), n=2, seed=1)
    source = DataSource(path=write_manifest(tmp_path, {"train": drawn, "val": others}))
    notes = {}
    for asked in ("auto", "bf16"):
        config = short_training(epochs=1, precision=asked)
        done = train_detector(NARROW["yolov8"], source, out=tmp_path / asked, config=config)
        notes[asked] = " ".join(done.notes)
    record = json.loads((tmp_path / "auto/run.json").read_text(encoding="utf-8"))
    assert record["config"]["precision"] == "fp32"
    assert "imitates bf16" in notes["bf16"]
    assert "bf16" not in notes["auto"]
