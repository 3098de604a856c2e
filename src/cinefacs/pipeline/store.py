"""One film into the study: read it, measure it, put its rows into the study's tables.

The row in ``films.parquet`` comes last: with it the film counts as read. A run that is killed
before goes on from the film's parts, and putting rows into a table twice leaves them once.
"""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa

from cinefacs.errors import FilmError
from cinefacs.media.audio import decode_audio
from cinefacs.media.probe import digest_file, read_header
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.readers import FaceTools
from cinefacs.pipeline.scan import PART_SCHEMAS, FilmScan
from cinefacs.pipeline.sources import find_same_film
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.records.step import Step
from cinefacs.shots.sound import ShotSound, SoundMeter
from cinefacs.storage.film_parts import FilmParts
from cinefacs.storage.memory import release_memory
from cinefacs.storage.record_tables import (
    read_records,
    record_schema,
    records_to_table,
    table_to_records,
)
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import replace_rows

__all__ = ["store_film", "stored_films"]

_SOUND_RATE_HZ = 16_000


def stored_films(layout: StudyLayout) -> list[Film]:
    """Return the films that are in the study, by number."""
    if not layout.films_path.exists():
        return []
    return sorted(read_records(layout.films_path, Film), key=lambda film: film.film_number)


def store_film(
    path: Path,
    layout: StudyLayout,
    config: CollectConfig,
    tools: FaceTools,
    *,
    numbers: Mapping[str, int],
    allow_damaged: bool,
    on_step: Callable[[Step], None],
) -> bool:
    """Read a film into the study, unless it is there already.

    Of one that is there and was moved, the new place is noted.

    Parameters
    ----------
    path
        The film.
    layout, config, tools
        The study, the configuration and the face networks.
    numbers
        Numbers that are kept for films by their SHA-256, for this film or for others.
    allow_damaged
        Go on with the readable part of a damaged film.
    on_step
        Told how far the work has come.

    Returns
    -------
    bool
        Whether the film was read.

    Raises
    ------
    FilmError
        The film cannot be read; nothing of it is left in the study.
    StorageError
        The disk refused; what was finished is kept for the next run.
    """
    header = read_header(path)
    film_id = digest_file(path)
    films = stored_films(layout)
    parts = FilmParts(layout.work_dir / film_id[:16], PART_SCHEMAS)
    known = next((film for film in films if film.film_id == film_id), None)
    if known is not None:
        place = str(path.resolve())
        if place != known.path and find_same_film(film_id, [Path(known.path)]) is None:
            _write_film(dataclasses.replace(known, path=place), layout)
        parts.remove()  # a killed run may have left them
        return False
    taken = [*numbers.values(), *(film.film_number for film in films)]
    film_number = numbers.get(film_id, max(taken, default=0) + 1)
    name = f"film {film_number:03d}"
    try:
        scan = FilmScan(
            header,
            film_id=film_id,
            parts=parts,
            shot_config=config.shots,
            make_reader=lambda next_track_id: tools.make_reader(film_id, next_track_id),
        )
        scan.run(allow_damaged=allow_damaged, on_step=on_step, name=f"{name}: shots and faces")
        release_memory()  # the decoder's, before the sound's container takes its own
        film = scan.film(film_number)
        sounds = _measure_sound(film, parts, on_step, name=f"{name}: sound")
    except FilmError:
        parts.remove()
        raise
    tables = {
        layout.shots_path: "shots",
        layout.shot_pictures_path: "pictures",
        layout.tracks_path: "tracks",
        layout.blendshapes_path: "blendshapes",
        layout.portraits_path: "portraits",
    }
    for table_path, kind in tables.items():
        replace_rows(table_path, PART_SCHEMAS[kind], film_id=film_id, pieces=parts.iterate(kind))
    replace_rows(
        layout.shot_sounds_path, record_schema(ShotSound), film_id=film_id, pieces=[sounds]
    )
    _write_film(film, layout)
    parts.remove()
    return True


def _write_film(film: Film, layout: StudyLayout) -> None:
    """Put the film's row into ``films.parquet``."""
    row = records_to_table(Film, [film])
    replace_rows(layout.films_path, row.schema, film_id=film.film_id, pieces=[row])


def _measure_sound(
    film: Film, parts: FilmParts, on_step: Callable[[Step], None], *, name: str
) -> pa.Table:
    """Return a row per shot of a film with sound: a pass of its own over the sound track."""
    shots = [shot for piece in parts.iterate("shots") for shot in table_to_records(Shot, piece)]
    meter = SoundMeter(shots, rate_hz=_SOUND_RATE_HZ)
    n_total = int(film.span.end_s)
    for block in decode_audio(Path(film.path), rate_hz=_SOUND_RATE_HZ):
        meter.push(block.samples, block.start_s)
        on_step(Step(name=name, n_done=int(block.start_s), n_total=n_total, unit="s"))
    return records_to_table(ShotSound, meter.finish())
