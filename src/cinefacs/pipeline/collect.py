"""`collect`: from films to shots, faces, characters, clips and frames, on one page."""

import datetime as dt
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from cinefacs.config import as_document, config_digest
from cinefacs.engines.catalog import model_sha256
from cinefacs.errors import CinefacsError, FilmError, StudyError
from cinefacs.faces.characters import NO_IDENTITY_NOTE
from cinefacs.faces.characters_file import read_characters_file
from cinefacs.media.probe import digest_file
from cinefacs.pipeline.anew import begin_anew, end_anew, films_to_read
from cinefacs.pipeline.cast import cast_as_stored, settle_cast
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.cut import cut_clips
from cinefacs.pipeline.readers import FaceTools
from cinefacs.pipeline.sheet import write_sheet
from cinefacs.pipeline.sources import find_films
from cinefacs.pipeline.store import store_film, stored_films
from cinefacs.pipeline.summary import CollectSummary, summarise_films
from cinefacs.records.film import Film
from cinefacs.records.run_record import RunRecord
from cinefacs.records.step import Step
from cinefacs.storage.atomic import write_text
from cinefacs.storage.memory import release_memory
from cinefacs.storage.run_records import read_run_record, write_run_record
from cinefacs.storage.study import StudyLayout, lock_study

__all__ = ["CollectSummary", "collect"]

_LIBRARIES = ("av", "numpy", "opencv-python-headless", "openvino")


def collect(
    paths: Iterable[str | Path],
    *,
    out: str | Path,
    config: CollectConfig | None = None,
    allow_damaged: bool = False,
    force: bool = False,
    seed: int = 0,
    device: str = "CPU",
    on_step: Callable[[Step], None] | None = None,
) -> CollectSummary:
    """Turn films into a study.

    Each film is decoded once; the shot is the unit of checkpoint and resume. Characters, clips,
    frames and the contact sheet follow for the whole study.

    Parameters
    ----------
    paths
        Film files and folders of films.
    out
        Folder of the study; films are added to those that it has.
    config
        What can be set; defaults when None.
    allow_damaged
        Use the readable part of a damaged film.
    force
        Make anew what an earlier run derived, never ``characters.yaml`` or labels.
    seed
        Written to the run record; nothing here is random.
    device
        OpenVINO device of the face networks.
    on_step
        Told how far the work has come.

    Raises
    ------
    FilmError
        The only film cannot be read. Of several films, those that cannot be read stand in
        `CollectSummary.failed`.
    StudyError
        The study was made with another configuration, another run is writing it, or with `force`
        a film of it could not be read again.
    ConfigError, ModelError, StorageError
        ``characters.yaml`` is wrong; a model file is missing; the disk refused.
    """
    config = config or CollectConfig()
    layout = StudyLayout(Path(out))
    sources = find_films([Path(path) for path in paths], out=layout.root)
    tools = FaceTools(config, device=device)
    models = model_sha256(tools.model_names)
    run = _Run(
        layout=layout,
        config=config,
        digest=config_digest(config, models),
        models=models,
        tools=tools,
        allow_damaged=allow_damaged,
        seed=seed,
        device=device,
        started_at=_now(),
        on_step=on_step or (lambda _step: None),
    )
    was_there = layout.root.exists()
    with lock_study(layout):
        try:
            if layout.characters_file_path.exists():
                read_characters_file(layout.characters_file_path)  # told before hours of work
            if force:
                begin_anew(layout, sources, allow_damaged=allow_damaged)
            return _collect(run, sources)
        finally:
            _clean_up(layout, was_there=was_there)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """What all steps of a run share."""

    layout: StudyLayout
    config: CollectConfig
    digest: str
    models: Mapping[str, str]
    tools: FaceTools
    allow_damaged: bool
    seed: int
    device: str
    started_at: str
    on_step: Callable[[Step], None]


def _collect(run: _Run, sources: Sequence[Path]) -> CollectSummary:
    """Read the films, then make what comes of all of them together."""
    layout = run.layout
    failed = _store_films(run, sources)
    run.tools.unload()  # clips and pages need memory of their own, but no networks
    release_memory()
    films = stored_films(layout)
    notes = _notes(films, run.tools)
    was_done = not failed and _is_finished(layout, films, run.digest)
    if was_done or not films:
        casts = cast_as_stored(films, layout) if films else []
    else:
        casts = settle_cast(films, layout, run.config)
        inputs = _inputs(layout, films)  # decisions made from here on are for the next run
        uncut = cut_clips(casts, layout, run.config, on_step=run.on_step)
        if uncut and len(films) == 1:
            raise uncut[films[0].path]
        failed |= uncut
        write_sheet(casts, layout, run.config, notes=notes)
        _write_record(run, inputs, failed, notes)
    end_anew(layout)
    return CollectSummary(
        out=layout.root,
        contact_sheet_path=layout.contact_sheet_path,
        films=summarise_films(casts, layout) if casts else [],
        failed=failed,
        notes=notes,
        was_done=was_done,
    )


def _store_films(run: _Run, sources: Sequence[Path]) -> dict[str, CinefacsError]:
    """Read what is not in the study yet; return why some could not be read, by path."""
    layout = run.layout
    anew = films_to_read(layout)
    _check_same_config(layout, run.digest)
    numbers = {film.film_id: film.film_number for film in anew}
    paths = list(dict.fromkeys([*(Path(film.path) for film in anew), *sources]))
    failed: dict[str, CinefacsError] = {}
    for path in paths:
        try:
            store_film(
                path,
                layout,
                run.config,
                run.tools,
                numbers=numbers,
                allow_damaged=run.allow_damaged,
                on_step=run.on_step,
            )
        except FilmError as error:
            failed[str(path)] = error
    if len(paths) == 1 and failed:
        raise failed[str(paths[0])]
    return failed


def _write_record(
    run: _Run,
    inputs: Mapping[str, str],
    failed: Mapping[str, CinefacsError],
    notes: Sequence[str],
) -> None:
    """Write ``run.json``: with it the study is finished."""
    record = RunRecord(
        verb="collect",
        code_version=version("cinefacs"),
        config=as_document(run.config),
        config_digest=run.digest,
        inputs=inputs,
        models=run.models,
        libraries={name: version(name) for name in _LIBRARIES},
        seed=run.seed,
        device=f"{run.device}: {_processor()}",
        started_at=run.started_at,
        finished_at=_now(),
        notes=notes,
        failed={path: error.message for path, error in failed.items()},
    )
    write_run_record(run.layout.run_path, record)


def _check_same_config(layout: StudyLayout, digest: str) -> None:
    """Note the configuration of a new study; raise if the study was begun with another one."""
    record = read_run_record(layout.run_path)
    begun_path = layout.work_dir / "config_digest"
    begun = begun_path.read_text(encoding="utf-8") if begun_path.exists() else None
    found = record.config_digest if record is not None else begun
    if found not in {None, digest}:
        raise StudyError(
            f"{layout.root}: expected the configuration and models that it was made with "
            f"({(found or '')[:12]}), got others ({digest[:12]})",
            hint="give the same options, choose another --out, or make it anew with --force",
        )
    write_text(begun_path, digest)


def _is_finished(layout: StudyLayout, films: Sequence[Film], digest: str) -> bool:
    """Return whether an earlier run ended with just these films, configuration and decisions."""
    record = read_run_record(layout.run_path)
    return (
        record is not None
        and record.config_digest == digest
        and not record.failed
        and dict(record.inputs) == _inputs(layout, films)
        and layout.contact_sheet_path.exists()
    )


def _inputs(layout: StudyLayout, films: Sequence[Film]) -> dict[str, str]:
    """Return the digest of each film and of what a person decided."""
    digests = {film.path: film.film_id for film in films}
    if layout.characters_file_path.exists():
        digests[layout.characters_file_path.name] = digest_file(layout.characters_file_path)
    return digests


def _notes(films: Sequence[Film], tools: FaceTools) -> list[str]:
    """Return what a reader of the results must know."""
    notes = [] if tools.tells_people_apart else [NO_IDENTITY_NOTE]
    for film in films:
        name = f"film {film.film_number:03d}"
        if film.n_damaged_frames:
            notes.append(
                f"{name}: {film.n_damaged_frames} damaged or missing frames were left out "
                "(--allow-damaged); no shot and no clip reaches across them"
            )
        if film.is_interlaced:
            notes.append(f"{name}: the film is interlaced; it was not deinterlaced")
    return notes


def _clean_up(layout: StudyLayout, *, was_there: bool) -> None:
    """Remove what only an unfinished run needs, unless something is unfinished."""
    is_unread = any(path.is_dir() for path in layout.work_dir.glob("*"))
    is_uncut = layout.films_path.exists() and not layout.run_path.exists()
    if not (is_unread or is_uncut or layout.anew_path.exists()):
        shutil.rmtree(layout.work_dir, ignore_errors=True)
    if not was_there and layout.root.is_dir() and not any(layout.root.iterdir()):
        layout.root.rmdir()


def _processor() -> str:
    """Return the processor's name as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
