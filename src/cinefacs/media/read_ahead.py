"""Decode in a thread of its own, a bounded number of pieces ahead of whoever reads them."""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TypeVar

__all__ = ["read_ahead"]

Item = TypeVar("Item")

_WAIT_S = 0.1
"""How often a full queue looks whether the reader has gone, s."""


class _End:
    """The last thing in the queue: how the source ended."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def read_ahead(source: Iterator[Item], *, n_ahead: int = 1) -> Generator[Item, None, None]:
    """Yield what a source yields, while a thread already asks it for the next.

    Decoders do their work outside Python's lock, so the networks of the reader and the decoder
    share the cores. The order is the source's, and its error comes where it would have come.

    Parameters
    ----------
    source
        Asked by the thread alone; closed when it or the reader ends.
    n_ahead
        Items that may wait, 1 or more; one more is in the making.
    """
    items: queue.Queue[Item | _End] = queue.Queue(maxsize=n_ahead)
    is_over = threading.Event()

    def put(item: Item | _End) -> bool:
        while not is_over.is_set():
            with suppress(queue.Full):
                items.put(item, timeout=_WAIT_S)
                return True
        return False

    def run() -> None:
        error: BaseException | None = None
        try:
            for item in source:
                if not put(item):
                    break
        except BaseException as caught:  # noqa: BLE001  (handed to the reader)
            error = caught
        finally:
            if isinstance(source, Generator):
                with suppress(Exception):
                    source.close()
        put(_End(error))

    thread = threading.Thread(target=run, name="read-ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := items.get(), _End):
            yield item
    finally:
        is_over.set()
        thread.join()
    if item.error is not None:
        raise item.error
