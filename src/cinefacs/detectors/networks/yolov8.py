"""YOLOv8, and with its switches YOLOv8-SMART.

The layer numbers in the comments are those that everybody counts by; public weights use them.

References
----------
G. Jocher et al., YOLOv8, 2023; S. Liu et al., "Path aggregation network", CVPR 2018.
"""

import torch
from torch import Tensor, nn

from cinefacs.detectors.blocks.block import Block
from cinefacs.detectors.blocks.c2f import C2f
from cinefacs.detectors.blocks.cbam import CBAM
from cinefacs.detectors.blocks.conv import Conv
from cinefacs.detectors.blocks.eca import ECABlock
from cinefacs.detectors.blocks.gsconv import GSConv
from cinefacs.detectors.blocks.mca import MCALayer
from cinefacs.detectors.blocks.se import SEBlock
from cinefacs.detectors.blocks.sppf import SPPF
from cinefacs.detectors.blocks.vovgscsp import VoVGSCSP
from cinefacs.detectors.networks.config import NetworkConfig
from cinefacs.detectors.networks.scales import size_of

__all__ = ["YoloV8Body", "attention_block"]


def attention_block(kind: str, n_channels: int) -> nn.Module:
    """Return an attention block, or what does nothing.

    Parameters
    ----------
    kind
        ``none``, ``mca``, ``se``, ``cbam`` or ``eca``.
    n_channels
        Of the map.
    """
    blocks: dict[str, type[nn.Module]] = {
        "mca": MCALayer, "se": SEBlock, "cbam": CBAM, "eca": ECABlock
    }  # fmt: skip
    return nn.Identity() if kind == "none" else blocks[kind](n_channels)


class YoloV8Body(nn.Module):
    """Backbone and neck: a picture becomes three maps of stride 8, 16 and 32.

    Parameters
    ----------
    config
        Scale and switches.
    """

    strides = (8, 16, 32)

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        size = size_of(config)
        c1, c2, c3, c4, c5 = (size.channels(n) for n in (64, 128, 256, 512, 1024))
        few, many = size.repeats(3), size.repeats(6)
        self._config = config
        self.stem = Conv(3, c1, 3, 2)  # 0
        self.enter2 = Conv(c1, c2, 3, 2)  # 1
        self.stage2 = self._stage(c2, c2, few)  # 2
        self.enter3 = Conv(c2, c3, 3, 2)  # 3
        self.stage3 = self._stage(c3, c3, many)  # 4
        self.enter4 = Conv(c3, c4, 3, 2)  # 5
        self.stage4 = self._stage(c4, c4, many)  # 6
        self.enter5 = Conv(c4, c5, 3, 2)  # 7
        self.stage5 = self._stage(c5, c5, few)  # 8
        self.before_pool = self._attention("before_sppf", c5)
        self.pool = SPPF(c5, c5)  # 9
        self.after_pool = self._attention("after_sppf", c5)
        self.enlarge = nn.Upsample(scale_factor=2, mode="nearest")  # 10, 13
        self.up4 = self._neck_stage(c5 + c4, c4, few)  # 12
        self.up3 = self._neck_stage(c4 + c3, c3, few)  # 15
        self.leave3 = self._halve(c3)  # 16
        self.down4 = self._neck_stage(c3 + c4, c4, few)  # 18
        self.leave4 = self._halve(c4)  # 19
        self.down5 = self._neck_stage(c4 + c5, c5, few)  # 21
        self.channels = (c3, c4, c5)
        self.attend = nn.ModuleList(self._attention("neck_outputs", c) for c in self.channels)

    def _stage(self, n_in: int, n_out: int, depth: int) -> Block:
        if self._config.vovgscsp == "everywhere":
            return VoVGSCSP(n_in, n_out, depth)
        return C2f(n_in, n_out, depth, has_shortcut=True)

    def _neck_stage(self, n_in: int, n_out: int, depth: int) -> Block:
        if self._config.vovgscsp == "none":
            return C2f(n_in, n_out, depth, has_shortcut=False)
        return VoVGSCSP(n_in, n_out, depth)

    def _halve(self, n_channels: int) -> Block:
        if self._config.downsampling == "gsconv":
            return GSConv(n_channels, n_channels, 3, 2)
        return Conv(n_channels, n_channels, 3, 2)

    def _attention(self, place: str, n_channels: int) -> nn.Module:
        is_here = place == self._config.attention_at
        return attention_block(self._config.attention if is_here else "none", n_channels)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the three maps that the head reads, finest first.

        Parameters
        ----------
        images : (B, 3, H, W), H and W multiples of 32
        """
        p2 = self.stage2(self.enter2(self.stem(images)))  # (B, c2, H/4, W/4)
        p3 = self.stage3(self.enter3(p2))  # (B, c3, H/8, W/8)
        p4 = self.stage4(self.enter4(p3))  # (B, c4, H/16, W/16)
        p5 = self.stage5(self.enter5(p4))  # (B, c5, H/32, W/32)
        p5 = self.after_pool(self.pool(self.before_pool(p5)))  # (B, c5, H/32, W/32)
        n4 = self.up4(torch.cat([self.enlarge(p5), p4], dim=1))  # (B, c4, H/16, W/16)
        n3 = self.up3(torch.cat([self.enlarge(n4), p3], dim=1))  # (B, c3, H/8, W/8)
        n4 = self.down4(torch.cat([self.leave3(n3), n4], dim=1))  # (B, c4, H/16, W/16)
        n5 = self.down5(torch.cat([self.leave4(n4), p5], dim=1))  # (B, c5, H/32, W/32)
        return [attend(x) for attend, x in zip(self.attend, (n3, n4, n5), strict=True)]
