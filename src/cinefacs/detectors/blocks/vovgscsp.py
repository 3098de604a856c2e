"""VoVGSCSP: the stage that SMART puts in the place of C2f."""

import torch
from torch import Tensor

from cinefacs.detectors.blocks.block import Block, ChainOfBlocks
from cinefacs.detectors.blocks.conv import Conv
from cinefacs.detectors.blocks.gsconv import GSBottleneck

__all__ = ["VoVGSCSP"]


class VoVGSCSP(Block):
    """``Conv1x1(concat[Conv1x1(x), GSBottlenecks(Conv1x1(x))])``, the plain branch first.

    Parameters
    ----------
    n_in, n_out
        Channels.
    depth
        Number of GSBottlenecks.
    expansion
        Channels of each branch, as a share of `n_out`.

    References
    ----------
    H. Li et al., "Slim-neck by GSConv", arXiv 2206.02424, figure 4; section 3.2 and figure 3 of
    the YOLOv8-SMART paper.
    """

    def __init__(self, n_in: int, n_out: int, depth: int, *, expansion: float = 0.5) -> None:
        super().__init__()
        half = int(expansion * n_out)
        self.plain = Conv(n_in, half)
        self.enter = Conv(n_in, half)
        self.chain = ChainOfBlocks(*(GSBottleneck(half, half, expansion=1.0) for _ in range(depth)))
        self.join = Conv(2 * half, n_out)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n_out, H, W)."""
        past = self.plain(x)  # (B, h, H, W)
        through = self.chain(self.enter(x))  # (B, h, H, W)
        return self.join(torch.cat([past, through], dim=1))  # (B, n_out, H, W)
