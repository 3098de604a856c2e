"""Progress on stderr: a bar for a terminal, a line now and then for a log."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from cinefacs.records.step import Step

__all__ = ["ProgressView"]

_LOG_EVERY_S = 30.0


class ProgressView:
    """Show the steps of a long job as they come."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._last_log_s = time.monotonic()
        self._begun: tuple[str, float, int] | None = None  # step, when, and how far it was

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def show(self, step: Step) -> None:
        """Show how far a step has come."""
        if not self._console.is_terminal:
            self._log(step)
            return
        if step.name not in self._tasks:
            for task in self._tasks.values():
                self._progress.remove_task(task)
            self._tasks.clear()
            self._tasks[step.name] = self._progress.add_task(
                step.name, total=step.n_total, unit=step.unit
            )
        self._progress.update(
            self._tasks[step.name], completed=step.n_done, total=step.n_total, unit=step.unit
        )

    def _log(self, step: Step) -> None:
        now_s = time.monotonic()
        if self._begun is None or self._begun[0] != step.name:
            self._begun = step.name, now_s, step.n_done
        if now_s - self._last_log_s < _LOG_EVERY_S:
            return
        self._last_log_s = now_s
        total = "" if step.n_total is None else f" of {step.n_total}"
        left = _time_left(step, now_s - self._begun[1], step.n_done - self._begun[2])
        sys.stderr.write(f"{step.name}: {step.n_done}{total} {step.unit}{left}\n")
        sys.stderr.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()


def _time_left(step: Step, spent_s: float, n_new: int) -> str:
    """Return how long a step will go on at the pace so far, or nothing where nobody can know."""
    if step.n_total is None or n_new <= 0:
        return ""
    left_s = (step.n_total - step.n_done) * spent_s / n_new
    if left_s < 90:
        return f", about {left_s:.0f} s left"
    return (
        f", about {left_s / 60:.0f} min left"
        if left_s < 5400
        else f", about {left_s / 3600:.1f} h left"
    )
