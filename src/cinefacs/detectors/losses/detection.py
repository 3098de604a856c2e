"""The whole loss of the YOLO family."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from cinefacs.detectors.losses.assigner import Assignment, BatchTruth, assign
from cinefacs.detectors.losses.boxes import box_similarity
from cinefacs.detectors.losses.config import LossConfig
from cinefacs.detectors.losses.distances import distribution_focal_loss, side_distances
from cinefacs.detectors.networks.config import BoxLoss
from cinefacs.detectors.networks.head import DetectHead, RawPredictions

__all__ = ["DetectionLoss", "detection_loss", "reading_loss"]


class DetectionLoss(NamedTuple):
    """The parts of the loss, gains applied; their sum is what training makes small."""

    box: Tensor
    """Overlap."""
    classes: Tensor
    """Binary cross-entropy."""
    distance: Tensor
    """Distribution of distances."""


def detection_loss(
    raw: RawPredictions,
    truth: BatchTruth,
    *,
    head: DetectHead,
    image_wh: tuple[int, int],
    box_loss: BoxLoss = "ciou",
    config: LossConfig | None = None,
    face_index: int | None = None,
) -> DetectionLoss:
    """Return the loss of a batch.

    The class loss is divided by the sum of the class targets. Boxes and distances are weighted by
    each point's largest class target and divided by the sum of those weights: with one label a
    box both sums are the same, with several they are not, and a face with six action units must
    not count its box six times. Each sum is at least 1. All in float32, whatever the network
    computes in.

    A class of which nothing is known of a face has no term in the class loss at the points that
    answer for this face. The divisor stays: such a class has no target, so it never was in the
    sum. Points that answer for no face are background for every class as ever.

    With labels given the face (`LossConfig.labels`) that holds for the face's class alone. The
    others have their terms at the points that answer for a face, with the labels themselves as
    targets, weighted and divided as boxes are.

    Parameters
    ----------
    raw
        Of the head.
    truth
        Padded true boxes.
    head
        Turns distances into boxes.
    image_wh
        Size of the network's input, px.
    box_loss
        Overlap in the loss; the assigner takes CIoU whatever stands here.
    config
        Gains.
    face_index
        Position of the face's class among several labels, which labels given the face need.
    """
    gains = config or LossConfig()
    with torch.autocast(raw.box_logits.device.type, enabled=False):
        return _loss(
            raw, truth, head=head, image_wh=image_wh, box_loss=box_loss, gains=gains,
            face_index=face_index,
        )  # fmt: skip


def reading_loss(logits: Tensor, truth: BatchTruth, *, face_index: int, gain: float) -> Tensor:
    """Return the loss of a crop reader: binary cross-entropy of the labels of each crop's face.

    Summed over the labels of which something is known, averaged over the crops whose own face
    shows. Other faces in a crop teach nothing.

    Parameters
    ----------
    logits : (B, K - 1)
        Without the face's class.
    truth
        Padded true boxes, of K classes.
    face_index
        Position of the face's class.
    gain
        Factor.

    Returns
    -------
    () float32
    """
    if truth.labels.shape[1] == 0:
        return logits.float().sum() * 0
    others = [k for k in range(truth.labels.shape[2]) if k != face_index]
    crop = torch.arange(len(logits), device=logits.device)  # (B,)
    own = torch.zeros_like(crop) if truth.own is None else truth.own  # (B,)
    row = own.clamp_min(0)
    shows = truth.is_real[crop, row] & (own >= 0)  # (B,)
    counts = shows[:, None].float().expand(-1, len(others))  # (B, K - 1)
    if truth.is_known is not None:
        counts = counts * truth.is_known[crop, row][:, others].float()
    with torch.autocast(logits.device.type, enabled=False):
        entropy = functional.binary_cross_entropy_with_logits(
            logits.float(), truth.labels[crop, row][:, others], weight=counts, reduction="sum"
        )
    return gain * entropy / shows.sum().clamp_min(1)


def _loss(
    raw: RawPredictions,
    truth: BatchTruth,
    *,
    head: DetectHead,
    image_wh: tuple[int, int],
    box_loss: BoxLoss,
    gains: LossConfig,
    face_index: int | None,
) -> DetectionLoss:
    raw = RawPredictions(*(part.float() for part in raw))
    with torch.no_grad():  # only the points that answer for a box are decoded with slopes
        boxes = head.decode(raw)  # (B, A, 4) px
        scores = raw.class_logits.sigmoid()  # (B, A, K)
    answer = assign(scores, boxes, raw.points_px, truth, top_k=gains.top_k)
    if gains.labels == "given_face" and face_index is not None:
        classes = _face_and_labels(raw.class_logits, answer, truth, face_index)
    else:
        entropy = functional.binary_cross_entropy_with_logits(
            raw.class_logits, answer.class_targets, weight=_known(answer, truth), reduction="sum"
        )
        classes = entropy / answer.class_targets.sum().clamp_min(1)
    positive = answer.is_positive  # (B, A)
    weights = answer.weights[positive]  # (P,)
    total = weights.sum().clamp_min(1)
    targets = answer.boxes_xyxy[positive]  # (P, 4) px
    points = raw.points_px.expand(len(boxes), -1, -1)[positive]  # (P, 2)
    strides = raw.strides_px.expand(len(boxes), -1)[positive]  # (P,)
    logits = raw.box_logits[positive]  # (P, 4 * N_BINS)
    own = RawPredictions(logits[None], raw.class_logits[positive][None], points, strides)
    similar = box_similarity(box_loss, head.decode(own)[0], targets, image_wh)  # (P,)
    spread = distribution_focal_loss(logits, side_distances(targets, points, strides))  # (P,)
    return DetectionLoss(
        box=gains.box_gain * ((1 - similar) * weights).sum() / total,
        classes=gains.class_gain * classes,
        distance=gains.distance_gain * (spread * weights).sum() / total,
    )


def _face_and_labels(
    logits: Tensor, answer: Assignment, truth: BatchTruth, face_index: int
) -> Tensor:
    """Return the class loss with labels given the face: that of the face, and that of its labels.

    Parameters
    ----------
    logits : (B, A, K)
    answer, truth
        Which point answers for which box, and the boxes' labels.
    face_index
        Position of the face's class.
    """
    target = answer.class_targets[..., face_index]  # (B, A)
    face = functional.binary_cross_entropy_with_logits(
        logits[..., face_index], target, reduction="sum"
    ) / target.sum().clamp_min(1)
    positive = answer.is_positive  # (B, A)
    picture, _ = torch.nonzero(positive, as_tuple=True)  # (P,)
    box = answer.box_index[positive]  # (P,)
    weights = answer.weights[positive]  # (P,)
    counts = torch.ones_like(logits[positive])  # (P, K)
    if truth.is_known is not None:
        counts = truth.is_known[picture, box].float()
    counts[:, face_index] = 0
    entropy = functional.binary_cross_entropy_with_logits(
        logits[positive], truth.labels[picture, box], weight=counts, reduction="none"
    )  # (P, K)
    return face + (entropy.sum(dim=1) * weights).sum() / weights.sum().clamp_min(1)


def _known(answer: Assignment, truth: BatchTruth) -> Tensor | None:
    """Return 0 where a point answers for a face of which nothing is known of a class, else 1.

    Returns
    -------
    (B, A, K) float32, or None where everything is known
    """
    if truth.is_known is None or truth.is_known.shape[1] == 0:
        return None
    k = truth.is_known.shape[2]
    index = answer.box_index[..., None].expand(-1, -1, k)  # (B, A, K)
    known = truth.is_known.gather(1, index)  # (B, A, K)
    return (known | ~answer.is_positive[..., None]).float()
