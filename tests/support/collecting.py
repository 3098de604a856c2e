"""Run ``cinefacs collect`` and ``analyze`` as a user does, and read back what they made."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

__all__ = ["collect_by_command", "kill_after_shots", "study_content"]

_TIMEOUT_S = 600
_TIMED = frozenset({"seconds", "n_frames_timed"})


def _command(films: Sequence[Path], out: Path, words: Sequence[str], verb: str) -> list[str]:
    return [sys.executable, "-m", "cinefacs", verb, *map(str, films), "--out", str(out),
            "--json", *words]  # fmt: skip


def collect_by_command(
    *films: Path, out: Path, words: Sequence[str] = (), code: int = 0, verb: str = "collect"
) -> str:
    """Run the command in a process of its own and return what it printed on stdout.

    Parameters
    ----------
    films
        What to collect.
    out
        The study.
    words
        More options.
    code
        Exit code that must come.
    verb
        ``collect`` or ``analyze``.
    """
    done = subprocess.run(
        _command(films, out, words, verb),
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def kill_after_shots(
    film: Path, out: Path, *, n_shots: int, words: Sequence[str] = (), verb: str = "collect"
) -> bool:
    """Run the command and kill it as soon as that many shots are saved.

    Returns
    -------
    bool
        Whether it was killed before it ended.
    """
    process = subprocess.Popen(
        _command([film], out, words, verb), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None:
            if any(_saved_shots(out)) and max(_saved_shots(out)) >= n_shots:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.01)
    finally:
        process.wait(timeout=_TIMEOUT_S)
    return process.returncode == -signal.SIGKILL


def _saved_shots(out: Path) -> Iterator[int]:
    """Yield how many shots each film in work has saved."""
    for path in out.glob(".work/*/arrays-*.npz"):
        yield int(path.stem.partition("-")[2])


def study_content(out: Path) -> dict[str, object]:
    """Return everything that a study holds, by path, without times of the run.

    Tables count by their rows; other files by their bytes; the run's record and the page with
    its times of day are left out, and so is how long an analysis took.
    """
    content: dict[str, object] = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        if path.suffix == ".parquet":
            rows = pq.read_table(path).to_pylist()
            content[name] = [
                {key: value for key, value in row.items() if key not in _TIMED} for row in rows
            ]
        elif path.is_file() and path.name != "run.json":
            content[name] = path.read_bytes()
    return content
