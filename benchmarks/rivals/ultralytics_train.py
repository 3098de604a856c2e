"""Train and predict with `ultralytics` through its documented Python calls.

Run by the Python of an environment of its own (``make bench-train`` makes it), never by ours::

    build/bench-ultralytics/.venv/bin/python benchmarks/rivals/ultralytics_train.py --help

Everything that is not said here stays as it comes: the augmentation, the averaging of weights, and
without a recipe the optimiser that it chooses and the gradients that it gathers over several
batches. With a recipe it takes AdamW with a half cosine after a warm-up, a step each batch.
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import torch
from ultralytics import YOLO, settings

# No statistics sent home, no trackers.
settings.update({"sync": False})


class Clock:
    """Notes when each batch of each epoch ends, and sets the number of threads."""

    def __init__(self, n_threads: int) -> None:
        self._n_threads = n_threads
        self.n_threads_seen = 0
        self.batch_end_s: list[list[float]] = []
        self.batch_end_cpu_s: list[list[float]] = []

    def start(self, _trainer: object) -> None:
        """Force the threads where that was asked for."""
        if self._n_threads:
            torch.set_num_threads(self._n_threads)

    def start_epoch(self, _trainer: object) -> None:
        """Begin a row."""
        self.batch_end_s.append([])
        self.batch_end_cpu_s.append([])

    def end_batch(self, _trainer: object) -> None:
        """Note the time."""
        self.n_threads_seen = torch.get_num_threads()
        self.batch_end_s[-1].append(time.perf_counter())
        self.batch_end_cpu_s[-1].append(time.process_time())


def predict(weights: Path, pictures: Path, *, side_px: int) -> dict[str, list[list[float]]]:
    """Return the boxes of each picture by its name: x1, y1, x2, y2 (px), score, class."""
    found = YOLO(str(weights)).predict(
        str(pictures), imgsz=side_px, conf=0.001, iou=0.7, max_det=300, device="cpu",
        stream=True, verbose=False,
    )  # fmt: skip
    return {
        Path(each.path).name: torch.cat(
            [each.boxes.xyxy, each.boxes.conf[:, None], each.boxes.cls[:, None]], dim=1
        ).tolist()
        for each in found
    }


def as_settings(recipe: dict[str, float] | None, options: argparse.Namespace) -> dict[str, object]:
    """Return the recipe in the words of `ultralytics`."""
    if recipe is None:
        return {}
    return {
        "optimizer": "AdamW", "cos_lr": True, "nbs": options.batch, "patience": 0,
        "lr0": recipe["learning_rate"], "lrf": recipe["last_rate_share"],
        "momentum": recipe["momentum"], "warmup_momentum": recipe["momentum"],
        "weight_decay": recipe["weight_decay"],
        "warmup_epochs": recipe["warmup_epochs"], "warmup_bias_lr": 0.0,
    }  # fmt: skip


def main() -> None:
    """Train, predict where asked, and write one JSON file."""
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
    parser.add_argument("--threads", type=int, default=0, help="0: as it comes")
    parser.add_argument("--recipe", type=json.loads, help="JSON: rates and decay")
    parser.add_argument("--pictures", type=Path, help="folder to predict, with the best weights")
    options = parser.parse_args()
    clock = Clock(options.threads)
    model = YOLO(f"{options.network}.yaml")
    model.add_callback("on_train_start", clock.start)
    model.add_callback("on_train_epoch_start", clock.start_epoch)
    model.add_callback("on_train_batch_end", clock.end_batch)
    model.train(
        data=str(options.data), epochs=options.epochs, imgsz=options.side_px, batch=options.batch,
        close_mosaic=options.mosaic_off_epochs, seed=options.seed, device="cpu", pretrained=False,
        plots=False, verbose=False, val=options.pictures is not None,
        project=str(options.out.parent.resolve()), name=options.out.name, exist_ok=True,
        **as_settings(options.recipe, options),
    )  # fmt: skip
    answer: dict[str, object] = {
        "batch_end_s": clock.batch_end_s,
        "batch_end_cpu_s": clock.batch_end_cpu_s,
        "n_threads": clock.n_threads_seen,
        "libraries": {name: version(name) for name in ("ultralytics", "torch", "numpy")},
    }
    if options.pictures is not None:
        best = options.out / "weights" / "best.pt"
        answer["found"] = predict(best, options.pictures, side_px=options.side_px)
    options.answer.write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
