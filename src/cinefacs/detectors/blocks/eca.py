"""ECA: each channel is weighed by its neighbours' means."""

import math

from torch import Tensor, nn

from cinefacs.detectors.blocks.block import Block

__all__ = ["ECABlock", "eca_kernel"]


def eca_kernel(n_channels: int) -> int:
    """Return the number of neighbouring channels: ``t = int(|log2 C + 1| / 2)``, made odd upwards.

    Parameters
    ----------
    n_channels
        At least 1.
    """
    t = int(abs((math.log2(n_channels) + 1) / 2))
    return t if t % 2 else t + 1


class ECABlock(Block):
    """``x sigmoid(Conv1d(mean(x)))``.

    Parameters
    ----------
    n_channels
        Of the map.

    References
    ----------
    Q. Wang et al., "ECA-Net: Efficient channel attention", CVPR 2020, equations 5 and 12 with
    gamma 2 and b 1.
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        kernel = eca_kernel(n_channels)
        self.conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, H, W)."""
        mean = x.mean(dim=(2, 3))  # (B, C)
        gate: Tensor = self.conv(mean[:, None]).sigmoid()  # (B, 1, C)
        return x * gate.transpose(1, 2)[..., None]  # (B, C, 1, 1) -> (B, C, H, W)
