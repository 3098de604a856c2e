"""Make the statistics of batch normalisation those of the present weights."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

__all__ = ["settle_norms"]


@torch.no_grad()
def settle_norms(
    network: nn.Module, run: Callable[[Tensor], object], batches: Iterable[Tensor]
) -> None:
    """Replace the running mean and variance of each normalisation by those over some batches.

    Running statistics follow with a momentum of 0.03: after 120 steps a fortieth of them is still
    the initial variance of 1, which can be more than the true one, and with averaged weights they
    belong to no weights that ever were. Where training was short this decides between a perfect
    and a blind detector.

    Parameters
    ----------
    network
        Its normalisations are changed; its mode stays.
    run
        Called on each batch; runs every layer.
    batches
        Images, (B, 3, H, W). Without any, nothing is changed.

    References
    ----------
    Y. Wu and J. Johnson, "Rethinking 'batch' in BatchNorm", arXiv 2105.07576, section 3.
    """
    norms = [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
    images = list(batches)
    if not norms or not images:
        return
    was_training, momenta = network.training, [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
    network.train()
    try:
        for batch in images:
            run(batch)
    finally:
        network.train(was_training)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
