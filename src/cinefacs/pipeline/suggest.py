"""`labels suggest`: from a study's blendshapes to suggested labels, one film after another."""

import datetime as dt
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from cinefacs.config import as_document, config_digest
from cinefacs.errors import StudyError
from cinefacs.labels.suggest.blendshape_mapping import AuMapping, MappingMark, standard_mappings
from cinefacs.labels.suggest.config import SuggestConfig
from cinefacs.labels.suggest.figure import AuCurve, draw_suggestions
from cinefacs.media.probe import digest_file
from cinefacs.pipeline.suggest_spans import (
    CharacterSuggestions,
    score_track,
    suggest_for_character,
)
from cinefacs.pipeline.suggest_summary import (
    SUGGESTED_NOTE,
    SuggestSummary,
    summarise_characters,
)
from cinefacs.records.au_label import AuLabel
from cinefacs.records.character import Character
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.film import Film
from cinefacs.records.label_checks import NOT_INDEPENDENT, SUGGESTED
from cinefacs.records.labels import Labels
from cinefacs.records.run_record import RunRecord
from cinefacs.records.step import Step
from cinefacs.storage.atomic import write_text
from cinefacs.storage.face_tables import read_blendshapes, read_tracks
from cinefacs.storage.label_tables import add_labels, read_authors, read_labels
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.run_records import read_run_record, write_run_record
from cinefacs.storage.study import StudyLayout, lock_study

__all__ = ["read_scores", "suggest_labels"]

_LIBRARIES = ("numpy", "pyarrow")


def suggest_labels(
    study: Path | str,
    *,
    config: SuggestConfig | None = None,
    has_figures: bool = False,
    force: bool = False,
    seed: int = 0,
    on_step: Callable[[Step], None] = lambda _step: None,
) -> SuggestSummary:
    """Suggest labels for every character of a study.

    Parameters
    ----------
    study
        Folder of a study that `collect` made.
    config
        The limits; defaults when None.
    has_figures
        Draw each character's scores over time too.
    force
        Replace suggestions of this label set that were made otherwise.
    seed
        Written down; nothing here is random.
    on_step
        Told how far it is.

    Raises
    ------
    StudyError
        There is no study, no face in it can be read, or the label set is there already and was
        made from other faces or with another configuration.
    SchemaError, StorageError
        A table is damaged; the disk refused.
    """
    settings = config or SuggestConfig()
    layout = StudyLayout(Path(study))
    for path in _inputs(layout):
        if not path.exists():
            raise StudyError(
                f"{layout.root}: expected a study with faces, found no {path.name}",
                hint="give the folder that `cinefacs collect` made",
            )
    mappings = _mappings(settings)
    started_at = _now()
    with lock_study(layout):
        record = _record(layout, settings, seed=seed, started_at=started_at)
        is_there = _is_there(layout, settings, record, force=force)
        films = sorted(read_records(layout.films_path, Film), key=lambda film: film.film_number)
        characters = read_records(layout.characters_path, Character)
        suggestions: dict[tuple[int, int], CharacterSuggestions] = {}
        for n_done, film in enumerate(films, start=1):
            scores = read_scores(layout, film, characters, mappings)
            for number, tracks in scores.items():
                suggestions[film.film_number, number] = suggest_for_character(
                    number, tracks, mappings, settings, changed_at=started_at
                )
            on_step(Step(name="suggest", n_done=n_done, n_total=len(films), unit="films"))
        if not suggestions:
            raise StudyError(
                f"{layout.root}: expected a face that can be coded, found none",
                hint="look at the contact sheet: it says why faces could not be coded",
            )
        if not is_there:
            # The record goes first; that it speaks of these labels is told by their time.
            write_run_record(_record_path(layout, settings), replace(record, finished_at=_now()))
            labels = Labels(
                aus=tuple(label for each in suggestions.values() for label in each.labels),
                coded=tuple(span for each in suggestions.values() for span in each.coded),
            )
            add_labels(layout, labels, replace=force)
        figures = _draw(layout, films, suggestions, mappings) if has_figures else {}
        for path, figure in figures.items():
            write_text(path, figure)
    return SuggestSummary(
        out=layout.root,
        label_set=settings.label_set,
        is_new=not is_there,
        characters=tuple(summarise_characters(films, characters, suggestions)),
        figure_paths=tuple(figures),
    )


def read_scores(
    layout: StudyLayout,
    film: Film,
    characters: Iterable[Character],
    mappings: Sequence[AuMapping],
) -> dict[int, list[FaceScores]]:
    """Return the scores of each character's tracks by its number; those never read are left out.

    Parameters
    ----------
    layout
        The study.
    film
        One of its films.
    characters
        Of the study.
    mappings
        What speaks for what.

    Raises
    ------
    StudyError, SchemaError
        As `cinefacs.storage.tables.iterate_table`.
    """
    number_of = {
        track_id: each.character_number
        for each in characters
        if each.film_id == film.film_id
        for track_id in each.track_ids
    }
    shapes = {
        each.track_id: each
        for each in read_blendshapes(layout.blendshapes_path, film_id=film.film_id)
        if each.track_id in number_of
    }
    found: dict[int, list[FaceScores]] = {}
    for track in read_tracks(layout.tracks_path, film_id=film.film_id):
        if track.track_id in number_of:
            scores = score_track(track, shapes.pop(track.track_id, None), mappings)
            if scores is not None:
                found.setdefault(number_of[track.track_id], []).append(scores)
    return {
        number: sorted(found[number], key=lambda each: int(each.track_id[0]))
        for number in sorted(found)
    }


def _mappings(config: SuggestConfig) -> tuple[AuMapping, ...]:
    """Return the mappings that are used."""
    left_out = {MappingMark.NONE, *([MappingMark.APPROXIMATE] if config.only_direct else [])}
    return tuple(each for each in standard_mappings() if each.mark not in left_out)


def _inputs(layout: StudyLayout) -> tuple[Path, ...]:
    """Return the tables that suggestions follow from."""
    return (
        layout.films_path, layout.tracks_path, layout.blendshapes_path, layout.characters_path,
    )  # fmt: skip


def _record_path(layout: StudyLayout, config: SuggestConfig) -> Path:
    return layout.suggestion_dir(config.label_set) / "run.json"


def _record(layout: StudyLayout, config: SuggestConfig, *, seed: int, started_at: str) -> RunRecord:
    """Return the record of this run; its end is written when it is."""
    return RunRecord(
        verb="labels suggest",
        code_version=version("cinefacs"),
        config=as_document(config),
        config_digest=config_digest(config, {}),
        inputs={path.name: digest_file(path) for path in _inputs(layout)},
        models={},
        libraries={name: version(name) for name in _LIBRARIES},
        seed=seed,
        device=f"CPU: {platform.processor() or platform.machine()}",
        started_at=started_at,
        finished_at=_now(),
        notes=(SUGGESTED_NOTE,),
    )


def _is_there(
    layout: StudyLayout, config: SuggestConfig, record: RunRecord, *, force: bool
) -> bool:
    """Return whether the same run ended well before; raise where another one did."""
    author = (SUGGESTED, config.label_set)
    if author not in read_authors(layout) or force:
        return False
    earlier = read_run_record(_record_path(layout, config))
    times = {span.changed_at for span in read_labels(layout, authors=[author]).coded}
    same = (
        earlier is not None
        and times == {earlier.started_at}
        and earlier.config_digest == record.config_digest
        and dict(earlier.inputs) == dict(record.inputs)
        and earlier.code_version == record.code_version
    )
    if not same:
        raise StudyError(
            f"{layout.root}: expected no suggestions named {config.label_set!r} or the same ones, "
            "got those of other faces, options or another version",
            hint="replace them with --force, or choose another --label-set",
        )
    return True


def _draw(
    layout: StudyLayout,
    films: Sequence[Film],
    suggestions: Mapping[tuple[int, int], CharacterSuggestions],
    mappings: Sequence[AuMapping],
) -> dict[Path, str]:
    """Return a figure for each character: what is suggested, beside what coders labelled."""
    by_number = {film.film_number: film for film in films}
    people = [
        label
        for label in read_labels(layout, authors=_people(layout)).aus
        if label.coder not in NOT_INDEPENDENT
    ]
    drawn = {}
    for (film_number, number), each in suggestions.items():
        film = by_number[film_number]
        theirs = [
            label
            for label in people
            if (label.film_id, label.character_number) == (film.film_id, number)
        ]
        path = (
            layout.suggestion_dir(each.coded[0].label_set) / f"{film_number:03d}-{number:02d}.svg"
        )
        drawn[path] = draw_suggestions(
            list(_curves(each, theirs, mappings)),
            span=film.span,
            seen=[span.span for span in each.coded],
            suggested=each.labels,
            by_coders=theirs,
            title=f"Film {film_number:03d}, character {number:02d}: suggested, not coded",
        )
    return drawn


def _people(layout: StudyLayout) -> list[tuple[str, str]]:
    return [author for author in read_authors(layout) if author[0] not in NOT_INDEPENDENT]


def _curves(
    suggestions: CharacterSuggestions, by_coders: Iterable[AuLabel], mappings: Sequence[AuMapping]
) -> Iterator[AuCurve]:
    """Yield the action units that are suggested or were labelled."""
    wanted = {label.au for label in (*suggestions.labels, *by_coders)}
    for mapping in mappings:
        if mapping.au in wanted:
            yield AuCurve(
                au=mapping.au,
                is_direct=mapping.mark is MappingMark.DIRECT,
                pts=suggestions.scores.pts,
                rise=suggestions.rise[mapping.au],
            )


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
