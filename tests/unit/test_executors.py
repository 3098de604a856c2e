"""Where work runs: results, errors, deaths, deadlines; the same from every executor."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cinefacs.errors import ConfigError, TrainingError
from cinefacs.executors import Executor, InProcess, Outcome, Processes, make_executor

Tell = Callable[[float], None]


def double(item: int, tell: Tell) -> int:
    tell(0.5)
    return 2 * item


def fail_on_odd(item: int, tell: Tell) -> int:
    tell(0.5)
    if item % 2:
        raise TrainingError(f"item {item}: expected an even number")
    return item


def die_on_two(item: int, tell: Tell) -> int:
    tell(0.5)
    if item == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def threads_told(_item: int, _tell: Tell) -> tuple[str, int]:
    return os.environ["OMP_NUM_THREADS"], os.getpid()


def never_end(_item: int, tell: Tell) -> int:
    while True:
        tell(0.1)
        threading.Event().wait(0.01)  # until it is killed


def run(
    executor: Executor,
    work: Callable[[Any, Tell], Any],
    items: list[int],
    *,
    deadline_s: float | None = None,
) -> tuple[dict[int, Outcome[Any]], list[tuple[int, float]]]:
    shares: list[tuple[int, float]] = []
    outcomes = executor.run(
        work,
        items,
        on_share=lambda index, share: shares.append((index, share)),
        deadline_s=deadline_s,
    )
    return {outcome.index: outcome for outcome in outcomes}, shares


@pytest.mark.parametrize("executor", [InProcess(), Processes(2)], ids=["inline", "processes"])
def test_each_item_is_done_once_and_tells_its_share(executor: Executor) -> None:
    found, shares = run(executor, double, [1, 2, 3])
    assert {index: outcome.result for index, outcome in found.items()} == {0: 2, 1: 4, 2: 6}
    assert sorted(shares) == [(0, 0.5), (1, 0.5), (2, 0.5)]


@pytest.mark.parametrize("executor", [InProcess(), Processes(2)], ids=["inline", "processes"])
def test_an_error_is_told_and_the_others_go_on(executor: Executor) -> None:
    found, _ = run(executor, fail_on_odd, [0, 1, 2])
    assert found[1].error == "TrainingError: item 1: expected an even number"
    assert found[1].result is None
    assert [found[0].result, found[2].result] == [0, 2]


def test_a_process_that_dies_takes_only_its_own_item_with_it() -> None:
    found, _ = run(Processes(2), die_on_two, [1, 2, 3])
    assert found[1].error == "the process ended with signal 9"
    assert [found[0].result, found[2].result] == [1, 3]


def test_cores_are_divided_among_fresh_processes() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    found, _ = run(Processes(2), threads_told, [0, 1])
    told = [outcome.result for outcome in found.values() if outcome.result is not None]
    assert {threads for threads, _ in told} == {str(max(1, (os.cpu_count() or 1) // 2))}
    assert len({process for _, process in told} | {os.getpid()}) == 3
    assert os.environ.get("OMP_NUM_THREADS") == before


@pytest.mark.parametrize("executor", [InProcess(), Processes(2)], ids=["inline", "processes"])
def test_what_runs_at_the_deadline_is_stopped_and_not_counted(executor: Executor) -> None:
    found, _ = run(executor, never_end, [0, 1, 2], deadline_s=time.monotonic() + 0.3)
    assert found == {}


def test_after_the_deadline_nothing_is_begun() -> None:
    found, shares = run(InProcess(), double, [1], deadline_s=time.monotonic())
    assert (found, shares) == ({}, [])


def test_a_local_ray_cluster_with_two_workers_gives_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))  # workers import this file
    found, _ = run(make_executor("ray", n_workers=2), fail_on_odd, [0, 1, 2, 4])
    assert [found[k].result for k in (0, 2, 3)] == [0, 2, 4]
    assert found[1].error == "TrainingError: item 1: expected an even number"


def test_wrong_wishes_are_refused() -> None:
    with pytest.raises(ConfigError, match="workers"):
        make_executor("processes", n_workers=0)
    with pytest.raises(ConfigError, match="ray address"):
        make_executor("inline", n_workers=1, address="auto")
    assert isinstance(make_executor("inline", n_workers=3), InProcess)
