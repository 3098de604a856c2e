"""One film into the study: read it, measure it, put its rows into the study's tables.

`collect` wants the tables of shots and faces; `analyze` has expressions read in the same pass.

The row in ``films.parquet`` comes last: with it the film counts as read. A run that is killed
before goes on from the film's parts, and putting rows into a table twice leaves them once.
"""

import dataclasses
import shutil
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path

import pyarrow as pa

from cinefacs.errors import FilmError
from cinefacs.media.audio import decode_audio
from cinefacs.media.source import digest_source, read_source
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.readers import FaceTools
from cinefacs.pipeline.reading import Reading
from cinefacs.pipeline.scan import PART_SCHEMAS, FilmScan
from cinefacs.pipeline.sources import find_same_film
from cinefacs.pipeline.stage_clock import StageClock
from cinefacs.pipeline.stored_faces import read_stored_faces
from cinefacs.records.film import Film
from cinefacs.records.film_pass import FilmPass
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
    reading: Reading | None = None,
    picture_rate_fps: Fraction | None = None,
    clock: StageClock | None = None,
) -> bool:
    """Read a film into the study, unless it is there already.

    Of one that is there and was moved, the new place is noted; where expressions are wanted and
    not there yet, they are read at the faces that the study knows.

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
    reading
        Reads expressions; None where only shots and faces are wanted.
    picture_rate_fps
        Rate of a film that is a folder of pictures.
    clock
        Counts the time of each stage.

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
    clock = clock or StageClock()
    header = read_source(path, picture_rate_fps=picture_rate_fps)
    film_id = digest_source(path, header)
    films = stored_films(layout)
    known = next((film for film in films if film.film_id == film_id), None)
    if known is not None:
        place = str(path.resolve())
        if place != known.path and find_same_film(film_id, [Path(known.path)]) is None:
            known = dataclasses.replace(known, path=place)
            _write_film(known, layout)
        _remove_parts(layout, film_id, but=reading)  # a killed run may have left them
        if reading is None or reading.has(film_id):
            return False
        read_stored_faces(known, header, layout, reading, on_step=on_step)
        _remove_parts(layout, film_id)
        return True
    taken = [*numbers.values(), *(film.film_number for film in films)]
    film_number = numbers.get(film_id, max(taken, default=0) + 1)
    name = f"film {film_number:03d}"
    what = "shots and faces" if reading is None else "shots, faces, expressions"
    schemas = PART_SCHEMAS if reading is None else {**PART_SCHEMAS, "scores": reading.schema}
    parts = FilmParts(_part_dir(layout, film_id, reading), schemas)
    start_s = time.perf_counter()
    try:
        scan = FilmScan(
            header,
            film_id=film_id,
            parts=parts,
            shot_config=config.shots,
            make_reader=partial(tools.make_reader, film_id),
            reading=reading,
            clock=clock,
        )
        scan.run(allow_damaged=allow_damaged, on_step=on_step, name=f"{name}: {what}")
        release_memory()  # the decoder's, before the sound's container takes its own
        film = scan.film(film_number)
        with clock.measure("sound"):
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
    } | ({} if reading is None else {reading.layout.detections_path: "scores"})
    for table_path, kind in tables.items():
        replace_rows(table_path, schemas[kind], film_id=film_id, pieces=parts.iterate(kind))
    replace_rows(
        layout.shot_sounds_path, record_schema(ShotSound), film_id=film_id, pieces=[sounds]
    )
    if reading is not None:
        reading.note(
            FilmPass(
                film_id=film_id,
                read_digest=reading.digest,
                n_read=sum(piece.num_rows for piece in parts.iterate("scores")),
                n_frames_timed=scan.n_frames_timed,
                seconds=time.perf_counter() - start_s,
            )
        )
    _write_film(film, layout)
    _remove_parts(layout, film_id)
    return True


def _part_dir(layout: StudyLayout, film_id: str, reading: Reading | None) -> Path:
    """Return where parts of a film lie until it is whole: apart for each detector."""
    return layout.work_dir / (
        film_id[:16] if reading is None else f"{film_id[:16]}-{reading.digest[:8]}"
    )


def _remove_parts(layout: StudyLayout, film_id: str, *, but: Reading | None = None) -> None:
    """Delete what unfinished runs left of a film, but what a detector has read so far."""
    kept = None if but is None else _part_dir(layout, film_id, but)
    for folder in layout.work_dir.glob(f"{film_id[:16]}*"):
        if folder != kept:
            shutil.rmtree(folder, ignore_errors=True)


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
    if not film.has_audio:
        return records_to_table(ShotSound, meter.finish())
    for block in decode_audio(Path(film.path), rate_hz=_SOUND_RATE_HZ):
        meter.push(block.samples, block.start_s)
        on_step(Step(name=name, n_done=int(block.start_s), n_total=n_total, unit="s"))
    return records_to_table(ShotSound, meter.finish())
