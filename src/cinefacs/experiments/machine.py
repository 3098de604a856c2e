"""What a number was computed on, and with which code."""

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

__all__ = ["code_name", "machine_name"]


@cache
def machine_name() -> str:
    """Return the processor's name and the number of cores."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            name = line.partition(":")[2].strip()
            break
    return f"{name}, {os.cpu_count() or 1} cores"


@cache
def code_name() -> str:
    """Return the version, and the commit where the code is run from a repository."""
    known = version("cinefacs")
    here = Path(__file__).parent
    try:
        own = _ask_git(here, "ls-files", "--error-unmatch", Path(__file__).name)
        commit = _ask_git(here, "rev-parse", "--short=12", "HEAD")
        changed = _ask_git(here, "status", "--porcelain", "--untracked-files=no", "--", "..")
    except (OSError, subprocess.SubprocessError):
        return known  # installed, or in somebody else's repository
    del own
    return f"{known}, commit {commit}" + (", with changes that are in no commit" if changed else "")


def _ask_git(folder: Path, *words: str) -> str:
    done = subprocess.run(  # noqa: S603  (our own words)
        ["git", *words],  # noqa: S607
        cwd=folder, capture_output=True, text=True, check=True, timeout=10,
    )  # fmt: skip
    return done.stdout.strip()
