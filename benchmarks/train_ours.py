"""Train with cinefacs in a process of its own, as `benchmarks.train` asks; notes each batch's end.

It takes the words that `benchmarks/rivals/ultralytics_train.py` takes, and answers alike.
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import torch

from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.tasks import DataSource, train_detector, validate_detector
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.precision import resolve_precision
from cinefacs.records.step import Step


class Clock:
    """Notes when each batch of each epoch ends."""

    def __init__(self) -> None:
        self.batch_end_s: list[list[float]] = []
        self.batch_end_cpu_s: list[list[float]] = []

    def __call__(self, step: Step) -> None:
        """Note the time; the first batch of an epoch begins a row."""
        if step.n_done == 1:
            self.batch_end_s.append([])
            self.batch_end_cpu_s.append([])
        self.batch_end_s[-1].append(time.perf_counter())
        self.batch_end_cpu_s[-1].append(time.process_time())


def main() -> None:
    """Train, measure where asked, and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="data.yaml")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--answer", type=Path, required=True, help="JSON file")
    parser.add_argument("--network", required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--side-px", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--mosaic-off-epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto")
    parser.add_argument("--recipe", type=json.loads, help="JSON: rates and decay; measures mAP")
    options = parser.parse_args()
    clock, data = Clock(), DataSource(path=options.data)
    # What the rival does not do by itself is left out where scores are compared.
    less = {"exposure": 0.0, "grey": 0.0, "blur": 0.0, "jpeg": 0.0} if options.recipe else {}
    config = TrainConfig(
        mode="frame", epochs=options.epochs, side_px=options.side_px, batch=options.batch,
        precision=options.precision, validate_every=1 if options.recipe else options.epochs,
        augment=AugmentConfig(mosaic_off_epochs=options.mosaic_off_epochs, **less),
        patience=0, **(options.recipe or {}),
    )  # fmt: skip
    summary = train_detector(
        options.network, data, out=options.out, config=config, seed=options.seed, force=True,
        on_step=clock,
    )  # fmt: skip
    answer: dict[str, object] = {
        "batch_end_s": clock.batch_end_s,
        "batch_end_cpu_s": clock.batch_end_cpu_s,
        "precision": resolve_precision(options.precision, "cpu"),
        "n_threads": torch.get_num_threads(),
        "libraries": {name: version(name) for name in ("cinefacs", "torch", "lightning", "numpy")},
    }
    if options.recipe:
        measured = validate_detector(summary.result.weights_path, data).as_document()
        answer["scores"] = {name: measured[name] for name in ("map50", "map50_95")}
        answer["best_epoch"] = summary.result.best_epoch
    options.answer.write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
