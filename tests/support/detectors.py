"""Small networks and sets of pictures for tests of the detectors.

Importing this sets torch to one thread: with several worker processes and threads on the same
processors, threads wait for each other many times longer than they compute.
"""

import torch

from cinefacs.detectors.build import build_network
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.protocol import DetectionNetwork, PictureTruth
from cinefacs.detectors.training.settle import settle_norms
from cinefacs.detectors.yolo_detection import YoloDetection
from cinefacs.records.class_space import ClassSpace

__all__ = [
    "CROP_READER",
    "NARROW",
    "one_label_space",
    "several_label_space",
    "small_network",
    "some_truth",
    "stir",
]

torch.set_num_threads(1)

NARROW = {
    "yolov8": "yolov8n*0.25",
    "smart": "yolov8n-smart*0.25",
    "yolov5": "yolov5n*0.25",
    "yolov3": "yolov3*0.0625",
    "yolov3-tiny": "yolov3-tiny*0.25",
    "faster-rcnn": "faster-rcnn-vgg16*0.0625",
    "ssd": "ssd300-vgg16*0.0625",
}
"""A narrow network of each family: the same classes as the full ones."""
CROP_READER = "yolov8n-smart+crop-reader*0.25"
"""One that reads several labels of the face in a crop."""


def one_label_space(n_classes: int = 3) -> ClassSpace:
    """Return a class space with one label a box."""
    return ClassSpace(name="made-up", names=tuple(f"kind{i}" for i in range(n_classes)))


def several_label_space(n_units: int = 3) -> ClassSpace:
    """Return a class space with several labels a box."""
    units = tuple(f"AU{i + 1}" for i in range(n_units))
    return ClassSpace(name="made-up", names=(*units, "face"), multi_label=True)


def small_network(
    name: str, space: ClassSpace | None = None, *, side_px: int = 64, seed: int = 0
) -> DetectionNetwork:
    """Return a network with numbers that follow the seed."""
    torch.manual_seed(seed)
    return build_network(find_network(name), space or one_label_space(), side_px=side_px)


@torch.no_grad()
def stir(network: DetectionNetwork, *, seed: int = 1) -> DetectionNetwork:
    """Return the network with answers that differ from place to place and from picture to picture.

    A new network says nearly the same everywhere: whatever is compared would be equal by itself,
    and equal scores leave to chance which box suppression keeps. Where normalisation has not seen
    a picture yet (running variance 1), what is shown even dies out on the way: two pictures then
    differ by 1e-5 in the answers, whatever they show.
    """
    rng = torch.Generator().manual_seed(seed)
    for name, parameter in network.named_parameters():
        if name.endswith(("bias", "bn.weight")):
            parameter.add_(torch.randn(parameter.shape, generator=rng) * 0.5)
    if isinstance(network, YoloDetection):
        for branch in network.yolo.head.score:
            branch[-1].bias.zero_()  # type: ignore[index]
        patches = torch.rand(8, 3, 8, 8, generator=rng)
        settle_norms(
            network, network.run_once, [torch.nn.functional.interpolate(patches, (64, 64))]
        )
    return network


def some_truth(n_classes: int = 3) -> list[PictureTruth]:
    """Return the truth of two pictures of 64 px, the second without a box."""
    box = torch.tensor([[6.0, 8.0, 40.0, 52.0]])
    return [
        PictureTruth(box, torch.eye(n_classes)[:1]),
        PictureTruth(torch.zeros(0, 4), torch.zeros(0, n_classes)),
    ]
