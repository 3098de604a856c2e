"""SSD300 with VGG16."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.detection import ssd300_vgg16
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.ssd import SSDHead

from cinefacs.detectors.networks.config import NetworkConfig
from cinefacs.detectors.protocol import DetectionNetwork, FindOptions, Found, PictureTruth
from cinefacs.detectors.rivals.common import (
    IMAGE_MEAN,
    IMAGE_STD,
    narrow_channels,
    require_one_label,
    torchvision_targets,
)
from cinefacs.detectors.yolo_detection import suppress
from cinefacs.records.class_space import ClassSpace

__all__ = ["SsdDetection"]

SIDE_PX = 300
"""What the network scales every input to."""
_MAP_CHANNELS = (512, 1024, 512, 256, 256, 256)


class SsdDetection(DetectionNetwork):
    """SSD300 under the common protocol.

    Parameters
    ----------
    config
        Only the share of the width matters.
    class_space
        One label a box.
    side_px
        Side of the square input; the network scales it to 300 px.

    Raises
    ------
    ConfigError
        The class space has several labels.

    References
    ----------
    W. Liu et al., "SSD: Single shot multibox detector", ECCV 2016; section 4.3.2 and equation 6
    of the YOLOv8-SMART paper (the scales of the default boxes).
    """

    def __init__(self, config: NetworkConfig, class_space: ClassSpace, side_px: int) -> None:
        super().__init__(config, class_space, side_px)
        require_one_label(config.family, class_space)
        n_outputs = len(class_space) + 1
        self.ssd: Any  # torchvision is not typed
        if config.width_share == 1:
            self.ssd = _torchvision_ssd(n_outputs)
        else:
            with torch.device("meta"):
                self.ssd = _torchvision_ssd(n_outputs)
            _narrow(self.ssd.backbone, config.width_share)
            scale = self.ssd.backbone.scale_weight
            n_first = narrow_channels(len(scale), config.width_share)
            self.ssd.backbone.scale_weight = nn.Parameter(torch.full((n_first,), 20.0))
            self.ssd.head = SSDHead(
                [narrow_channels(n, config.width_share) for n in _MAP_CHANNELS],
                self.ssd.anchor_generator.num_anchors_per_location(),
                n_outputs,
            )

    def losses(self, images: Tensor, truth: Sequence[PictureTruth]) -> dict[str, Tensor]:
        """Return the losses of boxes and classes; only while training, as torchvision has it."""
        parts: dict[str, Tensor] = self.ssd(list(images), torchvision_targets(truth))
        return parts

    def predict_raw(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the box and the scores of every default box: what is exported.

        Parameters
        ----------
        images : (B, 3, H, W), 0 to 1

        Returns
        -------
        (B, A, 4) px of the input and (B, A, K) 0 to 1
            The background's share is left out, so the scores of a box sum to at most 1.
        """
        height, width = int(images.shape[2]), int(images.shape[3])
        mean = images.new_tensor(IMAGE_MEAN)[:, None, None]  # (3, 1, 1)
        deviation = images.new_tensor(IMAGE_STD)[:, None, None]  # (3, 1, 1)
        small = functional.interpolate(
            (images - mean) / deviation, (SIDE_PX, SIDE_PX), mode="bilinear", align_corners=False
        )  # (B, 3, 300, 300)
        maps = list(self.ssd.backbone(small).values())  # 6 x (B, C, h, w)
        answers = self.ssd.head(maps)
        one = ImageList(small[:1], [(SIDE_PX, SIDE_PX)])  # default boxes are the same in all
        anchors = torch.stack(self.ssd.anchor_generator(one, maps))  # (1, A, 4)
        boxes = _decode(answers["bbox_regression"].float(), anchors)  # (B, A, 4) px of 300
        boxes = boxes.clamp(0, SIDE_PX)
        scale = boxes.new_tensor([width, height, width, height]) / SIDE_PX
        scores = answers["cls_logits"].float().softmax(dim=2)[..., 1:]  # (B, A, K)
        return boxes * scale, scores

    @torch.no_grad()
    def find(self, images: Tensor, options: FindOptions) -> list[Found]:
        """Return the boxes of each picture."""
        boxes, scores = self.predict_raw(images)
        return [
            suppress(b, s, options, face_index=None) for b, s in zip(boxes, scores, strict=True)
        ]

    def run_once(self, image: Tensor) -> None:
        """Run backbone and head at 300 px, whatever the picture's size."""
        small = image.new_zeros(1, 3, SIDE_PX, SIDE_PX)
        self.ssd.head(list(self.ssd.backbone(small).values()))


def _torchvision_ssd(n_outputs: int) -> Any:  # noqa: ANN401
    return ssd300_vgg16(
        weights=None,
        weights_backbone=None,  # left out, torchvision downloads weights
        num_classes=n_outputs,
        image_mean=list(IMAGE_MEAN),
        image_std=list(IMAGE_STD),
    )


def _narrow(module: nn.Module, share: float) -> None:
    """Put narrower convolutions into the places of all convolutions."""
    for name, child in module.named_children():
        if not isinstance(child, nn.Conv2d):
            _narrow(child, share)
            continue
        n_in = child.in_channels if child.in_channels == 3 else None
        conv = nn.Conv2d(
            n_in or narrow_channels(child.in_channels, share),
            narrow_channels(child.out_channels, share),
            child.kernel_size,  # type: ignore[arg-type]
            child.stride,  # type: ignore[arg-type]
            child.padding,  # type: ignore[arg-type]
            child.dilation,  # type: ignore[arg-type]
        )
        nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
        if conv.bias is not None:
            nn.init.zeros_(conv.bias)
        setattr(module, name, conv)


def _decode(offsets: Tensor, anchors: Tensor) -> Tensor:
    """Return boxes from offsets: equations of section 2.2 of the SSD paper, variances 0.1 and 0.2.

    Parameters
    ----------
    offsets, anchors : (B, A, 4), (1, A, 4)
        ``dx, dy, dw, dh`` and ``x1, y1, x2, y2``.
    """
    wh = anchors[..., 2:] - anchors[..., :2]  # (B, A, 2)
    centre = (anchors[..., :2] + anchors[..., 2:]) / 2 + offsets[..., :2] * 0.1 * wh  # (B, A, 2)
    half = wh * (offsets[..., 2:] * 0.2).clamp(max=4.0).exp() / 2  # (B, A, 2)
    return torch.cat([centre - half, centre + half], dim=-1)
