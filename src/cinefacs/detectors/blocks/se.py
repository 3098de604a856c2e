"""Squeeze-and-excitation: each channel is weighed by all channels' means."""

from torch import Tensor, nn

from cinefacs.detectors.blocks.block import Block

__all__ = ["SEBlock"]


class SEBlock(Block):
    """``x sigmoid(W2 relu(W1 mean(x)))``.

    Parameters
    ----------
    n_channels
        Of the map.
    reduction
        Channels over channels between the two layers; at least one stays.

    References
    ----------
    J. Hu et al., "Squeeze-and-excitation networks", CVPR 2018, equations 2 to 4.
    """

    def __init__(self, n_channels: int, *, reduction: int = 16) -> None:
        super().__init__()
        n_mid = max(1, n_channels // reduction)
        self.squeeze = nn.Conv2d(n_channels, n_mid, 1)
        self.excite = nn.Conv2d(n_mid, n_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, H, W)."""
        mean = x.mean(dim=(2, 3), keepdim=True)  # (B, C, 1, 1)
        gate: Tensor = self.excite(self.squeeze(mean).relu()).sigmoid()  # (B, C, 1, 1)
        return x * gate  # (B, C, H, W)
