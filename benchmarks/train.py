"""Training beside `ultralytics`: images a second, and mAP after equal epochs on the same pictures.

YOLOv8n from scratch at 320 px, batches of 16, on the processor. Each training is a process of its
own; `ultralytics` runs in an environment of its own and is never imported here.

Speed: the trainings take turns, each round in a new order. The time between the ends of the first
and the last batch of each epoch counts, and the first epoch does not: neither start-up nor
validation is in it. Accuracy: both keep their best weights on the same validation pictures, and our
evaluator measures both.

Run from the repository's root (``make bench-train`` makes the other environment first)::

    python -m benchmarks.train --rival build/bench-ultralytics/.venv/bin/python
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.collect_memory import commit, cpu_name
from benchmarks.drawn_set import CLASSES, SIDE_PX, write_drawn_set
from cinefacs.detectors.data.labelled_set import LabelledSet, truth_of
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.detectors.evaluation.coco import mean_average_precision
from cinefacs.records.detections import Detections

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["detections_of", "images_per_second", "main", "summarise_speed"]

NETWORK, BATCH = "yolov8n", 16
TARGET_SPEED, TARGET_MAP50_LOSS = 2.3, 0.01
MOSAIC_OFF = 10  # last epochs without mosaics: what both do by themselves
OURS, OURS_FP32 = "cinefacs, bf16", "cinefacs, fp32"
RIVAL, RIVAL_2 = "ultralytics as it comes", "ultralytics, 2 threads"
ALL = (OURS, OURS_FP32, RIVAL, RIVAL_2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What a contender is asked to do."""

    data: Path
    """``data.yaml``."""
    epochs: int
    """Times that each picture is seen."""
    mosaic_off_epochs: int
    """Last epochs without mosaics."""
    is_measured: bool
    """Whether mAP is wanted."""
    seed: int = 0
    """Of everything random."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """Where things lie."""

    rival: Path
    """Python of the environment of `ultralytics`."""
    folder: Path
    """For data and runs."""

    def run(self, name: str, task: Task) -> dict[str, Any]:
        """Let a contender train in a process of its own, and return its answer."""
        out = self.folder / "runs" / name.replace(", ", "-").replace(" ", "-")
        answer, log = out.with_suffix(".json"), out.with_suffix(".log")
        out.parent.mkdir(parents=True, exist_ok=True)
        answer.unlink(missing_ok=True)
        words = [
            str(task.data), "--out", str(out), "--answer", str(answer), "--network", NETWORK,
            "--epochs", str(task.epochs), "--side-px", str(SIDE_PX), "--batch", str(BATCH),
            "--mosaic-off-epochs", str(task.mosaic_off_epochs), "--seed", str(task.seed),
        ]  # fmt: skip
        environment = dict(os.environ)
        if name in {OURS, OURS_FP32}:
            environment["OMP_NUM_THREADS"] = "2"
            command = [sys.executable, "-m", "benchmarks.train_ours", *words,
                       "--precision", "bf16" if name == OURS else "fp32"]  # fmt: skip
            command += ["--measure"] if task.is_measured else []
        else:
            environment["YOLO_CONFIG_DIR"] = str(self.folder.resolve() / "ultralytics")
            environment["YOLO_AUTOINSTALL"] = "false"
            command = [str(self.rival), "benchmarks/rivals/ultralytics_train.py", *words,
                       "--threads", "2" if name == RIVAL_2 else "0"]  # fmt: skip
            if task.is_measured:
                command += ["--pictures", str(task.data.parent / "images" / "val")]
        with log.open("w", encoding="utf-8") as stream:
            done = subprocess.run(
                command, stdout=stream, stderr=stream, env=environment, check=False
            )
        if done.returncode != 0:
            raise SystemExit(f"{name} failed: see {log}")
        document: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return document


def images_per_second(batch_end_s: list[list[float]]) -> tuple[float, float]:
    """Return the speed of all epochs but the first, and that of the first.

    Parameters
    ----------
    batch_end_s
        When each batch of each epoch ended. What lies between epochs is not counted.
    """
    if len(batch_end_s) < 2 or any(len(row) < 2 for row in batch_end_s):
        raise ValueError("times: expected two epochs of two batches or more")
    steps = [[b - a for a, b in pairwise(row)] for row in batch_end_s]
    later = [step for row in steps[1:] for step in row]
    return BATCH * len(later) / sum(later), BATCH * len(steps[0]) / sum(steps[0])


def detections_of(labelled: LabelledSet, found: dict[str, list[list[float]]]) -> Detections:
    """Return boxes by picture name as the record that our evaluator takes.

    Parameters
    ----------
    labelled
        Whose pictures were looked at.
    found
        Rows of x1, y1, x2, y2 (px of the picture), score, class, for every picture.
    """
    by_picture = [
        np.array(found[picture.path.name], dtype=np.float64).reshape(-1, 6)
        for picture in labelled.pictures
    ]
    rows = np.concatenate([each[np.argsort(-each[:, 4], kind="stable")] for each in by_picture])
    return Detections(
        class_space=labelled.class_space,
        n_pictures=len(labelled),
        picture_index=np.repeat(np.arange(len(by_picture)), [len(each) for each in by_picture]),
        boxes_xyxy=rows[:, :4].astype(np.float32),
        score=rows[:, 4].astype(np.float32),
        class_index=rows[:, 5].astype(np.int64),
    )


def measure_speed(
    bench: Bench,
    n_rounds: int,
    *,
    n_pictures: int,
    epochs: int,
    contenders: tuple[str, ...],
    on_round: "Callable[[dict[str, Any]], None]",
) -> dict[str, Any]:
    """Let all take turns; tell after each round, and return, medians and ratios of each round."""
    data = write_drawn_set(bench.folder / f"speed-{n_pictures}", n_train=n_pictures, n_val=BATCH)
    task = Task(data=data, epochs=epochs, mosaic_off_epochs=0, is_measured=False)
    facts = {
        "n_pictures": n_pictures,
        "epochs": epochs,
        "data_digest": read_labelled_set(data, "train").digest(),
    }
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
    loads: list[float] = []
    order = random.Random(0)  # noqa: S311  (an order of turns, no secret)
    said: dict[str, Any] = {}
    for number in range(n_rounds):
        for name in order.sample(contenders, len(contenders)):
            answers[name].append(bench.run(name, task))
            loads.append(os.getloadavg()[0])
            speed, _ = images_per_second(answers[name][-1]["batch_end_s"])
            print(f"round {number + 1}: {name}: {speed:.2f} images/s "
                  f"(load {loads[-1]:.1f})", flush=True)  # fmt: skip
        said = {**facts, **summarise_speed(answers, loads)}
        on_round(said)
    return said


def summarise_speed(
    answers: "Mapping[str, Sequence[Mapping[str, Any]]]", loads: "Sequence[float]"
) -> dict[str, Any]:
    """Return medians over rounds, and ratios to ours in the same round.

    Parameters
    ----------
    answers
        Of each training, one a round: when batches ended, s of the clock and of the processor.
    loads
        The system's load average at the end of each training.
    """
    clock = {n: [images_per_second(a["batch_end_s"]) for a in row] for n, row in answers.items()}
    cpu = {n: [images_per_second(a["batch_end_cpu_s"])[0] for a in row]
           for n, row in answers.items()}  # fmt: skip
    speeds = {name: [later for later, _ in row] for name, row in clock.items()}
    rows: dict[str, dict[str, Any]] = {}
    for name in answers:
        over = [ours / own for ours, own in zip(speeds[OURS], speeds[name], strict=True)]
        rows[name] = {
            "images_per_second": round(statistics.median(speeds[name]), 2),
            "each_round": [round(speed, 2) for speed in speeds[name]],
            "first_epoch": round(statistics.median(first for _, first in clock[name]), 2),
            "processor_s_per_image": round(1 / statistics.median(cpu[name]), 4),
            "ours_over_it": round(statistics.median(over), 3),
            "ours_over_it_each_round": [round(ratio, 3) for ratio in over],
            "n_threads": answers[name][-1]["n_threads"],
            "libraries": answers[name][-1]["libraries"],
        }
    return {
        "n_rounds": len(speeds[OURS]),
        "load_average": {
            name: round(value, 1)
            for name, value in (
                ("least", min(loads)), ("median", statistics.median(loads)), ("most", max(loads))
            )
        },
        "trainings": rows,
        "target": TARGET_SPEED,
        "is_met": rows[RIVAL]["ours_over_it"] >= TARGET_SPEED,
    }  # fmt: skip


def measure_accuracy(
    bench: Bench, epochs: int, n_train: int, n_val: int, *, n_at_once: int
) -> dict[str, Any]:
    """Let ours and the rival train equally long on the same pictures; return both scores."""
    contenders = (OURS, RIVAL_2)
    data = write_drawn_set(bench.folder / f"drawn-{n_train}-{n_val}", n_train=n_train, n_val=n_val)
    task = Task(data=data, epochs=epochs, mosaic_off_epochs=MOSAIC_OFF, is_measured=True)
    labelled = read_labelled_set(data, "val")
    truth = truth_of(
        [picture.boxes_xyxy for picture in labelled.pictures],
        [picture.labels for picture in labelled.pictures],
        [~picture.is_known for picture in labelled.pictures],
        labelled.class_space,
    )
    rows: dict[str, dict[str, Any]] = {}
    with ThreadPoolExecutor(n_at_once) as pool:  # each waits for a process
        answers = list(pool.map(lambda name: bench.run(name, task), contenders))
    for name, answer in zip(contenders, answers, strict=True):
        if "found" in answer:
            means = mean_average_precision(detections_of(labelled, answer["found"]), truth)
            scores = {"map50": means.map50, "map50_95": means.map50_95}
        else:
            scores = answer["scores"]
        rows[name] = {
            **{key: round(float(value), 4) for key, value in scores.items()},
            "n_steps": sum(len(row) for row in answer["batch_end_s"]),
            "libraries": answer["libraries"],
        }
        print(f"{name}: {rows[name]}", flush=True)
    loss = rows[RIVAL_2]["map50"] - rows[OURS]["map50"]
    return {
        "epochs": epochs,
        "mosaic_off_epochs": task.mosaic_off_epochs,
        "n_train_pictures": n_train,
        "n_val_pictures": n_val,
        "n_val_boxes": len(truth.boxes_xyxy),
        "classes": list(CLASSES),
        "train_digest": read_labelled_set(data, "train").digest(),
        "val_digest": labelled.digest(),
        "trainings": rows,
        "map50_lost": round(loss, 4),
        "target": TARGET_MAP50_LOSS,
        "is_met": loss <= TARGET_MAP50_LOSS,
    }


def main() -> None:
    """Measure what is asked for, print, and put it into the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rival", type=Path, required=True, help="Python with ultralytics")
    parser.add_argument("--parts", nargs="+", choices=("speed", "accuracy"),
                        default=["speed", "accuracy"])  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5, help="of speed")
    parser.add_argument("--speed-size", type=int, nargs=2, default=[160, 3],
                        help="pictures and epochs of a training for speed")  # fmt: skip
    parser.add_argument("--trainings", nargs="+", choices=ALL, default=ALL, help="for speed")
    parser.add_argument("--epochs", type=int, default=10, help="of accuracy")
    parser.add_argument("--pictures", type=int, nargs=2, default=[480, 160],
                        help="of accuracy: to learn from and to measure on")  # fmt: skip
    parser.add_argument("--at-once", type=int, default=1, help="trainings side by side, accuracy")
    parser.add_argument("--folder", type=Path, default=Path("build/bench-train"))
    parser.add_argument("--result", type=Path, help="JSON file; a part that is not run stays in it")
    options = parser.parse_args()
    if not {OURS, RIVAL} <= set(options.trainings):
        parser.error(f"--trainings: expected {OURS!r} and {RIVAL!r} among them")
    bench = Bench(rival=options.rival, folder=options.folder)
    result: dict[str, Any] = {}
    if options.result is not None and options.result.is_file():
        result = json.loads(options.result.read_text(encoding="utf-8"))
    facts = {"commit": commit(), "cpu": cpu_name(), "n_cores": os.cpu_count(),
             "network": NETWORK, "side_px": SIDE_PX, "batch": BATCH}  # fmt: skip

    def keep(part: str, figures: dict[str, Any]) -> None:
        result[part] = {**facts, **figures}
        print(json.dumps(result[part], indent=2), flush=True)
        if options.result is not None:
            options.result.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")

    if "speed" in options.parts:
        measure_speed(
            bench, options.rounds, n_pictures=options.speed_size[0], epochs=options.speed_size[1],
            contenders=tuple(options.trainings), on_round=lambda said: keep("speed", said),
        )  # fmt: skip
    if "accuracy" in options.parts:
        figures = measure_accuracy(
            bench, options.epochs, *options.pictures, n_at_once=options.at_once
        )
        keep("accuracy", figures)


if __name__ == "__main__":
    main()
