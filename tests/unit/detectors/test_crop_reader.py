"""A crop reader: labels of a face read once from its whole crop."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from cinefacs.detectors.losses.config import LossConfig
from cinefacs.detectors.losses.detection import reading_loss
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.networks.crop_reader import CropReader
from cinefacs.detectors.protocol import PictureTruth
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.fitting import Fitting
from cinefacs.detectors.yolo_detection import YoloDetection, pad_truth
from cinefacs.errors import ConfigError
from cinefacs.records.class_space import ClassSpace

SPACE = ClassSpace(name="au", names=("AU1", "face", "AU12"), multi_label=True)
"""The face stands between the others, so that a mistake about its place shows."""
NAME = "yolov8n-smart+crop-reader*0.25"


def detector(space: ClassSpace = SPACE, side_px: int = 64) -> YoloDetection:
    torch.manual_seed(0)
    return YoloDetection(find_network(NAME), space, side_px)


def one_face(labels: list[float], is_known: list[bool] | None = None) -> PictureTruth:
    return PictureTruth(
        torch.tensor([[8.0, 8, 56, 56]]),
        torch.tensor([labels]),
        None if is_known is None else torch.tensor([is_known]),
    )


def no_face() -> PictureTruth:
    return PictureTruth(torch.zeros(0, 4), torch.zeros(0, 3))


@pytest.mark.parametrize("side_px", [64, 128, 160])
def test_every_point_says_the_same_of_a_face_if_there_is_one(side_px: int) -> None:
    network = detector(side_px=side_px).eval()
    with torch.no_grad():
        boxes, scores = network.predict_raw(torch.rand(2, 3, side_px, side_px))
    n_points = sum((side_px // stride) ** 2 for stride in (8, 16, 32))
    assert boxes.shape == (2, n_points, 4)
    assert scores.shape == (2, n_points, 3)
    given_face = scores[..., [0, 2]] / scores[..., 1:2]
    assert torch.allclose(given_face, given_face[:, :1].expand_as(given_face), rtol=1e-4)
    assert (given_face <= 1).all()


def test_the_labels_stand_where_the_class_space_has_them() -> None:
    network = detector().eval()
    assert network.yolo.reader is not None
    with torch.no_grad():
        network.yolo.reader.label.weight.zero_()
        network.yolo.reader.label.bias.copy_(torch.tensor([20.0, -20.0]))
        _, scores = network.predict_raw(torch.rand(1, 3, 64, 64))
    assert torch.allclose(scores[..., 0], scores[..., 1])
    assert scores[..., 2].max() < 1e-6


def loss(logits: list[list[float]], *pictures: PictureTruth) -> Tensor:
    padded = pad_truth(pictures, 3, like=torch.zeros(1))
    return reading_loss(torch.tensor(logits), padded, face_index=1, gain=2.0)


def test_the_loss_is_that_of_the_labels_of_each_face() -> None:
    surprise = torch.nn.functional.softplus(torch.tensor([-1.0, 3.0])).sum()  # AU1 yes, AU12 no
    other = torch.nn.functional.softplus(torch.tensor([2.0, 2.0])).sum()
    found = loss([[1.0, 3.0], [2.0, -2.0]], one_face([1, 1, 0]), one_face([0, 1, 1]))
    assert float(found) == pytest.approx(2.0 * float(surprise + other) / 2)


def test_what_is_not_known_and_crops_without_a_face_teach_nothing() -> None:
    half = one_face([1, 1, 0], [True, True, False])
    found = loss([[1.0, 3.0], [5.0, 5.0]], half, no_face())
    expected = 2.0 * float(torch.nn.functional.softplus(torch.tensor(-1.0)))
    assert float(found) == pytest.approx(expected)
    assert float(loss([[5.0, 5.0]], no_face())) == 0


@pytest.mark.parametrize("own", [0, 1])
def test_a_neighbour_in_the_crop_teaches_nothing(own: int) -> None:
    alone = one_face([1, 1, 0], [True, True, False])
    neighbour = one_face([0, 1, 1])
    pair = (alone, neighbour) if own == 0 else (neighbour, alone)
    known = [torch.ones(1, 3).bool() if p.is_known is None else p.is_known for p in pair]
    both = PictureTruth(
        torch.cat([p.boxes_xyxy for p in pair]), torch.cat([p.labels for p in pair]),
        torch.cat(known), own,
    )  # fmt: skip
    logits = [[1.0, 3.0], [2.0, -2.0]]
    assert loss(logits, both, neighbour) == loss(logits, alone, neighbour)


def test_a_crop_whose_own_face_hardly_shows_teaches_nothing() -> None:
    strange = one_face([0, 1, 1])._replace(own=-1)
    alone = one_face([1, 1, 0])
    assert float(loss([[5.0, 5.0]], strange)) == 0
    assert loss([[5.0, 5.0], [1.0, 3.0]], strange, alone) == loss([[1.0, 3.0]], alone)


def test_boxes_and_labels_are_learned_together() -> None:
    network = detector().train()
    parts = network.losses(torch.rand(2, 3, 64, 64), [one_face([1, 1, 0]), no_face()])
    assert list(parts) == ["box", "classes", "distance", "reading"]
    torch.autograd.backward(torch.stack(list(parts.values())).sum())
    assert all(p.grad is not None for p in network.parameters() if p.requires_grad)


def test_it_tells_apart_what_lies_at_another_place() -> None:
    """A bright spot on the left or on the right, as a mouth has two corners."""
    torch.manual_seed(1)
    reader = CropReader((4, 4, 4), 2)
    optimiser = torch.optim.Adam(reader.parameters(), 0.01)
    is_left = torch.arange(32) % 2 == 0

    def crops() -> list[Tensor]:
        maps = [torch.randn(32, 4, side, side) for side in (16, 8, 4)]
        maps[0][is_left, :, 10, 4] += 6
        maps[0][~is_left, :, 10, 11] += 6
        return maps

    wanted = torch.stack([is_left, ~is_left], 1).float()
    for _ in range(40):
        error = torch.nn.functional.binary_cross_entropy_with_logits(reader(crops()), wanted)
        optimiser.zero_grad()
        torch.autograd.backward(error)
        optimiser.step()
    reader.eval()
    with torch.no_grad():
        right = (reader(crops()) > 0) == wanted.bool()
    assert right.float().mean() > 0.9


@pytest.mark.parametrize(
    "space",
    [
        ClassSpace(name="face", names=("face",), multi_label=True),
        ClassSpace(name="emotion", names=("fear", "anger")),
    ],
    ids=lambda space: space.name,
)
def test_without_labels_of_a_face_there_is_nothing_to_read(space: ClassSpace) -> None:
    with pytest.raises(ConfigError, match="expected several labels a face"):
        detector(space)


def test_labels_given_the_face_are_for_points() -> None:
    with pytest.raises(ConfigError, match=r"loss\.labels"):
        YoloDetection(find_network(NAME), SPACE, 64, loss=LossConfig(labels="given_face"))


def test_only_yolov8_has_it() -> None:
    assert find_network(NAME).name == NAME
    with pytest.raises(ConfigError, match="expected reader 'points', got 'crop'"):
        find_network("yolov5n+crop-reader")


def test_whole_pictures_are_not_for_it() -> None:
    nothing: Any = None
    config = TrainConfig(side_px=64, mode="frame", colour="rgb", precision="fp32")
    with pytest.raises(ConfigError, match="expected crop for yolov8n-smart"):
        Fitting(network=detector(), train_set=nothing, val_set=nothing, config=config,
                folder=Path(), digest="")  # fmt: skip
