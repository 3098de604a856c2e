"""The anchor-free head that the whole family shares, and how its numbers become boxes."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from cinefacs.detectors.blocks.block import ChainOfBlocks
from cinefacs.detectors.blocks.conv import Conv

__all__ = ["N_BINS", "DetectHead", "RawPredictions", "decode_boxes", "grid_points"]

N_BINS = 16
"""Bins of each side's distance: 0 to 15 strides."""
_PRIOR_SIZE_PX = 640
_PRIOR_OBJECTS = 5
"""The class scores start at what 5 objects in a picture of 640 px would make them."""


class RawPredictions(NamedTuple):
    """What the head says about each anchor point, before any threshold."""

    box_logits: Tensor
    """(B, A, 4 * N_BINS): left, top, right, bottom."""
    class_logits: Tensor
    """(B, A, K)."""
    points_px: Tensor
    """(A, 2): where the anchor points stand, px of the network's input."""
    strides_px: Tensor
    """(A,): pixels between neighbouring anchor points of the same level."""


def grid_points(
    sizes_hw: Sequence[tuple[int, int]], strides: Sequence[int], *, like: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the centres of all cells of all levels, row by row.

    Parameters
    ----------
    sizes_hw
        Cells of each level.
    strides
        Pixels per cell of each level.
    like
        Tensor whose device the result takes.

    Returns
    -------
    (A, 2) px and (A,) px
        In float32, whatever the network computes in: in bf16 points beyond 1024 px would coincide.
    """
    points, widths = [], []
    for (height, width), stride in zip(sizes_hw, strides, strict=True):
        y = (torch.arange(height, dtype=torch.float32, device=like.device) + 0.5) * stride  # (H,)
        x = (torch.arange(width, dtype=torch.float32, device=like.device) + 0.5) * stride  # (W,)
        rows, columns = torch.meshgrid(y, x, indexing="ij")  # (H, W) each
        points.append(torch.stack([columns.flatten(), rows.flatten()], dim=1))  # (H*W, 2)
        widths.append(torch.full_like(columns.flatten(), float(stride)))  # (H*W,)
    return torch.cat(points), torch.cat(widths)


class DetectHead(nn.Module):
    """A branch for boxes and one for classes on each level.

    Parameters
    ----------
    channels
        Of each level's map, finest first.
    strides
        Pixels per cell of each level.
    n_classes
        K.
    score_channels
        Inner channels of the branch for classes; None for as many as the family has.

    References
    ----------
    X. Li et al., "Generalized focal loss", NeurIPS 2020 (distances as distributions); Z. Tian et
    al., "FCOS", ICCV 2019 (anchor points instead of anchor boxes).
    """

    if TYPE_CHECKING:

        def __call__(self, maps: Sequence[Tensor]) -> RawPredictions:
            """Run the head."""
            ...

    def __init__(
        self,
        channels: Sequence[int],
        strides: Sequence[int],
        n_classes: int,
        *,
        score_channels: int | None = None,
    ) -> None:
        super().__init__()
        self.strides = tuple(strides)
        self.n_classes = n_classes
        n_box = max(16, channels[0] // 4, 4 * N_BINS)
        n_class = score_channels or max(channels[0], min(n_classes, 100))
        self.box = nn.ModuleList(_branch(c, n_box, 4 * N_BINS) for c in channels)
        self.score = nn.ModuleList(_branch(c, n_class, n_classes) for c in channels)
        # The expectation over bins as a frozen convolution: public weights carry it, and the sizes
        # that everybody states count its 16 numbers.
        self.bins = nn.Conv2d(N_BINS, 1, 1, bias=False).requires_grad_(requires_grad=False)
        self.bins.weight.data = torch.arange(N_BINS, dtype=torch.float32).reshape(1, N_BINS, 1, 1)
        self._start_at_priors()

    def _start_at_priors(self) -> None:
        """Set the last biases, so that training starts with few and middling boxes."""
        for box, score, stride in zip(self.box, self.score, self.strides, strict=True):
            n_cells = (_PRIOR_SIZE_PX / stride) ** 2
            nn.init.constant_(box[-1].bias, 2.0)  # type: ignore[index]
            nn.init.constant_(
                score[-1].bias,  # type: ignore[index]
                math.log(_PRIOR_OBJECTS / self.n_classes / n_cells),
            )

    def forward(self, maps: Sequence[Tensor]) -> RawPredictions:
        """Return the predictions of all levels, finest first.

        Parameters
        ----------
        maps : (B, C, H, W) each
        """
        boxes, scores, sizes = [], [], []
        for x, box, score in zip(maps, self.box, self.score, strict=True):
            boxes.append(box(x).flatten(2).transpose(1, 2))  # (B, H*W, 4*N_BINS)
            scores.append(score(x).flatten(2).transpose(1, 2))  # (B, H*W, K)
            sizes.append((x.shape[2], x.shape[3]))  # symbols while the graph is exported
        points, strides = grid_points(sizes, self.strides, like=boxes[0])
        return RawPredictions(torch.cat(boxes, 1), torch.cat(scores, 1), points, strides)

    def decode(self, raw: RawPredictions) -> Tensor:
        """Return the boxes, as `decode_boxes`."""
        return decode_boxes(raw, self.bins.weight.flatten())


def _branch(n_in: int, n_mid: int, n_out: int) -> ChainOfBlocks:
    last = nn.Conv2d(n_mid, n_out, 1)
    return ChainOfBlocks(Conv(n_in, n_mid, 3), Conv(n_mid, n_mid, 3), last)


def decode_boxes(raw: RawPredictions, bins: Tensor) -> Tensor:
    """Return the box of each anchor point.

    The distance to each side is the expectation over the bins, times the stride.

    Parameters
    ----------
    raw
        Of the head.
    bins : (N_BINS,)
        What each bin stands for, strides.

    Returns
    -------
    (B, A, 4), px of the network's input
        ``x1, y1, x2, y2``.
    """
    batch, n_points, _ = raw.box_logits.shape
    shares = raw.box_logits.reshape(batch, n_points, 4, N_BINS).softmax(dim=3)  # (B, A, 4, bins)
    distance = (shares * bins.to(shares.dtype)).sum(dim=3)  # (B, A, 4)
    distance = distance * raw.strides_px[:, None]  # (B, A, 4) px
    low = raw.points_px - distance[..., :2]  # (B, A, 2)
    high = raw.points_px + distance[..., 2:]  # (B, A, 2)
    return torch.cat([low, high], dim=2)  # (B, A, 4)
