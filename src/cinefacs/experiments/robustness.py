"""Trained cells on sets that were drawn for one question."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cinefacs.errors import ModelError
from cinefacs.executors import Executor
from cinefacs.experiments.cells import Cell
from cinefacs.experiments.config import TrialConfig
from cinefacs.experiments.run_cell import CellTask
from cinefacs.experiments.store import CellFolder
from cinefacs.experiments.trial_sets import (
    DrawTask,
    Trial,
    TrialTask,
    draw_person_trials,
    list_trials,
    measure_trial,
    missing_people,
    read_trial_result,
    trial_key,
    trial_result_path,
)
from cinefacs.records.experiment import CellState, ExperimentRow
from cinefacs.records.step import Step

__all__ = ["PLAIN", "read_trial_rows", "run_trials", "trial_answers", "trial_names"]

PLAIN = "plain"
"""Condition of the set without any."""


def run_trials(
    cells: Sequence[Cell],
    config: TrialConfig,
    store: Path,
    executor: Executor,
    *,
    must_draw: bool = False,
    deadline_s: float | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> dict[Path, str]:
    """Draw the sets that are missing, and measure every trained cell on each.

    Parameters
    ----------
    cells
        All of the matrix; those that failed are left out.
    config
        Which sets.
    store
        Folder of all experiments.
    executor
        Where it is done.
    must_draw
        Draw the sets even if every cell has its numbers: their plans are read later.
    deadline_s
        `time.monotonic` at which it stops; the sets that are drawn are kept.
    on_step
        Told how far it is.

    Returns
    -------
    dict
        Why measurements failed, by the files that would hold their numbers. The next call tries
        them again.

    Raises
    ------
    ModelError
        A set could not be drawn.
    ConfigError
        An unknown condition or strength.
    """
    tasks = [
        TrialTask(task=CellTask(cell=cell, store=store), config=config, trial=trial)
        for cell in cells
        for trial in list_trials(config)
        if CellFolder.of(store, cell.address).is_done
        and not trial_result_path(cell, store, config, trial).is_file()
    ]
    if not tasks and not must_draw:
        return {}
    draws = [DrawTask(config=config, person=person, store=store)
             for person in missing_people(config, store)]  # fmt: skip
    failed = _run_all(
        executor, draw_person_trials, draws, name="trials: drawing", unit="people",
        deadline_s=deadline_s, on_step=on_step,
    )  # fmt: skip
    if failed:
        reason = next(iter(failed.values()))
        raise ModelError(f"trials: expected them to be drawn, got: {reason}")
    if missing_people(config, store):  # the time was over
        return {}
    failed = _run_all(
        executor, measure_trial, tasks, name="trials: measuring", unit="sets",
        deadline_s=deadline_s, on_step=on_step,
    )  # fmt: skip
    return {
        trial_result_path(tasks[k].task.cell, store, config, tasks[k].trial): error
        for k, error in failed.items()
    }


def _run_all(
    executor: Executor,
    work: Callable[..., None],
    tasks: Sequence[object],
    *,
    name: str,
    unit: str,
    deadline_s: float | None,
    on_step: Callable[[Step], None] | None,
) -> dict[int, str]:
    """Return why tasks failed, by their position."""

    def on_share(_index: int, _share: float) -> None:
        """Take the share of a task: steps are told for whole ones."""

    outcomes = executor.run(work, tasks, on_share=on_share, deadline_s=deadline_s)
    failed = {}
    for n_done, outcome in enumerate(outcomes, start=1):
        if outcome.error:
            failed[outcome.index] = outcome.error
        if on_step is not None:
            on_step(Step(name=name, n_done=n_done, n_total=len(tasks), unit=unit))
    return failed


def read_trial_rows(
    rows: Sequence[ExperimentRow],
    cells: Sequence[Cell],
    config: TrialConfig,
    store: Path,
    *,
    failed: Mapping[Path, str],
) -> list[ExperimentRow]:
    """Return a row for each cell and trial.

    Parameters
    ----------
    rows
        Of the cells on their own test parts, in the order of the cells.
    cells
        All of the matrix.
    config
        Which sets.
    store
        Folder of all experiments.
    failed
        As `run_trials` gives it.
    """
    return [
        _trial_row(row, trial, trial_result_path(cell, store, config, trial), failed)
        for row, cell in zip(rows, cells, strict=True)
        for trial in list_trials(config)
    ]


def _trial_row(
    row: ExperimentRow, trial: Trial, path: Path, failed: Mapping[Path, str]
) -> ExperimentRow:
    blank: dict[str, Any] = {
        field.name: None for field in dataclasses.fields(ExperimentRow) if field.default is None
    }
    result = read_trial_result(path) if row.state is CellState.DONE else None
    reason = row.reason or failed.get(path, "")
    state = CellState.FAILED if reason else CellState.MISSING
    if result is not None:
        blank, state = {**blank, **result.scores}, CellState.DONE
    return dataclasses.replace(
        row, **blank, state=state, reason=reason, condition=trial.condition or PLAIN,
        strength=trial.strength,
    )  # fmt: skip


def trial_names(config: TrialConfig) -> list[str]:
    """Return the names of a cell's files that hold the numbers of all trials."""
    return [f"trial{trial_key(config, trial)}.json" for trial in list_trials(config)]


def trial_answers(row: ExperimentRow, config: TrialConfig) -> str:
    """Return the name of the answers that a row was made from; empty for a cell's own test part."""
    if not row.condition:
        return ""
    trial = Trial("" if row.condition == PLAIN else row.condition, row.strength)
    return trial_key(config, trial)
