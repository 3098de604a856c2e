"""What it costs to have cinefacs: time until the help stands there, and room on the disk.

Run from the repository: ``python benchmarks/start_up.py``. The size is that of the base without
any extra, installed with `constraints.txt` into an environment that is thrown away afterwards.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
TARGET_HELP_S = 0.3
TARGET_SIZE_MB = 800
NOT_FOR_HELP = ("av", "cv2", "numpy", "openvino", "pyarrow", "torch")
N_BIGGEST = 8
COMMANDS: dict[str, Sequence[str]] = {
    "interpreter alone": (sys.executable, "-c", "pass"),
    "cinefacs --help": (str(Path(sys.executable).with_name("cinefacs")), "--help"),
    "import numpy, openvino, av, cv2": (sys.executable, "-c", "import numpy, openvino, av, cv2"),
}


def time_command(command: Sequence[str]) -> float:
    """Return how long a command takes from its start to its end, s."""
    start_s = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start_s


def measure_start(n_rounds: int) -> dict[str, list[float]]:
    """Return the times of each command, s; the commands take turns, so that noise hits all."""
    times_s: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():
        time_command(command)  # fills the disk cache; not counted
    for _ in range(n_rounds):
        for name, command in COMMANDS.items():
            times_s[name].append(time_command(command))
    return times_s


def modules_of_help() -> set[str]:
    """Return the top-level packages that ``cinefacs --help`` loads."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMANDS["cinefacs --help"]],
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[-1].strip().partition(".")[0] for line in lines}


def measure_base() -> Counter[str]:
    """Return the bytes under ``site-packages`` by folder after installing the base alone."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = Path(scratch) / "venv"
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        (packages,) = environment.glob("lib/python3*/site-packages")
        own = {path.name for path in packages.iterdir()}  # pip and setuptools
        subprocess.run(
            [
                environment / "bin/python", "-m", "pip", "install", "--quiet",
                "--disable-pip-version-check", "--constraint", "constraints.txt", ".",
            ],
            check=True,
            cwd=REPOSITORY,
        )  # fmt: skip
        sizes: Counter[str] = Counter()
        for path in packages.iterdir():
            files = [path] if path.is_file() else path.rglob("*")
            if path.name not in own:
                sizes[path.name] = sum(file.lstat().st_size for file in files if file.is_file())
    return sizes


def verdict(value: float, target: float, unit: str) -> str:
    """Return value, target and whether it was met, for people."""
    return f"{value:.3g} {unit}, target {target:g}: {'met' if value <= target else 'missed'}"


def report_start(n_rounds: int) -> None:
    """Print the medians, their ratio to the bare interpreter, and what the help loads."""
    medians_s = {name: statistics.median(t) for name, t in measure_start(n_rounds).items()}
    for name, median_s in medians_s.items():
        ratio = median_s / medians_s["interpreter alone"]
        print(f"{name:34} {median_s * 1000:7.0f} ms  {ratio:5.1f}x the interpreter")
    print(f"help: {verdict(medians_s['cinefacs --help'], TARGET_HELP_S, 's')}")
    heavy = sorted(modules_of_help() & set(NOT_FOR_HELP))
    print(f"help loads of {', '.join(NOT_FOR_HELP)}: {', '.join(heavy) or 'none'}")


def report_size() -> None:
    """Print the size of the base and of its biggest parts."""
    sizes = measure_base()
    for name, n_bytes in sizes.most_common(N_BIGGEST):
        print(f"{name:34} {n_bytes / 1e6:7.1f} MB")
    print(f"base: {verdict(sizes.total() / 1e6, TARGET_SIZE_MB, 'MB')} (10^6 bytes, with .pyc)")


def main() -> None:
    """Measure start and size, and hold both against their targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="how often each command runs")
    parser.add_argument("--no-size", action="store_true", help="install nothing")
    options = parser.parse_args()
    print(f"cinefacs {version('cinefacs')}, Python {platform.python_version()}, "
          f"{platform.machine()}, {os.cpu_count()} processors")  # fmt: skip
    report_start(options.rounds)
    if not options.no_size:
        report_size()


if __name__ == "__main__":
    main()
