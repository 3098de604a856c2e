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

__all__ = ["ProgressView", "time_left"]

_LOG_EVERY_S = 30.0
_LEAST_DONE = 0.01
"""Share of a step that must be done before anything is said about the time left."""


def time_left(step: Step, *, first: Step, seconds: float) -> str:
    """Say how long a step will still take at its pace so far; empty where nobody can know.

    Parameters
    ----------
    step
        As it stands.
    first
        As it stood when it was first seen: a resumed job begins with much done.
    seconds
        Time between the two.
    """
    n_new = step.n_done - first.n_done
    if step.n_total is None or n_new < _LEAST_DONE * step.n_total or n_new <= 0:
        return ""
    left_s = seconds * (step.n_total - step.n_done) / n_new
    if left_s < 90:
        return f", about {left_s:.0f} s left"
    minutes = round(left_s / 60)
    if minutes < 90:
        return f", about {minutes} min left"
    return f", about {minutes // 60} h {minutes % 60:02d} min left"


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
        self._first: tuple[Step, float] | None = None

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
        if self._first is None or self._first[0].name != step.name:
            self._first = step, now_s
        if now_s - self._last_log_s < _LOG_EVERY_S:
            return
        self._last_log_s = now_s
        total = "" if step.n_total is None else f" of {step.n_total}"
        first, since_s = self._first
        left = time_left(step, first=first, seconds=now_s - since_s)
        sys.stderr.write(f"{step.name}: {step.n_done}{total} {step.unit}{left}\n")
        sys.stderr.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
