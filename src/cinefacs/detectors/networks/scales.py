"""How deep and wide each scale is."""

from typing import NamedTuple

from cinefacs.detectors.networks.config import NetworkConfig

__all__ = ["Size", "size_of"]


class Size(NamedTuple):
    """Multiples of the numbers that a network is written with."""

    depth: float
    """Of the repetitions."""
    width: float
    """Of the channels."""
    most_channels: int
    """Channels that none goes beyond, before `width` is applied."""

    def channels(self, n: int) -> int:
        """Return the scaled number of channels, a multiple of 8."""
        scaled = min(n, self.most_channels) * self.width
        return max(8, int(-(-scaled // 8) * 8))

    def repeats(self, n: int) -> int:
        """Return the scaled number of repetitions, at least 1."""
        return max(1, round(n * self.depth))


_SIZES = {
    ("yolov8", "n"): Size(0.33, 0.25, 1024),
    ("yolov8", "s"): Size(0.33, 0.50, 1024),
    ("yolov8", "m"): Size(0.67, 0.75, 768),
    ("yolov8", "l"): Size(1.0, 1.0, 512),
    ("yolov8", "x"): Size(1.0, 1.25, 512),
    ("yolov5", "n"): Size(0.33, 0.25, 1024),
    ("yolov5", "s"): Size(0.33, 0.50, 1024),
    ("yolov5", "m"): Size(0.67, 0.75, 1024),
    ("yolov5", "l"): Size(1.0, 1.0, 1024),
    ("yolov5", "x"): Size(1.33, 1.25, 1024),
}


def size_of(config: NetworkConfig) -> Size:
    """Return the multiples of a network; all 1 where the family has no scales."""
    scale = config.scale
    size = Size(1.0, 1.0, 1024) if scale is None else _SIZES[(config.family, scale)]
    return size._replace(width=size.width * config.width_share)
