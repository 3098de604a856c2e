"""Make time stamps whole: none missing, each after the one before."""

__all__ = ["Timeline"]

MAX_HELD = 16
"""Stamps that may be missing in a row before they are filled without waiting for the next."""


class Timeline:
    """Give each picture a time stamp that is strictly above the one before.

    - A missing stamp, or one that is not above the one before, is filled: evenly between its
      good neighbours, or one step after another where no good one follows soon.
    - Where stamps fall back by more than a second, the film's clock was restarted: all that
      follow are moved so that the restart comes one step after the last picture.
    - A leap forward is believed.

    Parameters
    ----------
    ticks_per_s
        Ticks in a second, 1 or more.
    """

    def __init__(self, *, ticks_per_s: int) -> None:
        self._step = 0
        self._ticks_per_s = ticks_per_s
        self._last: int | None = None
        self._offset = 0
        self._n_held = 0
        self.n_repaired = 0
        """Stamps that are not as stored."""

    def push(self, raw: int | None, *, duration: int | None = None) -> list[int]:
        """Return the stamps of all pictures held so far and of this one, or hold it as well.

        Parameters
        ----------
        raw : ticks; None for a missing stamp
        duration : ticks
            As the container says; used until two good stamps have shown the distance.
        """
        self._step = self._step or duration or 0
        if raw is not None:
            raw += self._offset
        if self._last is None:
            self.n_repaired += raw is None
            self._last = raw or 0
            return [self._last]
        if raw is not None and raw <= self._last - self._ticks_per_s:
            moved = self._last + max(self._step, 1) * (self._n_held + 1) - raw
            self._offset += moved
            self.n_repaired += 1
            raw += moved
        n = self._n_held + 1
        if raw is not None and raw - self._last >= n:
            stamps = [self._last + (raw - self._last) * (k + 1) // n for k in range(n)]
            self.n_repaired += self._n_held
            self._step = (raw - self._last) // n
            self._last, self._n_held = raw, 0
            return stamps
        self._n_held = n
        return self.finish() if n >= MAX_HELD else []

    def finish(self) -> list[int]:
        """Return the stamps of the pictures that are held."""
        last = self._last or 0
        stamps = [last + max(self._step, 1) * (k + 1) for k in range(self._n_held)]
        self.n_repaired += self._n_held
        if stamps:
            self._last = stamps[-1]
        self._n_held = 0
        return stamps
