"""Make a study anew, so that a kill on the way loses neither a film nor its number.

Before anything is deleted, the films of the study are noted with their numbers; the note goes
when the last of them was read again. ``characters.yaml`` and labels speak of films by number.
"""

import dataclasses
import json
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from cinefacs.errors import StudyError
from cinefacs.pipeline.sources import find_same_film
from cinefacs.pipeline.store import stored_films
from cinefacs.records.film_pass import VOID_READING, FilmPass
from cinefacs.storage.atomic import disk_errors, write_json
from cinefacs.storage.record_tables import read_records, write_records
from cinefacs.storage.study import StudyLayout

__all__ = ["FilmToRead", "begin_anew", "end_anew", "films_to_read"]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FilmToRead:
    """A film of a study that is made anew."""

    film_id: str
    """SHA-256 of the film."""
    film_number: int
    """Number that it keeps."""
    path: str
    """Where it lies."""
    is_damaged: bool
    """Whether damaged frames were left out when it was read."""


def begin_anew(layout: StudyLayout, sources: Sequence[Path], *, allow_damaged: bool) -> None:
    """Note the films of the study; from now on `films_to_read` deletes and returns them.

    Parameters
    ----------
    layout
        The study.
    sources
        Films that were named: one of the study may have moved there.
    allow_damaged
        Whether damaged films may be read.

    Raises
    ------
    StudyError
        A film of the study could not be read again; nothing was changed.
    StorageError
        The disk refused.
    """
    known = {film.film_id: film for film in _noted(layout)}
    for film in stored_films(layout):
        known[film.film_id] = FilmToRead(
            film_id=film.film_id,
            film_number=film.film_number,
            path=film.path,
            is_damaged=film.n_damaged_frames > 0,
        )
    films = [_check_readable(film, layout, sources, allow_damaged) for film in known.values()]
    _note(layout, films, is_cleared=False)


def films_to_read(layout: StudyLayout) -> list[FilmToRead]:
    """Return the films of a study that is being made anew, by number; none of any other.

    What was derived of them is deleted first, unless it was already; analyses read them again.

    Raises
    ------
    StorageError
        The disk refused.
    """
    if not layout.anew_path.exists():
        return []
    films = _noted(layout)
    if not json.loads(layout.anew_path.read_text(encoding="utf-8"))["is_cleared"]:
        _void_readings(layout)
        with disk_errors(layout.root):
            for path in layout.derived_paths():
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
        for folder in (layout.clip_dir, layout.frame_dir, layout.figure_dir):
            with suppress(OSError):  # what people put there stays
                folder.rmdir()
        if films:
            _note(layout, films, is_cleared=True)
        else:
            layout.anew_path.unlink(missing_ok=True)
    return sorted(films, key=lambda film: film.film_number)


def _void_readings(layout: StudyLayout) -> None:
    """Note that what analyses have read belongs to faces that are about to be deleted."""
    for analysis in layout.analyses():
        passes = read_records(analysis.passes_path, FilmPass)
        void = [dataclasses.replace(each, read_digest=VOID_READING) for each in passes]
        write_records(analysis.passes_path, FilmPass, void)


def end_anew(layout: StudyLayout) -> None:
    """Forget the note if all its films are in the study again.

    Raises
    ------
    StorageError
        The disk refused.
    """
    there = {film.film_id for film in stored_films(layout)}
    if all(film.film_id in there for film in _noted(layout)):
        with disk_errors(layout.anew_path):
            layout.anew_path.unlink(missing_ok=True)


def _check_readable(
    film: FilmToRead, layout: StudyLayout, sources: Iterable[Path], allow_damaged: bool  # noqa: FBT001
) -> FilmToRead:  # fmt: skip
    """Return the film with the path at which it lies now."""
    if film.is_damaged and not allow_damaged:
        raise StudyError(
            f"{layout.root}: expected whole films to make it anew, got {film.path}, which is "
            "damaged",
            hint="use --allow-damaged, as when it was read first",
        )
    path = find_same_film(film.film_id, [Path(film.path), *sources])
    if path is None:
        raise StudyError(
            f"{layout.root}: expected the study's film {film.path} to make it anew, found none "
            "or another one there",
            hint="put the film back, name it where it lies now, or choose another --out",
        )
    return dataclasses.replace(film, path=str(path.resolve()))


def _note(layout: StudyLayout, films: Iterable[FilmToRead], *, is_cleared: bool) -> None:
    document = {
        "is_cleared": is_cleared,
        "films": [dataclasses.asdict(film) for film in films],
    }
    write_json(layout.anew_path, document)


def _noted(layout: StudyLayout) -> list[FilmToRead]:
    if not layout.anew_path.exists():
        return []
    document = json.loads(layout.anew_path.read_text(encoding="utf-8"))
    return [FilmToRead(**film) for film in document["films"]]
