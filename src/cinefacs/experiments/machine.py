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
    """Return the processor's name, family and model, as far as known, and the number of cores.

    Names of hired machines say little: an AMD EPYC has bf16 from family 25, model 17 on.
    """
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    said: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        said.setdefault(key.strip(), value.strip())  # of the first core
    name = said.get("model name") or platform.processor() or platform.machine()
    if "cpu family" in said and "model" in said:
        name += f" (family {said['cpu family']}, model {said['model']})"
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
