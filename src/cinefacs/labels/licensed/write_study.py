"""Put the films of a data set into a study: pictures where they lie, no copies.

Rows of films come first and labels last: a study that was killed on the way is completed by the
same command, and its labels count only when they are whole.
"""

import dataclasses
import shutil
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from cinefacs.errors import StudyError
from cinefacs.labels.licensed.frames import PictureFilm
from cinefacs.labels.licensed.make_labels import SUBJECT_CHARACTER
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.record_tables import read_records, record_schema, records_to_table
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import TableWriter, iterate_table

__all__ = ["check_can_hold", "leave_work_as_found", "note_places", "write_films"]

_SHORT_S = 2
"""Clips below this are short (the paper, section 4.1)."""

Row = TypeVar("Row", Character, Clip, ClipFrame, Film, Shot)


def check_can_hold(layout: StudyLayout) -> None:
    """Raise unless a study is new or holds data sets only.

    Raises
    ------
    StudyError
        `collect` made it: its films are files, and it would take folders of pictures for films.
    """
    is_begun = any(path.is_dir() for path in layout.work_dir.glob("*"))
    if is_begun or layout.tracks_path.exists():
        raise StudyError(
            f"{layout.root}: expected a new study or one of data sets, got one that `cinefacs "
            "collect` made",
            hint="choose another --out",
        )


def leave_work_as_found(layout: StudyLayout) -> None:
    """Delete the work folder unless it holds more than the lock: then `collect` left it."""
    if {path.name for path in layout.work_dir.glob("*")} <= {"lock"}:
        shutil.rmtree(layout.work_dir, ignore_errors=True)


def write_films(layout: StudyLayout, films: Sequence[PictureFilm], *, people: str) -> list[Film]:
    """Write films, shots, characters, clips and frames; other films stay as they are.

    Parameters
    ----------
    layout
        The study, which the caller holds.
    films
        Films of one data set.
    people
        Whose subjects they are; stands before the subject's name.

    Returns
    -------
    list of Film
        In the order of `films`.

    Raises
    ------
    StudyError
        A film is there with other times.
    StorageError
        The disk refused.
    """
    numbered = _number(layout, films)
    new = {film.film_id for film in numbered}
    pairs = list(zip(numbered, films, strict=True))
    clips = [_clip(film) for film in numbered]
    _add(layout.shots_path, Shot, new, ([_shot(film)] for film in numbered))
    _add(
        layout.characters_path,
        Character,
        new,
        ([_character(film, f"{people}/{source.subject}")] for film, source in pairs),
    )
    _add(layout.clips_path, Clip, new, ([clip] for clip in clips))
    _add(
        layout.frames_path,
        ClipFrame,
        new,
        (_clip_frames(clip, source) for clip, source in zip(clips, films, strict=True)),
    )
    _add(layout.films_path, Film, new, ([film] for film in numbered))
    return numbered


def note_places(layout: StudyLayout, films: Sequence[PictureFilm]) -> bool:
    """Note where films lie now; return whether any had moved.

    Raises
    ------
    StorageError
        The disk refused.
    """
    places = {film.film_id: str(film.folder.path) for film in films}
    there = read_records(layout.films_path, Film)
    moved = [
        dataclasses.replace(film, path=places[film.film_id])
        for film in there
        if places.get(film.film_id, film.path) != film.path
    ]
    if moved:
        _add(layout.films_path, Film, {film.film_id for film in moved}, [moved])
    return bool(moved)


def _number(layout: StudyLayout, films: Sequence[PictureFilm]) -> list[Film]:
    """Return the films' rows; those that are there keep their numbers."""
    there = read_records(layout.films_path, Film) if layout.films_path.exists() else []
    known = {film.film_id: film for film in there}
    next_number = max((film.film_number for film in there), default=0) + 1
    numbered = []
    for source in films:
        before = known.get(source.film_id)
        film = _film(source, next_number if before is None else before.film_number)
        if before is None:
            next_number += 1
        elif before.span != film.span:
            raise StudyError(
                f"{layout.root}: expected {before.path} at {before.rate_fps} frames per second, "
                f"as it is there, got {film.rate_fps}",
                hint="give the same --fps, or choose another --out",
            )
        numbered.append(film)
    return numbered


def _film(source: PictureFilm, number: int) -> Film:
    first, last = source.frame_pts[0], source.frame_pts[-1]
    n_frames = len(source.frame_pts)
    is_constant = last - first == n_frames - 1
    return Film(
        film_id=source.film_id,
        film_number=number,
        path=str(source.folder.path),
        width_px=source.size_wh[0],
        height_px=source.size_wh[1],
        rotation_deg=0,
        sample_aspect_ratio=Fraction(1),
        n_frames=n_frames,
        span=TimeSpan(start_pts=first, end_pts=last + 1, time_base=1 / source.rate_fps),
        is_constant_rate=is_constant,
        rate_fps=source.rate_fps * (1 if is_constant else Fraction(n_frames - 1, last - first)),
        is_interlaced=False,
        has_audio=False,
        codec=source.folder.codec,
    )


def _shot(film: Film) -> Shot:
    """Return the one shot of a film: sequences are not cut."""
    return Shot(
        film_id=film.film_id,
        shot_index=0,
        start_frame=0,
        end_frame=film.n_frames,
        core_start_frame=0,
        core_end_frame=film.n_frames,
        span=film.span,
        starts_with=ShotStart.FILM,
    )


def _character(film: Film, name: str) -> Character:
    return Character(
        film_id=film.film_id,
        character_number=SUBJECT_CHARACTER,
        name=name,
        is_under_study=True,
        track_ids=(),
        n_face_frames=0,
        n_codable_frames=0,
    )


def _clip(film: Film) -> Clip:
    """Return the one clip of a film, which is not split, so that no expression is."""
    return Clip(
        film_id=film.film_id,
        film_number=film.film_number,
        character_number=SUBJECT_CHARACTER,
        clip_number=1,
        shot_index=0,
        start_frame=0,
        end_frame=film.n_frames,
        span=film.span,
        n_codable_frames=film.n_frames,  # the data set's coders had no frame that they left out
        is_short=film.span.duration_s < _SHORT_S,
    )


def _clip_frames(clip: Clip, source: PictureFilm) -> Iterator[ClipFrame]:
    for index, pts in enumerate(source.frame_pts):
        yield ClipFrame(
            film_id=clip.film_id,
            clip_tag=clip.tag,
            picture_number=index + 1,
            frame_index=index,
            pts=pts,
            shown_at_s=pts * clip.span.time_base,
        )


def _add(
    path: Path, record_type: type[Row], replaced: set[str], batches: Iterable[Iterable[Row]]
) -> None:  # fmt: skip
    """Add rows to a table in the place of those that the same films had there."""
    schema = record_schema(record_type)
    film_ids = pa.array(sorted(replaced), pa.string())
    with TableWriter(path, schema) as writer:
        for piece in iterate_table(path, schema) if path.exists() else ():
            writer.write(piece.filter(pc.invert(pc.is_in(piece.column("film_id"), film_ids))))
        for batch in batches:
            writer.write(records_to_table(record_type, batch))
