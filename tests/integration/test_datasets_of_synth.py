"""Synthetic films hand their own division on to the data sets that are built of them."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from cinefacs.cli.app import run
from cinefacs.records.clip import ClipFrame
from cinefacs.records.dataset_manifest import SplitUnit
from cinefacs.records.sample import Part
from cinefacs.storage.datasets import DatasetLayout, read_dataset
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from cinefacs.synth.make_set import SynthOptions, make_set
from tests.support.synth import need_egl


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the preset ``smoke``: three people to train on, three others to validate on."""
    need_egl()
    root = tmp_path_factory.mktemp("smoke") / "study"
    make_set(root, options=SynthOptions(preset="smoke", texture_px=64, supersample=1), n_workers=1)
    return root


def build(study: Path, *words: str) -> int:
    return run(["datasets", "build", str(study), "first", "--labels", "truth", *words])


def test_a_build_is_divided_as_the_films_are(
    smoke: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(smoke, study := tmp_path / "study")
    assert build(study, "--json") == 0
    (fold,) = json.loads(capsys.readouterr().out)["folds"]
    layout = DatasetLayout(StudyLayout(study).dataset_dir / "first")
    manifest = read_dataset(layout)
    parts = {part: manifest.select(part) for part in (Part.TRAIN, Part.VAL, Part.TEST)}
    assert {part: {each.film_number for each in own} for part, own in parts.items()} == {
        Part.TRAIN: {1}, Part.VAL: {2}, Part.TEST: set(),
    }  # fmt: skip
    assert fold == {"name": "planned"} | {f"n_{part}": len(own) for part, own in parts.items()}
    people = [
        {each.subject for each in parts[part] if each.subject} for part in (Part.TRAIN, Part.VAL)
    ]
    assert all(people)
    assert not people[0] & people[1]
    assert manifest.protocol is not None
    assert manifest.protocol.unit is SplitUnit.FILM
    assert run(["datasets", "check", str(layout.root)]) == 0
    assert run(["datasets", "describe", str(layout.root)]) == 0
    sheet = layout.sheet_path.read_text(encoding="utf-8")
    assert "As the study divides its own films; nobody is in two parts." in sheet


def test_another_split_can_be_undone(
    smoke: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(smoke, study := tmp_path / "study")
    assert build(study) == 0
    assert "planned: train " in capsys.readouterr().out
    layout = DatasetLayout(StudyLayout(study).dataset_dir / "first")
    planned = read_dataset(layout)
    assert run(["datasets", "split", str(layout.root), "--paper"]) == 0
    assert read_dataset(layout).samples != planned.samples
    assert run(["datasets", "split", str(layout.root), "--as-planned"]) == 0
    assert read_dataset(layout).samples == planned.samples
    (study / "synth.json").unlink()
    capsys.readouterr()
    assert run(["datasets", "split", str(layout.root), "--as-planned", "--json"]) == 1
    assert "synth.json" in json.loads(capsys.readouterr().out)["error"]["hint"]


def test_a_person_in_two_parts_is_refused(
    smoke: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(smoke, study := tmp_path / "study")
    persons = tmp_path / "persons.yaml"
    persons.write_text('anna: ["001-03", "002-03"]\n', encoding="utf-8")
    assert build(study, "--persons", str(persons), "--json") == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["type"] == "StudyError"
    assert "nobody in two parts" in error["message"]


def test_of_twelve_pictures_those_with_a_codable_face_are_listed(smoke: Path) -> None:
    layout = StudyLayout(smoke)
    rows = read_records(layout.frames_path, ClipFrame)
    assert len(rows) == 11  # as the documentation says
    assert max(Counter(row.film_id for row in rows).values()) <= 6
