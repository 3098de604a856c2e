"""Put a whole folder in place or none, and pictures into it as copies or links."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from cinefacs.errors import SchemaError, StudyError
from cinefacs.storage.atomic import disk_errors

__all__ = ["Placing", "new_folder", "place_image"]

Placing = Literal["copy", "symlink"]
"""Whether pictures are copied, or linked to where they are."""


@contextmanager
def new_folder(path: Path, *, force: bool) -> Iterator[Path]:
    """Yield a temporary folder beside `path` that takes its place when the block succeeds.

    Parameters
    ----------
    path
        Where the folder goes.
    force
        Replace a folder that is there.

    Yields
    ------
    Path
        Empty folder on the same disk.

    Raises
    ------
    StudyError
        There is something already.
    StorageError
        The disk refused.
    """
    is_taken = path.exists() and (not path.is_dir() or any(path.iterdir()))
    if is_taken and not (force and path.is_dir()):
        raise StudyError(
            f"{path}: expected no such folder yet, got one with files",
            hint="choose another --out, or use --force to replace it",
        )
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            yield temporary
            if path.exists():
                shutil.rmtree(path)
            temporary.replace(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def place_image(source: Path, target: Path, placing: Placing) -> None:
    """Copy a picture, or link to it.

    Parameters
    ----------
    source
        The picture.
    target
        Its new place; the folder is made.
    placing
        Which of the two. A link holds the picture's full path, and breaks when that moves.

    Raises
    ------
    SchemaError
        The picture is missing.
    StorageError
        The disk refused.
    """
    if not source.is_file():
        raise SchemaError(
            f"{source}: expected a picture, found no such file",
            hint="the data set lost a picture: make it anew with --force",
        )
    with disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if placing == "symlink":
            target.symlink_to(source.resolve())
        else:
            shutil.copyfile(source, target)
