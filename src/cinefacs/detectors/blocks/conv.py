"""Convolution, batch normalisation, SiLU: the unit that everything else is built from."""

from torch import Tensor, nn

from cinefacs.detectors.blocks.block import Block

__all__ = ["BATCH_NORM_EPS", "BATCH_NORM_MOMENTUM", "Conv", "batch_norm"]

BATCH_NORM_EPS = 1e-3
BATCH_NORM_MOMENTUM = 0.03
"""Both smaller than PyTorch's own, as all networks of the YOLO family are trained with."""


def batch_norm(n_channels: int) -> nn.BatchNorm2d:
    """Return a batch normalisation with the constants of the YOLO family."""
    return nn.BatchNorm2d(n_channels, eps=BATCH_NORM_EPS, momentum=BATCH_NORM_MOMENTUM)


class Conv(Block):
    """``SiLU(BN(W * x))``, without bias, padded so that stride 1 keeps the size.

    Parameters
    ----------
    n_in, n_out
        Channels.
    kernel, stride, groups
        Of the convolution.
    padding
        Pixels on each side; ``kernel // 2`` when None.
    is_active
        Whether SiLU follows.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch normalization", ICML 2015. S. Elfwing et al., "Sigmoid-weighted
    linear units for neural network function approximation", Neural Networks 107, 2018.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        groups: int = 1,
        padding: int | None = None,
        is_active: bool = True,
    ) -> None:
        super().__init__()
        pad = kernel // 2 if padding is None else padding
        self.conv = nn.Conv2d(n_in, n_out, kernel, stride, pad, groups=groups, bias=False)
        self.bn = batch_norm(n_out)
        self.act: nn.Module = nn.SiLU(inplace=True) if is_active else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n_out, H / stride, W / stride)."""
        y: Tensor = self.act(self.bn(self.conv(x)))  # (B, n_out, H/s, W/s)
        return y
