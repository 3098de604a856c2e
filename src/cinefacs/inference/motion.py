"""Hold crops of one face until all that belong to one input are there.

What a detector is shown beside the face itself (`cinefacs.records.input_spec.InputSpec.temporal`)
lies before and after it in time: here a face waits for it, within bounds.
"""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from cinefacs.records.input_spec import InputSpec

__all__ = ["MOST_AT_REST", "Moment", "MotionWindow", "Shown", "make_window"]

MOST_AT_REST = 96
"""Crops of a face among which its rest is looked for before the first is read: 4 s at 24 frames a
second, 1.5 MB at 128 px."""


class Moment(NamedTuple):
    """One face in one frame, cut out."""

    frame_index: int
    """Frame of the film, from 0."""
    start_s: Fraction
    """When the frame begins, s."""
    crop: npt.NDArray[np.uint8]
    """(side, side, 3) uint8, or (side, side, 1): its brightness."""
    matrix: npt.NDArray[np.float64]
    """(2, 3) map from the frame to the crop."""
    size_wh: tuple[int, int]
    """Of the frame, px."""
    activity: float
    """How far the face is from rest."""


class Shown(NamedTuple):
    """A face that can be read: itself, and all crops of the input."""

    moment: Moment
    """The face that is read."""
    crops: tuple[npt.NDArray[np.uint8], ...]
    """As `cinefacs.engines.face_input.stack_crops` wants them."""


class MotionWindow(Protocol):
    """The crops of one face that are waited for or looked back at."""

    def push(self, moment: Moment) -> Iterator[Shown]:
        """Take the next crop; yield the faces that can be read now, in time."""
        ...

    def finish(self) -> Iterator[Shown]:
        """Yield what is left: no crop will come any more."""
        ...


def make_window(spec: InputSpec) -> MotionWindow:
    """Return a window of the kind that a detector wants, for one face."""
    if spec.temporal == "neighbours":
        return _NeighbourWindow(Fraction(spec.step_ms, 1000))
    if spec.has_rest:
        return _RestWindow(MOST_AT_REST)
    return _SingleWindow()


class _SingleWindow:
    """Each face alone: nothing waits."""

    def push(self, moment: Moment) -> Iterator[Shown]:
        yield Shown(moment, (moment.crop,))

    def finish(self) -> Iterator[Shown]:
        yield from ()


class _NeighbourWindow:
    """Each face with those `step_s` before and after: the nearest frames in which it was read.

    Held are the frames from `step_s` before the oldest that waits on.
    """

    def __init__(self, step_s: Fraction) -> None:
        self._step_s = step_s
        self._held: deque[Moment] = deque()
        self._n_shown = 0

    def push(self, moment: Moment) -> Iterator[Shown]:
        self._held.append(moment)
        while (
            self._n_shown < len(self._held)
            and moment.start_s >= self._held[self._n_shown].start_s + self._step_s
        ):
            yield self._show_next()

    def finish(self) -> Iterator[Shown]:
        while self._n_shown < len(self._held):
            yield self._show_next()
        self._held.clear()
        self._n_shown = 0

    def _show_next(self) -> Shown:
        now = self._held[self._n_shown]
        before = self._nearest(now.start_s - self._step_s)
        after = self._nearest(now.start_s + self._step_s)
        self._n_shown += 1
        self._forget()
        return Shown(now, (before.crop, now.crop, after.crop))

    def _nearest(self, time_s: Fraction) -> Moment:
        """Return the frame whose start is nearest; of two as near the earlier."""
        return min(self._held, key=lambda each: abs(each.start_s - time_s))

    def _forget(self) -> None:
        """Drop frames that lie before the one nearest to what will be asked for next."""
        if self._n_shown == len(self._held):
            wanted_s = self._held[-1].start_s - self._step_s
        else:
            wanted_s = self._held[self._n_shown].start_s - self._step_s
        while self._n_shown > 1 and self._held[1].start_s <= wanted_s:
            self._held.popleft()
            self._n_shown -= 1


class _RestWindow:
    """Each face with the same face at rest: the calmest crop seen so far.

    The first `n_most` crops wait until the calmest of them is known; afterwards a calmer one takes
    its place as it comes.
    """

    def __init__(self, n_most: int) -> None:
        self._n_most = n_most
        self._waiting: list[Moment] = []
        self._is_open = False
        self._rest: Moment | None = None

    def push(self, moment: Moment) -> Iterator[Shown]:
        if self._rest is None or moment.activity < self._rest.activity:
            self._rest = moment
        if self._is_open:
            yield Shown(moment, (moment.crop, self._rest.crop))
            return
        self._waiting.append(moment)
        if len(self._waiting) == self._n_most:
            yield from self.finish()
            self._is_open = True

    def finish(self) -> Iterator[Shown]:
        for moment in self._waiting:
            rest = self._rest or moment
            yield Shown(moment, (moment.crop, rest.crop))
        self._waiting.clear()
