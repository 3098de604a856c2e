"""The signatures of the frames that decisions still look at, addressed by frame index."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.media.frame import Frame
from cinefacs.shots.signatures import (
    MIXTURE_SIZE,
    N_BINS,
    SIGNATURE_SIZE,
    Signature,
    count_levels,
    flat_contrast,
    mean_change,
    sign_frame,
    to_mixture,
)

__all__ = ["LOOK_BACK", "SignatureWindow"]

LOOK_BACK = 40
"""Frames before a decision that it may look at: the context of a cut, and a flash of `max_flash_s`
at up to 240 frames a second."""
_FIRST_CAPACITY = 256


class SignatureWindow:
    """What is known of consecutive frames; old ones are forgotten on request.

    Parameters
    ----------
    max_flat_contrast
        Contrast below which a frame counts as flat, grey levels.
    """

    def __init__(self, max_flat_contrast: float) -> None:
        self._max_flat_contrast = max_flat_contrast
        self._set_time_base(Fraction(1))
        self._first = 0
        self._n = 0
        self._n_derived = {"mixture": 0, "levels": 0}
        self._rows: dict[str, npt.NDArray[Any]] = {
            "signature": np.empty((_FIRST_CAPACITY, SIGNATURE_SIZE), np.uint8),
            "mixture": np.empty((_FIRST_CAPACITY, MIXTURE_SIZE), np.float64),
            "levels": np.empty((_FIRST_CAPACITY, N_BINS), np.int64),
        }
        self._pts: list[int] = []
        self._gaps: list[bool] = []
        self._changes: list[float] = []
        self._flat: list[bool] = []

    @property
    def first(self) -> int:
        """First frame that is known."""
        return self._first

    @property
    def end(self) -> int:
        """First frame that is not known yet."""
        return self._first + self._n

    def push(self, frame: Frame) -> None:
        """Take the next frame."""
        if self._n == 0:
            self._first = frame.index
        self._set_time_base(frame.time_base)
        self._append(sign_frame(frame), pts=frame.pts, follows_gap=frame.follows_gap)

    def _set_time_base(self, time_base: Fraction) -> None:
        self._time_base = time_base
        self._tick_s = float(time_base)  # exact time has no use in limits of tenths of a second

    def _append(self, signature: Signature, *, pts: int, follows_gap: bool) -> None:
        signatures = self._rows["signature"]
        if self._n == len(signatures):
            self._rows = {
                name: np.concatenate([rows, np.empty_like(rows)])
                for name, rows in self._rows.items()
            }
            signatures = self._rows["signature"]
        signatures[self._n] = signature
        has_before = self._n > 0 and not follows_gap
        self._changes.append(mean_change(signatures[self._n - 1], signature) if has_before else 0.0)
        self._flat.append(flat_contrast(signature) < self._max_flat_contrast)
        self._pts.append(pts)
        self._gaps.append(follows_gap)
        self._n += 1

    def forget(self, before: int) -> None:
        """Forget the frames before `before` that no decision looks back at."""
        n = before - LOOK_BACK - self._first
        if n < 2 * LOOK_BACK:  # moving the rows has a cost: do it now and then
            return
        for rows in self._rows.values():
            rows[: self._n - n] = rows[n : self._n].copy()
        for values in (self._pts, self._gaps, self._changes, self._flat):
            del values[:n]
        self._first += n
        self._n -= n
        self._n_derived = {name: max(0, m - n) for name, m in self._n_derived.items()}

    def signature(self, index: int) -> Signature:
        """Return the small picture of a frame."""
        row: Signature = self._rows["signature"][index - self._first]
        return row

    def change(self, index: int) -> float:
        """Return how much a frame differs from the one before, grey levels; 0 after a gap."""
        return self._changes[index - self._first]

    def is_flat(self, index: int) -> bool:
        """Return whether a frame shows one flat colour."""
        return self._flat[index - self._first]

    def follows_gap(self, index: int) -> bool:
        """Return whether frames are missing before a frame."""
        return self._gaps[index - self._first]

    def reach_back(self, at: int, n_frames: int) -> int:
        """Return the first of up to `n_frames` frames before a frame that no gap cuts off."""
        first = at
        while first > max(self._first, at - n_frames) and not self.follows_gap(first):
            first -= 1
        return first

    def seconds(self, start: int, end: int) -> float:
        """Return the time from the onset of one frame to the onset of another, s."""
        ticks = self._pts[end - self._first] - self._pts[start - self._first]
        return ticks * self._tick_s

    def mixtures(self, start: int, end: int) -> npt.NDArray[np.float64]:
        """Return the frames as vectors that mix as light does.

        Returns
        -------
        (end - start, 864) float64
        """
        return self._derived("mixture", to_mixture, start, end)

    def square_distance(self, a: int, b: int) -> float:
        """Return the sum of squared differences of two mixtures; a whole number, exact."""
        if max(a, b) >= self._first + self._n_derived["mixture"]:
            self.mixtures(a, max(a, b) + 1)
        rows = self._rows["mixture"]
        return cv2.norm(rows[a - self._first], rows[b - self._first], cv2.NORM_L2SQR)

    def levels(self, start: int, end: int) -> npt.NDArray[np.int64]:
        """Return how often each level occurs in the frames, see `count_levels`.

        Returns
        -------
        (end - start, 48) int64
        """
        return self._derived("levels", count_levels, start, end)

    def _derived(
        self,
        name: str,
        derive: Callable[[Signature], npt.NDArray[Any]],
        start: int,
        end: int,
    ) -> npt.NDArray[Any]:
        """Return rows that are worked out only when they are asked for."""
        rows, first, last = self._rows[name], start - self._first, end - self._first
        for at in range(self._n_derived[name], last):
            rows[at] = derive(self._rows["signature"][at])
        self._n_derived[name] = max(self._n_derived[name], last)
        return rows[first:last]

    def to_arrays(self, end: int) -> dict[str, npt.NDArray[Any]]:
        """Return what a window needs to go on at frame `end`: the frames before it.

        Returns
        -------
        signatures : (L, 2592) uint8, L at most `LOOK_BACK`
        pts : (L,) int64
        follows_gap : (L,) bool
        first_frame : int64
        time_base : (2,) int64, s, numerator and denominator
        """
        start = max(self._first, end - LOOK_BACK)
        rows = slice(start - self._first, end - self._first)
        return {
            "signatures": self._rows["signature"][rows].copy(),
            "pts": np.array(self._pts[rows], np.int64),
            "follows_gap": np.array(self._gaps[rows], np.bool_),
            "first_frame": np.array(start, np.int64),
            "time_base": np.array(self._time_base.as_integer_ratio(), np.int64),
        }

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take what `to_arrays` returned; the window must be new."""
        self._first = int(arrays["first_frame"])
        numerator, denominator = (int(each) for each in arrays["time_base"])
        self._set_time_base(Fraction(numerator, denominator))
        for signature, pts, follows_gap in zip(
            arrays["signatures"], arrays["pts"], arrays["follows_gap"], strict=True
        ):
            self._append(signature, pts=int(pts), follows_gap=bool(follows_gap))
