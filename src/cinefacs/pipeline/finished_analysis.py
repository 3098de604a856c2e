"""What can be made of a finished analysis: its events for other programs, its annotated films."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from cinefacs.errors import ConfigError, StudyError, did_you_mean
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
from cinefacs.records.character import Character
from cinefacs.records.event import Event
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.records.step import Step
from cinefacs.records.time_span import TimeSpan
from cinefacs.reports.config import AnnotatedFilmConfig, DeidentifyConfig
from cinefacs.reports.event_rows import EventRow, write_event_rows
from cinefacs.reports.film_sweep import FilmSweep
from cinefacs.storage.analysis import AnalysisLayout
from cinefacs.storage.event_tables import read_events, write_events
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.run_records import read_run_record
from cinefacs.storage.score_tables import read_score_classes, read_scores
from cinefacs.storage.study import StudyLayout

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
    _check_new(out, force=force)
    layout = AnalysisLayout(analysis)
    events = read_events(layout.events_path)
    films = _films(layout.study, film_number)
    kept = {film.film_id for film in films}
    events = [event for event in events if event.film_id in kept]
    if format_name in _TABLES:
        suffix = _TABLES[format_name]
        path = out if out.suffix.lower() == suffix else out / f"events{suffix}"
        if format_name == "parquet":
            write_events(path, events)
        else:
            write_event_rows(path, _rows(events, films, layout.study))
        return Exported(paths=(path,), losses=())
    record = read_run_record(layout.run_path)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    names = read_score_classes(layout.scores_path)
    return export_found_events(
        events,
        read_labelled_films(layout.study),
        format_name=format_name,
        out=out,
        seen=_seen(layout, films),
        aus=[int(name[2:]) for name in names if name.startswith("AU") and name[2:].isdigit()],
        changed_at=now if record is None else record.finished_at,
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
    layout = AnalysisLayout(analysis)
    study = layout.study
    n_films = len(read_records(study.films_path, Film))
    films = _films(study, film_number)
    paths = [layout.annotated_path(film.film_number, n_films) for film in films]
    for path in paths:
        _check_new(path, force=force)
    events = read_events(layout.events_path)
    shots = read_records(study.shots_path, Shot)
    characters = read_records(study.characters_path, Character)
    find_faces = make_hiding_finder(deidentify, device=device) if deidentify else None
    return tuple(
        annotate_film(
            film,
            FilmSweep(
                tracks=read_tracks(study.tracks_path, film_id=film.film_id),
                scores=read_scores(layout.scores_path, film_id=film.film_id),
                characters=[each for each in characters if each.film_id == film.film_id],
                events=[each for each in events if each.film_id == film.film_id],
                config=config,
            ),
            path,
            config=config,
            deidentify=deidentify,
            find_faces=find_faces,
            cut_frames=cut_frames_of(shot for shot in shots if shot.film_id == film.film_id),
            on_step=on_step,
        )
        for film, path in zip(films, paths, strict=True)
    )


def _films(study: StudyLayout, film_number: int | None) -> list[Film]:
    films = read_records(study.films_path, Film)
    found = [film for film in films if film_number in {None, film.film_number}]
    if not found:
        known = ", ".join(str(film.film_number) for film in films)
        raise StudyError(f"--film: expected one of {known}, got {film_number}")
    return found


def _check_new(path: Path, *, force: bool) -> None:
    is_taken = any(path.iterdir()) if path.is_dir() else path.exists()
    if is_taken and not force:
        raise StudyError(
            f"{path}: expected a new file or an empty folder, got one that is there",
            hint="choose another --out, or write over it with --force",
        )


@dataclass(frozen=True, slots=True)
class _Frames:
    """Which frame of the film begins or ends when, for one track."""

    frame_index: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    pts: "np.ndarray[tuple[int], np.dtype[np.int64]]"

    def at(self, pts: int) -> int:
        """Return the frame that is on the screen at a tick of the track."""
        return int(self.frame_index[max(0, int(np.searchsorted(self.pts, pts, side="right")) - 1)])


def _rows(events: Sequence[Event], films: Sequence[Film], study: StudyLayout) -> Iterator[EventRow]:
    """Yield the events of each film by onset, with frames and people."""
    characters = read_records(study.characters_path, Character)
    for film in films:
        found = [event for event in events if event.film_id == film.film_id]
        wanted = {event.track_id for event in found}
        frames = {
            track.track_id: _Frames(track.frame_index, track.pts)
            for track in read_tracks(study.tracks_path, film_id=film.film_id)
            if track.track_id in wanted
        }
        owner = {
            track: each
            for each in characters
            if each.film_id == film.film_id
            for track in each.track_ids
        }
        missing = sorted(wanted - set(frames))
        if missing:
            raise StudyError(f"{study.tracks_path}: expected face track {missing[0]}, found none")
        for event in sorted(found, key=lambda each: (each.span.start_pts, each.track_id)):
            person, at = owner.get(event.track_id), frames[event.track_id].at
            yield EventRow(
                event=event,
                film_number=film.film_number,
                character_number=None if person is None else person.character_number,
                character_name="" if person is None else person.name,
                onset_frame=at(event.span.start_pts),
                apex_frame=at(event.apex_pts),
                offset_frame=at(event.span.end_pts - 1),
            )


def _seen(layout: AnalysisLayout, films: Iterable[Film]) -> Iterator[Seen]:
    """Yield where each character's face was read, in stretches without a gap."""
    characters = read_records(layout.study.characters_path, Character)
    for film in films:
        owner = {
            track: each.character_number
            for each in characters
            if each.film_id == film.film_id
            for track in each.track_ids
        }
        for track in read_scores(layout.scores_path, film_id=film.film_id):
            number = owner.get(int(track.track_id[0]))
            if number is not None:
                for span in _stretches(track):
                    yield film.film_id, number, span


def _stretches(track: FaceScores) -> Iterator[TimeSpan]:
    starts = np.flatnonzero(track.pts[1:] != track.end_pts[:-1]) + 1
    edges = [0, *starts.tolist(), len(track)]
    for first, end in pairwise(edges):
        yield TimeSpan(
            start_pts=int(track.pts[first]),
            end_pts=int(track.end_pts[end - 1]),
            time_base=track.time_base,
        )
