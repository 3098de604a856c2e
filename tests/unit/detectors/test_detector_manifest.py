"""Data sets of our own as detectors read them: pictures of samples, known and unknown classes."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from cinefacs.detectors.build import build_network
from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.data.labelled_set import LabelledPicture
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.detectors.data.views import EvaluationViews, TrainingViews, collate
from cinefacs.detectors.evaluation.report import evaluate_detections
from cinefacs.detectors.evaluation.run import find_in_views
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.protocol import FindOptions
from cinefacs.detectors.tasks import DataSource
from cinefacs.detectors.yolo_detection import suppress
from cinefacs.errors import ConfigError, SchemaError, StudyError
from cinefacs.records.class_space import ClassSpace, au_space, emotion_space, named_space
from cinefacs.records.dataset_manifest import (
    DatasetManifest,
    ImageBase,
    SplitProtocol,
    SplitUnit,
)
from cinefacs.records.input_spec import InputSpec
from cinefacs.records.sample import Sample, SampleRole
from cinefacs.storage.datasets import DatasetLayout, write_dataset
from tests.support.datasets import SAMPLE
from tests.support.detectors import NARROW, small_network
from tests.support.trainings import STILL

AUS = au_space([4, 51, 52])  # AU4, AU51, AU52, face
LEFT, RIGHT = (20.0, 20.0, 60.0, 70.0), (90.0, 20.0, 130.0, 70.0)


def sample(number: int, picture: str, **changes: Any) -> Sample:  # noqa: ANN401
    fields: dict[str, Any] = {
        "sample_id": f"s{number}", "image_path": f"images/{picture}.png", "box_xyxy": LEFT,
        "image_width_px": 160, "image_height_px": 120, "classes": (), "parts": ("train",),
    }  # fmt: skip
    return dataclasses.replace(SAMPLE, **{**fields, **changes})


def empty(number: int, picture: str, **changes: Any) -> Sample:  # noqa: ANN401
    return sample(number, picture, role=SampleRole.NO_FACE, box_xyxy=None, **changes)


def write(
    folder: Path, space: ClassSpace, samples: Sequence[Sample], *, n_folds: int = 1,
    warnings: tuple[str, ...] = (),
) -> Path:  # fmt: skip
    """Write a data set whose pictures are noise, and return its folder."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    for each in samples:
        cv2.imwrite(str(folder / each.image_path), noise)
    manifest = DatasetManifest(
        name=folder.name, class_space=space, samples=tuple(samples),
        image_base=ImageBase.DATASET, warnings=warnings,
        protocol=SplitProtocol(unit=SplitUnit.FILM, method="folds", seed=0) if n_folds else None,
        fold_names=tuple(f"fold-{fold}" for fold in range(n_folds)),
    )  # fmt: skip
    write_dataset(DatasetLayout(folder), manifest)
    return folder


def test_samples_of_one_picture_become_one_picture(tmp_path: Path) -> None:
    samples = [
        sample(0, "both", classes=("AU4", "face"), unknown_classes=("AU51", "AU52")),
        empty(1, "none"),
        sample(2, "both", box_xyxy=RIGHT, role=SampleRole.OTHER_FACE, classes=("face",),
               unknown_classes=("AU4", "AU51", "AU52"), hidden_classes=("AU4",)),
        sample(3, "bare", classes=()),  # of an import that has no word for a face
    ]  # fmt: skip
    read = read_labelled_set(write(tmp_path / "a", AUS, samples), "train")
    assert [picture.path.stem for picture in read.pictures] == ["both", "none", "bare"]
    both, none, bare = read.pictures
    assert both.boxes_xyxy.tolist() == [[*LEFT], [*RIGHT]]
    assert both.labels.tolist() == [[1, 0, 0, 1], [0, 0, 0, 1]]
    assert both.is_known.tolist() == [[True, False, False, True], [False, False, False, True]]
    assert none.boxes_xyxy.shape == (0, 4)
    assert bare.labels.tolist() == [[0, 0, 0, 1]]
    assert bare.is_known.all()
    assert read.notes == ()
    assert read_labelled_set(tmp_path / "a/manifest.json", "train").digest() == read.digest()


def test_the_digest_tells_what_is_known_apart(tmp_path: Path) -> None:
    whole = write(tmp_path / "a", AUS, [sample(0, "x", classes=("face",))])
    partly = [sample(0, "x", classes=("face",), unknown_classes=("AU4",))]
    digests = [
        read_labelled_set(folder, "train").digest()
        for folder in (whole, write(tmp_path / "b", AUS, partly))
    ]
    assert digests[0] != digests[1]


def test_a_picture_with_a_face_without_a_class_is_left_out_and_counted(tmp_path: Path) -> None:
    space = emotion_space()
    samples = [
        sample(0, "one", classes=("anger",), unknown_classes=("fear",)),
        sample(1, "two", classes=("anger",)),
        sample(2, "two", box_xyxy=RIGHT, unknown_classes=space.names),
        empty(3, "none"),
    ]
    read = read_labelled_set(write(tmp_path / "a", space, samples), "train")
    assert [picture.path.stem for picture in read.pictures] == ["one", "none"]
    assert read.pictures[0].is_known.all()  # anger holds, so fear does not
    assert read.notes[0].startswith("1 pictures left out with a face of which no class is known")
    only = write(tmp_path / "b", space, samples[1:3])
    with pytest.raises(SchemaError, match="expected pictures for train, got none: 1 pictures"):
        read_labelled_set(only, "train")


def test_faces_alone_need_no_class(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", named_space("face"), [sample(0, "x"), sample(1, "y")])
    read = read_labelled_set(folder, "train")
    assert [picture.labels.tolist() for picture in read.pictures] == [[[1]], [[1]]]


def test_faces_alone_are_one_label_a_box(tmp_path: Path) -> None:
    space = named_space("face")
    read = read_labelled_set(write(tmp_path / "a", space, [sample(0, "x"), empty(1, "y")]), "train")
    spec = InputSpec(side_px=64)
    network = small_network(NARROW["yolov8"], space)
    images, truth = collate(
        [TrainingViews(read, spec, STILL, seed=0, n_epochs=1)[(0, i)] for i in range(2)]
    )
    losses = network.train().losses(images, truth)
    assert min(float(losses[name].detach()) for name in ("classes", "box")) > 0
    options = FindOptions(score_floor=0.0)
    boxes = torch.tensor([[0.0, 0, 9, 9], [0, 0, 9, 8], [20, 20, 30, 30]])
    scores = torch.tensor([[0.9], [0.8], [0.7]])
    for face_index in (space.box_index, space.face_index):  # None and 0: no difference
        found = suppress(boxes, scores, options, face_index=face_index)
        assert found.score.tolist() == pytest.approx([0.9, 0.7])
        assert found.class_index.tolist() == [0, 0]
    detections, true = find_in_views(
        network, EvaluationViews(read, spec), options=FindOptions(score_floor=0.0, most_boxes=5)
    )
    document = evaluate_detections(detections, true, threshold=0.0).as_document()
    assert document["per_class"]["face"]["n_true"] == 1
    assert document["accuracy"]["chance"] == 1
    assert np.array(document["confusion"]).shape == (2, 2)
    assert document["labels"] == []


def test_eyes_must_be_pairs(tmp_path: Path) -> None:
    box, labels = np.array([[0, 0, 9, 9]], np.float32), np.array([[1]], np.uint8)
    for eyes in ((np.zeros((5, 2), np.float32),), (None, None)):
        with pytest.raises(SchemaError, match=r"x\.png: eyes: expected"):
            LabelledPicture(path=tmp_path / "x.png", boxes_xyxy=box, labels=labels, eyes_xy=eyes)


def test_a_fold_chooses_the_parts(tmp_path: Path) -> None:
    samples = [
        sample(0, "a", classes=("face",), parts=("train", "val")),
        sample(1, "b", classes=("face",), parts=("val", "train")),
        sample(2, "c", classes=("face",), parts=("unused", "test")),
    ]
    folder = write(tmp_path / "a", AUS, samples, n_folds=2, warnings=("said aloud",))

    def names(split: str, fold: int) -> list[str]:
        read = DataSource(path=folder, fold=fold).read(split)
        assert read.warnings == ("said aloud",)
        return [picture.path.stem for picture in read.pictures]

    assert [names("train", 0), names("val", 0)] == [["a"], ["b"]]
    assert [names("train", 1), names("val", 1), names("test", 1)] == [["b"], ["a"], ["c"]]
    with pytest.raises(SchemaError, match="a fold below 2, got 2"):
        names("train", 2)
    with pytest.raises(SchemaError, match="for test in the fold 'fold-0', got none") as caught:
        names("test", 0)
    assert "1 for train, 1 for unused, 1 for val" in str(caught.value.hint)
    (tmp_path / "data.yaml").write_text("names: [a]\ntrain: .", encoding="utf-8")
    with pytest.raises(ConfigError, match="expected the fold 0, as YOLO's"):
        read_labelled_set(tmp_path / "data.yaml", "train", fold=1)


def test_a_picture_whose_faces_are_in_two_parts_is_left_out(tmp_path: Path) -> None:
    samples = [
        sample(0, "a", classes=("face",)),
        sample(1, "b", classes=("face",)),
        sample(2, "b", classes=("face",), box_xyxy=RIGHT, parts=("test",)),
    ]
    read = read_labelled_set(write(tmp_path / "a", AUS, samples), "train")
    assert [picture.path.stem for picture in read.pictures] == ["a"]
    assert read.notes == ("1 pictures whose faces are in several parts left out",)


def test_what_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    whole = write(tmp_path / "a", AUS, [sample(0, "x", classes=("face",))])
    with pytest.raises(SchemaError, match="split: expected one of train, val, test, got 'unused'"):
        read_labelled_set(whole, "unused")
    unsplit = write(tmp_path / "b", AUS, [sample(0, "x", parts=())], n_folds=0)
    with pytest.raises(SchemaError, match="expected a fold below 0") as caught:
        read_labelled_set(unsplit, "train")
    assert "datasets split" in str(caught.value.hint)
    (whole / "images/x.png").unlink()
    with pytest.raises(SchemaError, match="the picture of the sample s0, got no such file"):
        read_labelled_set(whole, "train")
    (unsplit / "samples.parquet").unlink()
    with pytest.raises((SchemaError, StudyError), match=r"samples\.parquet"):
        read_labelled_set(unsplit, "train")


def test_several_labels_without_a_face_are_refused_where_read_and_where_built(
    tmp_path: Path,
) -> None:
    space = ClassSpace(name="imported", names=("AU4", "AU12"), multi_label=True)
    folder = write(tmp_path / "a", space, [sample(0, "x", classes=("AU4",))])
    for attempt in (
        lambda: read_labelled_set(folder, "train"),
        lambda: build_network(find_network("yolov8n*0.25"), space, side_px=64),
    ):
        with pytest.raises(ConfigError, match="expected 'face' among several labels") as caught:
            attempt()
        assert "au or emotion+au" in str(caught.value.hint)


def test_crops_are_turned_upright_where_the_eyes_are_known(tmp_path: Path) -> None:
    """The eyes lie on a slope of 3 to 4 about the box's middle: upright, they are level."""
    middle = np.array([40.0, 45.0])
    eyes = middle + np.array([[-8.0, -6.0], [8.0, 6.0]])
    points = (*eyes.ravel().tolist(), *middle.tolist() * 3)
    samples = [
        sample(0, "a", classes=("face",), points_xy=points),
        sample(1, "b", classes=("face",)),
        sample(2, "c", classes=("face",), points_xy=(5.0, 5.0) * 5),  # says nothing of a turn
    ]
    read = read_labelled_set(write(tmp_path / "a", AUS, samples), "train")
    turned, *plain = read.pictures
    assert turned.eyes_of(0) is not None
    assert [picture.eyes_of(0) for picture in plain] == [None, None]
    spec = InputSpec(side_px=64, mode="crop")
    views = EvaluationViews(read, spec)
    shown = [views[number] for number in range(3)]
    level = [view.matrix[:, :2] @ (eyes - middle).T for view in shown]  # (2, 2): columns are eyes
    assert abs(level[0][1]).max() < 1e-9
    assert all(abs(slope[1]).max() > 1 for slope in level[1:])
    truth = views.truth(shown)
    np.testing.assert_allclose(truth.boxes_xyxy[0], truth.boxes_xyxy[1], atol=1e-3)
    # Training without chance shows the same crop.
    trained = TrainingViews(read, spec, STILL, seed=0, n_epochs=1)[(0, 0)]
    assert float((trained.image - shown[0].image).abs().max()) < 0.05
    moved = TrainingViews(read, spec, AugmentConfig(mosaic=0), seed=0, n_epochs=1)[(0, 0)]
    assert moved.truth.is_known is not None
    assert moved.truth.is_known.all()


def test_boxes_beyond_the_border_are_measured_as_far_as_they_show(tmp_path: Path) -> None:
    beyond = sample(0, "a", classes=("face",), box_xyxy=(-10.0, 100.0, 30.0, 140.0))
    outside = sample(1, "a", classes=("face",), box_xyxy=(170.0, 20.0, 190.0, 40.0))
    read = read_labelled_set(write(tmp_path / "a", AUS, [beyond, outside]), "train")
    views = EvaluationViews(read, InputSpec(side_px=64))
    assert views.truth([views[0]]).boxes_xyxy.tolist() == [[0, 100, 30, 120]]
