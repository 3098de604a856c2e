"""Faster R-CNN with VGG16: 13 convolutions, 4 poolings, stride 16."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.vgg import cfgs, make_layers
from torchvision.ops import MultiScaleRoIAlign

from cinefacs.detectors.networks.config import NetworkConfig
from cinefacs.detectors.protocol import DetectionNetwork, FindOptions, Found, PictureTruth
from cinefacs.detectors.rivals.common import (
    IMAGE_MEAN,
    IMAGE_STD,
    narrow_channels,
    require_one_label,
    torchvision_targets,
)
from cinefacs.records.class_space import ClassSpace

__all__ = ["FasterRcnnDetection", "vgg16_features"]

_POOL = 7
_HEAD = 1024
"""Width of the two layers behind the pooled regions. VGG16's own 4096 would make the network 137
million parameters large, nine tenths of them in that place."""
N_PROPOSALS = 1000
"""Regions that the second stage looks at in one picture."""


def vgg16_features(width_share: float = 1.0) -> nn.Sequential:
    """Return VGG16's convolutions without the last pooling, initialised as torchvision's.

    Parameters
    ----------
    width_share
        Channels as a share of VGG16's.

    References
    ----------
    K. Simonyan and A. Zisserman, "Very deep convolutional networks", ICLR 2015, column D. K. He
    et al., "Delving deep into rectifiers", ICCV 2015, for the initialisation.
    """
    plan = [n if isinstance(n, str) else narrow_channels(n, width_share) for n in cfgs["D"]]
    features = make_layers(plan)[:-1]
    for layer in features:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    kept: nn.Sequential = features
    return kept


class FasterRcnnDetection(DetectionNetwork):
    """Faster R-CNN under the common protocol.

    Parameters
    ----------
    config
        Only the share of the width matters.
    class_space
        One label a box.
    side_px
        Side of the square input; the network does not rescale it.

    Raises
    ------
    ConfigError
        The class space has several labels.

    References
    ----------
    S. Ren et al., "Faster R-CNN", NeurIPS 2015; section 4.3.2 of the YOLOv8-SMART paper. RoIAlign
    stands in the place of RoI pooling (K. He et al., "Mask R-CNN", ICCV 2017).
    """

    def __init__(self, config: NetworkConfig, class_space: ClassSpace, side_px: int) -> None:
        super().__init__(config, class_space, side_px)
        require_one_label(config.family, class_space)
        backbone = vgg16_features(config.width_share)
        channels = narrow_channels(512, config.width_share)
        head = narrow_channels(_HEAD, config.width_share)
        backbone.out_channels = channels  # type: ignore[assignment]
        self.rcnn = FasterRCNN(
            backbone,
            rpn_anchor_generator=AnchorGenerator(((32, 64, 128, 256, 512),), ((0.5, 1.0, 2.0),)),
            box_roi_pool=MultiScaleRoIAlign(["0"], _POOL, 2),
            box_head=TwoMLPHead(channels * _POOL**2, head),
            box_predictor=FastRCNNPredictor(head, len(class_space) + 1),
            min_size=side_px,
            max_size=side_px,
            image_mean=IMAGE_MEAN,
            image_std=IMAGE_STD,
            rpn_post_nms_top_n_test=N_PROPOSALS,
        )

    def losses(self, images: Tensor, truth: Sequence[PictureTruth]) -> dict[str, Tensor]:
        """Return the losses of both stages; only while training, as torchvision has it."""
        parts: dict[str, Tensor] = self.rcnn(list(images), torchvision_targets(truth))
        return parts

    @torch.no_grad()
    def find(self, images: Tensor, options: FindOptions) -> list[Found]:
        """Return the boxes of each picture."""
        self.rcnn.roi_heads.score_thresh = options.score_floor
        self.rcnn.roi_heads.nms_thresh = options.nms_iou
        self.rcnn.roi_heads.detections_per_img = options.most_boxes
        answers = self.rcnn(list(images))
        return [Found(a["boxes"], a["scores"], a["labels"] - 1, None) for a in answers]

    def run_once(self, image: Tensor) -> None:
        """Run both stages, the second on `N_PROPOSALS` regions."""
        features = self.rcnn.backbone(image)  # (1, 512, H/16, W/16)
        self.rcnn.rpn.head([features])
        shape = (N_PROPOSALS, features.shape[1], _POOL, _POOL)
        hidden = self.rcnn.roi_heads.box_head(features.new_zeros(shape))  # (R, 1024)
        self.rcnn.roi_heads.box_predictor(hidden)
