"""Frame numbers of programs that count at a fixed rate: right for films of any frame rate.

Such a program shows a time as ``floor(time x rate) + 1``. At a constant rate that is the frame's
position. A film whose rate varies gets a rate that is fine enough to tell all its frames apart.
"""

from fractions import Fraction
from math import ceil

import numpy as np

from cinefacs.errors import SchemaError
from cinefacs.labels.labelled_films import LabelledFilm
from cinefacs.records.frame_times import FrameTimes

__all__ = ["FrameClock", "clock_at", "rate_for"]


class FrameClock:
    """Turns frames into numbers from 1 at a fixed rate, and back.

    Parameters
    ----------
    times
        The film's frames.
    rate_fps : 1/s, above 0
    """

    def __init__(self, times: FrameTimes, rate_fps: Fraction) -> None:
        self._times = times
        self.rate_fps = rate_fps

    def first_number(self, frame: int) -> int:
        """Return the number, from 1, with which a frame begins."""
        return _round(self._times.start_s(frame) * self.rate_fps) + 1

    def last_number(self, frame: int) -> int:
        """Return the number, from 1, with which a frame ends; it still belongs to it."""
        return _round(self._times.end_s(frame) * self.rate_fps)

    def frame_starting(self, number: float) -> int:
        """Return the frame that begins with a number.

        Raises
        ------
        SchemaError
            It lies outside the film.
        """
        return self._times.starting_at((Fraction(number) - 1) / self.rate_fps)

    def frame_ending(self, number: float) -> int:
        """Return the frame that ends with a number.

        Raises
        ------
        SchemaError
            It lies outside the film.
        """
        return self._times.ending_at(Fraction(number) / self.rate_fps)


def rate_for(film: LabelledFilm) -> tuple[Fraction, bool]:
    """Return a rate that tells all frames of a film apart, and whether it is the film's own.

    At the film's own rate the numbers are the frames' positions.
    """
    own = FrameClock(film.times, film.film.rate_fps)
    if all(
        own.first_number(frame) == frame + 1 and own.last_number(frame) == frame + 1
        for frame in range(len(film.times))
    ):
        return film.film.rate_fps, True
    edges = np.append(film.times.pts, film.times.end_pts[-1])
    shortest_s = int(np.diff(edges).min()) * film.times.time_base
    return Fraction(ceil(2 / shortest_s)), False


def clock_at(film: LabelledFilm, rate_fps: float | None, *, where: str) -> FrameClock:
    """Return the clock of a file that says its rate, or of one that says none.

    Raises
    ------
    SchemaError
        The rate is no rate, or none is said and the film has no constant one.
    """
    if rate_fps is not None:
        if not 0 < rate_fps < 1e6:
            raise SchemaError(f"{where}: expected a frame rate above 0, got {rate_fps}")
        return FrameClock(film.times, Fraction(rate_fps))
    rate, is_own = rate_for(film)
    if not is_own:
        raise SchemaError(
            f"{where}: expected the rate at which its frames are counted, got none",
            hint="the film's own rate varies: put the project's frameRate into data.fps",
        )
    return FrameClock(film.times, rate)


def _round(number: Fraction) -> int:
    return (2 * number.numerator + number.denominator) // (2 * number.denominator)
