"""YOLOv3 and its tiny sister, with the anchor-free head that the whole family shares here.

The residual units of Darknet-53 are `Bottleneck` of two 3x3 convolutions, as the "u" form that
today's users train has them; the paper's are 1x1 then 3x3 (61.9 M parameters in all).

References
----------
J. Redmon and A. Farhadi, "YOLOv3: An incremental improvement", arXiv 1804.02767, table 1.
"""

import torch
from torch import Tensor, nn

from cinefacs.detectors.blocks.block import ChainOfBlocks
from cinefacs.detectors.blocks.bottleneck import Bottleneck
from cinefacs.detectors.blocks.conv import Conv
from cinefacs.detectors.networks.config import NetworkConfig
from cinefacs.detectors.networks.scales import size_of

__all__ = ["YoloV3Body", "YoloV3TinyBody"]


def _residuals(n_channels: int, n: int) -> ChainOfBlocks:
    return ChainOfBlocks(*(Bottleneck(n_channels, n_channels) for _ in range(n)))


def _plain(n_in: int, n_out: int) -> Bottleneck:
    return Bottleneck(n_in, n_out, has_shortcut=False)


class YoloV3Body(nn.Module):
    """Darknet-53 and a top-down neck: three maps of stride 8, 16 and 32.

    Parameters
    ----------
    config
        Only the share of the width matters.
    """

    strides = (8, 16, 32)

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        c0, c1, c2, c3, c4, c5 = (
            size_of(config).channels(n) for n in (32, 64, 128, 256, 512, 1024)
        )
        self.stem = Conv(3, c0, 3)
        self.enter1 = Conv(c0, c1, 3, 2)
        self.stage1 = _residuals(c1, 1)
        self.enter2 = Conv(c1, c2, 3, 2)
        self.stage2 = _residuals(c2, 2)
        self.enter3 = Conv(c2, c3, 3, 2)
        self.stage3 = _residuals(c3, 8)
        self.enter4 = Conv(c3, c4, 3, 2)
        self.stage4 = _residuals(c4, 8)
        self.enter5 = Conv(c4, c5, 3, 2)
        self.stage5 = _residuals(c5, 4)
        self.enlarge = nn.Upsample(scale_factor=2, mode="nearest")
        self.read5 = ChainOfBlocks(
            _plain(c5, c5), Conv(c5, c4, 1), Conv(c4, c5, 3), Conv(c5, c4, 1)
        )
        self.out5 = Conv(c4, c5, 3)
        self.narrow5 = Conv(c4, c3, 1)
        self.read4 = ChainOfBlocks(_plain(c3 + c4, c4), _plain(c4, c4), Conv(c4, c3, 1))
        self.out4 = Conv(c3, c4, 3)
        self.narrow4 = Conv(c3, c2, 1)
        self.read3 = ChainOfBlocks(_plain(c2 + c3, c3), _plain(c3, c3), _plain(c3, c3))
        self.channels = (c3, c4, c5)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the three maps that the head reads, finest first.

        Parameters
        ----------
        images : (B, 3, H, W), H and W multiples of 32
        """
        p1 = self.stage1(self.enter1(self.stem(images)))  # (B, c1, H/2, W/2)
        p2 = self.stage2(self.enter2(p1))  # (B, c2, H/4, W/4)
        p3 = self.stage3(self.enter3(p2))  # (B, c3, H/8, W/8)
        p4 = self.stage4(self.enter4(p3))  # (B, c4, H/16, W/16)
        p5 = self.stage5(self.enter5(p4))  # (B, c5, H/32, W/32)
        t5 = self.read5(p5)  # (B, c4, H/32, W/32)
        up5 = self.enlarge(self.narrow5(t5))  # (B, c3, H/16, W/16)
        t4 = self.read4(torch.cat([up5, p4], dim=1))  # (B, c3, H/16, W/16)
        up4 = self.enlarge(self.narrow4(t4))  # (B, c2, H/8, W/8)
        n3 = self.read3(torch.cat([up4, p3], dim=1))  # (B, c3, H/8, W/8)
        return [n3, self.out4(t4), self.out5(t5)]


class YoloV3TinyBody(nn.Module):
    """Convolutions and poolings in turn: two maps, of stride 16 and 32.

    Parameters
    ----------
    config
        Only the share of the width matters.
    """

    strides = (16, 32)

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        size = size_of(config)
        c = [size.channels(n) for n in (16, 32, 64, 128, 256, 512, 1024)]
        self.pool = nn.MaxPool2d(2, 2)
        self.stages = nn.ModuleList(
            Conv(n_in, n_out, 3) for n_in, n_out in zip([3, *c[:4]], c[:5], strict=True)
        )
        self.deep = Conv(c[4], c[5], 3)
        # A pooling of stride 1 that keeps the size: the missing row and column count as 0.
        self.same_pool = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.MaxPool2d(2, 1))
        self.deepest = Conv(c[5], c[6], 3)
        self.narrow = Conv(c[6], c[4], 1)
        self.out5 = Conv(c[4], c[5], 3)
        self.lift = Conv(c[4], c[3], 1)
        self.enlarge = nn.Upsample(scale_factor=2, mode="nearest")
        self.out4 = Conv(c[3] + c[4], c[4], 3)
        self.channels = (c[4], c[5])

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the two maps that the head reads, finer first.

        Parameters
        ----------
        images : (B, 3, H, W), H and W multiples of 32
        """
        x = images
        for number, stage in enumerate(self.stages):
            x = stage(x if number == 0 else self.pool(x))  # (B, 16..256, H/2^n, W/2^n)
        p4 = x  # (B, 256, H/16, W/16)
        x = self.same_pool(self.deep(self.pool(p4)))  # (B, 512, H/32, W/32)
        t5 = self.narrow(self.deepest(x))  # (B, 256, H/32, W/32)
        up5 = self.enlarge(self.lift(t5))  # (B, 128, H/16, W/16)
        return [self.out4(torch.cat([up5, p4], dim=1)), self.out5(t5)]
