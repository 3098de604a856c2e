"""YOLOv8's stage: each bottleneck is fed by the last, and all of them are heard at the end."""

import torch
from torch import Tensor, nn

from cinefacs.detectors.blocks.block import Block
from cinefacs.detectors.blocks.bottleneck import Bottleneck
from cinefacs.detectors.blocks.conv import Conv

__all__ = ["C2f"]


class C2f(Block):
    """``Conv1x1(concat[a, b, m1(b), m2(m1(b)), ...])`` with ``a, b = split(Conv1x1(x))``.

    Parameters
    ----------
    n_in, n_out
        Channels; ``n_out`` even.
    depth
        Number of bottlenecks.
    has_shortcut
        Whether the bottlenecks add their input: yes in the backbone, no in the neck.

    References
    ----------
    G. Jocher et al., YOLOv8, 2023. It joins C3 with the chained gathering of ELAN (C.-Y. Wang et
    al., "Designing network design strategies through gradient path analysis", arXiv 2211.04800).
    """

    def __init__(self, n_in: int, n_out: int, depth: int, *, has_shortcut: bool) -> None:
        super().__init__()
        half = n_out // 2
        self.cv1 = Conv(n_in, 2 * half)
        self.m = nn.ModuleList(
            Bottleneck(half, half, has_shortcut=has_shortcut, expansion=1.0) for _ in range(depth)
        )
        self.cv2 = Conv((depth + 2) * half, n_out)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n_out, H, W)."""
        parts = list(self.cv1(x).chunk(2, dim=1))  # 2 x (B, n_out/2, H, W)
        for bottleneck in self.m:
            parts.append(bottleneck(parts[-1]))  # (B, n_out/2, H, W)
        return self.cv2(torch.cat(parts, dim=1))  # (B, n_out, H, W)
