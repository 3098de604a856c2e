"""`collect`: from films to shots, faces, characters, clips and frames, on one page."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from cinefacs.engines.catalog import model_sha256
from cinefacs.faces.characters_file import read_characters_file
from cinefacs.pipeline.anew import begin_anew, end_anew
from cinefacs.pipeline.cast import cast_as_stored, settle_cast
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.cut import cut_clips
from cinefacs.pipeline.readers import FaceTools
from cinefacs.pipeline.sheet import write_sheet
from cinefacs.pipeline.sources import find_films
from cinefacs.pipeline.store import stored_films
from cinefacs.pipeline.study_run import (
    StudyRun,
    clean_up,
    inputs_of,
    notes_on,
    store_films,
    write_record,
)
from cinefacs.pipeline.summary import CollectSummary, summarise_films
from cinefacs.records.film import Film
from cinefacs.records.step import Step
from cinefacs.storage.memory import release_memory
from cinefacs.storage.run_records import read_run_record
from cinefacs.storage.study import StudyLayout, lock_study

__all__ = ["CollectSummary", "collect"]


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
    run = StudyRun(
        verb="collect",
        layout=layout,
        config=config,
        models=model_sha256(tools.model_names),
        tools=tools,
        allow_damaged=allow_damaged,
        seed=seed,
        device=device,
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
            clean_up(layout, was_there=was_there)


def _collect(run: StudyRun, sources: Sequence[Path]) -> CollectSummary:
    """Read the films, then make what comes of all of them together."""
    layout = run.layout
    failed = store_films(run, sources)
    run.tools.unload()  # clips and pages need memory of their own, but no networks
    release_memory()
    films = stored_films(layout)
    notes = notes_on(films, run.tools)
    was_done = not failed and _is_finished(layout, films, run.digest)
    if was_done or not films:
        casts = cast_as_stored(films, layout) if films else []
    else:
        casts = settle_cast(films, layout, run.config)
        inputs = inputs_of(layout, films)  # decisions made from here on are for the next run
        uncut = cut_clips(casts, layout, run.config, on_step=run.on_step)
        if uncut and len(films) == 1:
            raise uncut[films[0].path]
        failed |= uncut
        write_sheet(casts, layout, run.config, notes=notes)
        write_record(run, layout.run_path, inputs=inputs, failed=failed, notes=notes)
    end_anew(layout)
    return CollectSummary(
        out=layout.root,
        contact_sheet_path=layout.contact_sheet_path,
        films=summarise_films(casts, layout) if casts else [],
        failed=failed,
        notes=notes,
        was_done=was_done,
    )


def _is_finished(layout: StudyLayout, films: Sequence[Film], digest: str) -> bool:
    """Return whether an earlier run ended with just these films, configuration and decisions."""
    record = read_run_record(layout.run_path)
    return (
        record is not None
        and record.config_digest == digest
        and not record.failed
        and dict(record.inputs) == inputs_of(layout, films)
        and layout.contact_sheet_path.exists()
    )
