"""The traps of each block: odd channels, 1x1 maps, no residual, parameter counts."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from cinefacs.detectors.blocks.block import Block
from cinefacs.detectors.blocks.c2f import C2f
from cinefacs.detectors.blocks.cbam import CBAM
from cinefacs.detectors.blocks.eca import ECABlock, eca_kernel
from cinefacs.detectors.blocks.gsconv import GSConv, shuffle_halves
from cinefacs.detectors.blocks.mca import MCALayer, channel_kernel
from cinefacs.detectors.blocks.se import SEBlock
from cinefacs.detectors.blocks.sppf import SPPF
from cinefacs.detectors.blocks.vovgscsp import VoVGSCSP
from cinefacs.detectors.networks.describe import count_parameters
from cinefacs.errors import ConfigError


def test_shuffling_takes_the_halves_in_turn() -> None:
    x = torch.arange(6.0).reshape(1, 6, 1, 1)
    assert shuffle_halves(x).flatten().tolist() == [0, 3, 1, 4, 2, 5]


def test_gsconv_refuses_an_odd_number_of_channels() -> None:
    with pytest.raises(ConfigError, match="even number of channels out, got 7"):
        GSConv(4, 7)


def test_gsbottlenecks_sum_is_not_activated() -> None:
    torch.manual_seed(0)
    chain = VoVGSCSP(8, 16, 1).eval().chain
    assert chain(torch.randn(4, 8, 6, 6)).min() < -0.2785  # SiLU never falls below


@pytest.mark.parametrize(
    ("n_channels", "kernel"),
    [(1, 1), (2, 1), (4, 1), (16, 1), (32, 3), (64, 3), (128, 3), (256, 5), (1024, 5), (2048, 7)],
)
def test_mcas_channel_kernel_grows_with_the_channels(n_channels: int, kernel: int) -> None:
    assert channel_kernel(n_channels) == kernel


@pytest.mark.parametrize(
    ("n_channels", "has_channel_gate", "n_parameters"),
    [(16, True, 13), (64, True, 15), (256, True, 17), (16, False, 10)],
)
def test_mca_has_as_many_parameters_as_its_paper_says(
    n_channels: int, has_channel_gate: bool, n_parameters: int
) -> None:
    layer = MCALayer(n_channels, has_channel_gate=has_channel_gate)
    assert count_parameters(layer) == n_parameters


@pytest.mark.parametrize("shape", [(2, 8, 1, 1), (1, 1, 1, 1), (2, 2, 4, 4), (1, 8, 1, 7)])
def test_mca_is_finite_forwards_and_backwards_on_the_smallest_maps(
    shape: tuple[int, int, int, int],
) -> None:
    torch.manual_seed(0)
    layer = MCALayer(shape[1])
    x = torch.randn(shape, requires_grad=True)
    y = layer(x)
    torch.autograd.backward(y.sum())
    assert x.grad is not None
    assert torch.isfinite(y).all()
    assert torch.isfinite(x.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in layer.parameters() if p.grad is not None)


def test_mca_is_finite_on_a_dead_map() -> None:
    x = torch.zeros(1, 8, 4, 4, requires_grad=True)
    torch.autograd.backward(MCALayer(8)(x).sum())
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_mca_only_damps_since_it_has_no_residual() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 32, 5, 5)
    assert (MCALayer(32)(x).abs() <= x.abs()).all()


def test_mca_starts_its_shares_between_0_and_1() -> None:
    mixes = torch.stack([MCALayer(8).height.mix for _ in range(50)])
    assert mixes.min() >= 0
    assert mixes.max() < 1
    assert mixes.std() > 0.2  # uniform: 0.289


@pytest.mark.parametrize(
    ("n_channels", "kernel"), [(8, 3), (64, 3), (128, 5), (256, 5), (512, 5), (1, 1)]
)
def test_ecas_kernel_is_made_odd_upwards(n_channels: int, kernel: int) -> None:
    assert eca_kernel(n_channels) == kernel


@pytest.mark.parametrize(
    ("layer", "n_parameters"),
    [(SEBlock(256), 8464), (CBAM(256), 8564), (ECABlock(256), 5), (MCALayer(256), 17)],
    ids=["se", "cbam", "eca", "mca"],
)
def test_attention_before_the_pooling_costs_what_the_specification_says(
    layer: nn.Module, n_parameters: int
) -> None:
    assert count_parameters(layer) == n_parameters


@pytest.mark.parametrize("layer", [SEBlock(4), CBAM(4)], ids=["se", "cbam"])
def test_few_channels_keep_one_between_the_two_layers(layer: nn.Module) -> None:
    assert layer(torch.randn(2, 4, 3, 3)).shape == (2, 4, 3, 3)


def test_no_channels_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least one channel"):
        MCALayer(0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: C2f(8, 8, 1, has_shortcut=True),
        lambda: VoVGSCSP(8, 8, 1),
        lambda: SPPF(8, 8),
        lambda: MCALayer(8),
        lambda: CBAM(8),
        lambda: SEBlock(8),
        lambda: ECABlock(8),
    ],
    ids=["c2f", "vovgscsp", "sppf", "mca", "cbam", "se", "eca"],
)
def test_a_block_with_mirrored_kernels_sees_the_mirrored_map(make: Callable[[], Block]) -> None:
    """Nothing in a block prefers left or right but its kernels."""
    torch.manual_seed(0)
    block = make().eval()
    mirrored = copy.deepcopy(block)
    for part in mirrored.modules():
        if isinstance(part, nn.Conv2d):
            part.weight.data = part.weight.data.flip(-1)
    if isinstance(mirrored, MCALayer):
        mirrored.width.conv.weight.data = mirrored.width.conv.weight.data.flip(-1)
    x = torch.randn(1, 8, 6, 6)
    y = block(x)
    assert not torch.allclose(y, y.flip(-1), atol=1e-3)
    torch.testing.assert_close(mirrored(x.flip(-1)), y.flip(-1), rtol=1e-4, atol=1e-6)
