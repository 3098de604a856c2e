"""What every detector's network can do, whoever wrote it: one way in, one way out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn

from cinefacs.detectors.networks.config import NetworkConfig
from cinefacs.errors import ConfigError
from cinefacs.records.class_space import ClassSpace

__all__ = ["DetectionNetwork", "FindOptions", "Found", "PictureTruth"]


class PictureTruth(NamedTuple):
    """The true boxes of one picture."""

    boxes_xyxy: Tensor
    """(M, 4), px of the network's input."""
    labels: Tensor
    """(M, K) of 0 and 1."""
    is_known: Tensor | None = None
    """(M, K) bool: False where nothing is known of a label; None: everything is known."""
    own: int = 0
    """Row of the face that a crop was cut around; -1 where it hardly shows."""


class Found(NamedTuple):
    """The boxes found in one picture, best first."""

    boxes_xyxy: Tensor
    """(N, 4), px of the network's input."""
    score: Tensor
    """(N,), 0 to 1."""
    class_index: Tensor
    """(N,) int."""
    class_scores: Tensor | None
    """(N, K), or None where the network tells only the score of the box's own class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FindOptions:
    """Which boxes are kept; the same for all detectors that are compared."""

    score_floor: float = 0.001
    """Least score of a box."""
    nms_iou: float = 0.7
    """Overlap from which on the lesser of two boxes of one class is dropped."""
    most_boxes: int = 300
    """Boxes of one picture, the best ones."""

    def __post_init__(self) -> None:
        """Check the values."""
        for name in ("score_floor", "nms_iou"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ConfigError(f"{name}: expected 0 to 1, got {value}")
        if self.most_boxes < 1:
            raise ConfigError(f"most_boxes: expected at least 1, got {self.most_boxes}")


class DetectionNetwork(nn.Module, ABC):
    """A network that learns from true boxes and finds boxes.

    Parameters
    ----------
    config
        Which network.
    class_space
        What it tells apart.
    side_px
        Side of the square input that it is trained on.
    """

    def __init__(self, config: NetworkConfig, class_space: ClassSpace, side_px: int) -> None:
        super().__init__()
        self.config = config
        self.class_space = class_space
        self.side_px = side_px

    @abstractmethod
    def losses(self, images: Tensor, truth: Sequence[PictureTruth]) -> dict[str, Tensor]:
        """Return the parts of the loss, by name; their sum is what training makes small.

        Parameters
        ----------
        images : (B, 3, H, W), 0 to 1
        truth
            One for each picture; a picture may have no box.
        """

    @abstractmethod
    def find(self, images: Tensor, options: FindOptions) -> list[Found]:
        """Return the boxes of each picture.

        Parameters
        ----------
        images : (B, 3, H, W), 0 to 1
        options
            Which boxes are kept.
        """

    @abstractmethod
    def run_once(self, image: Tensor) -> None:
        """Run every layer on one picture as often as inference does, for counting.

        Parameters
        ----------
        image : (1, 3, H, W)
            May lie on the meta device.
        """
