"""Time of training and finding, measured in turns: one network after the other, then again.

Cells run beside each other and at different hours, so that their own times compare nothing. Here
every network gets one step in each round, and the medians over the rounds are compared.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from cinefacs.config import config_digest
from cinefacs.detectors.build import build_network
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.protocol import DetectionNetwork, FindOptions, PictureTruth
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.precision import resolve_precision
from cinefacs.experiments.config import SpeedConfig
from cinefacs.experiments.machine import machine_name
from cinefacs.experiments.store import read_json
from cinefacs.records.class_space import ClassSpace
from cinefacs.storage.atomic import write_json

__all__ = ["Speed", "measure_speed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """Times of one network."""

    train_s: float
    """Seconds for one picture of a training step: forward, backward, step; loading left out."""
    find_ms: float
    """Milliseconds for one picture alone, fp32, suppression included."""


def measure_speed(
    names: Sequence[str],
    class_space: ClassSpace,
    train: TrainConfig,
    config: SpeedConfig,
    store: Path,
    *,
    device: str = "cpu",
    tell: Callable[[int, int], None] | None = None,
) -> dict[str, Speed]:
    """Return the times of networks, measured once on each machine and kept.

    Parameters
    ----------
    names
        Networks.
    class_space
        What they tell apart.
    train
        Side, precision, memory layout.
    config
        Rounds and batch; no rounds give no times.
    store
        Folder of all experiments.
    device
        Where they run.
    tell
        Told rounds done and rounds in all.
    """
    if not config.rounds:
        return {}
    facts = {
        "names": ",".join(names), "machine": machine_name(), "device": device,
        "classes": str(len(class_space)), "precision": train.precision,
        "side_px": str(train.side_px), "channels_last": str(train.channels_last),
        "threads": str(torch.get_num_threads()),
    }  # fmt: skip
    path = store / "speed" / f"{config_digest(config, facts)[:16]}.json"
    kept = read_json(path)
    if kept is None:
        kept = {
            "facts": facts,
            "speeds": _measure(names, class_space, train, config, device=device, tell=tell),
        }
        write_json(path, kept)
    return {name: Speed(**values) for name, values in kept["speeds"].items()}


def _measure(
    names: Sequence[str],
    class_space: ClassSpace,
    train: TrainConfig,
    config: SpeedConfig,
    *,
    device: str,
    tell: Callable[[int, int], None] | None,
) -> dict[str, Any]:
    """Return the medians; the first round warms up and does not count."""
    train_s: dict[str, list[float]] = {name: [] for name in names}
    find_ms: dict[str, list[float]] = {name: [] for name in names}
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(config.batch, 3, train.side_px, train.side_px, generator=generator)
    images = images.to(device)
    for turn in range(config.rounds + 1):
        for name in names:
            torch.manual_seed(0)
            network = build_network(
                find_network(name), class_space, side_px=train.side_px, loss=train.loss
            ).to(device)
            if train.channels_last:
                network.to(memory_format=torch.channels_last)
            step_s = _time_step(network, images, train)
            own_ms = _time_find(network, images[:1])
            if turn:
                train_s[name].append(step_s / config.batch)
                find_ms[name].append(own_ms)
        if tell is not None:
            tell(turn + 1, config.rounds + 1)
    return {
        name: asdict(
            Speed(
                train_s=statistics.median(train_s[name]), find_ms=statistics.median(find_ms[name])
            )
        )
        for name in names
    }


def _time_step(network: DetectionNetwork, images: torch.Tensor, train: TrainConfig) -> float:
    """Return the seconds of the second of two steps."""
    side = train.side_px
    box = torch.tensor([[0.15 * side, 0.1 * side, 0.85 * side, 0.9 * side]], device=images.device)
    labels = torch.zeros(1, len(network.class_space), device=images.device)
    labels[0, 0] = 1
    truth = [PictureTruth(box, labels)] * len(images)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    network.train()
    seconds = 0.0
    is_half = resolve_precision(train.precision, images.device.type) == "bf16"
    for _ in range(2):
        start = _now(images.device)
        with torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=is_half):
            losses = network.losses(images, truth)
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        seconds = _now(images.device) - start
    return seconds


@torch.no_grad()
def _time_find(network: DetectionNetwork, image: torch.Tensor) -> float:
    """Return the milliseconds of the fastest of five calls."""
    network.eval()
    times = []
    for _ in range(5):
        start = _now(image.device)
        network.find(image, FindOptions(score_floor=0.05))
        times.append(_now(image.device) - start)
    return 1000 * min(times)


def _now(device: torch.device) -> float:
    """Return the time in seconds at which the device has done all it was given."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
    return time.perf_counter()
