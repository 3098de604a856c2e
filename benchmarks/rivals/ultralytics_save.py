"""Save a checkpoint with `ultralytics`, and what it answers to an image.

Run by the Python of an environment of its own, never by ours; `benchmarks.convert` calls it::

    build/bench-ultralytics/.venv/bin/python benchmarks/rivals/ultralytics_save.py --help

A new network's answers hardly depend on what it is shown: its normalisations have seen nothing,
and what goes in dies out on the way. So what it learns is drawn anew, and the normalisations are
counted over the images: a tensor in the wrong place then shows.
"""

import argparse
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import nn
from ultralytics import YOLO, settings

# No statistics sent home, no trackers.
settings.update({"sync": False})


@torch.no_grad()
def stir(network: nn.Module, images: torch.Tensor) -> None:
    """Draw normalisations and biases anew, and count over the images."""
    torch.manual_seed(0)
    norms = [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
    momenta = [part.momentum for part in norms]
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.reset_running_stats()
            part.momentum = None  # the plain mean over all batches
            part.weight.uniform_(0.7, 1.6)
            part.bias.normal_(0, 0.3)
        elif isinstance(part, nn.Conv2d) and part.bias is not None:
            part.bias.normal_(0, 1)
    network.train()
    network(images)
    network.eval()
    for part, momentum in zip(norms, momenta, strict=True):
        part.momentum = momentum


@torch.no_grad()
def main() -> None:
    """Save or read the checkpoint, run it once, and write the answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="read where it is there, else written")
    parser.add_argument("--network", required=True, help="of a checkpoint that is not there")
    parser.add_argument("--images", type=Path, required=True, help=".npy, (B, 3, H, W), 0 to 1")
    parser.add_argument("--answer", type=Path, required=True, help=".npz: boxes, scores")
    options = parser.parse_args()
    images = torch.from_numpy(np.load(options.images))
    if not options.checkpoint.is_file():
        made = YOLO(f"{options.network}.yaml")
        stir(made.model, images)
        made.save(str(options.checkpoint))
    network = YOLO(str(options.checkpoint)).model.float().eval()
    said = network(images)
    said = said[0] if isinstance(said, tuple) else said  # (B, 4 + K, A): centre, size, scores
    rows = said.transpose(1, 2)  # (B, A, 4 + K)
    centre, half = rows[..., :2], rows[..., 2:4] / 2
    boxes = torch.cat([centre - half, centre + half], dim=2)  # (B, A, 4)
    facts = {"ultralytics": version("ultralytics"), "torch": version("torch")}
    np.savez(
        options.answer, boxes=boxes.numpy(), scores=rows[..., 4:].numpy(), facts=json.dumps(facts)
    )


if __name__ == "__main__":
    main()
