"""How large a network is and how much it computes.

``gflops`` counts as the profiler does that most papers about YOLO use: twice the multiply-adds,
with 4 for every batch-normalised value and one for each bin of each distance, biases, activations
and enlarging left out. The convolutions alone are some 1.3 % less.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cinefacs.detectors.networks.head import RawPredictions

__all__ = ["NetworkSize", "count_multiply_adds", "count_parameters", "measure"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkSize:
    """What `measure` finds."""

    n_layers: int
    """Modules that hold no others: convolutions, normalisations, activations, poolings."""
    n_parameters: int
    """All learned numbers, and frozen ones that are stored like them."""
    n_trainable: int
    """Those that training moves."""
    gflops: float
    """10^9 operations for one picture."""


def count_parameters(network: nn.Module) -> int:
    """Return the number of parameters, frozen ones included."""
    return sum(parameter.numel() for parameter in network.parameters())


def _ops_of(module: nn.Module, output: object) -> int:
    """Return the multiply-adds of one layer."""
    if isinstance(output, RawPredictions):
        return output.box_logits.numel()  # the expectation over the bins of each distance
    if not isinstance(output, Tensor):
        return 0
    if isinstance(module, nn.Conv1d | nn.Conv2d):
        per_value = module.in_channels // module.groups
        for side in module.kernel_size:
            per_value *= side
        return output.numel() * per_value
    if isinstance(module, nn.Linear):
        return output.numel() * module.in_features
    if isinstance(module, nn.BatchNorm2d):
        return 4 * output.numel()
    return 0


def count_multiply_adds(network: nn.Module, run: Callable[[], object]) -> int:
    """Return the multiply-adds that the layers of a network do while `run` runs.

    Parameters
    ----------
    network
        Whose layers are watched.
    run
        Calls the network, or parts of it, on one picture.
    """
    total = 0

    def add(module: nn.Module, _inputs: object, output: object) -> None:
        nonlocal total
        if module is not network:  # a network hands on what its head said
            total += _ops_of(module, output)

    hooks = [module.register_forward_hook(add) for module in network.modules()]
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            run()
    finally:
        network.train(was_training)
        for hook in hooks:
            hook.remove()
    return total


def measure(network: nn.Module, run: Callable[[], object]) -> NetworkSize:
    """Return the size of a network.

    Parameters
    ----------
    network
        May lie on the ``meta`` device, which computes shapes only.
    run
        Calls the network on one picture.
    """
    leaves = [m for m in network.modules() if not list(m.children())]
    trainable = (p.numel() for p in network.parameters() if p.requires_grad)
    return NetworkSize(
        n_layers=len(leaves),
        n_parameters=count_parameters(network),
        n_trainable=sum(trainable),
        gflops=2 * count_multiply_adds(network, run) / 1e9,
    )
