"""From a study to a detector: `datasets build`, `split`, `train`, `val`, `export`, `predict`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cinefacs.cli.app import run
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.detectors.data.views import EvaluationViews
from cinefacs.detectors.weights.card import read_card
from cinefacs.records.input_spec import InputSpec
from cinefacs.storage.datasets import DatasetLayout, read_dataset
from tests.support.detectors import NARROW
from tests.support.drawn_study import draw_study

CROPS = ("--mode", "crop", "--augment.mosaic", "0", "--side-px", "64", "--epochs", "1",
         "--batch", "8", "--warmup-epochs", "0.5")  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(tmp_path_factory.mktemp("study")) / "study"
    return draw_study(root, n_films=3, is_shared=True).root


@pytest.fixture(scope="module")
def folder(study: Path) -> Path:
    """Return a data set of action units, with one film for training, one for each of the rest."""
    words = ["datasets", "build", str(study), "aus", "--space", "emotion+au"]
    assert run([*words, "--frames", "per-event", "--n-per-event", "2"]) == 0
    folder = study / "datasets" / "aus"
    assert run(["datasets", "split", str(folder), "--folds", "3", "--val-ratio", "0.5"]) == 0
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str) -> Any:  # noqa: ANN401
    capsys.readouterr()
    assert run([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_pictures_of_a_study_have_all_their_faces(folder: Path) -> None:
    manifest = read_dataset(DatasetLayout(folder))
    read = {part: read_labelled_set(folder, part) for part in ("train", "val", "test")}
    pictures = [picture for labelled in read.values() for picture in labelled.pictures]
    faces = [sample for sample in manifest.samples if sample.has_face]
    assert sum(len(picture.boxes_xyxy) for picture in pictures) == len(faces)
    assert len(pictures) == len({sample.image_path for sample in manifest.samples})
    assert max(len(picture.boxes_xyxy) for picture in pictures) == 2
    n_held = sum(int(picture.labels.sum()) for picture in pictures)
    assert n_held == int(manifest.targets.sum())
    n_unknown = sum(int((~picture.is_known).sum()) for picture in pictures)
    assert n_unknown == int((~manifest.is_known).sum()) > 0
    # 42 action units, of which the script's coder looked for 14.
    assert all(picture.is_known.sum() <= len(picture.labels) * (8 + 14 + 1) for picture in pictures)


@pytest.mark.parametrize(("layout", "file"), [("yolo", "data.yaml"), ("coco", "")])
def test_what_is_exported_for_others_is_read_as_several_labels(
    layout: str, file: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "datasets", "export", str(folder), layout, "--out", str(tmp_path / "out"))
    path = tmp_path / "out" / file if file else next((tmp_path / "out").rglob("*train*.json"))
    pictures = None if file else _folder_of(tmp_path / "out", path)
    read = read_labelled_set(path, "train", pictures=pictures)
    own = read_labelled_set(folder, "train")
    assert read.class_space.names == own.class_space.names
    assert read.class_space.multi_label
    labels = [
        sorted(tuple(row) for picture in labelled.pictures for row in picture.labels.tolist())
        for labelled in (read, own)
    ]
    assert labels[0] == labels[1]


def _folder_of(out: Path, path: Path) -> Path:
    """Return the folder that the pictures of a COCO file are relative to."""
    name = json.loads(path.read_text(encoding="utf-8"))["images"][0]["file_name"]
    found = next(out.rglob(Path(name).name))
    return found.parents[len(Path(name).parts) - 1]


def test_crops_show_each_face_upright_where_the_study_says(folder: Path) -> None:
    read = read_labelled_set(folder, "train")
    views = EvaluationViews(read, InputSpec(side_px=64, mode="crop"))
    assert len(views) == sum(len(picture.boxes_xyxy) for picture in read.pictures)
    shown = [views[number] for number in range(len(views))]
    truth = views.truth(shown)
    for number in range(len(views)):
        boxes = truth.boxes_xyxy[truth.picture_index == number]
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        assert np.abs(centres - 32).max(axis=1).min() < 0.01
    assert all(picture.eyes_of(0) is not None for picture in read.pictures if len(picture.labels))


def test_the_whole_way_from_a_study_to_predictions(
    study: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    trained = said(capsys, "train", str(folder), "--network", NARROW["smart"], "--out", str(out),
                   "--fold", "1", *CROPS)  # fmt: skip
    assert trained["n_epochs"] == 1
    assert trained["warnings"] == list(read_dataset(DatasetLayout(folder)).warnings)
    weights = trained["weights_path"]
    card, _ = read_card(Path(weights))
    assert card.class_space.name == "emotion+au"
    assert card.input_spec.mode == "crop"
    scores = said(capsys, "val", weights, str(folder / "manifest.json"), "--split", "test",
                  "--fold", "1", "--out", str(tmp_path / "scores"))  # fmt: skip
    test_set = read_labelled_set(folder, "test", fold=1)
    n_faces = sum(len(picture.boxes_xyxy) for picture in test_set.pictures)
    assert scores["n_pictures"] == n_faces
    assert scores["n_unknown"] == sum(int((~p.is_known).sum()) for p in test_set.pictures) > 0
    assert scores["per_class"]["face"]["n_true"] >= n_faces
    by_name = {row["name"]: row for row in scores["labels"]}
    n_counted = sum(value for name, value in by_name["AU43"].items() if name.startswith("n_"))
    assert n_counted == by_name["AU43"]["n_unknown"]  # nobody looked for AU43
    exported = said(capsys, "export", weights, "--out", str(tmp_path / "graph"),
                    "--calibration", str(folder), "--calibration-fold", "1")  # fmt: skip
    assert exported["parity"]["scores"] < 1e-3
    pictures = sorted({sample.image_path for sample in read_dataset(DatasetLayout(folder)).samples})
    found = said(capsys, "predict", str(tmp_path / "graph"), str(study / pictures[0]))
    assert [Path(each["path"]).name for each in found["pictures"]] == [Path(pictures[0]).name]


def test_the_papers_protocol_is_said_with_every_score(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paper = folder.parent / "paper"
    assert run(["datasets", "split", str(folder), "--paper", "--out", str(paper)]) == 0
    out = tmp_path / "run"
    words = ["train", str(paper), "--network", NARROW["yolov8"], "--out", str(out), *CROPS]
    trained = said(capsys, *words)
    assert any(text.startswith("PAPER PROTOCOL") for text in trained["warnings"])
    notes = json.loads((out / "run.json").read_text())["notes"]
    assert notes[: len(trained["warnings"])] == trained["warnings"]
    assert json.loads((out / "metrics.json").read_text())["warnings"] == trained["warnings"]
    card, _ = read_card(out / "weights.safetensors")
    assert card.training["warnings"] == trained["warnings"]
    # Measured on another data set, the weights still are those of that protocol.
    scores = said(capsys, "val", trained["weights_path"], str(folder))
    assert set(trained["warnings"]) <= set(scores["warnings"])
    capsys.readouterr()
    assert run(["val", trained["weights_path"], str(folder)]) == 0
    assert "warning: PAPER PROTOCOL" in capsys.readouterr().err
    assert run(words) == 0
    assert "warning: PAPER PROTOCOL" in capsys.readouterr().err
