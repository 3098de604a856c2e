"""Find gradual transitions: pictures that are mixtures of two others, in a rising share.

A dissolve from A to B shows ``(1 - a) A + a B`` with a rising from 0 to 1; a fade is a dissolve
to or from one flat colour.
"""

from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import numpy.typing as npt

from cinefacs.shots.config import CutConfig
from cinefacs.shots.cuts import CutFinder
from cinefacs.shots.signatures import (
    best_correlation,
    levels_distance,
    mixture_distance,
)
from cinefacs.shots.window import SignatureWindow

__all__ = ["NeedMoreFrames", "Ramp", "RampFinder", "fit_line", "mixture_share"]

_MIN_STEPS = 4
"""Fewest steps of a ramp: three mixed frames; fewer cannot be told from a cut."""
_PROBE_FRAMES = 10
"""Frames after which most stretches without a transition can be told from one."""
_FLAT_ROWS = (0, 1, 2, 3, 4, 6, 8, 12)
"""Frames of a flat stretch at which a ramp may be complete: a dim picture counts as flat before
it is."""
_LENGTH_STEP = 1.25
"""Ratio of the lengths at which ramps are looked for; a shot that is mixed in must hold for a
quarter of the transition's length."""
_SURE_SHARE = (0.12, 0.88)
"""Shares between which the line is fitted: beyond, noise weighs more than mixture."""
_MAX_PROBE_RESIDUAL = 0.65
"""Residual of the first frames of a ramp, which have hardly left the ground: motion weighs more
than in the whole."""
_SHORT_RESIDUAL, _RESIDUAL_PER_FRAME = 0.15, 0.015
"""What motion during a dissolve may leave unexplained: in a few frames it has no time to do much,
so that a thing that rushes through the picture is told from a short dissolve."""
_FIRST_START = -1.5
"""Earliest row at which the fitted line may leave 0: the frame before the ramp is pure."""
_OTHER_LEVELS = 0.25
"""Distance of levels that motion within one shot does not reach."""
_MIN_HOLD = 0.6
"""Share of the difference that must hold after a dissolve, and have held before it: the light of
an explosion comes and goes."""

Rows = npt.NDArray[np.float64]


class NeedMoreFrames(Exception):  # noqa: N818
    """A decision must wait: never an error, and never seen outside the cutter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ramp:
    """A mixture with a rising share."""

    start: int
    """First mixed frame."""
    end: int
    """First frame after the last mixed one."""
    last: int
    """Frame that was taken for the picture after the transition, `end` or later."""


def mixture_share(frames: Rows) -> tuple[Rows, Rows]:
    """Return how much of the last frame is in each, and what that does not explain.

    Parameters
    ----------
    frames : (n, D) float64

    Returns
    -------
    share : (n,) float64
        Least-squares a in ``(1 - a) first + a last``; 0 for the first, 1 for the last.
    residual : (n,) float64, 0 or more
        Length of what is left, in shares of the length of ``last - first``.
    """
    to_first, to_last = frames @ frames[0], frames @ frames[-1]
    squares = np.einsum("nd,nd->n", frames, frames)
    moved = squares - 2 * to_first + squares[0]  # squared way from the first frame
    power = float(moved[-1])
    if power == 0:
        return np.zeros(len(frames)), np.zeros(len(frames))
    share = (to_last - to_first - to_last[0] + squares[0]) / power
    return share, np.sqrt(np.maximum(moved / power - share**2, 0))


def fit_line(share: Rows, residual: Rows, config: CutConfig) -> tuple[float, float] | None:
    """Return where a rising share leaves 0 and reaches 1, in rows; None if it is no ramp.

    Parameters
    ----------
    share, residual : (n,) float64
        As from `mixture_share`.
    config
        The limits.
    """
    sure = np.flatnonzero((share > _SURE_SHARE[0]) & (share < _SURE_SHARE[1]))
    if len(sure) < _MIN_STEPS - 1 or len(sure) != sure[-1] - sure[0] + 1:
        return None
    limit = min(config.max_mixture_residual, _SHORT_RESIDUAL + _RESIDUAL_PER_FRAME * len(sure))
    if float(np.sqrt(np.mean(residual[sure] ** 2))) > limit:
        return None
    mean = float(sure.mean())
    slope = float(((sure - mean) * share[sure]).sum() / ((sure - mean) ** 2).sum())
    if slope <= 0:
        return None
    start = mean - float(share[sure].mean()) / slope
    straight = np.clip((np.arange(len(share)) - start) * slope, 0, 1)
    deviation = float(np.sqrt(np.mean((share - straight) ** 2)))
    return None if deviation > config.max_ramp_deviation else (start, start + 1 / slope)


class RampFinder:
    """Look for the ramps that start at a frame.

    Parameters
    ----------
    window
        Knows the frames; the finder only reads it.
    cuts
        Knows the hard cuts; no ramp crosses one.
    config
        The limits.
    """

    def __init__(self, window: SignatureWindow, cuts: CutFinder, config: CutConfig) -> None:
        self._window = window
        self._cuts = cuts
        self._config = config

    def find(self, at: int, known: int, *, is_last: bool, latest: int | None = None) -> Ramp | None:
        """Return the ramp whose first mixed frame is `at`, or None.

        Parameters
        ----------
        at
            A frame whose predecessor belongs to the same stretch and shows the picture before.
        known
            First frame that nothing is known of.
        is_last
            Whether nothing more will be known of this stretch.
        latest
            The ramp may start at any frame up to this one, which is the first that is not flat;
            None for `at` alone.

        Raises
        ------
        NeedMoreFrames
            It cannot be told yet.
        """
        last_start = at if latest is None else latest
        limit = self._reach(at, last_start - at + _PROBE_FRAMES, known, is_last=is_last)
        if limit - last_start < _MIN_STEPS - 1:
            return None
        if limit - last_start == _PROBE_FRAMES:
            n_longest = self._longest(last_start)
            if latest is None and not self._could_start(at, n_longest):
                return None
            limit = self._reach(at, last_start - at + n_longest, known, is_last=is_last)
        levels = self._window.levels(at - 1, limit)
        apart = levels_distance(levels[1:], levels[0])
        if float(apart.max()) < self._config.min_gradual_levels:
            return None
        return self._fit(at, limit, last_start)

    def is_dissolve(self, ramp: Ramp, known: int, *, is_last: bool) -> bool:
        """Return whether the ramp is more than the motion around it, and ends in another shot.

        Raises
        ------
        NeedMoreFrames
            It cannot be told yet.
        """
        window, config = self._window, self._config
        before = ramp.start - 1
        n_around = min(ramp.end - ramp.start + 1, _PROBE_FRAMES)
        after = self._reach(ramp.last, n_around + 1, known, is_last=is_last) - 1
        start = max(window.reach_back(before, _PROBE_FRAMES), self._cuts.last_cut(before) or 0)
        earlier = max(start, before - n_around)
        usual = max(self._distance(earlier, before), self._distance(ramp.last, after))
        apart = float(
            levels_distance(*(window.levels(at, at + 1)[0] for at in (before, ramp.last)))
        )
        # Where the levels are alike it may all be one motion, which goes on at its pace.
        n_steps = ramp.end - ramp.start + 1
        scale = 1.0 if apart >= _OTHER_LEVELS else n_steps / n_around
        whole = self._distance(before, ramp.last)
        if apart < config.min_gradual_levels or whole < config.min_gradual_ratio * scale * usual:
            return False
        later = self._reach(ramp.last, _PROBE_FRAMES + 1, known, is_last=is_last) - 1
        held = min(self._distance(before, later), self._distance(start, ramp.last))
        if held < _MIN_HOLD * whole:
            return False
        correlation = best_correlation(window.signature(before), window.signature(ramp.last))
        return correlation < config.min_same_correlation

    def _distance(self, a: int, b: int) -> float:
        """Return the root mean square difference of two frames, grey levels."""
        return mixture_distance(self._window.square_distance(a, b))

    def _mixture_of(self, first: int, middle: int, last: int, power: float) -> tuple[float, float]:
        """Return share and residual, as from `mixture_share`, of one frame between two others.

        From the three distances, by the law of cosines; `power` is the one from first to last.
        """
        to_middle = self._window.square_distance(first, middle)
        share = (to_middle + power - self._window.square_distance(middle, last)) / (2 * power)
        return share, max(to_middle / power - share**2, 0.0) ** 0.5

    def _could_start(self, at: int, n_longest: int) -> bool:
        """Return whether a ramp of up to `n_longest` steps may start here.

        A straight ramp of n steps has gone ``k / n`` of its way after k of them, and every part
        of a ramp is a ramp: what has moved too little, or is no mixture of its own ends, starts
        none.
        """
        first, middle, last = at - 1, at - 1 + _PROBE_FRAMES // 2, at - 1 + _PROBE_FRAMES
        power = self._window.square_distance(first, last)
        furthest = mixture_distance(max(power, self._window.square_distance(first, middle)))
        least = 0.8 * self._config.min_gradual_change * _PROBE_FRAMES / n_longest
        if furthest < least or power == 0:
            return False
        return self._mixture_of(first, middle, last, power)[1] < _MAX_PROBE_RESIDUAL

    def _fit(self, at: int, limit: int, last_start: int) -> Ramp | None:
        """Return the longest ramp that starts by `last_start` and ends before frame `limit`."""

        def line_to(row: int) -> tuple[float, float] | None:
            line = fit_line(*mixture_share(self._window.mixtures(at - 1, at + row)), self._config)
            is_in_time = line is not None and _FIRST_START <= line[0] < last_start - at + 0.5
            return line if is_in_time else None

        for row in self._last_rows(at, limit):
            if not self._is_promising(at, row, has_lead=last_start > at):
                continue
            line = line_to(row)
            if line is not None:
                # The nearer the picture after the ramp, the less it has moved since.
                nearer = min(row, int(np.ceil(line[1])) + 1)
                refined = line_to(nearer)
                last, (leaves, reaches) = (row, line) if refined is None else (nearer, refined)
                return Ramp(
                    start=at + max(0, round(leaves)),
                    end=at - 1 + min(round(reaches), last),
                    last=at - 1 + last,
                )
        return None

    def _is_promising(self, at: int, row: int, *, has_lead: bool) -> bool:
        """Return whether the share may rise to a row as on a ramp, as far as two frames tell."""
        first, last = at - 1, at - 1 + row
        power = self._window.square_distance(first, last)
        if mixture_distance(power) < self._config.min_gradual_change:
            return False
        if has_lead:  # where between first and last the ramp begins is open
            return True
        share, residual = self._mixture_of(first, first + row // 2, last, power)
        if abs(share - 0.5) > 0.25 or residual > 2 * self._config.max_mixture_residual:
            return False
        share, _ = self._mixture_of(first, first + row // 4, last, power)
        return abs(share - 0.25) < 0.18

    def _last_rows(self, at: int, limit: int) -> list[int]:
        """Return the rows to try as the picture after a ramp, the last first.

        A ramp into a flat colour ends where that begins, and none goes through it.
        """
        n = limit - at
        flat = next((k for k in range(n + 1) if self._window.is_flat(at - 1 + k)), None)
        flats: list[int] = []
        if flat:
            is_flat = (self._window.is_flat(at - 1 + k) for k in range(flat, n + 1))
            n_flat = len(list(takewhile(bool, is_flat)))
            flats = [flat + k for k in _FLAT_ROWS if k < n_flat]
            n = max(0, flat - _PROBE_FRAMES)  # what darkens at once was no dissolve
        lengths = [_MIN_STEPS]
        while lengths[-1] < n:
            lengths.append(max(lengths[-1] + 1, round(lengths[-1] * _LENGTH_STEP)))
        rows = {n, *flats, *(k for k in lengths if k <= n)}
        return sorted((row for row in rows if row >= _MIN_STEPS), reverse=True)

    def _reach(self, at: int, n_frames: int, known: int, *, is_last: bool) -> int:
        """Return the end of the next `n_frames` frames, or the cut or the end before it."""
        cut = self._cuts.next_cut(at)
        if cut is not None and cut < at + n_frames:
            return cut
        if at + n_frames <= known:
            return at + n_frames
        if not is_last:
            raise NeedMoreFrames
        return known

    def _longest(self, at: int) -> int:
        """Return how many frames the longest transition would have at the present rate."""
        frame_s = self._window.seconds(at, at + _PROBE_FRAMES - 1) / (_PROBE_FRAMES - 1)
        n_frames = int(self._config.max_gradual_s / frame_s)
        return max(_PROBE_FRAMES, min(n_frames, self._config.max_gradual_frames))
