"""An experiment from its configuration to tables and figures."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cinefacs.config import as_document, config_digest
from cinefacs.detectors.training.complete import complete_input
from cinefacs.detectors.training.precision import resolve_precision
from cinefacs.errors import ConfigError
from cinefacs.executors import Executor
from cinefacs.experiments.cells import Cell, make_cells
from cinefacs.experiments.config import ExperimentConfig
from cinefacs.experiments.data_sets import Division, prepare_data
from cinefacs.experiments.durations import DurationEffect, duration_effect, read_movements
from cinefacs.experiments.factorial import part_effects
from cinefacs.experiments.kept_cells import keep_cells, take_over_cells
from cinefacs.experiments.machine import code_name, machine_name
from cinefacs.experiments.matrix import MatrixRun, read_rows, run_matrix
from cinefacs.experiments.outcome import ExperimentOutcome
from cinefacs.experiments.paper import paper_numbers
from cinefacs.experiments.robustness import (
    PLAIN,
    read_trial_rows,
    run_trials,
    trial_answers,
    trial_names,
)
from cinefacs.experiments.speed import Speed, measure_speed
from cinefacs.experiments.statistics import compare_arms, compare_conditions, summarise_arms
from cinefacs.experiments.store import Answers, CellFolder
from cinefacs.experiments.trial_sets import Trial, missing_people, read_trial_movements
from cinefacs.experiments.write import write_outcome
from cinefacs.records.class_space import emotion_space
from cinefacs.records.dataset_manifest import ImageBase
from cinefacs.records.experiment import CellState, ExperimentRow
from cinefacs.records.run_record import RunRecord
from cinefacs.records.step import Step
from cinefacs.storage.datasets import DatasetLayout, read_dataset
from cinefacs.storage.run_records import write_run_record
from cinefacs.storage.study import StudyLayout, lock_study

__all__ = ["ExperimentSummary", "run_experiment"]

_LIBRARIES = ("torch", "torchvision", "lightning", "numpy", "faster-coco-eval", "matplotlib")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExperimentSummary:
    """What a call of `run_experiment` came to."""

    name: str
    """Of the experiment."""
    scale: str
    """Its scale."""
    out: Path
    """Folder of tables and figures."""
    outcome: ExperimentOutcome
    """All numbers."""
    run: MatrixRun
    """What was done by this call."""
    table_path: Path
    """Parquet table with a row a cell."""
    page_path: Path
    """The page to look at."""
    figure_paths: tuple[Path, ...]
    """SVG files."""

    def as_document(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "name": self.name,
            "scale": self.scale,
            "out": str(self.out),
            "rows": [
                {key: value for key, value in asdict(row).items() if value is not None}
                for row in self.outcome.rows
            ],
            "table_path": str(self.table_path),
            "page_path": str(self.page_path),
            "figure_paths": [str(path) for path in self.figure_paths],
            "failed": [{"cell": row.words, "reason": row.reason} for row in self.outcome.failed],
            "n_missing": len(self.outcome.missing),
            "comparisons": [asdict(each) for each in self.outcome.comparisons],
        }


def run_experiment(
    name: str,
    scale: str,
    config: ExperimentConfig,
    *,
    store: Path,
    executor: Executor,
    out: Path | None = None,
    data: Path | None = None,
    device: str = "cpu",
    n_workers: int = 1,
    retry: bool = False,
    stop_after_s: float | None = None,
    kept: Path | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> ExperimentSummary:
    """Run what is missing of an experiment, and write its tables and figures.

    Parameters
    ----------
    name
        Of the experiment.
    scale
        Named in the results.
    config
        How.
    store
        Folder of all experiments: pictures, trainings, numbers. What one experiment has computed
        another does not compute again.
    executor
        Where trainings run.
    out
        Folder of the results; ``results/NAME-SCALE`` in the store when None.
    data
        A data set of one's own in place of the synthetic one.
    device
        Where networks are trained.
    n_workers
        Processes that draw pictures.
    retry
        Run those cells again that failed.
    stop_after_s
        Time, drawing included, after which nothing goes on but what is being drawn; results are
        written of what is there.
    kept
        Folder of finished cells without their weights: what the store lacks is taken from it, what
        the store has is added to it. None has no such folder.
    on_step
        Told how far it is.

    Raises
    ------
    ConfigError, ModelError, StudyError, SchemaError, StorageError
        The configuration, the data set or an extra is wrong; the disk refused. A training that
        fails is no error: its cell is shown as failed.
    """
    started_at = _now()
    deadline_s = None if stop_after_s is None else time.monotonic() + stop_after_s
    folder = out or store / "results" / f"{name}-{scale}"
    trials = config.trials
    if name == "robustness" and not (trials.conditions and trials.n_people):
        raise ConfigError("robustness: expected conditions and people, got none")
    # Own pictures tell of durations themselves; hard conditions are always drawn.
    has_trials = trials.n_people > 0 and (data is None or bool(trials.conditions))
    with lock_study(StudyLayout(store)):
        train = complete_input(config.train, emotion_space())
        precision = resolve_precision(train.precision, device)  # a cell's address names it
        config = replace(config, train=replace(train, precision=precision))
        divisions = prepare_data(config, store, own=data, n_workers=n_workers, on_step=on_step)
        cells = make_cells(config, divisions, device=device)
        addresses = list(dict.fromkeys(cell.address for cell in cells))
        needed = trial_names(trials) if has_trials else ()
        take_over_cells(store, kept, addresses, needed=needed)
        ran = run_matrix(
            f"{name} {scale}", cells, store, executor, retry=retry, deadline_s=deadline_s,
            on_step=on_step,
        )  # fmt: skip
        rows = read_rows(name, cells, store)
        if has_trials:
            failed = {} if ran.n_left else run_trials(
                cells, trials, store, executor, must_draw=name == "confusion",
                deadline_s=deadline_s, on_step=on_step,
            )  # fmt: skip
            rows += read_trial_rows(rows, cells, trials, store, failed=failed)
        if kept is not None:
            keep_cells(store, kept, addresses)
        outcome = _outcome(
            name, scale, config, rows=rows, cells=cells, store=store, divisions=divisions,
            device=device, ran=ran,
        )  # fmt: skip
        facts = _facts(config, divisions, cells, store)
        table, page, figures = write_outcome(folder, outcome, facts)
        record = _record(name, config, divisions, outcome, device=device, started_at=started_at)
        write_run_record(folder / "run.json", record)
    return ExperimentSummary(
        name=name, scale=scale, out=folder, outcome=outcome, run=ran, table_path=table,
        page_path=page, figure_paths=figures,
    )  # fmt: skip


def _outcome(
    name: str,
    scale: str,
    config: ExperimentConfig,
    *,
    rows: Sequence[ExperimentRow],
    cells: Sequence[Cell],
    store: Path,
    divisions: Sequence[Division],
    device: str,
    ran: MatrixRun,
) -> ExperimentOutcome:
    known: dict[tuple[str, str, float], Answers] = {}

    def read(row: ExperimentRow) -> Answers:
        key = (row.cell, row.condition, row.strength)
        if key not in known:
            own = trial_answers(row, config.trials)
            known[key] = CellFolder.of(store, row.cell).read_answers(own)
        return known[key]

    summaries = summarise_arms(rows, read, cluster=config.cluster, n_resamples=config.resamples)
    facts = {}
    for cell in cells:
        result = CellFolder.of(store, cell.address).read()
        if result is not None and result.facts:
            facts[cell.address] = result.facts
    return ExperimentOutcome(
        name=name,
        scale=scale,
        config=config,
        rows=tuple(rows),
        summaries=summaries,
        comparisons=[
            each
            for compare in (compare_arms, compare_conditions)
            for each in compare(
                summaries, read, cluster=config.cluster, n_resamples=config.resamples
            )
        ],
        paper=paper_numbers(name),
        facts=facts,
        speeds={} if ran.n_left else _speeds(config, cells, store, device),
        effects=part_effects(rows, read, cluster=config.cluster, n_resamples=config.resamples),
        durations=_durations(rows, cells, read, config, store) if name == "confusion" else None,
        warnings=_warnings(divisions),
    )


def _warnings(divisions: Sequence[Division]) -> tuple[str, ...]:
    """Return each warning once, and of which rows it speaks where others stand beside them."""
    is_mixed = len({division.protocol for division in divisions}) > 1
    return tuple(
        dict.fromkeys(
            f"Rows {division.protocol}: {text}" if is_mixed else text
            for division in divisions
            for text in division.warnings
        )
    )


def _speeds(
    config: ExperimentConfig, cells: Sequence[Cell], store: Path, device: str
) -> dict[str, Speed]:
    """Return the times of all networks, measured when no training runs beside."""
    names = list(dict.fromkeys(cell.network for cell in cells))
    space = read_dataset(DatasetLayout(cells[0].data_path)).class_space
    return measure_speed(names, space, config.train, config.speed, store, device=device)


def _durations(
    rows: Sequence[ExperimentRow],
    cells: Sequence[Cell],
    read: Callable[[ExperimentRow], Answers],
    config: ExperimentConfig,
    store: Path,
) -> DurationEffect | None:
    """Return what the rule of 200 ms does; None where the pictures are of no study.

    It is told on the trial's pictures where there are such: their expressions are weak and strong,
    while those of a set to train on may all be strong.
    """
    done = [row for row in rows if row.state is CellState.DONE and row.network == rows[0].network]
    if any(row.condition for row in rows):
        if missing_people(config.trials, store):  # the time was over before all were drawn
            return None
        movements = read_trial_movements(store, config.trials, Trial("", 0.0))
        shown = [face for row in done if row.condition == PLAIN for face in read(row).faces]
        return duration_effect(shown, movements, n_resamples=config.resamples) if shown else None
    layout = DatasetLayout(cells[0].data_path)
    manifest = read_dataset(layout)
    if not done or manifest.image_base is not ImageBase.STUDY:
        return None
    movements = read_movements(layout.base_dir(manifest.image_base), manifest.samples)
    answers = [face for row in done for face in read(row).faces]
    return duration_effect(answers, movements, n_resamples=config.resamples)


def _facts(
    config: ExperimentConfig, divisions: Sequence[Division], cells: Sequence[Cell], store: Path
) -> dict[str, str]:
    results = [CellFolder.of(store, cell.address).read() for cell in cells]
    origins = {f"{each.code or 'unknown code'}; {each.device}" for each in results if each}
    return {
        "tables written by": f"{code_name()}; {machine_name()}",
        "cells computed by": " | ".join(sorted(origins)) or "none",
        "configuration": config_digest(config, {}),
        "arithmetic": config.train.precision,
        **{
            f"data, {each.protocol} {each.repeat}": f"{each.digest} ({each.n_train} training faces)"
            for each in divisions
        },
        "libraries": ", ".join(f"{each} {version(each)}" for each in _LIBRARIES),
    }


def _record(
    name: str,
    config: ExperimentConfig,
    divisions: Sequence[Division],
    outcome: ExperimentOutcome,
    *,
    device: str,
    started_at: str,
) -> RunRecord:
    inputs = {f"{each.protocol} {each.repeat}": each.digest for each in divisions}
    return RunRecord(
        verb=f"experiment {name}",
        code_version=code_name(),
        config=as_document(config),
        config_digest=config_digest(config, inputs),
        inputs=inputs,
        models={},
        libraries={each: version(each) for each in _LIBRARIES},
        seed=0,
        device=f"{device}: {machine_name()}",
        started_at=started_at,
        finished_at=_now(),
        notes=list(outcome.warnings),
        failed={row.words: row.reason for row in outcome.failed},
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
