"""Distribution focal loss: a distance between two bins is shared by both."""

import torch
from torch import Tensor
from torch.nn import functional

from cinefacs.detectors.networks.head import N_BINS

__all__ = ["distribution_focal_loss", "side_distances"]

_LAST = N_BINS - 1 - 0.01
"""Farthest distance that two neighbouring bins can share, strides."""


def side_distances(boxes_xyxy: Tensor, points_px: Tensor, strides_px: Tensor) -> Tensor:
    """Return how far the sides lie from the anchor points, as far as the bins reach.

    Parameters
    ----------
    boxes_xyxy : (P, 4), px
    points_px : (P, 2)
    strides_px : (P,)

    Returns
    -------
    (P, 4), strides, 0 to `N_BINS` - 1.01
        Left, top, right, bottom.
    """
    low = points_px - boxes_xyxy[:, :2]  # (P, 2)
    high = boxes_xyxy[:, 2:] - points_px  # (P, 2)
    return (torch.cat([low, high], dim=1) / strides_px[:, None]).clamp(0, _LAST)  # (P, 4)


def distribution_focal_loss(logits: Tensor, distances: Tensor) -> Tensor:
    """Return ``-((i+1 - y) log S_i + (y - i) log S_i+1)``, averaged over the four sides.

    The distance y lies between the bins ``i = floor(y)`` and ``i + 1``.

    Parameters
    ----------
    logits : (P, 4 * N_BINS)
    distances : (P, 4), strides

    Returns
    -------
    (P,), at least 0

    References
    ----------
    X. Li et al., "Generalized focal loss", NeurIPS 2020, equation 6.
    """
    below = distances.floor()  # (P, 4)
    share = distances - below  # (P, 4) of the bin above
    log_shares = functional.log_softmax(logits.reshape(-1, 4, N_BINS), dim=2)  # (P, 4, bins)
    index = below.long()[..., None]  # (P, 4, 1)
    at_below = log_shares.gather(2, index)[..., 0]  # (P, 4)
    at_above = log_shares.gather(2, index + 1)[..., 0]  # (P, 4)
    return -((1 - share) * at_below + share * at_above).mean(dim=1)  # (P,)
