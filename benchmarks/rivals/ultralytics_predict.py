"""Find things in each frame of a film with `ultralytics` through its documented Python calls.

Run by the Python of an environment of its own, never by ours; `benchmarks.predict` calls it::

    build/bench-ultralytics/.venv/bin/python benchmarks/rivals/ultralytics_predict.py --help

Without a film it writes an untrained checkpoint, which both programs then run: hardly a box passes
the score, so that neither spends time on suppression.
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import torch
from ultralytics import YOLO, settings
from ultralytics.nn.tasks import DetectionModel

# No statistics sent home, no trackers.
settings.update({"sync": False})


def main() -> None:
    """Write a checkpoint, or run one over a film and say when each frame was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--classes", type=int, help="of a checkpoint that is to be written")
    parser.add_argument("--network", default="yolov8n")
    parser.add_argument("--film", type=Path)
    parser.add_argument("--answer", type=Path, help="JSON file")
    parser.add_argument("--side-px", type=int, default=640)
    parser.add_argument("--score", type=float, default=0.25)
    parser.add_argument("--threads", type=int, default=0, help="0: as it comes")
    options = parser.parse_args()
    if options.film is None:
        torch.manual_seed(0)
        made = YOLO(f"{options.network}.yaml")
        made.model = DetectionModel(f"{options.network}.yaml", nc=options.classes, verbose=False)
        made.save(str(options.checkpoint))
        return
    model = YOLO(str(options.checkpoint))
    if options.threads:
        model.add_callback("on_predict_start", lambda _: torch.set_num_threads(options.threads))
    done_s, n_boxes = [], 0
    for result in model.predict(
        source=str(options.film), stream=True, imgsz=options.side_px, conf=options.score,
        device="cpu", verbose=False,
    ):  # fmt: skip
        n_boxes += len(result.boxes)
        done_s.append(time.perf_counter())
    answer = {
        "done_s": done_s,
        "n_boxes": n_boxes,
        "n_threads": torch.get_num_threads(),
        "libraries": {name: version(name) for name in ("ultralytics", "torch", "numpy")},
    }
    options.answer.write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
