"""Which films a user means by the files and folders that were named."""

from collections.abc import Iterable
from pathlib import Path

from cinefacs.errors import FilmError

__all__ = ["FILM_SUFFIXES", "find_films"]

FILM_SUFFIXES = frozenset({
    ".3gp", ".avi", ".divx", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg",
    ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv",
})  # fmt: skip
"""Files of a folder that are taken for films; a file named by itself is taken whatever its name."""


def find_films(paths: Iterable[Path], *, out: Path) -> list[Path]:
    """Return the films, each once, folders replaced by the films in them in the order of names.

    Parameters
    ----------
    paths
        Files and folders; a folder's subfolders are searched too.
    out
        The study's folder: clips in it are no films, though it may lie among them.

    Raises
    ------
    FilmError
        Nothing was named, or a folder holds no film.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = None
            continue
        inside = sorted(
            file
            for file in path.rglob("*")
            if file.suffix.lower() in FILM_SUFFIXES
            and file.is_file()
            and not file.resolve().is_relative_to(out.resolve())
        )
        if not inside:
            raise FilmError(
                f"{path}: expected a folder with films, found none",
                hint=f"films end in {' '.join(sorted(FILM_SUFFIXES))}; name other files one by one",
            )
        found |= dict.fromkeys(inside)
    if not found:
        raise FilmError("films: expected at least one file or folder, got none")
    return list(found)
