"""From a name to a network that can be trained."""

import torch

from cinefacs.detectors.losses.config import LossConfig
from cinefacs.detectors.networks.config import NetworkConfig
from cinefacs.detectors.networks.describe import NetworkSize, measure
from cinefacs.detectors.protocol import DetectionNetwork
from cinefacs.detectors.rivals.faster_rcnn import FasterRcnnDetection
from cinefacs.detectors.rivals.ssd import SsdDetection
from cinefacs.detectors.yolo_detection import YoloDetection
from cinefacs.errors import ConfigError
from cinefacs.records.class_space import FACE, ClassSpace

__all__ = ["build_network", "describe_network"]


def build_network(
    config: NetworkConfig,
    class_space: ClassSpace,
    *,
    side_px: int,
    loss: LossConfig | None = None,
) -> DetectionNetwork:
    """Return an untrained network; its numbers follow torch's seed.

    Parameters
    ----------
    config
        Which network.
    class_space
        What it tells apart.
    side_px
        Side of its square input.
    loss
        Gains of the YOLO family's loss; the rivals have their own.

    Raises
    ------
    ConfigError
        The network cannot learn the class space.
    """
    if class_space.multi_label and class_space.box_index is None:
        raise ConfigError(
            f"class space {class_space.name}: expected a class {FACE!r} beside several labels, "
            "got none",
            hint="its score is the score of the box",
        )
    if config.family == "faster-rcnn-vgg16":
        return FasterRcnnDetection(config, class_space, side_px)
    if config.family == "ssd300-vgg16":
        return SsdDetection(config, class_space, side_px)
    return YoloDetection(config, class_space, side_px, loss=loss)


def describe_network(
    config: NetworkConfig, class_space: ClassSpace, *, side_px: int
) -> NetworkSize:
    """Return the size of a network without making room for its numbers.

    Parameters
    ----------
    config, class_space, side_px
        As for `build_network`.

    Raises
    ------
    ConfigError
        The network cannot learn the class space.
    """
    with torch.device("meta"):
        network = build_network(config, class_space, side_px=side_px)
        image = torch.zeros(1, 3, side_px, side_px)
        return measure(network, lambda: network.run_once(image))
