"""What can be made of a finished analysis: its events for other programs, its annotated films."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cinefacs.errors import ConfigError, StudyError, did_you_mean
from cinefacs.events.finder import au_columns
from cinefacs.labels.formats.catalog import FORMATS
from cinefacs.labels.formats.contract import Exported
from cinefacs.labels.found_events import Seen, export_found_events
from cinefacs.labels.labelled_films import read_labelled_films
from cinefacs.pipeline.annotate import (
    AnnotatedFilm,
    annotate_film,
    cut_frames_of,
    make_hiding_finder,
)
from cinefacs.pipeline.find_events import spans_read
from cinefacs.records.character import Character
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.film import Film
from cinefacs.records.film_pass import FilmPass
from cinefacs.records.found_event import FoundEvent
from cinefacs.records.run_record import RunRecord
from cinefacs.records.shot import Shot
from cinefacs.records.step import Step
from cinefacs.reports.config import AnnotatedFilmConfig, DeidentifyConfig
from cinefacs.reports.event_rows import EventRow, write_event_rows
from cinefacs.reports.film_sweep import FilmSweep
from cinefacs.storage.analysis_tables import (
    read_class_names,
    read_detections,
    read_events,
    write_events,
)
from cinefacs.storage.atomic import check_new
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.run_records import read_run_record
from cinefacs.storage.study import AnalysisLayout, StudyLayout

__all__ = ["EVENT_FORMATS", "annotate_analysis", "export_events"]

_TABLES = {"csv": ".csv", "parquet": ".parquet"}
EVENT_FORMATS: tuple[str, ...] = (*_TABLES, *(name for name in FORMATS if name not in _TABLES))
"""Formats of events: two tables with a row per event, and the formats of labels."""


def export_events(
    analysis: Path,
    out: Path,
    *,
    format_name: str,
    film_number: int | None = None,
    force: bool = False,
) -> Exported:
    """Write the events of an analysis for another program.

    Parameters
    ----------
    analysis
        Its folder.
    out
        A file, or a folder where the format needs several.
    format_name
        One of `EVENT_FORMATS`.
    film_number
        Film whose events are wanted; None for all.
    force
        Write over what is there.

    Returns
    -------
    Exported
        Files, and what they do not hold.

    Raises
    ------
    ConfigError
        There is no such format.
    StudyError
        It is no finished analysis, has no such film, or `out` is there already.
    FilmError, StorageError
        A film that must be looked at is not there; the disk refused.
    """
    if format_name not in EVENT_FORMATS:
        raise ConfigError(
            f"--format: expected one of {', '.join(EVENT_FORMATS)}, got {format_name!r}",
            hint=did_you_mean(format_name, EVENT_FORMATS),
        )
    check_new(out, force=force)
    finished = _open(analysis, film_number)
    if format_name in _TABLES:
        suffix = _TABLES[format_name]
        path = out if out.suffix.lower() == suffix else out / f"events{suffix}"
        if format_name == "parquet":
            write_events(path, finished.events)
        else:
            write_event_rows(path, _rows(finished))
        return Exported(paths=(path,), losses=())
    return export_found_events(
        finished.events,
        read_labelled_films(finished.study),
        format_name=format_name,
        out=out,
        seen=_seen(finished),
        aus=au_columns(finished.class_names),
        changed_at=finished.record.finished_at,
    )


def annotate_analysis(
    analysis: Path,
    *,
    config: AnnotatedFilmConfig,
    deidentify: DeidentifyConfig | None = None,
    film_number: int | None = None,
    device: str = "CPU",
    force: bool = False,
    on_step: Callable[[Step], None] | None = None,
) -> tuple[AnnotatedFilm, ...]:
    """Write the annotated films of an analysis into its folder.

    Parameters
    ----------
    analysis
        Its folder.
    config
        What is shown, and how.
    deidentify
        How faces are hidden; None shows them.
    film_number
        Film that is wanted; None for all.
    device
        OpenVINO device of the face finder.
    force
        Write over what is there.
    on_step
        Told how far it has come.

    Raises
    ------
    StudyError
        It is no finished analysis, has no such film, or an annotated film is there already.
    FilmError, ModelError, StorageError
        A film is not there; the face finder is not installed; the disk refused.
    """
    finished = _open(analysis, film_number)
    paths = [
        finished.layout.annotated_path(film.film_number, finished.n_films)
        for film in finished.films
    ]  # fmt: skip
    for path in paths:
        check_new(path, force=force)
    shots = read_records(finished.study.shots_path, Shot)
    find_faces = make_hiding_finder(deidentify, device=device) if deidentify else None
    return tuple(
        annotate_film(
            film,
            FilmSweep(
                tracks=read_tracks(finished.study.tracks_path, film_id=film.film_id),
                scores=finished.scores(film),
                characters=[each for each in finished.characters if each.film_id == film.film_id],
                events=[each.event for each in finished.events_of(film)],
                config=config,
            ),
            path,
            config=config,
            deidentify=deidentify,
            find_faces=find_faces,
            cut_frames=cut_frames_of(shot for shot in shots if shot.film_id == film.film_id),
            on_step=on_step,
        )
        for film, path in zip(finished.films, paths, strict=True)
    )


@dataclass(frozen=True, kw_only=True)
class _Finished:
    """A finished analysis, or what it says of one of its films."""

    layout: AnalysisLayout
    study: StudyLayout
    record: RunRecord
    class_names: tuple[str, ...]
    n_films: int
    """All that were analysed."""
    films: Sequence[Film]
    """Those that are wanted, by number."""
    characters: Sequence[Character]
    """Of all films of the study."""
    events: Sequence[FoundEvent]
    """Of the films that are wanted."""

    def events_of(self, film: Film) -> list[FoundEvent]:
        """Return the events of a film by onset."""
        found = [each for each in self.events if each.event.film_id == film.film_id]
        return sorted(found, key=lambda each: (each.event.span.start_pts, each.event.track_id))

    def scores(self, film: Film) -> Iterator[FaceScores]:
        """Yield what was read of each track of a film."""
        path = self.layout.detections_path
        return read_detections(path, self.class_names, film_id=film.film_id)


def _open(analysis: Path, film_number: int | None) -> _Finished:
    """Read what all that can be made of an analysis begins with.

    Raises
    ------
    StudyError
        It is none, or not finished; it does not have the film; who is who was changed since.
    SchemaError
        A table is damaged, of another version, or of other columns.
    """
    layout = AnalysisLayout(analysis)
    study = layout.study
    record = read_run_record(layout.run_path)
    if record is None:
        raise StudyError(
            f"{analysis}: expected a finished analysis, found no {layout.run_path.name}",
            hint="run `cinefacs analyze` with the same options: it goes on where it was",
        )
    analysed = {each.film_id for each in read_records(layout.passes_path, FilmPass)}
    films = [film for film in read_records(study.films_path, Film) if film.film_id in analysed]
    wanted = [film for film in films if film_number in {None, film.film_number}]
    if not wanted:
        known = ", ".join(str(film.film_number) for film in films)
        raise StudyError(f"--film: expected one that was analysed ({known}), got {film_number}")
    characters = read_records(study.characters_path, Character)
    ids = {film.film_id for film in wanted}
    events = [each for each in read_events(layout.events_path) if each.event.film_id in ids]
    _check_same_people(analysis, events, characters)
    return _Finished(
        layout=layout,
        study=study,
        record=record,
        class_names=read_class_names(layout.detections_path),
        n_films=len(films),
        films=wanted,
        characters=characters,
        events=events,
    )


def _check_same_people(
    analysis: Path, events: Iterable[FoundEvent], characters: Iterable[Character]
) -> None:
    """Raise if events name other people than the study does by now."""
    owner = {(each.film_id, track): each for each in characters for track in each.track_ids}
    for found in events:
        now = owner.get((found.event.film_id, found.event.track_id))
        if now is None or (now.character_number, now.name) != (found.character_number, found.name):
            raise StudyError(
                f"{analysis}: expected face track {found.event.track_id} of film "
                f"{found.film_number} to be {_who(found.character_number, found.name)}, as when "
                "it was analysed, got "
                f"{'nobody' if now is None else _who(now.character_number, now.name)}",
                hint="run `cinefacs analyze` with the same options: it finds events anew for the "
                "characters as they are",
            )


def _who(number: int, name: str) -> str:
    return f"character {number:02d} {name}".strip()


@dataclass(frozen=True, slots=True)
class _Frames:
    """Which frame of the film begins or ends when, for one track."""

    frame_index: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    pts: "np.ndarray[tuple[int], np.dtype[np.int64]]"

    def at(self, pts: int) -> int:
        """Return the frame that is on the screen at a tick of the track."""
        return int(self.frame_index[max(0, int(np.searchsorted(self.pts, pts, side="right")) - 1)])


def _rows(finished: _Finished) -> Iterator[EventRow]:
    """Yield the events of each film by onset, with their frames."""
    for film in finished.films:
        found = finished.events_of(film)
        wanted = {each.event.track_id for each in found}
        frames = {
            track.track_id: _Frames(track.frame_index, track.pts)
            for track in read_tracks(finished.study.tracks_path, film_id=film.film_id)
            if track.track_id in wanted
        }
        missing = sorted(wanted - set(frames))
        if missing:
            path = finished.study.tracks_path
            raise StudyError(f"{path}: expected face track {missing[0]}, found none")
        for each in found:
            event, at = each.event, frames[each.event.track_id].at
            yield EventRow(
                found=each,
                onset_frame=at(event.span.start_pts),
                apex_frame=at(event.apex_pts),
                offset_frame=at(event.span.end_pts - 1),
            )


def _seen(finished: _Finished) -> Iterator[Seen]:
    """Yield where each character's face was read, in stretches without a gap."""
    owner = {
        (each.film_id, track): each.character_number
        for each in finished.characters
        for track in each.track_ids
    }
    for film in finished.films:
        for track in finished.scores(film):
            number = owner.get((film.film_id, int(track.track_id[0])))
            if number is not None:
                for span in spans_read(track):
                    yield film.film_id, number, span
