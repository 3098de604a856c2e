"""Which anchor points answer for which box: task-aligned assignment, for one label or several."""

from typing import NamedTuple

import torch
from torch import Tensor

from cinefacs.detectors.losses.boxes import ciou

__all__ = ["Assignment", "BatchTruth", "assign"]

_EPS = 1e-9


class BatchTruth(NamedTuple):
    """The true boxes of a batch, padded to the same number for each picture."""

    boxes_xyxy: Tensor
    """(B, M, 4), px of the network's input."""
    labels: Tensor
    """(B, M, K) of 0 and 1: one-hot, or every class that the box has."""
    is_real: Tensor
    """(B, M) bool: False for padding."""
    is_known: Tensor | None = None
    """(B, M, K) bool: False where nothing is known of a label; None: everything is known."""
    own: Tensor | None = None
    """(B,) int: row of the face that each crop was cut around, -1 where it hardly shows; None: the
    first."""


class Assignment(NamedTuple):
    """What each anchor point should say."""

    is_positive: Tensor
    """(B, A) bool: answers for a box."""
    box_index: Tensor
    """(B, A) int: which box; 0 where none."""
    boxes_xyxy: Tensor
    """(B, A, 4), px."""
    class_targets: Tensor
    """(B, A, K), 0 to 1: labels times normalised alignment."""
    weights: Tensor
    """(B, A), 0 to 1: the largest class target of each point, for boxes and distances."""


@torch.no_grad()
def assign(
    scores: Tensor,
    boxes_xyxy: Tensor,
    points_px: Tensor,
    truth: BatchTruth,
    *,
    top_k: int = 10,
    score_power: float = 0.5,
    overlap_power: float = 6.0,
) -> Assignment:
    """Assign anchor points to boxes by how well they already classify and place them.

    Alignment is ``score^0.5 CIoU^6``; of the points inside a box the `top_k` best aligned answer
    for it. With several labels the score is the mean over the box's own classes, so that one face
    with six action units is one box with six targets; copies of the box would fight for the
    points, and all but one would lose. A point that several boxes claim goes to the one that it
    overlaps most. A box's targets are scaled so that its best point gets its best overlap.

    A box that holds no anchor point (smaller than the finest stride) gets none.

    Parameters
    ----------
    scores : (B, A, K), 0 to 1
        Predicted.
    boxes_xyxy : (B, A, 4), px
        Predicted.
    points_px : (A, 2)
        Anchor points.
    truth
        Padded true boxes; M may be 0.
    top_k
        Points for each box.
    score_power, overlap_power
        Exponents of the alignment.

    References
    ----------
    C. Feng et al., "TOOD: Task-aligned one-stage object detection", ICCV 2021, section 3.2. The
    mean over positive classes is ours.
    """
    n_boxes, n_classes = truth.labels.shape[1:]
    if n_boxes == 0:
        return _nothing(scores, boxes_xyxy, n_classes)
    inside = _contains(truth.boxes_xyxy, points_px) & truth.is_real[..., None]  # (B, M, A)
    # A point outside of a box never answers for it, and most points lie outside.
    at = torch.nonzero(inside, as_tuple=True)  # picture, box, point: (P,) each
    overlap = ciou(truth.boxes_xyxy[at[:2]], boxes_xyxy[at[0], at[2]]).clamp_min(0)  # (P,)
    overlaps = boxes_xyxy.new_zeros(inside.shape).index_put(at, overlap)  # (B, M, A)
    n_labels = truth.labels.sum(dim=2, keepdim=True).clamp_min(1)  # (B, M, 1)
    own = truth.labels @ scores.transpose(1, 2) / n_labels  # (B, M, A) mean over own classes
    aligned = own[at].pow(score_power) * overlap.pow(overlap_power)  # (P,)
    alignment = torch.zeros_like(own).index_put(at, aligned)  # (B, M, A)
    claims = _best(alignment, inside, top_k)  # (B, M, A) bool
    claimed = torch.where(claims, overlaps, -1.0)  # (B, M, A)
    best_overlap, winner = claimed.max(dim=1)  # (B, A) both
    is_positive = best_overlap >= 0  # (B, A)
    wins = claims & (winner[:, None] == torch.arange(n_boxes, device=winner.device)[:, None])
    strongest = (alignment * wins).amax(dim=2, keepdim=True)  # (B, M, 1)
    nearest = (overlaps * wins).amax(dim=2, keepdim=True)  # (B, M, 1)
    # The sixth power makes alignments tiny, so no constant may be added to the divisor.
    tiny = torch.finfo(alignment.dtype).tiny
    scaled = alignment * wins / strongest.clamp_min(tiny) * nearest  # (B, M, A)
    box_index = torch.where(is_positive, winner, 0)  # (B, A)
    return Assignment(
        is_positive=is_positive,
        box_index=box_index,
        boxes_xyxy=_take(truth.boxes_xyxy, box_index),
        class_targets=scaled.transpose(1, 2) @ truth.labels,
        weights=scaled.sum(dim=1) * (truth.labels.amax(dim=2).gather(1, box_index)),
    )


def _contains(boxes_xyxy: Tensor, points_px: Tensor) -> Tensor:
    """Return whether each point lies strictly inside each box: (B, M, A)."""
    x, y = points_px.unbind(dim=1)  # (A,) each
    x1, y1, x2, y2 = boxes_xyxy[..., None].unbind(dim=2)  # (B, M, 1) each
    is_across = (x - x1 > _EPS) & (x2 - x > _EPS)  # (B, M, A)
    return is_across & (y - y1 > _EPS) & (y2 - y > _EPS)


def _best(alignment: Tensor, inside: Tensor, top_k: int) -> Tensor:
    """Return the best points inside each box: (B, M, A) bool."""
    k = min(top_k, alignment.shape[2])
    ranked = torch.where(inside, alignment, -1.0)  # points outside come last
    top = ranked.topk(k, dim=2).indices  # (B, M, k)
    chosen = torch.zeros_like(inside).scatter_(2, top, value=True)  # (B, M, A)
    return chosen & inside


def _take(boxes_xyxy: Tensor, box_index: Tensor) -> Tensor:
    return boxes_xyxy.gather(1, box_index[..., None].expand(-1, -1, 4))  # (B, A, 4)


def _nothing(scores: Tensor, boxes_xyxy: Tensor, n_classes: int) -> Assignment:
    batch, n_points = scores.shape[:2]
    none = torch.zeros(batch, n_points, device=scores.device)
    return Assignment(
        is_positive=none.bool(),
        box_index=none.long(),
        boxes_xyxy=torch.zeros_like(boxes_xyxy),
        class_targets=scores.new_zeros(batch, n_points, n_classes),
        weights=scores.new_zeros(batch, n_points),
    )
