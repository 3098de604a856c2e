"""Faces that were cut beforehand, as a network is shown them."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.detectors.data.views import EvaluationViews, TrainingViews
from cinefacs.engines.face_input import stack_as_input
from cinefacs.errors import ConfigError
from cinefacs.records.input_spec import InputSpec
from tests.support.face_sets import write_drawn_set
from tests.support.trainings import STILL

SPEC = InputSpec(side_px=64, mode="crop", colour="grey", temporal="neutral")
CALM = AugmentConfig(**{
    **{name: getattr(STILL, name) for name in STILL.__dataclass_fields__},
    "shade": 0.0, "noise": 0.0, "erase": 0.0, "rest_unknown": 0.0,
})  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_drawn_set(tmp_path_factory.mktemp("faces"), n_train=10, n_val=4)


def test_a_view_shows_the_middle_of_the_crop_and_its_rest(folder: Path) -> None:
    labelled = read_labelled_set(folder, "train")
    view = EvaluationViews(labelled, SPEC)[0]
    cut = labelled.pictures[0].cut
    assert cut is not None
    stack = cut.stack(SPEC)
    # 80 px at 1.625 shown at 64 px for 1.3 is the middle 64 px, pixel for pixel
    expected = stack_as_input(stack[8:72, 8:72], SPEC)
    np.testing.assert_allclose(view.image.numpy(), expected, atol=1e-6)
    (boxes,) = [EvaluationViews(labelled, SPEC).truth([view] * len(labelled)).boxes_xyxy[:1]]
    np.testing.assert_allclose(boxes[0], [8, 6, 56, 58], atol=1e-4)


def test_a_training_view_follows_from_seed_epoch_and_number(folder: Path) -> None:
    labelled = read_labelled_set(folder, "train")
    views = [TrainingViews(labelled, SPEC, AugmentConfig(mosaic=0), seed=5, n_epochs=3)
             for _ in range(2)]  # fmt: skip
    torch.testing.assert_close(views[0][1, 4].image, views[1][1, 4].image, rtol=0, atol=0)
    assert not torch.equal(views[0][1, 4].image, views[0][2, 4].image)
    assert not torch.equal(views[0][1, 4].image, views[0][1, 5].image)


def test_a_mirrored_view_mirrors_face_and_rest_alike(folder: Path) -> None:
    labelled = read_labelled_set(folder, "train")
    plain, mirrored = (
        TrainingViews(labelled, SPEC, _changed(flip=flip), seed=0, n_epochs=1)[0, 2]
        for flip in (0.0, 1.0)
    )
    torch.testing.assert_close(plain.image.flip(-1), mirrored.image)
    assert mirrored.truth.boxes_xyxy.tolist() == [[8, 6, 56, 58]]


def test_without_rest_the_face_stands_in_its_place(folder: Path) -> None:
    labelled = read_labelled_set(folder, "train")
    image = TrainingViews(labelled, SPEC, _changed(rest_unknown=1.0), seed=0, n_epochs=1)[
        0, 0
    ].image
    assert torch.equal(image[0], image[1])
    assert torch.equal(image[2], torch.full_like(image[2], 0.5))


def test_what_is_unknown_stays_unknown(folder: Path) -> None:
    labelled = read_labelled_set(folder, "train")
    au4 = labelled.class_space.names.index("AU4")
    known = [bool(picture.is_known[0, au4]) for picture in labelled.pictures]
    assert known == [k % 5 != 0 for k in range(10)]


@pytest.mark.parametrize("changes", [{"blur": 1.0}, {"jpeg": 1.0}, {"noise": 1.0}, {"shade": 1.0},
                                     {"erase": 1.0}, {"exposure": 1.0}])  # fmt: skip
def test_each_change_changes_the_view_and_nothing_else(
    folder: Path, changes: dict[str, float]
) -> None:
    labelled = read_labelled_set(folder, "train")
    plain, other = (
        TrainingViews(labelled, SPEC, config, seed=1, n_epochs=1)[0, 3]
        for config in (CALM, _changed(**changes))
    )
    assert not torch.equal(plain.image, other.image)
    torch.testing.assert_close(plain.truth.boxes_xyxy, other.truth.boxes_xyxy)


@pytest.mark.parametrize("spec", [InputSpec(side_px=64), InputSpec(side_px=64, mode="crop")])
def test_colour_and_whole_pictures_are_refused(folder: Path, spec: InputSpec) -> None:
    with pytest.raises(ConfigError, match="crops in grey"):
        EvaluationViews(read_labelled_set(folder, "train"), spec)


def test_neighbours_that_are_not_there_are_refused(folder: Path) -> None:
    spec = InputSpec(side_px=64, mode="crop", colour="grey", temporal="neighbours", step_ms=100)
    with pytest.raises(ConfigError, match="neighbours"):
        EvaluationViews(read_labelled_set(folder, "train"), spec)


def test_neighbours_at_another_distance_are_refused(tmp_path: Path) -> None:
    labelled = read_labelled_set(write_drawn_set(tmp_path, n_train=2, n_val=1, step_ms=80), "val")
    spec = InputSpec(side_px=64, mode="crop", colour="grey", temporal="neighbours", step_ms=80)
    assert len(EvaluationViews(labelled, spec)) == 1
    assert len(EvaluationViews(labelled, SPEC)) == 1  # the rest has no distance
    with pytest.raises(ConfigError, match="expected 80 as in the face set, got 100"):
        EvaluationViews(labelled, dataclasses.replace(spec, step_ms=100))


def _changed(**changes: float) -> AugmentConfig:
    fields = {name: getattr(CALM, name) for name in CALM.__dataclass_fields__}
    return AugmentConfig(**{**fields, **changes})
