"""Attention along height, width and channels at once (MCALayer)."""

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from cinefacs.detectors.blocks.block import Block
from cinefacs.errors import ConfigError

__all__ = ["MCAGate", "MCALayer", "channel_kernel"]


def channel_kernel(n_channels: int) -> int:
    """Return the width of the channel gate's convolution: odd, growing with log2 of the channels.

    ``t = round(|log2 C - 1| / 1.5)``, one less where that is even, at least 1.

    Parameters
    ----------
    n_channels
        At least 1.
    """
    t = round(abs(math.log2(n_channels) - 1) / 1.5)
    return max(1, t if t % 2 else t - 1)


class MCAGate(nn.Module):
    """One axis' gate, from the mean and the standard deviation over the other two.

    ``v = (m + s) / 2 + sigmoid(w0) m + sigmoid(w1) s`` and ``g = sigmoid(Conv1d(v))``, with ``s``
    the unbiased deviation; over fewer than two values there is no unbiased one, and it is 0.

    Parameters
    ----------
    axis
        Of (B, C, H, W) that keeps its own values: 1 channels, 2 height, 3 width.
    kernel
        Of the convolution along that axis, odd.
    """

    def __init__(self, axis: int, kernel: int) -> None:
        super().__init__()
        self.axis = axis
        self.others = tuple(a for a in (1, 2, 3) if a != axis)
        self.mix = nn.Parameter(torch.rand(2))
        self.conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)

    if TYPE_CHECKING:

        def __call__(self, x: Tensor) -> Tensor:
            """Run the gate."""
            ...

    def forward(self, x: Tensor) -> Tensor:
        """Return the gate, 1 long on the two other axes, 0 to 1."""
        n_values = x.shape[self.others[0]] * x.shape[self.others[1]]
        mean = x.mean(dim=self.others)  # (B, D)
        variance = x.var(dim=self.others, correction=1 if n_values > 1 else 0)  # (B, D)
        # The root's slope is infinite at 0, which a dead channel or a 1x1 map has.
        deviation = variance.clamp_min(torch.finfo(x.dtype).tiny).sqrt()  # (B, D)
        share = self.mix.sigmoid()  # (2,)
        v = (mean + deviation) / 2 + share[0] * mean + share[1] * deviation  # (B, D)
        gate: Tensor = self.conv(v[:, None]).sigmoid()  # (B, 1, D)
        shape = [x.shape[0], 1, 1, 1]
        shape[self.axis] = -1
        return gate.reshape(shape)  # (B, D, 1, 1), (B, 1, D, 1) or (B, 1, 1, D)


class MCALayer(Block):
    """``x (g_H + g_W + g_C) / 3``: no residual, so the layer always damps.

    Parameters
    ----------
    n_channels
        Of the map.
    has_channel_gate
        False leaves out the channel gate and divides by 2. The original does so up to 16 channels
        (its flag is called ``no_spatial``, though it is the spatial gates that stay).

    Raises
    ------
    ConfigError
        Fewer than one channel.

    References
    ----------
    Y. Yu et al., "MCA: Multidimensional collaborative attention in deep convolutional neural
    networks for image recognition", Engineering Applications of AI 126, 2023. Section 3.3 of the
    YOLOv8-SMART paper.
    """

    def __init__(self, n_channels: int, *, has_channel_gate: bool = True) -> None:
        super().__init__()
        if n_channels < 1:
            raise ConfigError(f"MCALayer: expected at least one channel, got {n_channels}")
        self.height = MCAGate(2, 3)
        self.width = MCAGate(3, 3)
        self.channel = MCAGate(1, channel_kernel(n_channels)) if has_channel_gate else None

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, H, W)."""
        gate = self.height(x) + self.width(x)  # (B, 1, H, W)
        if self.channel is None:
            return x * (gate / 2)
        return x * ((gate + self.channel(x)) / 3)  # (B, C, H, W)
