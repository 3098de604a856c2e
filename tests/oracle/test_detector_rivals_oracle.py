"""The rivals are torchvision's networks: same shapes, same answers."""

import pytest
import torch
from torchvision.models import vgg16
from torchvision.models.detection import ssd300_vgg16

from cinefacs.detectors.build import build_network, describe_network
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.rivals.common import IMAGE_MEAN, IMAGE_STD
from cinefacs.detectors.rivals.faster_rcnn import FasterRcnnDetection, vgg16_features
from cinefacs.detectors.rivals.ssd import SsdDetection
from tests.support.detectors import NARROW, one_label_space, small_network


def test_the_backbone_is_vgg16_without_its_last_pooling() -> None:
    with torch.device("meta"):
        expected = vgg16(weights=None).features[:-1]
        got = vgg16_features()
    assert [(n, p.shape) for n, p in got.named_parameters()] == [
        (n, p.shape) for n, p in expected.named_parameters()
    ]
    kinds = [type(layer).__name__ for layer in got]
    assert kinds.count("Conv2d") == 13
    assert kinds.count("MaxPool2d") == 4


def test_faster_rcnn_has_the_parts_that_the_specification_names() -> None:
    with torch.device("meta"):
        network = build_network(find_network("faster-rcnn-vgg16"), one_label_space(7), side_px=320)
    assert isinstance(network, FasterRcnnDetection)
    rcnn = network.rcnn
    assert rcnn.rpn.anchor_generator.sizes == ((32, 64, 128, 256, 512),)
    assert rcnn.rpn.anchor_generator.aspect_ratios == ((0.5, 1.0, 2.0),)
    assert rcnn.roi_heads.box_head.fc6.in_features == 512 * 7 * 7
    assert rcnn.roi_heads.box_head.fc7.out_features == 1024
    assert rcnn.roi_heads.box_predictor.cls_score.out_features == 8
    size = describe_network(find_network("faster-rcnn-vgg16"), one_label_space(7), side_px=320)
    assert 43e6 < size.n_parameters < 45e6  # a head of 4096 would make it 137 million


def test_ssd_has_the_shapes_of_torchvisions_and_imagenets_deviation() -> None:
    with torch.device("meta"):
        expected = ssd300_vgg16(weights=None, weights_backbone=None, num_classes=8)
        got = build_network(find_network("ssd300-vgg16"), one_label_space(7), side_px=320)
    assert isinstance(got, SsdDetection)
    assert [(n, p.shape) for n, p in got.ssd.named_parameters()] == [
        (n, p.shape) for n, p in expected.named_parameters()
    ]
    assert tuple(got.ssd.transform.image_std) == IMAGE_STD
    assert tuple(got.ssd.transform.image_mean) == IMAGE_MEAN


@pytest.mark.parametrize("side_px", [96, 320])
def test_ssd_scales_scores_and_places_boxes_as_torchvision_does(side_px: int) -> None:
    """Its transform, its default boxes and its decoder on one side, our own on the other."""
    network = small_network(NARROW["ssd"], side_px=side_px).eval()
    assert isinstance(network, SsdDetection)
    images = torch.rand(2, 3, side_px, side_px, generator=torch.Generator().manual_seed(0))
    ssd = network.ssd
    with torch.no_grad():
        batch, _ = ssd.transform(list(images))
        maps = list(ssd.backbone(batch.tensors).values())
        answers = ssd.head(maps)
        anchors = ssd.anchor_generator(batch, maps)
        boxes, scores = network.predict_raw(images)
    assert batch.tensors.shape == (2, 3, 300, 300)
    torch.testing.assert_close(
        scores, answers["cls_logits"].softmax(dim=2)[..., 1:], rtol=0, atol=1e-5
    )
    for row in range(2):
        decoded = ssd.box_coder.decode_single(answers["bbox_regression"][row], anchors[row])
        expected = decoded.clamp(0, 300) * side_px / 300
        torch.testing.assert_close(boxes[row], expected, rtol=0, atol=1e-3)
