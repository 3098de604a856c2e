"""Shot detection: speed and agreement with the truth, beside PySceneDetect, in one run.

A film is glued from real shots with known cuts, fades and dissolves. Pure decoding, cinefacs
(decoding and cutting) and PySceneDetect's detectors (OpenCV backend, their own defaults) take
turns, each round in a new order; medians and the ratios of each round are printed.

Run from the repository's root::

    python -m benchmarks.shots --rounds 7
"""

import argparse
import json
import os
import random
import statistics
import time
from bisect import bisect_left
from collections.abc import Callable
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from scenedetect import AdaptiveDetector, ContentDetector, SceneManager, open_video

from benchmarks.collect_memory import cpu_name
from cinefacs.media.decode import decode_film
from cinefacs.metrics.detection import match_frames
from cinefacs.shots.config import ShotConfig
from cinefacs.shots.cutter import make_cutter
from tests.support.films import GluedTruth, glue_film, real_segments
from tests.support.media import fetch_pyfeat_media, find_team_clip

__all__ = ["main"]

_NEAR_FRAMES = 15  # a detector without transitions may place one anywhere in it


def decode_only(path: Path) -> list[float]:
    """Decode every frame and do nothing with it."""
    for _chunk in decode_film(path):
        pass
    return []


def cut_film(path: Path) -> list[float]:
    """Decode and cut; return the onset of each shot but the first, s."""
    cutter = make_cutter("0" * 64, ShotConfig())
    shots = []
    for chunk in decode_film(path):
        shots += [piece.shot for piece in cutter.push(chunk) if piece.shot]
    shots += [piece.shot for piece in cutter.finish() if piece.shot]
    return [float(shot.span.start_s) for shot in shots[1:]]


def run_scenedetect(path: Path, detector: type[AdaptiveDetector | ContentDetector]) -> list[float]:
    """Run a detector of PySceneDetect; return the onset of each shot but the first, s.

    Times, because its frame numbers are times over a mean rate and wrong at a variable one.
    """
    manager = SceneManager()
    manager.add_detector(detector())
    manager.auto_downscale = True
    manager.detect_scenes(open_video(str(path), backend="opencv"), show_progress=False)
    return [float(scene[0].seconds) for scene in manager.get_scene_list()][1:]


RIVALS: dict[str, Callable[[Path], list[float]]] = {
    "decode only": decode_only,
    "cinefacs": cut_film,
    "PySceneDetect adaptive": lambda path: run_scenedetect(path, AdaptiveDetector),
    "PySceneDetect content": lambda path: run_scenedetect(path, ContentDetector),
}


def score(onsets_s: list[float], truth: GluedTruth) -> dict[str, float | int]:
    """Return how well hard cuts agree, frame-exact, and all boundaries within a transition."""
    middles_s = [float((a + b) / 2 * truth.time_base) for a, b in pairwise(truth.pts)]
    found = [bisect_left(middles_s, onset_s) for onset_s in onsets_s]  # the nearest frame
    gradual = [transition.boundary for transition in truth.transitions]
    clear = [f for f in found if all(abs(f - each) > _NEAR_FRAMES for each in gradual)]
    hard = match_frames(clear, truth.hard_cuts, tolerance_frames=0)
    near = match_frames(found, truth.first_frames[1:], tolerance_frames=_NEAR_FRAMES)
    return {
        "hard_cut_f1": round(hard.f1, 4),
        "hard_cut_precision": round(hard.precision, 4),
        "hard_cut_recall": round(hard.recall, 4),
        "all_boundaries_f1": round(near.f1, 4),
    }


def measure(truth: GluedTruth, n_rounds: int) -> dict[str, dict[str, float | int]]:
    """Let the rivals take turns; return medians, ratios and scores."""
    seconds: dict[str, list[float]] = {name: [] for name in RIVALS}
    found = {name: run(truth.path) for name, run in RIVALS.items()}  # the warm-up counts scores
    order = random.Random(0)  # noqa: S311  (an order of turns, no secret)
    for _ in range(n_rounds):
        for name in order.sample(list(RIVALS), len(RIVALS)):
            started_s = time.perf_counter()
            RIVALS[name](truth.path)
            seconds[name].append(time.perf_counter() - started_s)
    rows: dict[str, dict[str, float | int]] = {}
    for name, times_s in seconds.items():
        to_decode = [a / b for a, b in zip(times_s, seconds["decode only"], strict=True)]
        to_ours = [a / b for a, b in zip(times_s, seconds["cinefacs"], strict=True)]
        rows[name] = {
            "frames_per_second": round(truth.n_frames / statistics.median(times_s), 1),
            "time_over_decoding": round(statistics.median(to_decode), 3),
            "time_over_cinefacs": round(statistics.median(to_ours), 3),
            **(score(found[name], truth) if found[name] else {}),
        }
    return rows


def main() -> None:
    """Build the films, measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=Path("build/bench"), help="for the films")
    parser.add_argument("--result", type=Path, help="JSON file for the figures")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    segments = real_segments(fetch_pyfeat_media(), find_team_clip())
    result: dict[str, object] = {
        "cpu": cpu_name(),
        "n_cores": os.cpu_count(),
        "n_rounds": arguments.rounds,
        "libraries": {
            name: version(name)
            for name in ("cinefacs", "av", "opencv-python-headless", "scenedetect-headless")
        },
    }
    for name, size_wh, is_variable in (
        ("720p, 24 fps", (1280, 720), False),
        ("360p, variable rate", (640, 360), True),
    ):
        path = arguments.folder / f"shots-{size_wh[1]}.mp4"
        truth = glue_film(segments, path, size_wh=size_wh, variable_rate=is_variable)
        rows = measure(truth, arguments.rounds)
        result[name] = {"n_frames": truth.n_frames, "n_hard_cuts": len(truth.hard_cuts), **rows}
        print(name, json.dumps(result[name], indent=2), flush=True)
    if arguments.result is not None:
        arguments.result.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
