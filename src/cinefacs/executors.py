"""Where independent pieces of work run: in this process, in processes of their own, on Ray.

All three do the same: hand each item to a function, tell how far it is, and give back its result
or the error that it ended with. One bad item never takes another with it.
"""

import contextlib
import importlib.util
import logging
import multiprocessing
import os
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, Literal, Protocol, TypeVar

from cinefacs.errors import ConfigError, ModelError

__all__ = [
    "Executor",
    "ExecutorName",
    "InProcess",
    "OnRay",
    "Outcome",
    "Processes",
    "make_executor",
]

T = TypeVar("T")
R = TypeVar("R")

ExecutorName = Literal["inline", "processes", "ray"]
Tell = Callable[[float], None]
"""Told the share of an item that is done, 0 to 1."""

_POLL_S = 1.0
_GRACE_S = 5.0
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome(Generic[R]):
    """What became of one item."""

    index: int
    """Position of the item."""
    result: R | None
    """What the function returned; None where it failed."""
    error: str = ""
    """Why it failed, in one line; empty where it did not."""


class _OutOfTimeError(Exception):
    """Raised inside a piece of work that runs in this process, when its time is over."""


class Executor(Protocol):
    """Runs a function over items."""

    def run(
        self,
        work: Callable[[T, Tell], R],
        items: Sequence[T],
        *,
        on_share: Callable[[int, float], None],
        deadline_s: float | None,
    ) -> Iterator[Outcome[R]]:
        """Yield what became of each item, in the order in which they end.

        Parameters
        ----------
        work
            A function of a module: other processes import it by name.
        items
            What it is called with; must be picklable.
        on_share
            Told position and share of an item that is being worked on.
        deadline_s
            `time.monotonic` after which nothing is begun and what runs is stopped: such items
            are not yielded. None: never.
        """
        ...


def _in_one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _is_over(deadline_s: float | None) -> bool:
    return deadline_s is not None and time.monotonic() >= deadline_s


class InProcess:
    """One item after the other, in this process."""

    def run(
        self,
        work: Callable[[T, Tell], R],
        items: Sequence[T],
        *,
        on_share: Callable[[int, float], None],
        deadline_s: float | None,
    ) -> Iterator[Outcome[R]]:
        """As `Executor.run`."""
        for index, item in enumerate(items):
            if _is_over(deadline_s):
                return

            def tell(share: float, index: int = index) -> None:
                if _is_over(deadline_s):
                    raise _OutOfTimeError
                on_share(index, share)

            try:
                result = work(item, tell)
            except _OutOfTimeError:
                return
            except Exception as error:  # noqa: BLE001  (one bad item must not end the others)
                yield Outcome(index=index, result=None, error=_in_one_line(error))
            else:
                yield Outcome(index=index, result=result)


def _serve(pipe: Connection, work: Callable[[Any, Tell], Any], item: Any) -> None:  # noqa: ANN401
    """Work on one item in a process of its own; say how far it is and what came of it."""

    def tell(share: float) -> None:
        pipe.send(("share", share))

    try:
        said = ("result", work(item, tell))
    except Exception as error:  # noqa: BLE001  (told to the parent)
        said = ("error", _in_one_line(error))
    pipe.send(said)
    pipe.close()


def _thread_variables(n_workers: int) -> dict[str, str]:
    """Return what tells the array libraries of a worker its share of the cores.

    They read it when they are imported, which may be before any code of ours runs there.
    """
    return dict.fromkeys(_THREADS, str(max(1, (os.cpu_count() or 1) // n_workers)))


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set variables for the processes that are started inside."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


@dataclass(slots=True)
class _Running:
    """One process."""

    index: int
    process: Any
    pipe: Connection


class Processes:
    """Several items at a time, each in a fresh process, with the cores divided among them.

    Parameters
    ----------
    n_workers
        Items at a time.
    """

    def __init__(self, n_workers: int) -> None:
        self._n_workers = n_workers

    def run(
        self,
        work: Callable[[T, Tell], R],
        items: Sequence[T],
        *,
        on_share: Callable[[int, float], None],
        deadline_s: float | None,
    ) -> Iterator[Outcome[R]]:
        """As `Executor.run`; a process that dies takes only its own item with it."""
        context = multiprocessing.get_context("spawn")
        waiting = list(enumerate(items))[::-1]
        running: list[_Running] = []
        try:
            while waiting or running:
                if _is_over(deadline_s):
                    return
                while waiting and len(running) < self._n_workers:
                    index, item = waiting.pop()
                    here, there = context.Pipe(duplex=False)
                    process = context.Process(target=_serve, args=(there, work, item))
                    with _environment(_thread_variables(self._n_workers)):
                        process.start()
                    there.close()
                    running.append(_Running(index, process, here))
                wait([each.pipe for each in running], timeout=_POLL_S)
                for each in list(running):
                    outcome = self._listen(each, on_share)
                    if outcome is not None:
                        running.remove(each)
                        yield outcome
        finally:
            for each in running:
                _end(each)

    @staticmethod
    def _listen(each: _Running, on_share: Callable[[int, float], None]) -> Outcome[Any] | None:
        """Return the outcome of a process; None while it works."""
        try:
            while each.pipe.poll():
                kind, value = each.pipe.recv()
                if kind == "share":
                    on_share(each.index, value)
                    continue
                each.process.join()
                each.pipe.close()
                if kind == "error":
                    return Outcome(index=each.index, result=None, error=value)
                return Outcome(index=each.index, result=value)
        except (EOFError, OSError, pickle.UnpicklingError):  # it died, perhaps while it spoke
            each.process.join()
            each.pipe.close()
            code = each.process.exitcode
            said = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            return Outcome(index=each.index, result=None, error=f"the process ended with {said}")
        return None


def _end(running: _Running) -> None:
    running.process.terminate()
    running.process.join(_GRACE_S)
    if running.process.is_alive():
        running.process.kill()
        running.process.join()
    running.pipe.close()


class OnRay:
    """Items as tasks of a Ray cluster; without an address, one of this machine's own.

    Parameters
    ----------
    n_workers
        Tasks at a time of a cluster of this machine's own.
    address
        Of a cluster that runs; every machine must see the store's folder under the same path.

    Raises
    ------
    ModelError
        The extra ``cluster`` is missing.
    """

    def __init__(self, n_workers: int, *, address: str | None = None) -> None:
        if importlib.util.find_spec("ray") is None:
            raise ModelError(
                "executor: expected the package ray, got none",
                hint="pip install 'cinefacs[cluster]'",
            )
        self._n_workers, self._address = n_workers, address

    def run(
        self,
        work: Callable[[T, Tell], R],
        items: Sequence[T],
        *,
        on_share: Callable[[int, float], None],
        deadline_s: float | None,
    ) -> Iterator[Outcome[R]]:
        """As `Executor.run`; shares are told when an item ends."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        import ray  # noqa: PLC0415  (an extra)

        options: dict[str, Any] = {"address": self._address}
        if self._address is None:
            options = {"num_cpus": self._n_workers, "include_dashboard": False}
        variables = _thread_variables(self._n_workers)
        ray.init(
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": variables},
            **options,
        )
        try:
            task = ray.remote(num_cpus=1, max_retries=0)(_on_worker)
            waiting = {task.remote(work, item): k for k, item in enumerate(items)}
            while waiting and not _is_over(deadline_s):
                ready, _ = ray.wait(list(waiting), timeout=_POLL_S)
                for reference in ready:
                    index = waiting.pop(reference)
                    on_share(index, 1.0)
                    yield _outcome_of(index, reference)
            for reference in waiting:
                ray.cancel(reference, force=True)
        finally:
            with contextlib.suppress(Exception):
                ray.shutdown()


def _on_worker(work: Callable[[Any, Tell], Any], item: Any) -> tuple[str, Any]:  # noqa: ANN401
    """Work on one item where Ray put it."""
    try:
        return "result", work(item, _say_nothing)
    except Exception as error:  # noqa: BLE001  (told to the one that waits)
        return "error", _in_one_line(error)


def _say_nothing(_share: float) -> None:
    """Take a share that nobody waits for."""


def _outcome_of(index: int, reference: Any) -> Outcome[Any]:  # noqa: ANN401
    import ray  # noqa: PLC0415

    try:
        kind, value = ray.get(reference)
    except ray.exceptions.RayError as error:  # a worker or a machine died
        return Outcome(index=index, result=None, error=_in_one_line(error))
    if kind == "error":
        return Outcome(index=index, result=None, error=value)
    return Outcome(index=index, result=value)


def make_executor(name: ExecutorName, *, n_workers: int, address: str | None = None) -> Executor:
    """Return an executor by its name.

    Parameters
    ----------
    name
        ``inline``, ``processes`` or ``ray``.
    n_workers
        Items at a time; ``inline`` has one.
    address
        Of a Ray cluster that runs.

    Raises
    ------
    ConfigError
        A number below 1, or an address without Ray.
    ModelError
        The extra ``cluster`` is missing.
    """
    if n_workers < 1:
        raise ConfigError(f"workers: expected at least 1, got {n_workers}")
    if address is not None and name != "ray":
        raise ConfigError(f"ray address: expected the executor ray beside it, got {name!r}")
    if name == "inline":
        return InProcess()
    return Processes(n_workers) if name == "processes" else OnRay(n_workers, address=address)
