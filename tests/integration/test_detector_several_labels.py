"""The toy of several labels on one face: multi-hot targets learn it, copies of the box do not.

Four pictures, one face each, 19 marks of 9 kinds on them; 120 steps. With copies (one row for each
label, as common formats write it) the anchor points go to one or two of the rows. A label counts
as learned when any point that overlaps the face by half says it with more than 1/2; that is
generous to the copies, which spread their labels over different points.
"""

import numpy as np
import torch
from torch import Tensor
from torchvision.ops import box_iou

from cinefacs.detectors.protocol import FindOptions, PictureTruth
from cinefacs.detectors.training.settle import settle_norms
from cinefacs.detectors.yolo_detection import YoloDetection
from tests.support.detectors import NARROW, several_label_space, small_network

N_KINDS = 9
N_MARKS = (5, 4, 5, 5)
SIDE_PX, FACE_PX, MARK_PX = 96, 56, 12
N_STEPS = 120


def marked_faces() -> tuple[Tensor, list[PictureTruth]]:
    """Return four pictures of bright squares with blue marks at 3 x 3 places."""
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    images = 0.3 + 0.05 * torch.rand(len(N_MARKS), 3, SIDE_PX, SIDE_PX)
    truth = []
    for image, n_marks in zip(images, N_MARKS, strict=True):
        x, y = (int(v) for v in rng.integers(4, SIDE_PX - FACE_PX - 4, 2))
        image[:, y : y + FACE_PX, x : x + FACE_PX] = 0.7
        labels = torch.zeros(1, N_KINDS + 1)
        labels[0, -1] = 1
        for kind in rng.choice(N_KINDS, n_marks, replace=False).tolist():
            top, left = y + 6 + 16 * (kind // 3), x + 6 + 16 * (kind % 3)
            blue = torch.tensor([0.1, 0.2, 0.9])[:, None, None]
            image[:, top : top + MARK_PX, left : left + MARK_PX] = blue
            labels[0, kind] = 1
        box = torch.tensor([[x, y, x + FACE_PX, y + FACE_PX]], dtype=torch.float32)
        truth.append(PictureTruth(box, labels))
    return images, truth


def as_copies(truth: list[PictureTruth]) -> list[PictureTruth]:
    """Return one row for each label."""
    copies = []
    for picture in truth:
        boxes, labels = picture.boxes_xyxy, picture.labels
        kinds = labels[0].nonzero()[:, 0]
        rows = torch.eye(labels.shape[1])[kinds]
        copies.append(PictureTruth(boxes.expand(len(kinds), 4), rows))
    return copies


def trained(images: Tensor, truth: list[PictureTruth]) -> YoloDetection:
    network = small_network(NARROW["yolov8"], several_label_space(N_KINDS), side_px=SIDE_PX)
    assert isinstance(network, YoloDetection)
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3)
    for step in range(N_STEPS):
        optimizer.param_groups[0]["lr"] = 5e-3 * min(1, (step + 1) / 10)
        loss = torch.stack(list(network.losses(images, truth).values())).sum()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    settle_norms(network, network.run_once, [images])
    return network.eval()


def n_learned(network: YoloDetection, images: Tensor, truth: list[PictureTruth]) -> int:
    with torch.no_grad():
        boxes, scores = network.predict_raw(images)
    learned = 0
    for row, (box, labels, *_) in enumerate(truth):
        near = box_iou(box, boxes[row])[0] > 0.5
        best = scores[row][near].amax(dim=0)
        learned += int(((best > 0.5) & (labels[0] > 0))[:-1].sum())
    return learned


def test_multi_hot_targets_learn_what_copies_of_the_box_cannot() -> None:
    images, truth = marked_faces()
    grouped = trained(images, truth)
    n_grouped = n_learned(grouped, images, truth)
    n_copies = n_learned(trained(images, as_copies(truth)), images, truth)
    print(f"learned of {sum(N_MARKS)}: multi-hot {n_grouped}, copies {n_copies}")  # noqa: T201
    assert n_grouped >= 13
    assert n_copies <= n_grouped - 6
    # One face, one box, and no label that it has not.
    for found, (_, labels, *_) in zip(grouped.find(images, FindOptions(score_floor=0.25)), truth,
                                  strict=True):  # fmt: skip
        assert len(found.score) == 1
        assert found.class_scores is not None
        assert not ((found.class_scores[0] > 0.5) & (labels[0] == 0)).any()
