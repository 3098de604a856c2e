"""Each block against an own computation in numpy loops, written from the papers' equations.

The equations are those that the blocks' docstrings name; torch takes no part in the expected side
but for the parameters, which are read out of the block.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from cinefacs.detectors.blocks.bottleneck import Bottleneck
from cinefacs.detectors.blocks.c2f import C2f
from cinefacs.detectors.blocks.c3 import C3
from cinefacs.detectors.blocks.cbam import CBAM
from cinefacs.detectors.blocks.conv import Conv
from cinefacs.detectors.blocks.eca import ECABlock
from cinefacs.detectors.blocks.gsconv import GSBottleneck, GSConv
from cinefacs.detectors.blocks.mca import MCAGate, MCALayer
from cinefacs.detectors.blocks.se import SEBlock
from cinefacs.detectors.blocks.sppf import SPPF
from cinefacs.detectors.blocks.vovgscsp import VoVGSCSP
from tests.support.layers import (
    array_of,
    as_numpy_conv,
    batch_norm_loops,
    conv_loops,
    max_pool_loops,
    sigmoid,
    stir_norms,
)

Array = npt.NDArray[np.float64]


def bottleneck(layer: Bottleneck, x: Array) -> Array:
    y = as_numpy_conv(layer.cv2, as_numpy_conv(layer.cv1, x))
    return x + y if layer.has_shortcut else y


def c2f(layer: C2f, x: Array) -> Array:
    first = as_numpy_conv(layer.cv1, x)
    half = first.shape[1] // 2
    parts = [first[:, :half], first[:, half:]]
    for item in layer.m:
        assert isinstance(item, Bottleneck)
        parts.append(bottleneck(item, parts[-1]))
    return as_numpy_conv(layer.cv2, np.concatenate(parts, axis=1))


def c3(layer: C3, x: Array) -> Array:
    y = as_numpy_conv(layer.cv1, x)
    for item in layer.m:
        assert isinstance(item, Bottleneck)
        y = bottleneck(item, y)
    return as_numpy_conv(layer.cv3, np.concatenate([y, as_numpy_conv(layer.cv2, x)], axis=1))


def sppf_side_by_side(layer: SPPF, x: Array) -> Array:
    """Pool with windows of 5, 9 and 13, as the original pyramid does."""
    y = as_numpy_conv(layer.cv1, x)
    parts = [y, *(max_pool_loops(y, kernel) for kernel in (5, 9, 13))]
    return as_numpy_conv(layer.cv2, np.concatenate(parts, axis=1))


def gsconv(layer: GSConv, x: Array) -> Array:
    a = as_numpy_conv(layer.full, x)
    b = as_numpy_conv(layer.cheap, a)
    y = np.empty((a.shape[0], 2 * a.shape[1], *a.shape[2:]))
    for channel in range(a.shape[1]):
        y[:, 2 * channel] = a[:, channel]
        y[:, 2 * channel + 1] = b[:, channel]
    return y


def gsbottleneck(layer: GSBottleneck, x: Array) -> Array:
    return gsconv(layer.widen, gsconv(layer.narrow, x)) + as_numpy_conv(layer.past, x)


def vovgscsp(layer: VoVGSCSP, x: Array) -> Array:
    y = as_numpy_conv(layer.enter, x)
    for item in layer.chain:
        assert isinstance(item, GSBottleneck)
        y = gsbottleneck(item, y)
    return as_numpy_conv(layer.join, np.concatenate([as_numpy_conv(layer.plain, x), y], axis=1))


def along(values: Array, weight: Array) -> Array:
    """Convolve the rows of (B, D) with a kernel, the same length out."""
    pad = len(weight) // 2
    y = np.zeros_like(values)
    for place in range(values.shape[1]):
        for tap, factor in enumerate(weight):
            source = place + tap - pad
            if 0 <= source < values.shape[1]:
                y[:, place] += factor * values[:, source]
    return y


def mca_gate(gate: MCAGate, x: Array) -> Array:
    moved = np.moveaxis(x, gate.axis, 1)
    flat = moved.reshape(x.shape[0], moved.shape[1], -1)
    mean = np.array([[row.sum() / len(row) for row in item] for item in flat])
    spread = np.array(
        [
            [math.sqrt(((row - row.mean()) ** 2).sum() / max(1, len(row) - 1)) for row in item]
            for item in flat
        ]
    )
    w0, w1 = sigmoid(array_of(gate.mix))
    v = 0.5 * (mean + spread) + w0 * mean + w1 * spread
    g = sigmoid(along(v, array_of(gate.conv.weight).ravel()))
    shape = [x.shape[0], 1, 1, 1]
    shape[gate.axis] = g.shape[1]
    return g.reshape(shape)


def mca(layer: MCALayer, x: Array) -> Array:
    gates = [mca_gate(layer.height, x), mca_gate(layer.width, x)]
    if layer.channel is not None:
        gates.append(mca_gate(layer.channel, x))
    return np.asarray(sum(x * gate for gate in gates) / len(gates))


def mlp(squeeze: nn.Conv2d, excite: nn.Conv2d, pooled: Array) -> Array:
    assert squeeze.bias is not None
    assert excite.bias is not None
    hidden = pooled @ array_of(squeeze.weight)[:, :, 0, 0].T + array_of(squeeze.bias)
    hidden = np.maximum(hidden, 0)
    return np.asarray(hidden @ array_of(excite.weight)[:, :, 0, 0].T + array_of(excite.bias))


def se(layer: SEBlock, x: Array) -> Array:
    gate = sigmoid(mlp(layer.squeeze, layer.excite, x.mean(axis=(2, 3))))
    return x * gate[:, :, None, None]


def cbam(layer: CBAM, x: Array) -> Array:
    mean = mlp(layer.squeeze, layer.excite, x.mean(axis=(2, 3)))
    peak = mlp(layer.squeeze, layer.excite, x.max(axis=(2, 3)))
    x = x * sigmoid(mean + peak)[:, :, None, None]
    maps = np.stack([x.max(axis=1), x.mean(axis=1)], axis=1)
    place = conv_loops(maps, array_of(layer.place.weight), padding=3)
    return x * sigmoid(batch_norm_loops(place, layer.bn))


def eca(layer: ECABlock, x: Array) -> Array:
    gate = sigmoid(along(x.mean(axis=(2, 3)), array_of(layer.conv.weight).ravel()))
    return x * gate[:, :, None, None]


CASES = [
    pytest.param(lambda: Conv(3, 4, 3, 2), as_numpy_conv, 3, id="conv"),
    pytest.param(lambda: Conv(3, 8, 6, 2, padding=2), as_numpy_conv, 3, id="conv-6x6"),
    pytest.param(lambda: Conv(4, 4, 5, groups=4), as_numpy_conv, 4, id="conv-depthwise"),
    pytest.param(lambda: Bottleneck(4, 4), bottleneck, 4, id="bottleneck"),
    pytest.param(lambda: Bottleneck(4, 6), bottleneck, 4, id="bottleneck-other-width"),
    pytest.param(lambda: C2f(4, 6, 2, has_shortcut=True), c2f, 4, id="c2f"),
    pytest.param(lambda: C2f(4, 6, 1, has_shortcut=False), c2f, 4, id="c2f-plain"),
    pytest.param(lambda: C3(4, 6, 2, has_shortcut=True), c3, 4, id="c3"),
    pytest.param(lambda: SPPF(4, 6), sppf_side_by_side, 4, id="sppf"),
    pytest.param(lambda: GSConv(3, 6, 3, 2), gsconv, 3, id="gsconv"),
    pytest.param(lambda: GSBottleneck(4, 8), gsbottleneck, 4, id="gsbottleneck"),
    pytest.param(lambda: VoVGSCSP(4, 8, 2), vovgscsp, 4, id="vovgscsp"),
    pytest.param(lambda: MCALayer(32), mca, 32, id="mca"),
    pytest.param(lambda: MCALayer(4, has_channel_gate=False), mca, 4, id="mca-no-channels"),
    pytest.param(lambda: SEBlock(32), se, 32, id="se"),
    pytest.param(lambda: CBAM(32), cbam, 32, id="cbam"),
    pytest.param(lambda: ECABlock(64), eca, 64, id="eca"),
]


@pytest.mark.parametrize(("make", "expected", "n_in"), CASES)
def test_a_block_computes_what_its_equations_say(
    make: Callable[[], nn.Module], expected: Callable[[nn.Module, Array], Array], n_in: int
) -> None:
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    block = make().double().eval()
    stir_norms(block, rng)
    x = rng.normal(size=(2, n_in, 6, 5))
    with torch.no_grad():
        got = block(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(got, expected(block, x), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(("make", "expected", "n_in"), CASES)
def test_a_blocks_slopes_are_those_of_finite_differences(
    make: Callable[[], nn.Module], expected: object, n_in: int
) -> None:
    torch.manual_seed(5)
    block = make().double().eval()
    for module in block.modules():
        if isinstance(module, nn.SiLU):
            module.inplace = False
    x = torch.randn(1, n_in, 3, 3, dtype=torch.float64, requires_grad=True)
    if n_in > 8:  # one slope in each channel is enough where there are many
        weights = torch.randn(1, n_in, 3, 3, dtype=torch.float64)
        assert torch.autograd.gradcheck(lambda t: (block(t) * weights).sum(), (x,))
    else:
        assert torch.autograd.gradcheck(block, (x,))
