"""YOLOv5 with the anchor-free head that its users train today (the "u" form).

Head and loss are YOLOv8's, so a comparison tells backbone and neck apart from all else.

References
----------
G. Jocher et al., YOLOv5, 2020, release 6: stem of 6x6, SPPF.
"""

import torch
from torch import Tensor, nn

from cinefacs.detectors.blocks.c3 import C3
from cinefacs.detectors.blocks.conv import Conv
from cinefacs.detectors.blocks.sppf import SPPF
from cinefacs.detectors.networks.config import NetworkConfig
from cinefacs.detectors.networks.scales import size_of

__all__ = ["YoloV5Body"]


class YoloV5Body(nn.Module):
    """Backbone and neck: a picture becomes three maps of stride 8, 16 and 32.

    Parameters
    ----------
    config
        Scale.
    """

    strides = (8, 16, 32)

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        size = size_of(config)
        c1, c2, c3, c4, c5 = (size.channels(n) for n in (64, 128, 256, 512, 1024))
        self.stem = Conv(3, c1, 6, 2, padding=2)  # 0
        self.enter2 = Conv(c1, c2, 3, 2)  # 1
        self.stage2 = C3(c2, c2, size.repeats(3), has_shortcut=True)  # 2
        self.enter3 = Conv(c2, c3, 3, 2)  # 3
        self.stage3 = C3(c3, c3, size.repeats(6), has_shortcut=True)  # 4
        self.enter4 = Conv(c3, c4, 3, 2)  # 5
        self.stage4 = C3(c4, c4, size.repeats(9), has_shortcut=True)  # 6
        self.enter5 = Conv(c4, c5, 3, 2)  # 7
        self.stage5 = C3(c5, c5, size.repeats(3), has_shortcut=True)  # 8
        self.pool = SPPF(c5, c5)  # 9
        self.enlarge = nn.Upsample(scale_factor=2, mode="nearest")  # 11, 15
        self.narrow5 = Conv(c5, c4, 1)  # 10
        self.up4 = C3(2 * c4, c4, size.repeats(3), has_shortcut=False)  # 13
        self.narrow4 = Conv(c4, c3, 1)  # 14
        self.up3 = C3(2 * c3, c3, size.repeats(3), has_shortcut=False)  # 17
        self.leave3 = Conv(c3, c3, 3, 2)  # 18
        self.down4 = C3(2 * c3, c4, size.repeats(3), has_shortcut=False)  # 20
        self.leave4 = Conv(c4, c4, 3, 2)  # 21
        self.down5 = C3(2 * c4, c5, size.repeats(3), has_shortcut=False)  # 23
        self.channels = (c3, c4, c5)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the three maps that the head reads, finest first.

        Parameters
        ----------
        images : (B, 3, H, W), H and W multiples of 32
        """
        p2 = self.stage2(self.enter2(self.stem(images)))  # (B, c2, H/4, W/4)
        p3 = self.stage3(self.enter3(p2))  # (B, c3, H/8, W/8)
        p4 = self.stage4(self.enter4(p3))  # (B, c4, H/16, W/16)
        p5 = self.pool(self.stage5(self.enter5(p4)))  # (B, c5, H/32, W/32)
        t5 = self.narrow5(p5)  # (B, c4, H/32, W/32)
        t4 = self.narrow4(self.up4(torch.cat([self.enlarge(t5), p4], dim=1)))  # (B, c3, H/16, W/16)
        n3 = self.up3(torch.cat([self.enlarge(t4), p3], dim=1))  # (B, c3, H/8, W/8)
        n4 = self.down4(torch.cat([self.leave3(n3), t4], dim=1))  # (B, c4, H/16, W/16)
        n5 = self.down5(torch.cat([self.leave4(n4), t5], dim=1))  # (B, c5, H/32, W/32)
        return [n3, n4, n5]
