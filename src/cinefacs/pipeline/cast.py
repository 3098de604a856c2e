"""Who is in the films: counts over all tracks, characters, and what a person decided of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from cinefacs.faces.characters import gather_characters
from cinefacs.faces.characters_file import (
    append_characters,
    read_characters_file,
    write_characters_file,
)
from cinefacs.faces.tally import FaceTally
from cinefacs.pipeline.config import CollectConfig
from cinefacs.records.character import Character
from cinefacs.records.film import Film
from cinefacs.storage.face_tables import read_portraits, read_tracks
from cinefacs.storage.record_tables import read_records, write_records
from cinefacs.storage.study import StudyLayout

__all__ = ["FilmCast", "cast_as_stored", "settle_cast"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmCast:
    """The faces and characters of one film."""

    film: Film
    """The film."""
    faces: FaceTally
    """Counts over its tracks."""
    characters: Sequence[Character]
    """By number."""


def cast_as_stored(films: Sequence[Film], layout: StudyLayout) -> list[FilmCast]:
    """Return the faces and characters of a finished study.

    Parameters
    ----------
    films
        All films of the study, by number.
    layout
        The study.
    """
    tallies = _tally_faces(films, layout)
    characters = read_records(layout.characters_path, Character)
    return [
        FilmCast(
            film=film,
            faces=tallies[film.film_id],
            characters=[each for each in characters if each.film_id == film.film_id],
        )
        for film in films
    ]


def _tally_faces(films: Sequence[Film], layout: StudyLayout) -> dict[str, FaceTally]:
    """Return the counts of each film by its identity, in one pass over all tracks.

    Tracks of a film that stands nowhere else are those of a run that was killed: not counted.
    """
    tallies = {
        film.film_id: FaceTally(n_frames=film.n_frames, height_px=film.height_px) for film in films
    }
    for track in read_tracks(layout.tracks_path):
        if track.film_id in tallies:
            tallies[track.film_id].push(track)
    return tallies


def settle_cast(
    films: Sequence[Film], layout: StudyLayout, config: CollectConfig
) -> list[FilmCast]:
    """Gather tracks into characters, let ``characters.yaml`` decide, and write both tables.

    Parameters
    ----------
    films
        All films of the study, by number.
    layout
        The study.
    config
        Configuration of `collect`.

    Raises
    ------
    ConfigError
        ``characters.yaml`` is wrong, or was written for other tracks.
    StorageError
        The disk refused.
    """
    tallies = _tally_faces(films, layout)
    path = layout.characters_file_path
    decided = read_characters_file(path) if path.exists() else None
    casts: list[FilmCast] = []
    unlisted: list[FilmCast] = []
    for film in films:
        faces = tallies[film.film_id]
        overrides = (
            None if decided is None else decided.entries_of(film.film_number, faces.summaries)
        )
        characters = gather_characters(
            faces.summaries,
            read_portraits(layout.portraits_path, film.film_id),
            film_id=film.film_id,
            identity_distance=config.faces.identity_distance,
            unreadable_identity_distance=config.faces.unreadable_identity_distance,
            overrides=overrides,
        )
        cast = FilmCast(film=film, faces=faces, characters=characters)
        casts.append(cast)
        if overrides is None:
            unlisted.append(cast)
    if decided is None:
        write_characters_file(
            path,
            {cast.film.film_number: (cast.characters, cast.faces.summaries) for cast in casts},
        )
    else:
        for cast in unlisted:
            append_characters(path, cast.film.film_number, cast.characters, cast.faces.summaries)
    everybody = [character for cast in casts for character in cast.characters]
    write_records(layout.characters_path, Character, everybody)
    return casts
