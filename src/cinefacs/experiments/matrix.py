"""Run what is missing of a matrix of cells, and read what is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cinefacs.detectors.build import describe_network
from cinefacs.detectors.networks.config import find_network
from cinefacs.executors import Executor
from cinefacs.experiments.cells import Cell
from cinefacs.experiments.machine import machine_name
from cinefacs.experiments.run_cell import CellTask, run_cell
from cinefacs.experiments.store import CellFolder, CellResult
from cinefacs.records.class_space import emotion_space
from cinefacs.records.experiment import CellState, ExperimentRow
from cinefacs.records.step import Step

__all__ = ["MatrixRun", "read_rows", "run_matrix"]

_PARTS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixRun:
    """What one call of `run_matrix` did."""

    n_run: int
    """Cells that were finished by it."""
    n_failed: int
    """Cells of it that failed."""
    n_left: int
    """Cells that were not begun or not finished."""


class _Progress:
    """How much of the matrix is done, by what each cell costs to compute."""

    def __init__(
        self,
        name: str,
        cells: Sequence[Cell],
        todo: Sequence[int],
        on_step: Callable[[Step], None] | None,
    ) -> None:
        self._name, self._on_step = name, on_step
        costs = [_cost(cell) for cell in cells]
        self._costs = [cost / max(1e-9, sum(costs)) for cost in costs]
        left = set(todo)
        self._shares = [0.0 if index in left else 1.0 for index in range(len(cells))]
        self._show()  # the time left follows from what is done after this

    def tell(self, index: int, share: float) -> None:
        self._shares[index] = share
        self._show()

    def _show(self) -> None:
        if self._on_step is None:
            return
        done = sum(cost * own for cost, own in zip(self._costs, self._shares, strict=True))
        n_cells = sum(1 for own in self._shares if own >= 1)
        unit = f"thousandths of the work ({n_cells} of {len(self._shares)} cells)"
        step = Step(name=self._name, n_done=round(_PARTS * done), n_total=_PARTS, unit=unit)
        self._on_step(step)


def _cost(cell: Cell) -> float:
    """Return what a cell costs, in operations, but for a factor that all have in common."""
    size = describe_network(find_network(cell.network), emotion_space(), side_px=cell.train.side_px)
    return cell.train.epochs * cell.n_train * size.gflops


def run_matrix(
    name: str,
    cells: Sequence[Cell],
    store: Path,
    executor: Executor,
    *,
    retry: bool = False,
    deadline_s: float | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> MatrixRun:
    """Run the cells that are not there, each once.

    Parameters
    ----------
    name
        Shown with the progress.
    cells
        All of the matrix; those with one address are one.
    store
        Folder of all experiments.
    executor
        Where they run.
    retry
        Run those again that failed.
    deadline_s
        `time.monotonic` at which it stops; what was begun goes on at its last epoch the next time.
    on_step
        Told how much of the whole matrix is done, what was there before included.

    Raises
    ------
    StorageError
        The disk refused.
    SchemaError
        A cell's file is damaged.
    """
    unique = list({cell.address: cell for cell in cells}.values())
    todo: list[int] = []
    for index, cell in enumerate(unique):
        known = CellFolder.of(store, cell.address).read()
        if known is None or (retry and known.error):
            todo.append(index)
    progress = _Progress(name, unique, todo, on_step)
    n_run = n_failed = 0
    outcomes = executor.run(
        run_cell,
        [CellTask(cell=unique[index], store=store) for index in todo],
        on_share=lambda k, share: progress.tell(todo[k], share),
        deadline_s=deadline_s,
    )
    for outcome in outcomes:
        index = todo[outcome.index]
        if outcome.error:
            n_failed += 1
            failed = CellResult(error=outcome.error, scores={}, facts={}, device=machine_name())
            CellFolder.of(store, unique[index].address).write(failed)
        n_run += 1
        progress.tell(index, 1.0)
    return MatrixRun(n_run=n_run, n_failed=n_failed, n_left=len(todo) - n_run)


def read_rows(experiment: str, cells: Sequence[Cell], store: Path) -> list[ExperimentRow]:
    """Return a row for each cell, whatever became of it.

    Parameters
    ----------
    experiment
        Its name.
    cells
        All of the matrix.
    store
        Folder of all experiments.

    Raises
    ------
    SchemaError
        A cell's file is damaged.
    """
    return [_row(experiment, cell, CellFolder.of(store, cell.address).read()) for cell in cells]


def _row(experiment: str, cell: Cell, result: CellResult | None) -> ExperimentRow:
    state, reason = CellState.MISSING, ""
    if result is not None:
        state = CellState.FAILED if result.error else CellState.DONE
        reason = result.error
    return ExperimentRow(
        experiment=experiment,
        table=cell.table,
        network=cell.network,
        protocol=cell.protocol,
        repeat=cell.repeat,
        state=state,
        reason=reason,
        cell=cell.address,
        data_digest=cell.data_digest,
        n_samples=cell.n_samples,
        **({} if result is None else result.scores),
    )
