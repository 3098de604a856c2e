"""What a training leaves open follows from its classes; what it names stays."""

from pathlib import Path

import pytest

from cinefacs.detectors.training.complete import complete_config, complete_input
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.fitting import Fitting
from cinefacs.records.class_space import (
    ClassSpace,
    au_space,
    combination_space,
    emotion7_space,
    emotion_au_space,
    emotion_space,
    face_space,
)
from tests.support.detectors import NARROW, one_label_space, small_network
from tests.support.labelled import draw_set

CARS = ClassSpace(name="imported", names=("car", "AUTO", "happiness"))


@pytest.mark.parametrize(
    "space",
    [
        emotion_space(), emotion7_space(), au_space(), emotion_au_space(),
        combination_space([(1, 2), (12,)], has_neutral=True),
        ClassSpace(name="imported", names=("happiness", "AU12L")),
    ],
)  # fmt: skip
def test_expressions_are_read_on_grey_crops(space: ClassSpace) -> None:
    known = complete_input(TrainConfig(), space)
    assert (known.mode, known.colour, known.side_px) == ("crop", "grey", 128)


@pytest.mark.parametrize(
    "space", [face_space(), CARS, ClassSpace(name="imported", names=("neutral", "other"))]
)
def test_anything_else_is_found_in_whole_pictures(space: ClassSpace) -> None:
    known = complete_input(TrainConfig(), space)
    assert (known.mode, known.colour, known.side_px) == ("frame", "rgb", 640)


def test_what_is_named_stays() -> None:
    named = TrainConfig(mode="frame", colour="grey", side_px=96, precision="bf16")
    assert complete_config(named, emotion_space(), "cpu") == named
    assert complete_input(TrainConfig(mode="frame"), emotion_space()).colour == "rgb"
    assert complete_input(TrainConfig(mode="crop"), CARS).side_px == 128


def test_a_training_wants_a_complete_configuration(tmp_path: Path) -> None:
    drawn = draw_set(tmp_path, one_label_space(), n=1, n_empty=0)
    for config, left in (
        (TrainConfig(side_px=64), "mode"),
        (TrainConfig(mode="frame", colour="rgb", precision="auto"), "precision"),
        (TrainConfig(mode="frame", colour="rgb"), "side_px"),
    ):
        with pytest.raises(ValueError, match=left):
            Fitting(
                network=small_network(NARROW["yolov8"]), train_set=drawn, val_set=drawn,
                config=config, folder=tmp_path, digest="x",
            )  # fmt: skip
