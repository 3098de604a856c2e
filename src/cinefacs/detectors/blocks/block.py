"""What all blocks are: a layer that takes one feature map and gives one."""

from typing import TYPE_CHECKING

from torch import Tensor, nn

__all__ = ["Block", "ChainOfBlocks"]


class Block(nn.Module):
    """A layer from one (B, C, H, W) map to another."""

    if TYPE_CHECKING:

        def __call__(self, x: Tensor) -> Tensor:
            """Run the layer."""
            ...


class ChainOfBlocks(nn.Sequential):
    """Blocks one after the other."""

    if TYPE_CHECKING:

        def __call__(self, x: Tensor) -> Tensor:
            """Run the layers."""
            ...
