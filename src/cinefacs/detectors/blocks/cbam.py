"""CBAM: channels are weighed first, then places."""

import torch
from torch import Tensor, nn

from cinefacs.detectors.blocks.block import Block
from cinefacs.detectors.blocks.conv import batch_norm

__all__ = ["CBAM"]


class CBAM(Block):
    """Channel gate from average and maximum through one MLP, then a gate for each place.

    Parameters
    ----------
    n_channels
        Of the map.
    reduction
        Channels over channels between the two layers of the MLP; at least one stays.

    References
    ----------
    S. Woo et al., "CBAM: Convolutional block attention module", ECCV 2018, equations 1 to 3. The
    MLP has biases; the 7x7 convolution has none and is batch-normalised.
    """

    def __init__(self, n_channels: int, *, reduction: int = 16) -> None:
        super().__init__()
        n_mid = max(1, n_channels // reduction)
        self.squeeze = nn.Conv2d(n_channels, n_mid, 1)
        self.excite = nn.Conv2d(n_mid, n_channels, 1)
        self.place = nn.Conv2d(2, 1, 7, padding=3, bias=False)
        self.bn = batch_norm(1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, H, W)."""
        mean = self._mlp(x.mean(dim=(2, 3), keepdim=True))  # (B, C, 1, 1)
        peak = self._mlp(x.amax(dim=(2, 3), keepdim=True))  # (B, C, 1, 1)
        x = x * (mean + peak).sigmoid()  # (B, C, H, W)
        maps = torch.cat([x.amax(dim=1, keepdim=True), x.mean(dim=1, keepdim=True)], dim=1)
        gate: Tensor = self.bn(self.place(maps)).sigmoid()  # (B, 2, H, W) -> (B, 1, H, W)
        return x * gate  # (B, C, H, W)

    def _mlp(self, pooled: Tensor) -> Tensor:
        y: Tensor = self.excite(self.squeeze(pooled).relu())  # (B, C, 1, 1)
        return y
