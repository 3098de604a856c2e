"""`analyze`: from a film, a camera or a stream to who showed which expression when, on one page."""

import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from cinefacs.config import config_digest
from cinefacs.engines.catalog import model_sha256, sha256_of
from cinefacs.errors import CinefacsError, ConfigError, FilmError, StudyError
from cinefacs.faces.characters_file import read_characters_file
from cinefacs.facs.emotion_rules import standard_rule_tables
from cinefacs.media.source import DEFAULT_PICTURE_RATE_FPS
from cinefacs.pipeline.analysis_page import lay_out_film, write_page
from cinefacs.pipeline.analyze_config import AnalyzeConfig
from cinefacs.pipeline.analyze_sources import Stream, find_sources
from cinefacs.pipeline.analyze_summary import AnalysisSummary, FilmAnalysis
from cinefacs.pipeline.cast import FilmCast, cast_as_stored, settle_cast
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.find_events import find_character_events
from cinefacs.pipeline.readers import FaceTools
from cinefacs.pipeline.reading import Reading
from cinefacs.pipeline.recording import record_streams
from cinefacs.pipeline.stage_clock import StageClock
from cinefacs.pipeline.store import stored_films
from cinefacs.pipeline.study_run import (
    AGAIN,
    StudyRun,
    check_same_config,
    clean_up,
    inputs_of,
    notes_on,
    store_films,
    write_record,
)
from cinefacs.records.film import Film
from cinefacs.records.film_pass import VOID_READING
from cinefacs.records.found_event import FoundEvent
from cinefacs.records.shot import Shot
from cinefacs.records.step import Step
from cinefacs.reports.hidden_report import hide_analysed_film
from cinefacs.storage.analysis_tables import read_events, write_events
from cinefacs.storage.atomic import disk_errors, remove_litter, write_text
from cinefacs.storage.facs_files import read_rule_table
from cinefacs.storage.memory import release_memory
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.run_records import read_run_record
from cinefacs.storage.study import StudyLayout, lock_study
from cinefacs.weights.shipped import shipped_detector

__all__ = ["AnalysisSummary", "analyze"]

_NAME = re.compile(r"[\w][\w.-]*")


def analyze(
    sources: str | int | Path | Iterable[str | int | Path],
    *,
    out: str | Path,
    name: str = "default",
    weights: str | Path | None = None,
    config: AnalyzeConfig | None = None,
    frame_rate: Fraction | float | None = None,
    max_seconds: float | None = None,
    allow_damaged: bool = False,
    force: bool = False,
    seed: int = 0,
    device: str = "CPU",
    on_step: Callable[[Step], None] | None = None,
) -> AnalysisSummary:
    """Find who shows which expression when.

    Each film is decoded once: shots, faces and expressions come of the same pass, and the shot
    is the unit of checkpoint and resume. Of a film that a study has already, only expressions are
    read. Cameras and streams are recorded first, then read like any other film.

    Parameters
    ----------
    sources
        Films, folders of films or of numbered pictures, patterns, numbers of cameras, URLs.
    out
        Folder of the study; made where it is missing, else films are added.
    name
        Of the analysis: it goes to ``analyses/NAME`` in the study.
    weights
        Folder that ``cinefacs export`` made; the weights that come along when None.
    config
        What can be set; defaults when None.
    frame_rate
        Pictures a second of a folder of pictures; 24 when None, and a note says so.
    max_seconds
        Longest recording of a camera or stream, s.
    allow_damaged
        Use the readable part of a damaged film.
    force
        Find events and write the report anew, also with other options; where weights or options
        of reading are others, read the films again.
    seed
        Written to the run record; nothing here is random.
    device
        OpenVINO device of all networks.
    on_step
        Told how far the work has come.

    Raises
    ------
    FilmError
        The only source cannot be read. Of several, those that cannot be read stand in
        `AnalysisSummary.failed`.
    StudyError
        The analysis or the study was made with another configuration, or another run is writing.
    ConfigError, ModelError, StorageError
        An option or ``characters.yaml`` is wrong; weights or a model file are missing; the disk
        refused.
    """
    config = config or AnalyzeConfig()
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"name: expected letters, digits, dots, dashes and underlines, got {name!r}"
        )
    if max_seconds is not None and not max_seconds > 0:
        raise ConfigError(f"max_seconds: expected more than 0, got {max_seconds}")
    layout = StudyLayout(Path(out))
    words = [sources] if isinstance(sources, str | int | Path) else list(sources)
    paths, streams = find_sources(map(str, words), out=layout.root)
    run = _make_run(
        layout, name, config, weights, frame_rate=frame_rate, allow_damaged=allow_damaged,
        seed=seed, device=device, on_step=on_step or (lambda _step: None),
    )  # fmt: skip
    was_there = layout.root.exists()
    with lock_study(layout):
        try:
            if layout.characters_file_path.exists():
                read_characters_file(layout.characters_file_path)  # told before hours of work
            check_same_config(run.study)
            _check_same_analysis(run, force=force)
            return _analyze(run, paths, streams, max_seconds)
        finally:
            clean_up(layout, was_there=was_there)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What all steps of an analysis share."""

    study: StudyRun
    reading: Reading
    config: AnalyzeConfig
    name: str
    digest: str
    models: Mapping[str, str]
    """SHA-256 of the networks and of an own table of emotion rules, by name."""
    notes: list[str] = field(default_factory=list)


def _make_run(
    layout: StudyLayout,
    name: str,
    config: AnalyzeConfig,
    weights: str | Path | None,
    *,
    frame_rate: Fraction | float | None,
    allow_damaged: bool,
    seed: int,
    device: str,
    on_step: Callable[[Step], None],
) -> _Run:
    """Check whatever can be checked before the work begins."""
    clock = StageClock()
    reading = Reading(
        Path(weights) if weights is not None else shipped_detector(),
        layout.analysis(name),
        config.read,
        readability=config.readability,
        device=device,
        clock=clock,
    )
    mode = reading.card.input_spec.mode
    if config.input not in {"auto", mode}:
        raise ConfigError(
            f"--input {config.input}: expected weights that were trained so, got {mode}s in "
            f"{reading.folder}",
            hint=f"train and export a detector with `--input.mode {config.input}`, or leave "
            "--input out",
        )
    read_rule_table(config.events.rules)
    collected = CollectConfig(identity=config.identity, shots=config.shots, faces=config.faces)
    tools = FaceTools(collected, device=device)
    study = StudyRun(
        verb="analyze",
        layout=layout,
        config=collected,
        models=model_sha256(tools.model_names),
        tools=tools,
        allow_damaged=allow_damaged,
        seed=seed,
        device=device,
        on_step=on_step,
        reading=reading,
        picture_rate_fps=None if frame_rate is None else _as_rate(frame_rate),
        clock=clock,
    )
    models = {**study.models, **reading.models}
    if config.events.rules not in standard_rule_tables():  # a file, which people change
        models["emotion rules"] = sha256_of(Path(config.events.rules))
    return _Run(
        study=study, reading=reading, config=config, name=name,
        digest=config_digest(config, models), models=models,
    )  # fmt: skip


def _as_rate(value: Fraction | float) -> Fraction:
    """Return a rate as a fraction: 23.976 is 24000/1001, as cameras have it."""
    rate = Fraction(value).limit_denominator(1001)
    if not 0 < rate <= 1000:
        raise ConfigError(f"frame_rate: expected above 0 and at most 1000, got {value}")
    return rate


def _check_same_analysis(run: _Run, *, force: bool) -> None:
    """Note what an analysis is made with; raise if it was made otherwise, unless made anew."""
    layout, study = run.reading.layout, run.study.layout
    begun_path = study.work_dir / f"analysis-{run.name}"
    record = read_run_record(layout.run_path)
    begun = begun_path.read_text(encoding="utf-8") if begun_path.exists() else None
    found = begun if record is None else record.config_digest
    if found not in {None, run.digest} and not force:
        raise StudyError(
            f"{layout.root}: expected the options and weights that it was made with "
            f"({(found or '')[:12]}), got others ({run.digest[:12]})",
            hint="choose another --name to keep both, or replace it with --force",
        )
    if found is not None and force:
        with disk_errors(layout.root):
            layout.run_path.unlink(missing_ok=True)  # not finished; the rest is written over
            if any(each.read_digest != run.reading.digest for each in run.reading.passes()):
                # Other classes make another table: the films are read again.
                _keep_paths(run)
                shutil.rmtree(layout.root)
    write_text(begun_path, run.digest)
    if layout.root.is_dir():
        remove_litter(layout.root)


def _keep_paths(run: _Run) -> None:
    """Note which films an analysis that is made anew has had."""
    ids = {each.film_id for each in run.reading.passes()}
    films = [film.path for film in stored_films(run.study.layout) if film.film_id in ids]
    write_text(run.study.layout.work_dir / f"{AGAIN}{run.name}", json.dumps(films))


def _paths_again(run: _Run) -> list[Path]:
    """Return the films that an analysis reads again: made anew itself, or its study was."""
    path = run.study.layout.work_dir / f"{AGAIN}{run.name}"
    noted = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    void = {each.film_id for each in run.reading.passes() if each.read_digest == VOID_READING}
    films = [film.path for film in stored_films(run.study.layout) if film.film_id in void]
    return [Path(each) for each in dict.fromkeys([*noted, *films])]


def _analyze(
    run: _Run, paths: Sequence[Path], streams: Sequence[Stream], max_seconds: float | None
) -> AnalysisSummary:
    """Read the films, then find the events of all of them together."""
    study, layout, clock = run.study, run.study.layout, run.study.clock
    recorded, failed = record_streams(
        streams, layout, max_seconds=max_seconds, on_step=study.on_step
    )
    wanted = list(dict.fromkeys([*_paths_again(run), *paths, *recorded]))
    if len(streams) == 1 and not wanted:
        raise next(iter(failed.values()))
    failed |= store_films(study, wanted) if wanted else {}
    study.tools.unload()  # events and pages need memory of their own, but no networks
    run.reading.unload()
    release_memory()
    films = [film for film in stored_films(layout) if run.reading.has(film.film_id)]
    notes = [*notes_on(films, study.tools), *_picture_notes(run, paths)]
    if _is_finished(run, films) and not failed:
        return _as_stored(run, films, notes)
    if not films:
        return _summary(run, [], failed, notes)
    with clock.measure("characters"):
        casts = settle_cast(stored_films(layout), layout, study.config)
    inputs = inputs_of(layout, films)  # decisions made from here on are for the next run
    found = _find_and_write(run, casts, films, failed, notes)
    write_record(
        study,
        run.reading.layout.run_path,
        inputs=inputs,
        failed=failed,
        notes=notes,
        config=run.config,
        digest=run.digest,
        models=run.models,
        times_s=clock.times_s,
    )
    record = read_run_record(layout.run_path)
    if record is None or record.verb == "analyze":
        everything = inputs_of(layout, stored_films(layout))
        write_record(study, layout.run_path, inputs=everything, failed=failed, notes=notes)
    for stale in (f"analysis-{run.name}", f"{AGAIN}{run.name}"):
        with suppress(FileNotFoundError):
            (layout.work_dir / stale).unlink()
    return _summary(run, _film_analyses(run, casts, found), failed, notes)


def _find_and_write(
    run: _Run,
    casts: Sequence[FilmCast],
    films: Sequence[Film],
    failed: dict[str, CinefacsError],
    notes: Sequence[str],
) -> dict[str, list[FoundEvent]]:
    """Write events and report; return the events of each film."""
    layout, clock = run.study.layout, run.study.clock
    ids = {film.film_id for film in films}
    rules = read_rule_table(run.config.events.rules)
    shots = read_records(layout.shots_path, Shot)
    found: dict[str, list[FoundEvent]] = {}
    pages = []
    n_read = {each.film_id: each.n_read for each in run.reading.passes()}
    for n_done, cast in enumerate([each for each in casts if each.film.film_id in ids], start=1):
        own = [shot for shot in shots if shot.film_id == cast.film.film_id]
        with clock.measure("events"):
            findings = find_character_events(cast, own, run.reading, run.config.events, rules=rules)
        found[cast.film.film_id] = [event for each in findings for event in each.found]
        with clock.measure("report"):
            try:
                page = lay_out_film(
                    cast, own, findings, layout, run.config.shots,
                    n_read=n_read[cast.film.film_id], notes=notes, on_step=run.study.on_step,
                )  # fmt: skip
                config = run.config
                pages.append(hide_analysed_film(page, config.hide) if config.deidentify else page)
            except FilmError as error:  # moved or deleted since it was read
                failed[cast.film.path] = error
        run.study.on_step(Step(name="events", n_done=n_done, n_total=len(ids), unit="films"))
    with clock.measure("report"):
        write_events(run.reading.layout.events_path, [e for each in found.values() for e in each])
        write_page(pages, run.reading, notes=notes)
    return found


def _is_finished(run: _Run, films: Sequence[Film]) -> bool:
    """Return whether an earlier run ended with just these films, options and decisions."""
    layout = run.reading.layout
    record = read_run_record(layout.run_path)
    return (
        record is not None
        and record.config_digest == run.digest
        and not record.failed
        and dict(record.inputs) == inputs_of(run.study.layout, films)
        and layout.report_path.exists()
        and layout.events_path.exists()
    )


def _as_stored(run: _Run, films: Sequence[Film], notes: Sequence[str]) -> AnalysisSummary:
    """Return what a finished analysis found."""
    ids = {film.film_id for film in films}
    casts = [each for each in cast_as_stored(films, run.study.layout) if each.film.film_id in ids]
    found: dict[str, list[FoundEvent]] = {}
    for each in read_events(run.reading.layout.events_path):
        found.setdefault(each.event.film_id, []).append(each)
    record = read_run_record(run.reading.layout.run_path)
    times_s = {} if record is None else record.times_s
    analyses = _film_analyses(run, casts, found, times_s=times_s)
    return _summary(run, analyses, {}, notes, times_s=times_s, was_done=True)


def _film_analyses(
    run: _Run,
    casts: Sequence[FilmCast],
    found: Mapping[str, Sequence[FoundEvent]],
    *,
    times_s: Mapping[str, float] | None = None,
) -> list[FilmAnalysis]:
    """Return what is told of each film; what came after the passes is shared out by frames."""
    passes = {each.film_id: each for each in run.reading.passes()}
    times_s = run.study.clock.times_s if times_s is None else times_s
    after_s = sum(times_s.get(stage, 0.0) for stage in ("characters", "events", "report"))
    own = [cast for cast in casts if cast.film.film_id in passes]
    n_frames = sum(cast.film.n_frames for cast in own)
    return [
        FilmAnalysis(
            cast=cast,
            n_read=passes[cast.film.film_id].n_read,
            seconds=passes[cast.film.film_id].seconds + after_s * cast.film.n_frames / n_frames,
            n_frames_timed=passes[cast.film.film_id].n_frames_timed,
            events=found.get(cast.film.film_id, []),
        )
        for cast in own
    ]


def _summary(
    run: _Run,
    films: Sequence[FilmAnalysis],
    failed: Mapping[str, CinefacsError],
    notes: Sequence[str],
    *,
    times_s: Mapping[str, float] | None = None,
    was_done: bool = False,
) -> AnalysisSummary:
    return AnalysisSummary(
        out=run.study.layout.root,
        name=run.name,
        report_path=run.reading.layout.report_path,
        films=films,
        failed=failed,
        notes=notes,
        times_s=run.study.clock.times_s if times_s is None else times_s,
        was_done=was_done,
    )


def _picture_notes(run: _Run, paths: Iterable[Path]) -> list[str]:
    """Return what must be said of folders of pictures whose rate nobody told."""
    if run.study.picture_rate_fps is not None:
        return []
    return [
        f"{path.name}: no frame rate was given for these pictures, "
        f"{DEFAULT_PICTURE_RATE_FPS} a second is assumed (--frame-rate); all durations hang on it"
        for path in paths
        if path.is_dir()
    ]
