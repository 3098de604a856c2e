"""What the live page shows at the moment: the newest picture, counts, events. Safe for threads."""

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any

__all__ = ["LiveBoard", "LiveCounts", "LiveEventRow"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveCounts:
    """How the frames of a source fared."""

    source: str
    """Its name."""
    rule: str
    """What happens where reading is too slow."""
    n_shown: int = 0
    """Frames that were read and shown."""
    n_dropped: int = 0
    """Frames that were due and not read."""
    n_faces: int = 0
    """Faces in the newest frame."""
    frames_per_second: float = 0.0
    """Frames shown, over the last two seconds."""
    clock: str = ""
    """Time of the newest frame."""
    is_over: bool = False
    """Whether the source has ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveEventRow:
    """One event that has ended."""

    time: str
    """When it began."""
    words: str
    """What it was."""
    length: str
    """How long it lasted, as far as it was seen."""
    colour: str
    """Of the face, such as ``#ffb000``."""


class LiveBoard:
    """The state that the page's server reads and the reading loop writes.

    Parameters
    ----------
    counts
        At the beginning.
    max_events
        Events that are kept.
    """

    def __init__(self, counts: LiveCounts, *, max_events: int) -> None:
        self._changed = threading.Condition()
        self._counts = counts
        self._max_events = max_events
        self._events: tuple[LiveEventRow, ...] = ()
        self._jpeg = b""
        self._number = 0
        self._is_closed = False

    def show(self, jpeg: bytes, counts: LiveCounts) -> None:
        """Put up a new picture with its counts."""
        with self._changed:
            self._jpeg, self._counts = jpeg, counts
            self._number += 1
            self._changed.notify_all()

    def add_events(self, rows: list[LiveEventRow]) -> None:
        """Add events that have ended; the oldest make room."""
        with self._changed:
            self._events = (*reversed(rows), *self._events)[: self._max_events]

    def end(self) -> None:
        """Say that the source has ended; the last picture stays."""
        with self._changed:
            self._counts = replace(self._counts, is_over=True)

    def close(self) -> None:
        """Let everybody go who waits for a picture."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def next_picture(self, after: int, *, timeout_s: float) -> tuple[int, bytes] | None:
        """Return a picture newer than number `after`, waiting for it; None where none came.

        Raises
        ------
        EOFError
            The board is closed.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_closed or self._number > after, timeout=timeout_s
            )
            if self._is_closed:
                raise EOFError
            return (self._number, self._jpeg) if self._number > after else None

    def state(self) -> dict[str, Any]:
        """Return counts and events as plain JSON values."""
        with self._changed:
            return {**asdict(self._counts), "events": [asdict(each) for each in self._events]}
