"""Cinemetrics, shot scales, figures and the contact sheet of a study."""

import dataclasses
from collections.abc import Iterator, Sequence
from importlib.metadata import version

from cinefacs.faces.character_entries import format_ranges
from cinefacs.pipeline.cast import FilmCast
from cinefacs.pipeline.config import CollectConfig
from cinefacs.records.clip import Clip
from cinefacs.records.shot import Shot, ShotPicture
from cinefacs.reports.contact_sheet import (
    CharacterSection,
    FilmSection,
    PortraitPanel,
    ShotPanel,
    write_contact_sheet,
)
from cinefacs.shots.cinemetrics import Cinemetrics, choose_trend_degree, measure_cutting
from cinefacs.shots.config import ShotConfig
from cinefacs.shots.figure import draw_shot_lengths
from cinefacs.shots.scale import ShotScale, scale_of_shot
from cinefacs.storage.atomic import write_json, write_text
from cinefacs.storage.face_tables import read_portraits
from cinefacs.storage.record_tables import (
    read_records,
    record_schema,
    table_to_records,
    write_records,
)
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import iterate_table

__all__ = ["best_portraits", "measure_shots", "notes_of_film", "write_sheet"]

_PORTRAITS_SHOWN = 8


def write_sheet(
    casts: Sequence[FilmCast], layout: StudyLayout, config: CollectConfig, *, notes: Sequence[str]
) -> None:
    """Write ``shot_scales.parquet``, ``cinemetrics.json``, the figures and the page.

    Parameters
    ----------
    casts
        Faces and characters of each film.
    layout, config
        The study and the configuration.
    notes
        What a reader must know; those that begin with a film's name stand with it.

    Raises
    ------
    StorageError
        The disk refused.
    """
    shots = read_records(layout.shots_path, Shot)
    clips = read_records(layout.clips_path, Clip)
    scales: list[ShotScale] = []
    cinemetrics: dict[str, object] = {}
    sections: list[FilmSection] = []
    for cast in casts:
        film = cast.film
        own = [shot for shot in shots if shot.film_id == film.film_id]
        own_scales = _scales(cast, own, config)
        scales += own_scales
        measured = measure_shots(own, config.shots)
        cinemetrics[str(film.film_number)] = dataclasses.asdict(measured)
        figure = draw_shot_lengths(own, measured, title=f"Film {film.film_number:03d}")
        write_text(layout.figure_path(film.film_number), figure)
        sections.append(
            FilmSection(
                film=film,
                shots=_panels(own, own_scales, layout),
                n_shots=len(own),
                characters=_characters(cast, clips, layout),
                n_tracks=len(cast.faces.summaries),
                n_face_frames=cast.faces.n_face_frames,
                coverage=cast.faces.coverage,
                film_coverage=cast.faces.film_coverage,
                not_codable=[(str(k), n) for k, n in cast.faces.not_codable().items()],
                measures=measured.describe(),
                figure_svg=figure,
                notes=notes_of_film(film.film_number, notes),
            )
        )
    write_records(layout.shot_scales_path, ShotScale, scales)
    write_json(layout.cinemetrics_path, cinemetrics)
    write_contact_sheet(layout.contact_sheet_path, films=sections, version=version("cinefacs"))


def measure_shots(shots: Sequence[Shot], config: ShotConfig) -> Cinemetrics:
    """Return the cinemetrics; the configured degree is a wish that a film of few shots lowers."""
    return measure_cutting(
        shots,
        trend_degree=choose_trend_degree(shots, at_most=config.trend_degree),
        moving_average_shots=config.moving_average_shots,
    )


def _scales(cast: FilmCast, shots: Sequence[Shot], config: CollectConfig) -> list[ShotScale]:
    """Return the scale of each shot that shows a codable face."""
    scales = []
    for shot in shots:
        heights = cast.faces.face_heights(shot.start_frame, shot.end_frame)
        if len(heights):
            scales.append(scale_of_shot(shot, heights, config.shots.scale))
    return scales


def _panels(
    shots: Sequence[Shot], scales: Sequence[ShotScale], layout: StudyLayout
) -> Iterator[ShotPanel]:
    """Yield the strip; the pictures are read as they are asked for."""
    names = {scale.shot_index: str(scale.scale).replace("_", " ") for scale in scales}
    by_index = {shot.shot_index: shot for shot in shots}
    film_id = shots[0].film_id
    for piece in iterate_table(layout.shot_pictures_path, record_schema(ShotPicture)):
        for picture in table_to_records(ShotPicture, piece):
            if picture.film_id == film_id:
                yield ShotPanel(
                    shot=by_index[picture.shot_index],
                    picture_jpeg=picture.jpeg,
                    scale=names.get(picture.shot_index, ""),
                )


def _characters(
    cast: FilmCast, clips: Sequence[Clip], layout: StudyLayout
) -> list[CharacterSection]:
    """Return the characters with the best picture of each of a few tracks."""
    best = _best_by_character(cast, layout, n_most=_PORTRAITS_SHOWN)
    return [
        CharacterSection(
            character=character,
            tracks=format_ranges(character.track_ids),
            portraits=[
                PortraitPanel(track_id=track, jpeg=jpeg)
                for track, jpeg in best.get(character.character_number, [])
            ],
            clips=[
                clip
                for clip in clips
                if clip.film_id == cast.film.film_id
                and clip.character_number == character.character_number
            ],
        )
        for character in cast.characters
    ]


def best_portraits(cast: FilmCast, layout: StudyLayout, *, n_most: int) -> dict[int, list[bytes]]:
    """Return a few JPEGs of each character by number, the best one first.

    Parameters
    ----------
    cast
        The film and its characters.
    layout
        The study.
    n_most
        Pictures of a character, each of another track.
    """
    best = _best_by_character(cast, layout, n_most=n_most)
    return {number: [jpeg for _, jpeg in shown] for number, shown in best.items()}


def _best_by_character(
    cast: FilmCast, layout: StudyLayout, *, n_most: int
) -> dict[int, list[tuple[int, bytes]]]:
    """Return track and JPEG of the best pictures of each character, best first."""
    owners = {track: each for each in cast.characters for track in each.track_ids}
    best: dict[int, dict[int, tuple[float, bytes]]] = {}
    for portrait in read_portraits(layout.portraits_path, cast.film.film_id):
        owner = owners.get(portrait.track_id)
        if owner is None:
            continue
        shown = best.setdefault(owner.character_number, {})
        if portrait.quality > shown.get(portrait.track_id, (-1.0, b""))[0]:
            shown[portrait.track_id] = (portrait.quality, portrait.jpeg)
        if len(shown) > n_most:
            del shown[min(shown, key=lambda track: (shown[track][0], track))]
    return {
        number: [
            (track, jpeg)
            for track, (_, jpeg) in sorted(shown.items(), key=lambda item: (-item[1][0], item[0]))
        ]
        for number, shown in best.items()
    }


def notes_of_film(film_number: int, notes: Sequence[str]) -> list[str]:
    """Return the notes on all films, and those on this one."""
    own = f"film {film_number:03d}:"
    return [note for note in notes if not note.startswith("film ") or note.startswith(own)]
