"""Read what a face shows from a whole crop of it, rather than at one anchor point."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from cinefacs.detectors.blocks.conv import Conv

__all__ = ["CropReader"]

_CELLS = (8, 8, 4)
"""Cells along a side of each level's map, finest first: those of a crop of 128 px."""
_CHANNELS = (32, 32, 48)
_RARE = -3.0
"""Labels start as probable as 5 %."""
_DROPOUT = 0.2


class CropReader(nn.Module):
    """One linear layer over all places of the maps that the head reads.

    In an aligned crop a mouth's corner lies at nearly the same place, so weights of its own for
    each place tell what a point in the middle of the face has to learn to carry over a distance.

    Parameters
    ----------
    channels
        Of each level's map, finest first: strides of 8, 16 and 32 px.
    n_labels
        What can be read, the face itself not counted.
    """

    if TYPE_CHECKING:

        def __call__(self, maps: Sequence[Tensor]) -> Tensor:
            """Run the reader."""
            ...

    def __init__(self, channels: Sequence[int], n_labels: int) -> None:
        super().__init__()
        kernels, strides = (3, 1, 1), (2, 1, 1)
        self.reduce = nn.ModuleList(
            Conv(*each) for each in zip(channels, _CHANNELS, kernels, strides, strict=True)
        )
        self.drop = nn.Dropout(_DROPOUT)
        n_values = sum(n * cells**2 for n, cells in zip(_CHANNELS, _CELLS, strict=True))
        self.label = nn.Linear(n_values, n_labels)
        nn.init.constant_(self.label.bias, _RARE)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Return the logit of each label, of a crop with one face.

        Parameters
        ----------
        maps : (B, C, H, W) each

        Returns
        -------
        (B, n_labels)
        """
        values = []
        for x, reduce, cells in zip(maps, self.reduce, _CELLS, strict=True):
            small = functional.interpolate(  # nothing changes at 128 px
                reduce(x), size=(cells, cells), mode="bilinear", align_corners=False
            )  # (B, n, cells, cells)
            values.append(small.flatten(1))
        logits: Tensor = self.label(self.drop(torch.cat(values, 1)))  # (B, n_labels)
        return logits
