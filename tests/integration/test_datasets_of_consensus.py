"""Three coders, their agreement and consensus, and a data set made from it."""

import dataclasses
import json
from pathlib import Path

import pytest

from cinefacs.cli.app import run
from cinefacs.records.labels import Labels
from cinefacs.records.sample import SampleRole
from cinefacs.storage.datasets import DatasetLayout, read_dataset
from cinefacs.storage.label_tables import add_labels
from tests.support.drawn_study import APEX, N_FRAMES, draw_study


def test_a_data_set_of_the_consensus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = draw_study(tmp_path / "study", n_films=3, coder="ann")
    for coder in ("ben", "cem"):
        kept = study.labels if coder == "cem" else dataclasses.replace(
            study.labels, aus=study.labels.aus[:-2]
        )  # fmt: skip
        add_labels(
            study.layout,
            Labels(
                aus=tuple(dataclasses.replace(each, coder=coder) for each in kept.aus),
                expressions=tuple(
                    dataclasses.replace(each, coder=coder) for each in kept.expressions
                ),
                coded=tuple(dataclasses.replace(each, coder=coder) for each in kept.coded),
            ),
        )
    words = ["--n-resamples", "100", "--json"]
    assert run(["labels", "agree", str(study.root), *words]) == 0
    assert run(["labels", "consensus", str(study.root), "--json"]) == 0
    assert run(["datasets", "build", str(study.root), "agreed"]) == 0
    layout = DatasetLayout(study.layout.dataset_dir / "agreed")
    manifest = read_dataset(layout)
    apexes = [sample for sample in manifest.samples if sample.role is SampleRole.APEX]
    assert [sample.frame_index % N_FRAMES for sample in apexes] == [APEX] * 6
    assert {sample.coder for sample in apexes} == {"consensus"}
    # Two action units of the last expression were seen by two of three coders: no majority of at
    # least three, so that nothing is known of them.
    disputed = {f"AU{label.au}" for label in study.labels.aus[-2:]}
    assert disputed <= set(apexes[-1].unknown_classes)
    capsys.readouterr()
    assert run(["datasets", "describe", str(layout.root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_not_stated"] > 0
    sheet = layout.sheet_path.read_text(encoding="utf-8")
    agreement = sheet.partition("### Agreement of the coders")[2]
    assert "| 12 | 1.00 (1.00 to 1.00) | 1.00 |" in agreement
    assert "| 9 |" not in agreement
