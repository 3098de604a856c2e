"""Read ahead: the same items, the same error, no thread left behind."""

import threading
from collections.abc import Iterator

import pytest

from cinefacs.media.read_ahead import read_ahead


def names_of_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "read-ahead"]


def test_items_come_in_order_and_the_thread_ends() -> None:
    assert list(read_ahead(iter(range(100)))) == list(range(100))
    assert names_of_threads() == []


def test_an_error_comes_after_the_items_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    got = []
    with pytest.raises(ValueError, match="broken"):
        for item in read_ahead(source()):
            got.append(item)  # noqa: PERF402
    assert got == [1, 2]
    assert names_of_threads() == []


def test_whoever_stops_early_closes_the_source() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.set()

    ahead = read_ahead(source())
    assert next(ahead) == 0
    ahead.close()
    assert closed.is_set()
    assert names_of_threads() == []


def test_only_few_items_are_made_before_they_are_wanted() -> None:
    made: list[int] = []

    def source() -> Iterator[int]:
        for k in range(50):
            made.append(k)
            yield k

    most = max(len(made) - item for item in read_ahead(source(), n_ahead=2))
    assert most <= 2 + 1 + 1 + 1  # waiting, in the making, in hand, and counted from one
    assert len(made) == 50
