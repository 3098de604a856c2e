"""Which films a user means by the files and folders that were named, and where one went."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cinefacs.errors import FilmError
from cinefacs.media.probe import digest_file
from cinefacs.storage.study import StudyLayout

__all__ = ["FILM_SUFFIXES", "check_name", "find_films", "find_same_film"]

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
        The study's folder: clips in it are no films, though it may lie among them; nor are the
        clips of other studies.

    Raises
    ------
    FilmError
        Nothing was named, a folder holds no film, or a name cannot be written down.
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
            and not _is_clip(file)
        )
        if not inside:
            raise FilmError(
                f"{path}: expected a folder with films, found none",
                hint=f"films end in {' '.join(sorted(FILM_SUFFIXES))}; name other files one by one",
            )
        found |= dict.fromkeys(inside)
    if not found:
        raise FilmError("films: expected at least one file or folder, got none")
    for path in found:
        check_name(path)
    return list(found)


def find_same_film(film_id: str, paths: Iterable[Path]) -> Path | None:
    """Return the first of these files that is the film, or None.

    Parameters
    ----------
    film_id
        SHA-256 of the film.
    paths
        Where it may lie; files that are missing or cannot be read are passed over.
    """
    for path in paths:
        with suppress(FilmError):
            if digest_file(path) == film_id:
                return path
    return None


def _is_clip(file: Path) -> bool:
    """Return whether a file lies among the clips of a study."""
    layout = StudyLayout(file.parent.parent)
    return file.parent == layout.clip_dir and layout.films_path.is_file()


def check_name(path: Path) -> None:
    """Raise where a path holds bytes that are no text: tables and pages could not name it."""
    try:
        str(path.resolve()).encode()
    except UnicodeEncodeError as error:
        shown = str(path).encode(errors="backslashreplace").decode()
        raise FilmError(
            f"{shown}: expected a name in UTF-8, got other bytes",
            hint="rename the file or the folder",
        ) from error
