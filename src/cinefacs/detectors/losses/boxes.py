"""Overlap of boxes, and the penalties that make it a loss.

All functions take boxes ``x1, y1, x2, y2`` in pixels of the network's input, pair by pair, and
return 1 for equal boxes; the loss is ``1 - value``.
"""

import math

import torch
from torch import Tensor

from cinefacs.detectors.networks.config import BoxLoss

__all__ = ["box_similarity", "ciou", "diou", "eiou", "giou", "iou", "mpdiou"]

_EPS = 1e-7
"""Added to areas and squared lengths, px^2: without it boxes of no size divide by 0."""


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Return intersection over union, equation 1 of the paper.

    Parameters
    ----------
    a, b : (..., 4), px

    Returns
    -------
    (...,), 0 to 1
    """
    return _shared(a, b) / (_union(a, b) + _EPS)


def _shared(a: Tensor, b: Tensor) -> Tensor:
    low = torch.maximum(a[..., :2], b[..., :2])  # (..., 2)
    high = torch.minimum(a[..., 2:], b[..., 2:])  # (..., 2)
    return (high - low).clamp_min(0).prod(dim=-1)  # (...)


def _union(a: Tensor, b: Tensor) -> Tensor:
    return _area(a) + _area(b) - _shared(a, b)


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp_min(0).prod(dim=-1)


def _enclosing_wh(a: Tensor, b: Tensor) -> Tensor:
    low = torch.minimum(a[..., :2], b[..., :2])  # (..., 2)
    high = torch.maximum(a[..., 2:], b[..., 2:])  # (..., 2)
    return high - low


def _centres_apart(a: Tensor, b: Tensor) -> Tensor:
    """Return the squared distance of the centres over the squared diagonal around both boxes."""
    gap = (a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2  # (..., 2)
    diagonal = _enclosing_wh(a, b).square().sum(dim=-1)  # (...)
    return gap.square().sum(dim=-1) / (diagonal + _EPS)


def giou(a: Tensor, b: Tensor) -> Tensor:
    """Return ``IoU - (|C| - |A u B|) / |C|`` with C the smallest box around both.

    Parameters
    ----------
    a, b : (..., 4), px

    Returns
    -------
    (...,), -1 to 1

    References
    ----------
    H. Rezatofighi et al., "Generalized intersection over union", CVPR 2019, algorithm 1.
    """
    around = _enclosing_wh(a, b).prod(dim=-1)  # (...)
    return iou(a, b) - (around - _union(a, b)) / (around + _EPS)


def diou(a: Tensor, b: Tensor) -> Tensor:
    """Return ``IoU - d^2 / c^2``: distance of the centres over the diagonal around both.

    Parameters
    ----------
    a, b : (..., 4), px

    Returns
    -------
    (...,), -1 to 1

    References
    ----------
    Z. Zheng et al., "Distance-IoU loss", AAAI 2020, equation 7.
    """
    return iou(a, b) - _centres_apart(a, b)


def ciou(a: Tensor, b: Tensor) -> Tensor:
    """Return ``DIoU - alpha v``: the shape of the boxes counts too.

    ``v = 4 / pi^2 (atan(w/h) - atan(w'/h'))^2`` and ``alpha = v / (1 - IoU + v)``, the latter
    without a slope.

    Parameters
    ----------
    a, b : (..., 4), px

    Returns
    -------
    (...,), below 1

    References
    ----------
    Z. Zheng et al., "Distance-IoU loss", AAAI 2020, equations 8 to 11.
    """
    wh_a, wh_b = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]  # (..., 2)
    # atan2 has no quotient that could be infinite, and the same value for positive sides.
    angle_a = torch.atan2(wh_a[..., 0], wh_a[..., 1] + _EPS)
    angle_b = torch.atan2(wh_b[..., 0], wh_b[..., 1] + _EPS)
    v = 4 / math.pi**2 * (angle_a - angle_b).square()  # (...)
    overlap = iou(a, b)
    with torch.no_grad():
        alpha = v / (1 - overlap + v + _EPS)
    return overlap - _centres_apart(a, b) - alpha * v


def eiou(a: Tensor, b: Tensor) -> Tensor:
    """Return ``DIoU - (w - w')^2 / C_w^2 - (h - h')^2 / C_h^2``.

    Parameters
    ----------
    a, b : (..., 4), px

    Returns
    -------
    (...,), below 1

    References
    ----------
    Y.-F. Zhang et al., "Focal and efficient IOU loss", Neurocomputing 506, 2022, equation 4.
    """
    wh_a, wh_b = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]  # (..., 2)
    sides = (wh_a - wh_b).square() / (_enclosing_wh(a, b).square() + _EPS)  # (..., 2)
    return diou(a, b) - sides.sum(dim=-1)


def mpdiou(a: Tensor, b: Tensor, image_wh: tuple[int, int]) -> Tensor:
    """Return ``IoU - d1^2 / (W^2 + H^2) - d2^2 / (W^2 + H^2)``, equations 2 to 4 of the paper.

    d1 and d2 are the distances of the upper left and of the lower right corners. W and H are the
    network's input and in the same unit as the boxes, pixels after letterboxing. At 640 px a
    corner that is 10 px off costs 100 / 819,200 = 0.0001, both corners 0.0002: the penalty matters
    only while boxes lie far apart, which is where IoU has no slope.

    Parameters
    ----------
    a, b : (..., 4), px
    image_wh
        Size of the network's input, px.

    Returns
    -------
    (...,), -2 to 1

    References
    ----------
    S. Ma and Y. Xu, "MPDIoU: A loss for efficient and accurate bounding box regression", arXiv
    2307.07662, algorithm 1.
    """
    width, height = image_wh
    corners = (a - b).square().sum(dim=-1)  # (...) d1^2 + d2^2
    return iou(a, b) - corners / (width**2 + height**2)


def box_similarity(kind: BoxLoss, a: Tensor, b: Tensor, image_wh: tuple[int, int]) -> Tensor:
    """Return the named similarity.

    Parameters
    ----------
    kind
        ``mpdiou``, ``ciou``, ``diou``, ``giou``, ``eiou`` or ``iou``.
    a, b : (..., 4), px
    image_wh
        Size of the network's input, px; only ``mpdiou`` looks at it.
    """
    if kind == "mpdiou":
        return mpdiou(a, b, image_wh)
    return {"iou": iou, "giou": giou, "diou": diou, "ciou": ciou, "eiou": eiou}[kind](a, b)
