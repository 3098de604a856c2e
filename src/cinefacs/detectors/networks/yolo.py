"""A body and a head: the whole network."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor, nn

from cinefacs.detectors.networks.config import NetworkConfig
from cinefacs.detectors.networks.crop_reader import CropReader
from cinefacs.detectors.networks.head import DetectHead, RawPredictions
from cinefacs.detectors.networks.yolov3 import YoloV3Body, YoloV3TinyBody
from cinefacs.detectors.networks.yolov5 import YoloV5Body
from cinefacs.detectors.networks.yolov8 import YoloV8Body
from cinefacs.errors import ConfigError, SchemaError

__all__ = ["LARGEST_STRIDE_PX", "Yolo"]

LARGEST_STRIDE_PX = 32
_FACE_CHANNELS = 16
"""Inner channels of the branch that tells only faces from background."""
_BODIES: dict[str, type[YoloV8Body | YoloV5Body | YoloV3Body | YoloV3TinyBody]] = {
    "yolov8": YoloV8Body,
    "yolov5": YoloV5Body,
    "yolov3": YoloV3Body,
    "yolov3-tiny": YoloV3TinyBody,
}


class Yolo(nn.Module):
    """A network of the YOLO family.

    Parameters
    ----------
    config
        Family, scale and switches.
    n_classes
        K, at least 1; with a crop reader at least 2, one of which is the face.

    Raises
    ------
    ConfigError
        A rival's family, or no class.
    """

    if TYPE_CHECKING:

        def __call__(self, images: Tensor) -> RawPredictions:
            """Run the network."""
            ...

    def __init__(self, config: NetworkConfig, n_classes: int) -> None:
        super().__init__()
        if config.family not in _BODIES:
            raise ConfigError(f"Yolo: expected {', '.join(_BODIES)}, got {config.family!r}")
        if n_classes < 1:
            raise ConfigError(f"Yolo: expected at least one class, got {n_classes}")
        self.config = config
        self.body: YoloV8Body | YoloV5Body | YoloV3Body | YoloV3TinyBody = _BODIES[config.family](
            config
        )
        self.reader: CropReader | None = None
        if config.reader == "crop":
            self.head = DetectHead(
                self.body.channels, self.body.strides, 1, score_channels=_FACE_CHANNELS
            )
            self.reader = CropReader(self.body.channels, n_classes - 1)
        else:
            self.head = DetectHead(self.body.channels, self.body.strides, n_classes)

    def forward(self, images: Tensor) -> RawPredictions:
        """Return the raw predictions; with a crop reader those of the face alone.

        Parameters
        ----------
        images : (B, 3, H, W), 0 to 1, H and W multiples of 32

        Raises
        ------
        SchemaError
            The sides are no multiples of 32.
        """
        return self.head(self._maps(images))

    def read(self, images: Tensor) -> tuple[RawPredictions, Tensor | None]:
        """Return the raw predictions, and the (B, K - 1) logits of a crop reader.

        Parameters
        ----------
        images
            As for `forward`.

        Raises
        ------
        SchemaError
            The sides are no multiples of 32.
        """
        maps = self._maps(images)
        return self.head(maps), None if self.reader is None else self.reader(maps)

    def _maps(self, images: Tensor) -> Sequence[Tensor]:
        height, width = images.shape[2:]
        if height % LARGEST_STRIDE_PX or width % LARGEST_STRIDE_PX:
            raise SchemaError(
                f"images: expected sides that {LARGEST_STRIDE_PX} divides, got {height} x {width}",
                hint="letterbox the pictures to such a size",
            )
        maps: Sequence[Tensor] = self.body(images)
        return maps
