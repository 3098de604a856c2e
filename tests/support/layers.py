"""Layers in plain numpy loops: independent of torch, for oracles."""

from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from cinefacs.detectors.blocks.conv import BATCH_NORM_EPS, Conv

__all__ = [
    "array_of",
    "as_numpy_conv",
    "batch_norm_loops",
    "conv_loops",
    "max_pool_loops",
    "sigmoid",
    "silu",
    "stir_norms",
]

Array = npt.NDArray[Any]


def array_of(parameter: Any) -> Array:  # noqa: ANN401
    """Return a parameter as a float64 array."""
    return np.asarray(parameter.detach().numpy(), dtype=np.float64)


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return np.asarray(1 / (1 + np.exp(-x)))


def silu(x: Array) -> Array:
    """Return x sigmoid(x)."""
    return x * sigmoid(x)


def conv_loops(
    x: Array, weight: Array, *, stride: int = 1, padding: int = 0, groups: int = 1
) -> Array:
    """Convolve (B, C, H, W) by the definition, one output value at a time."""
    batch, _, height, width = x.shape
    n_out, n_in_group, kernel, _ = weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    out_h = (height + 2 * padding - kernel) // stride + 1
    out_w = (width + 2 * padding - kernel) // stride + 1
    y = np.zeros((batch, n_out, out_h, out_w))
    per_group = n_out // groups
    for o in range(n_out):
        first = o // per_group * n_in_group
        for i in range(out_h):
            for j in range(out_w):
                window = padded[
                    :,
                    first : first + n_in_group,
                    i * stride : i * stride + kernel,
                    j * stride : j * stride + kernel,
                ]
                y[:, o, i, j] = (window * weight[o]).sum(axis=(1, 2, 3))
    return y


def batch_norm_loops(x: Array, norm: nn.BatchNorm2d) -> Array:
    """Normalise by the running statistics, channel by channel."""
    y = np.empty_like(x)
    weight, bias = array_of(norm.weight), array_of(norm.bias)
    for c in range(x.shape[1]):
        mean, variance = float(norm.running_mean[c]), float(norm.running_var[c])  # type: ignore[index]
        scaled = (x[:, c] - mean) / np.sqrt(variance + BATCH_NORM_EPS)
        y[:, c] = scaled * weight[c] + bias[c]
    return y


def as_numpy_conv(layer: Conv, x: Array) -> Array:
    """Run a `Conv` in numpy."""
    conv = layer.conv
    y = conv_loops(
        x,
        array_of(conv.weight),
        stride=int(conv.stride[0]),
        padding=int(conv.padding[0]),
        groups=conv.groups,
    )
    y = batch_norm_loops(y, layer.bn)
    return silu(y) if isinstance(layer.act, nn.SiLU) else y


def max_pool_loops(x: Array, kernel: int) -> Array:
    """Take the maximum over a window around each place, stride 1, same size."""
    pad = kernel // 2
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
    y = np.empty_like(x)
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            y[:, :, i, j] = padded[:, :, i : i + kernel, j : j + kernel].max(axis=(2, 3))
    return y


def stir_norms(module: nn.Module, rng: np.random.Generator) -> None:
    """Give every batch normalisation statistics and weights that are not 0 and 1."""
    import torch

    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            n = part.num_features
            for tensor, low, high in (
                (part.running_mean, -0.5, 0.5),
                (part.running_var, 0.5, 2.0),
                (part.weight, 0.5, 1.5),
                (part.bias, -0.3, 0.3),
            ):
                assert tensor is not None
                tensor.data.copy_(torch.from_numpy(rng.uniform(low, high, n)))
