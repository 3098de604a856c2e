"""What a user means by the sources of `analyze`: films, folders, patterns, cameras, streams."""

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

from cinefacs.errors import FilmError
from cinefacs.media.picture_folder import PICTURE_CODECS, find_picture_folders
from cinefacs.pipeline.sources import FILM_SUFFIXES, check_name, find_films

__all__ = ["Stream", "find_sources"]

Stream = str | int
"""URL of a stream, or number of a camera."""


def find_sources(words: Iterable[str | Path], *, out: Path) -> tuple[list[Path], list[Stream]]:
    """Return the films, each once, and the streams, in the order in which they were named.

    Parameters
    ----------
    words
        Files, folders of films, folders of numbered pictures (each a film), patterns such as
        ``films/*.mp4``, numbers of cameras, URLs. A file that is there goes before any other
        meaning of its name.
    out
        Folder of the study: what lies in it is no film.

    Raises
    ------
    FilmError
        Nothing was named, or a word means nothing that is there.
    """
    paths: list[Path] = []
    streams: list[Stream] = []
    for word in words:
        text = str(word)
        if Path(text).exists():
            paths.append(Path(text))
        elif text.isdecimal():
            streams.append(int(text))
        elif "://" in text:
            streams.append(text)
        elif glob.has_magic(text):
            paths += _matches(text)
        else:
            paths.append(Path(text))  # reading it says what is wrong
    films = list(dict.fromkeys(film for path in paths for film in _films_of(path, out)))
    if not films and not streams:
        raise FilmError("sources: expected at least one film, camera or stream, got none")
    for film in films:
        check_name(film)
    return films, streams


def _matches(pattern: str) -> list[Path]:
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207
    if not found:
        raise FilmError(
            f"{pattern}: expected files, found none",
            hint="check the pattern; ** stands for folders in folders",
        )
    return found


def _films_of(path: Path, out: Path) -> Iterator[Path]:
    """Yield the films that a path stands for; a folder of pictures is one."""
    if not path.is_dir():
        yield path
        return
    if any(file.suffix.lower() in FILM_SUFFIXES for file in path.rglob("*")):
        yield from find_films([path], out=out)
        return
    folders = [
        folder
        for folder in find_picture_folders(path)
        if not folder.is_relative_to(out.resolve())
    ]  # fmt: skip
    if not folders:
        raise FilmError(
            f"{path}: expected a folder with films or numbered pictures, found neither",
            hint=f"films end in {' '.join(sorted(FILM_SUFFIXES))}; pictures in "
            f"{' '.join(sorted(PICTURE_CODECS))}, with a number before",
        )
    yield from folders
