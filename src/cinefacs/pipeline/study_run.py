"""What every verb that turns films into a study shares: the run, its films, its record."""

import datetime as dt
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cinefacs.config import as_document, config_digest, document_digest
from cinefacs.errors import CinefacsError, FilmError, StudyError
from cinefacs.faces.characters import NO_IDENTITY_NOTE
from cinefacs.media.probe import digest_file
from cinefacs.pipeline.anew import films_to_read
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.readers import FaceTools
from cinefacs.pipeline.reading import Reading
from cinefacs.pipeline.stage_clock import StageClock
from cinefacs.pipeline.store import store_film
from cinefacs.records.film import Film
from cinefacs.records.run_record import RunRecord
from cinefacs.records.step import Step
from cinefacs.storage.atomic import write_text
from cinefacs.storage.run_records import read_run_record, write_run_record
from cinefacs.storage.study import StudyLayout

__all__ = [
    "AGAIN",
    "StudyRun",
    "check_same_config",
    "clean_up",
    "inputs_of",
    "notes_on",
    "now",
    "store_films",
    "write_record",
]

AGAIN = "again-"
"""Begins the name of the file that lists the films of an analysis that is made anew."""
_LIBRARIES = ("av", "numpy", "opencv-python-headless", "openvino")
_PASS_PARTS = ("identity", "shots", "faces")
"""Parts of the configuration that the rows of the one pass over a film hang on."""


@dataclass(frozen=True, kw_only=True)
class StudyRun:
    """What all steps of a run share."""

    verb: str
    layout: StudyLayout
    config: CollectConfig
    models: Mapping[str, str]
    """SHA-256 of each face model's file by its name."""
    tools: FaceTools
    allow_damaged: bool
    seed: int
    device: str
    on_step: Callable[[Step], None]
    reading: Reading | None = None
    """Reads expressions; None in a run that only collects."""
    picture_rate_fps: Fraction | None = None
    """Rate of films that are folders of pictures."""
    clock: StageClock = field(default_factory=StageClock)
    started_at: str = field(default_factory=lambda: now())  # noqa: PLW0108  (defined below)

    @cached_property
    def digest(self) -> str:
        """What tells this run's configuration from others."""
        return config_digest(self.config, self.models)

    @cached_property
    def pass_digest(self) -> str:
        """The same for what shots and faces hang on alone."""
        return _pass_digest(as_document(self.config), self.models)


def store_films(run: StudyRun, sources: Sequence[Path]) -> dict[str, CinefacsError]:
    """Read what is not in the study yet; return why some could not be read, by path.

    Raises
    ------
    FilmError
        The only film cannot be read.
    StudyError
        The study was made with another configuration.
    """
    layout = run.layout
    anew = films_to_read(layout)
    check_same_config(run)
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
                reading=run.reading,
                picture_rate_fps=run.picture_rate_fps,
                clock=run.clock,
            )
        except FilmError as error:
            failed[str(path)] = error
    if len(paths) == 1 and failed:
        raise failed[str(paths[0])]
    return failed


def check_same_config(run: StudyRun) -> None:
    """Note the configuration of a new study; raise if the study was begun with another one.

    A run that only analyses asks no more than that shots and faces were found alike.

    Raises
    ------
    StudyError
        Another configuration.
    """
    layout = run.layout
    record = read_run_record(layout.run_path)
    found = [_noted(layout, "pass_digest"), run.pass_digest]
    if record is not None:
        found[0] = _pass_digest(record.config, record.models)
    if found[0] in {None, run.pass_digest} and run.verb == "collect":
        found = [_noted(layout, "config_digest"), run.digest]
        if record is not None and record.verb == "collect":
            found[0] = record.config_digest
    if found[0] not in {None, found[1]}:
        raise StudyError(
            f"{layout.root}: expected the configuration and models that it was made with "
            f"({(found[0] or '')[:12]}), got others ({(found[1] or '')[:12]})",
            hint="give the same options, choose another --out, or make it anew with "
            + ("--force" if run.verb == "collect" else "`cinefacs collect --force`"),
        )
    write_text(layout.work_dir / "pass_digest", run.pass_digest)
    if run.verb == "collect":
        write_text(layout.work_dir / "config_digest", run.digest)


def write_record(
    run: StudyRun,
    path: Path,
    *,
    inputs: Mapping[str, str],
    failed: Mapping[str, CinefacsError],
    notes: Sequence[str],
    config: object = None,
    digest: str = "",
    models: Mapping[str, str] | None = None,
    times_s: Mapping[str, float] | None = None,
) -> None:
    """Write a ``run.json``: with it what lies beside it is finished.

    Parameters
    ----------
    run
        The run.
    path
        File to write.
    inputs, failed, notes, times_s
        As in `cinefacs.records.run_record.RunRecord`.
    config, digest, models
        The same of what was configured; those of the study when left out.
    """
    record = RunRecord(
        verb=run.verb,
        code_version=version("cinefacs"),
        config=as_document(run.config if config is None else config),
        config_digest=digest or run.digest,
        inputs=inputs,
        models=run.models if models is None else models,
        libraries={name: version(name) for name in _LIBRARIES},
        seed=run.seed,
        device=f"{run.device}: {_processor()}",
        started_at=run.started_at,
        finished_at=now(),
        notes=notes,
        failed={path: error.message for path, error in failed.items()},
        times_s=times_s or {},
    )
    write_run_record(path, record)


def inputs_of(layout: StudyLayout, films: Iterable[Film]) -> dict[str, str]:
    """Return the digest of each film and of what a person decided."""
    digests = {film.path: film.film_id for film in films}
    if layout.characters_file_path.exists():
        digests[layout.characters_file_path.name] = digest_file(layout.characters_file_path)
    return digests


def notes_on(films: Sequence[Film], tools: FaceTools) -> list[str]:
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


def clean_up(layout: StudyLayout, *, was_there: bool) -> None:
    """Remove what only an unfinished run needs, unless something is unfinished."""
    is_unread = any(path.is_dir() for path in layout.work_dir.glob("*"))
    is_uncut = layout.films_path.exists() and not layout.run_path.exists()
    is_anew = layout.anew_path.exists() or any(layout.work_dir.glob(f"{AGAIN}*"))
    if not (is_unread or is_uncut or is_anew):
        shutil.rmtree(layout.work_dir, ignore_errors=True)
    if not was_there and layout.root.is_dir() and not any(layout.root.iterdir()):
        layout.root.rmdir()


def now() -> str:
    """Return the time, ISO 8601 in UTC."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _noted(layout: StudyLayout, name: str) -> str | None:
    """Return what a run that did not end noted of its configuration."""
    path = layout.work_dir / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def _pass_digest(config: Mapping[str, Any], models: Mapping[str, str]) -> str:
    parts = {name: config.get(name) for name in _PASS_PARTS}
    return document_digest({"config": parts, "models": dict(models)})


def _processor() -> str:
    """Return the processor's name as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
