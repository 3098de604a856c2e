"""Training beside `ultralytics`: images a second, and mAP after equal epochs on the same pictures.

YOLOv8n from scratch, batches of 16, on the processor. Each training is a process of its own;
`ultralytics` runs in an environment of its own and is never imported here. A bench that was killed
goes on with the training that it was at, unless the code was changed.

Speed, at 320 px: the trainings take turns, each round in a new order. The time between the ends of
the first and the last batch of each epoch counts, and the first epoch does not: neither start-up
nor validation is in it. Both do what they do by themselves.

Accuracy, at 160 px: both get the same optimiser, rates, warm-up, decay, epochs, batches and kinds
of augmentation (`RECIPE`), and several seeds. Both keep their best weights on the same validation
pictures, and our evaluator measures both.

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
import time
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

__all__ = [
    "detections_of",
    "images_per_second",
    "main",
    "summarise_accuracy",
    "summarise_speed",
]

NETWORK, BATCH = "yolov8n", 16
TARGET_SPEED, TARGET_MAP50_LOSS = 2.3, 0.01
MOSAIC_OFF = 10  # last epochs without mosaics: what both do by themselves
ACCURACY_SIDE_PX = 160
RECIPE = {
    "learning_rate": 0.002,
    "last_rate_share": 0.01,
    "momentum": 0.937,
    "weight_decay": 0.0005,
    "warmup_epochs": 3.0,
}
"""AdamW, a half cosine after a warm-up: what `cinefacs train` does by itself."""
LEAST_MAP50 = 0.5  # below, two scores say more of chance than of the two programs
OURS, OURS_FP32 = "cinefacs", "cinefacs, fp32"
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
    """Whether mAP is wanted, and `RECIPE` is followed."""
    side_px: int = SIDE_PX
    """Side of the network's input."""
    seed: int = 0
    """Of everything random."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """Where things lie."""

    rival: Path
    """Python of the environment of `ultralytics`."""
    folder: Path
    """For data and runs."""
    commit: str
    """Of the code that is measured."""

    def run(self, name: str, task: Task, number: int) -> dict[str, Any]:
        """Return what a contender answers: kept from before, or after a training of its own.

        Parameters
        ----------
        name
            Of the contender.
        task
            What it is asked.
        number
            Tells trainings of the same contender apart.
        """
        part = "accuracy" if task.is_measured else "speed"
        out = self.folder / "runs" / f"{part}-{number}-{name.replace(', ', '-').replace(' ', '-')}"
        answer, log, kept = (out.with_suffix(s) for s in (".json", ".log", ".kept.json"))
        out.parent.mkdir(parents=True, exist_ok=True)
        answer.unlink(missing_ok=True)
        words = [
            str(task.data), "--out", str(out), "--answer", str(answer), "--network", NETWORK,
            "--epochs", str(task.epochs), "--side-px", str(task.side_px), "--batch", str(BATCH),
            "--mosaic-off-epochs", str(task.mosaic_off_epochs), "--seed", str(task.seed),
        ]  # fmt: skip
        words += ["--recipe", json.dumps(RECIPE)] if task.is_measured else []
        key = {"commit": self.commit, "name": name, "words": words}
        if kept.is_file() and not self.commit.endswith("-dirty"):
            before: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
            if before["key"] == key:
                return dict(before["answer"])
        self._train(name, task, words, log)
        document: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        kept.write_text(json.dumps({"key": key, "answer": document}), encoding="utf-8")
        return document

    def _train(self, name: str, task: Task, words: list[str], log: Path) -> None:
        """Let a contender train in a process of its own."""
        environment = dict(os.environ)
        if name in {OURS, OURS_FP32}:
            environment["OMP_NUM_THREADS"] = "2"
            command = [sys.executable, "-m", "benchmarks.train_ours", *words,
                       "--precision", "auto" if name == OURS else "fp32"]  # fmt: skip
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
            answers[name].append(bench.run(name, task, number))
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
            "precision": answers[name][-1].get("precision", "fp32"),
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
    bench: Bench, epochs: int, n_train: int, n_val: int, *, n_seeds: int
) -> dict[str, Any]:
    """Let ours and the rival train equally on the same pictures; return the scores of both."""
    data = write_drawn_set(bench.folder / f"drawn-{n_train}-{n_val}", n_train=n_train, n_val=n_val)
    labelled = read_labelled_set(data, "val")
    truth = truth_of(
        [picture.boxes_xyxy for picture in labelled.pictures],
        [picture.labels for picture in labelled.pictures],
        [~picture.is_known for picture in labelled.pictures],
        labelled.class_space,
    )
    mosaic_off = min(MOSAIC_OFF, epochs // 3)
    scores: dict[str, list[dict[str, float]]] = {OURS: [], RIVAL_2: []}
    facts: dict[str, dict[str, Any]] = {}
    for seed in range(n_seeds):
        task = Task(
            data=data, epochs=epochs, mosaic_off_epochs=mosaic_off, is_measured=True,
            side_px=ACCURACY_SIDE_PX, seed=seed,
        )  # fmt: skip
        for name, rows in scores.items():
            started = time.monotonic()
            answer = bench.run(name, task, seed)
            if "found" in answer:
                means = mean_average_precision(detections_of(labelled, answer["found"]), truth)
                rows.append({"map50": means.map50, "map50_95": means.map50_95})
            else:
                rows.append(answer["scores"])
            facts[name] = {"n_steps": sum(len(row) for row in answer["batch_end_s"]),
                           "libraries": answer["libraries"]}  # fmt: skip
            print(f"accuracy, seed {seed + 1} of {n_seeds}: {name}: mAP50 {rows[-1]['map50']:.4f}, "
                  f"mAP50-95 {rows[-1]['map50_95']:.4f} "
                  f"({time.monotonic() - started:.0f} s)", flush=True)  # fmt: skip
    return {
        "side_px": ACCURACY_SIDE_PX,
        "recipe": {"optimizer": "adamw", **RECIPE},
        "epochs": epochs,
        "mosaic_off_epochs": mosaic_off,
        "n_train_pictures": n_train,
        "n_val_pictures": n_val,
        "n_val_boxes": len(truth.boxes_xyxy),
        "classes": list(CLASSES),
        "train_digest": read_labelled_set(data, "train").digest(),
        "val_digest": labelled.digest(),
        **summarise_accuracy(scores, facts),
    }


def summarise_accuracy(
    scores: "Mapping[str, Sequence[Mapping[str, float]]]", facts: "Mapping[str, Mapping[str, Any]]"
) -> dict[str, Any]:
    """Return means over seeds, and how much mAP50 ours lost.

    Parameters
    ----------
    scores
        Of each training, one a seed: ``map50``, ``map50_95``.
    facts
        What else is to be told of each.
    """
    rows = {
        name: {
            **{key: round(statistics.mean(float(row[key]) for row in own), 4)
               for key in ("map50", "map50_95")},
            "map50_each_seed": [round(float(row["map50"]), 4) for row in own],
            **facts[name],
        }
        for name, own in scores.items()
    }  # fmt: skip
    loss = rows[RIVAL_2]["map50"] - rows[OURS]["map50"]
    is_told_apart = min(row["map50"] for row in rows.values()) >= LEAST_MAP50
    return {
        "n_seeds": len(scores[OURS]),
        "trainings": rows,
        "map50_lost": round(loss, 4),
        "target": TARGET_MAP50_LOSS,
        "both_learned": is_told_apart,
        "is_met": is_told_apart and loss <= TARGET_MAP50_LOSS,
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
    parser.add_argument("--epochs", type=int, default=30, help="of accuracy")
    parser.add_argument("--pictures", type=int, nargs=2, default=[480, 160],
                        help="of accuracy: to learn from and to measure on")  # fmt: skip
    parser.add_argument("--seeds", type=int, default=2, help="of accuracy")
    parser.add_argument("--folder", type=Path, default=Path("build/bench-train"))
    parser.add_argument("--result", type=Path, help="JSON file; a part that is not run stays in it")
    options = parser.parse_args()
    if not {OURS, RIVAL} <= set(options.trainings):
        parser.error(f"--trainings: expected {OURS!r} and {RIVAL!r} among them")
    bench = Bench(rival=options.rival, folder=options.folder, commit=commit())
    result: dict[str, Any] = {}
    if options.result is not None and options.result.is_file():
        result = json.loads(options.result.read_text(encoding="utf-8"))
    facts = {"commit": bench.commit, "cpu": cpu_name(), "n_cores": os.cpu_count(),
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
        figures = measure_accuracy(bench, options.epochs, *options.pictures, n_seeds=options.seeds)
        keep("accuracy", figures)


if __name__ == "__main__":
    main()
