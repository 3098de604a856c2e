"""YOLOv5's stage: half of the channels goes through bottlenecks, half goes past them."""

import torch
from torch import Tensor

from cinefacs.detectors.blocks.block import Block, ChainOfBlocks
from cinefacs.detectors.blocks.bottleneck import Bottleneck
from cinefacs.detectors.blocks.conv import Conv

__all__ = ["C3"]


class C3(Block):
    """``Conv1x1(concat[bottlenecks(Conv1x1(x)), Conv1x1(x)])``.

    Parameters
    ----------
    n_in, n_out
        Channels.
    depth
        Number of bottlenecks, each 1x1 then 3x3.
    has_shortcut
        Whether the bottlenecks add their input.

    References
    ----------
    C.-Y. Wang et al., "CSPNet", CVPR Workshops 2020; G. Jocher et al., YOLOv5, 2020.
    """

    def __init__(self, n_in: int, n_out: int, depth: int, *, has_shortcut: bool) -> None:
        super().__init__()
        half = n_out // 2
        self.cv1 = Conv(n_in, half)
        self.cv2 = Conv(n_in, half)
        self.cv3 = Conv(2 * half, n_out)
        self.m = ChainOfBlocks(
            *(
                Bottleneck(half, half, has_shortcut=has_shortcut, kernels=(1, 3), expansion=1.0)
                for _ in range(depth)
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n_out, H, W)."""
        through = self.m(self.cv1(x))  # (B, n_out/2, H, W)
        past = self.cv2(x)  # (B, n_out/2, H, W)
        return self.cv3(torch.cat([through, past], dim=1))  # (B, n_out, H, W)
