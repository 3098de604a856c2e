"""Let each detector of the paper, at its full size, learn four pictures by heart.

A detector that cannot has a mistake in its network, its loss, its assigner or its decoding. Each is
trained from scratch on four pictures of `benchmarks.drawn_set`, unchanged, and measured on the same
four; all must reach mAP50 0.95. Run by ``make test-slow``; a run that was killed goes on::

    python -m benchmarks.overfit --result benchmarks/results/overfit_full_size.json
"""

import argparse
import json
import os
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from benchmarks.collect_memory import commit, cpu_name
from benchmarks.drawn_set import write_drawn_set
from cinefacs.detectors.build import build_network
from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.detectors.networks.config import find_network
from cinefacs.detectors.training.complete import complete_config
from cinefacs.detectors.training.config import TrainConfig
from cinefacs.detectors.training.fit import fit
from cinefacs.detectors.training.fitting import Fitting
from cinefacs.records.step import Step

__all__ = ["BUDGETS", "LEAST_MAP50", "main", "overfit"]

LEAST_MAP50 = 0.95
N_PICTURES, SIDE_PX = 4, 160
N_EPOCHS = 4  # each epoch's end writes the state of the training: 1.6 GB for YOLOv3
BUDGETS: dict[str, tuple[int, float]] = {
    "yolov8n": (120, 0.005),
    "yolov8n-smart": (120, 0.005),
    "yolov5n": (120, 0.005),
    "yolov3": (400, 0.001),
    "ssd300-vgg16": (100, 0.0003),
    "faster-rcnn-vgg16": (480, 0.0003),
}
"""Steps, each on four pictures, and the highest learning rate."""
STILL = AugmentConfig(
    mosaic=0, scale=0, shift=0, flip=0, hue=0, saturation=0, brightness=0, exposure=0, grey=0,
    blur=0, jpeg=0,
)  # fmt: skip


def overfit(
    name: str, folder: Path, *, n_steps: int, rate: float, side_px: int = SIDE_PX
) -> dict[str, Any]:
    """Train on four pictures and return the scores on the same four.

    Parameters
    ----------
    name
        Of the network.
    folder
        For pictures and run.
    n_steps, rate
        Steps, and the highest learning rate.
    side_px
        Of the input.
    """
    data = write_drawn_set(folder / "pictures", n_train=N_PICTURES, n_val=1)
    labelled = read_labelled_set(data, "train")
    steps_per_epoch = n_steps // N_EPOCHS
    repeated = replace(labelled, pictures=labelled.pictures * steps_per_epoch)
    torch.manual_seed(0)
    config = TrainConfig(
        mode="frame", epochs=N_EPOCHS, batch=N_PICTURES, side_px=side_px, learning_rate=rate,
        warmup_epochs=5 / steps_per_epoch, ema_decay=0.9, ema_steps=20, patience=0,
        validate_every=N_EPOCHS, settle_batches=1,
        precision="auto", augment=STILL,
    )  # fmt: skip
    config = complete_config(config, labelled.class_space, "cpu")
    fitting = Fitting(
        network=build_network(find_network(name), labelled.class_space, side_px=side_px),
        train_set=repeated, val_set=labelled, config=config, folder=folder / name,
        digest=repr(config),
    )  # fmt: skip

    def say(step: Step) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{name}: {step.name}, {step.n_done} of {step.n_total} ")

    done = fit(fitting, on_step=say)
    scores = json.loads((folder / name / "metrics.json").read_text(encoding="utf-8"))
    return {
        "map50": round(float(scores["map50"]), 4),
        "map50_95": round(float(scores["map50_95"]), 4),
        "n_steps": n_steps,
        "learning_rate": rate,
        "side_px": side_px,
        "precision": config.precision,
        "seconds": round(done.seconds, 1),
    }


def main() -> int:
    """Let all of them learn, print, write the result, and return 1 where one could not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--detectors", nargs="+", choices=BUDGETS, default=list(BUDGETS),
        help="of others the result keeps what it holds",
    )  # fmt: skip
    parser.add_argument("--folder", type=Path, default=Path("build/overfit"))
    parser.add_argument("--result", type=Path, help="JSON file")
    options = parser.parse_args()
    measured = commit()
    folder = options.folder / measured
    rows: dict[str, Any] = {}
    for name in options.detectors:
        n_steps, rate = BUDGETS[name]
        kept = folder / f"{name}.json"
        if kept.is_file() and not measured.endswith("-dirty"):
            rows[name] = json.loads(kept.read_text(encoding="utf-8"))
        else:
            row = overfit(name, folder, n_steps=n_steps, rate=rate)
            rows[name] = {"commit": measured, "cpu": cpu_name()} | row
            kept.write_text(json.dumps(rows[name]), encoding="utf-8")
        print(f"{name}: mAP50 {rows[name]['map50']:.3f} after {n_steps} steps, "
              f"{rows[name]['seconds']:.0f} s", flush=True)  # fmt: skip
    before = options.result is not None and options.result.is_file()
    known = json.loads(options.result.read_text(encoding="utf-8"))["detectors"] if before else {}
    document = {
        "n_cores": os.cpu_count(),
        "libraries": {n: version(n) for n in ("cinefacs", "torch", "torchvision", "lightning")},
        "n_pictures": N_PICTURES,
        "least_map50": LEAST_MAP50,
        "detectors": {name: row for name, row in (known | rows).items() if name in BUDGETS},
    }
    if options.result is not None:
        options.result.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return int(any(row["map50"] < LEAST_MAP50 for row in rows.values()))


if __name__ == "__main__":
    sys.exit(main())
