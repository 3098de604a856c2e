"""Two convolutions with a way around them."""

from torch import Tensor

from cinefacs.detectors.blocks.block import Block
from cinefacs.detectors.blocks.conv import Conv

__all__ = ["Bottleneck"]


class Bottleneck(Block):
    """``x + Conv(Conv(x))``, or without the sum.

    Parameters
    ----------
    n_in, n_out
        Channels.
    has_shortcut
        Add the input; asks for as many channels out as in.
    kernels
        Of the two convolutions.
    expansion
        Channels between the two, as a share of `n_out`.

    References
    ----------
    K. He et al., "Deep residual learning for image recognition", CVPR 2016. Its three layers are
    two here, as in Darknet-53 (J. Redmon and A. Farhadi, "YOLOv3", arXiv 1804.02767).
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        has_shortcut: bool = True,
        kernels: tuple[int, int] = (3, 3),
        expansion: float = 0.5,
    ) -> None:
        super().__init__()
        n_mid = int(n_out * expansion)
        self.cv1 = Conv(n_in, n_mid, kernels[0])
        self.cv2 = Conv(n_mid, n_out, kernels[1])
        self.has_shortcut = has_shortcut and n_in == n_out

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n_out, H, W)."""
        y = self.cv2(self.cv1(x))  # (B, n_out, H, W)
        return x + y if self.has_shortcut else y
