"""GSConv: half of the channels from a full convolution, half from a cheap one, shuffled."""

import torch
from torch import Tensor

from cinefacs.detectors.blocks.block import Block
from cinefacs.detectors.blocks.conv import Conv
from cinefacs.errors import ConfigError

__all__ = ["GSBottleneck", "GSConv", "shuffle_halves"]


def shuffle_halves(x: Tensor) -> Tensor:
    """Return the channels of the two halves in turn: ``a0, b0, a1, b1, ...``.

    Parameters
    ----------
    x : (B, C, H, W), C even
        First half a, second half b.
    """
    batch, n_channels, height, width = x.shape
    pairs = x.reshape(batch, 2, n_channels // 2, height, width)  # (B, 2, C/2, H, W)
    return pairs.transpose(1, 2).reshape(batch, n_channels, height, width)  # (B, C, H, W)


class GSConv(Block):
    """``shuffle(concat[a, DWConv5x5(a)])`` with ``a = Conv(x)`` of half the channels.

    Parameters
    ----------
    n_in, n_out
        Channels; `n_out` even.
    kernel, stride
        Of the full convolution.
    is_active
        Whether SiLU follows both convolutions.

    Raises
    ------
    ConfigError
        `n_out` is odd.

    References
    ----------
    H. Li et al., "Slim-neck by GSConv", arXiv 2206.02424, figure 2. SiLU throughout.
    """

    def __init__(
        self, n_in: int, n_out: int, kernel: int = 1, stride: int = 1, *, is_active: bool = True
    ) -> None:
        super().__init__()
        if n_out % 2:
            raise ConfigError(f"GSConv: expected an even number of channels out, got {n_out}")
        half = n_out // 2
        self.full = Conv(n_in, half, kernel, stride, is_active=is_active)
        self.cheap = Conv(half, half, 5, groups=half, is_active=is_active)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n_out, H / stride, W / stride)."""
        a = self.full(x)  # (B, n_out/2, H/s, W/s)
        b = self.cheap(a)  # (B, n_out/2, H/s, W/s)
        return shuffle_halves(torch.cat([a, b], dim=1))  # (B, n_out, H/s, W/s)


class GSBottleneck(Block):
    """``GSConv3(GSConv1(x)) + Conv1x1(x)``; neither summand nor the sum is activated.

    Parameters
    ----------
    n_in, n_out
        Channels.
    expansion
        Channels between the two GSConvs, as a share of `n_out`.

    References
    ----------
    H. Li et al., "Slim-neck by GSConv", arXiv 2206.02424, figure 3.
    """

    def __init__(self, n_in: int, n_out: int, *, expansion: float = 0.5) -> None:
        super().__init__()
        n_mid = int(expansion * n_out)
        self.narrow = GSConv(n_in, n_mid, 1)
        self.widen = GSConv(n_mid, n_out, 3, is_active=False)
        self.past = Conv(n_in, n_out, 1, is_active=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n_out, H, W)."""
        return self.widen(self.narrow(x)) + self.past(x)  # (B, n_out, H, W)
