"""Write a file whole or not at all, and say so in one way when the disk refuses."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cinefacs.errors import StorageError, StudyError

__all__ = ["atomic_path", "check_new", "disk_errors", "remove_litter", "write_json", "write_text"]


_LITTER = re.compile(r"\..+\.\d+\.tmp(\.\w+)?")


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an error of the operating system about `path` into a `StorageError`.

    Raises
    ------
    StorageError
        No space, no permission, read-only, and whatever else an ``OSError`` says.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"{path}: expected to write it, got: {reason}",
            hint="free space or choose another --out; what was finished is kept",
        ) from error


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place when the block succeeds.

    Parameters
    ----------
    path
        Where the finished file goes; its folder is made. Left as it was when the block fails.

    Yields
    ------
    Path
        File to write, with the same suffix, hidden by a leading dot.

    Raises
    ------
    StorageError
        The disk refused.
    """
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def remove_litter(folder: Path) -> None:
    """Delete the temporary files of `atomic_path` that a killed process left in a folder.

    Parameters
    ----------
    folder
        One that no other process writes; need not be there.

    Raises
    ------
    StorageError
        The disk refused.
    """
    with disk_errors(folder):
        for path in folder.iterdir() if folder.is_dir() else ():
            if _LITTER.fullmatch(path.name):
                path.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically.

    Raises
    ------
    StorageError
        The disk refused.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, document: Any) -> None:  # noqa: ANN401
    """Write a JSON document atomically, keys in the order given, NaN refused.

    Raises
    ------
    StorageError
        The disk refused.
    """
    write_text(path, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def check_new(path: Path, *, force: bool) -> None:
    """Raise where something would be written over that nobody gave up.

    Raises
    ------
    StudyError
        The file, or something in the folder, is there and `force` is not given.
    """
    is_taken = any(path.iterdir()) if path.is_dir() else path.exists()
    if is_taken and not force:
        raise StudyError(
            f"{path}: expected a new file or an empty folder, got one that is there",
            hint="choose another --out, or write over it with --force",
        )
