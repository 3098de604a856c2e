"""What the two rivals share: the normalisation of VGG16, their labels, and narrower copies."""

from collections.abc import Sequence

from torch import Tensor

from cinefacs.detectors.protocol import PictureTruth
from cinefacs.errors import ConfigError
from cinefacs.records.class_space import ClassSpace

__all__ = ["IMAGE_MEAN", "IMAGE_STD", "narrow_channels", "require_one_label", "torchvision_targets"]

IMAGE_MEAN = (0.485, 0.456, 0.406)
IMAGE_STD = (0.229, 0.224, 0.225)
"""ImageNet's, of red, green and blue in 0 to 1. torchvision's SSD comes with a deviation of 1/255,
which fits Caffe's weights only: without them its first loss is seven times as high."""


def require_one_label(family: str, class_space: ClassSpace) -> None:
    """Raise where boxes have several labels: a softmax over classes can name one.

    Raises
    ------
    ConfigError
        The space has several labels.
    """
    if class_space.multi_label:
        raise ConfigError(
            f"network {family}: expected a class space with one label a box, "
            f"got {class_space.name!r}",
            hint="train it on `emotion` or `combination`",
        )


def torchvision_targets(truth: Sequence[PictureTruth]) -> list[dict[str, Tensor]]:
    """Return the truth as torchvision wants it: labels from 1, no box without an area.

    Parameters
    ----------
    truth
        Of each picture.
    """
    targets = []
    for picture in truth:  # with one label a box everything is known
        boxes, labels = picture.boxes_xyxy, picture.labels
        has_area = (boxes[:, 2:] > boxes[:, :2]).all(dim=1)  # (M,)
        targets.append(
            {"boxes": boxes[has_area].float(), "labels": labels[has_area].argmax(dim=1) + 1}
        )
    return targets


def narrow_channels(n: int, share: float) -> int:
    """Return a share of the channels, at least 8."""
    return max(8, int(n * share))
