"""Run a network on a stream of batches: several at a time, answers in order, memory bounded."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from cinefacs.engines.session import Session, reason_of
from cinefacs.errors import ConfigError, ModelError

__all__ = ["stream_batches"]

Tag = TypeVar("Tag")
Array = npt.NDArray[np.float32]


class _Running(NamedTuple):
    """A batch on its way."""

    tag: Any
    request: Any
    values: Array
    """Shared with the request, so it has to live as long."""
    n_rows: int
    """Rows that were asked for; what follows is filling."""


class _Lane:
    """The network compiled for one shape, and its requests."""

    def __init__(self, session: Session, shape: tuple[int, ...], n_requests: int | None) -> None:
        self._compiled = session.compile(shape, hint="THROUGHPUT")
        self._shape = shape
        self._idle: list[Any] = []
        self.n_most = n_requests or int(
            self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        )

    def holds(self, values: Array) -> bool:
        """Return whether a batch fits once it is filled up."""
        return values.shape[1:] == self._shape[1:] and len(values) <= self._shape[0]

    def start(self, tag: object, values: Array) -> _Running:
        """Set a batch going."""
        n_missing = self._shape[0] - len(values)
        if n_missing:
            nothing = np.zeros((n_missing, *self._shape[1:]), dtype=np.float32)
            filled = np.concatenate([values, nothing])
        else:
            filled = values
        request = self._idle.pop() if self._idle else self._compiled.create_infer_request()
        request.start_async({0: filled}, share_inputs=True)
        return _Running(tag, request, filled, len(values))

    def finish(self, running: _Running) -> tuple[Any, tuple[Array, ...]]:
        """Wait for a batch, and return what belongs to it and its answer."""
        try:
            running.request.wait()
        except RuntimeError as error:
            raise ModelError(
                f"network: expected an answer to {self._shape}, got: {reason_of(error)}"
            ) from error
        outputs = tuple(
            np.array(output.data[: running.n_rows], dtype=np.float32)
            for output in running.request.output_tensors
        )
        self._idle.append(running.request)
        return running.tag, outputs


def stream_batches(
    session: Session,
    batches: Iterable[tuple[Tag, Array]],
    *,
    n_requests: int | None = None,
    n_rows: int | None = None,
) -> Iterator[tuple[Tag, tuple[Array, ...]]]:
    """Yield what the network answers to each batch, in the order of the batches.

    While the caller makes the next batch or works on an answer, the network computes. A batch is
    taken from `batches` only after the oldest answer was handed out where no room was left, so
    at most `n_requests` and one more batches are in memory. OpenVINO's own queue hands answers
    out as they get ready, and putting them in order would need room for any number of them; here
    the oldest is waited for.

    Parameters
    ----------
    session
        The network.
    batches
        What belongs to a batch (anything; handed back with its answer), and the batch: (N, ...)
        float32. One with fewer rows than the last is filled up and its answer cut, since every
        new shape is compiled; for one with more rows, or of another size, it is.
    n_requests
        Batches on their way at a time; None asks OpenVINO, which takes about one for each core.
    n_rows
        Rows that the network takes where it takes no other number; None: any.

    Yields
    ------
    what belongs to the batch, and the network's outputs, (N, ...) float32 each

    Raises
    ------
    ConfigError
        `n_requests` is below 1.
    ModelError
        The network does not take a batch's shape, or fails.
    """
    if n_requests is not None and n_requests < 1:
        raise ConfigError(f"n_requests: expected 1 or more, got {n_requests}")
    running: deque[_Running] = deque()
    lane: _Lane | None = None
    try:
        for tag, rows in batches:
            values = np.ascontiguousarray(rows, dtype=np.float32)
            if lane is None or not lane.holds(values):
                while lane is not None and running:
                    yield lane.finish(running.popleft())
                length = max(1, len(values), n_rows or 1)
                if n_rows is not None and length > n_rows:
                    raise ModelError(
                        f"network: expected at most {n_rows} rows, got {length}",
                        hint="give shorter batches, or export the detector for any number",
                    )
                lane = _Lane(session, (length, *values.shape[1:]), n_requests)
            if len(running) == lane.n_most:
                yield lane.finish(running.popleft())
            running.append(lane.start(tag, values))
        while lane is not None and running:
            yield lane.finish(running.popleft())
    finally:
        for left in running:  # whoever stops early must not pull an input from under its request
            left.request.wait()
