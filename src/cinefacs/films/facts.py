"""What a film is, found out while it is read (DECISIONS 1: an incremental stage)."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from cinefacs.media.probe import FilmHeader
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.records.film import Film
from cinefacs.records.time_span import TimeSpan

__all__ = ["FilmTally"]


class FilmTally:
    """Count a film's frames and measure their distances.

    Parameters
    ----------
    header
        What the container says.
    state
        What `state` returned after an earlier shot, to go on from there; None at the start.
    """

    def __init__(self, header: FilmHeader, *, state: Mapping[str, Any] | None = None) -> None:
        self._header = header
        state = state or {}
        self._n_frames: int = state.get("n_frames", 0)
        self._first_pts: int | None = state.get("first_pts")
        self._last_pts: int | None = state.get("last_pts")
        self._end_pts: int | None = state.get("end_pts")
        self._shortest: int | None = state.get("shortest_step")
        self._longest: int | None = state.get("longest_step")
        self._is_interlaced: bool = state.get("is_interlaced", False)
        self._n_damaged: int = state.get("n_damaged", 0)

    def push(self, shot_frames: ShotFrames) -> None:
        """Count some frames."""
        for frame in shot_frames.frames:
            if self._first_pts is None:
                self._first_pts = frame.pts
            if self._last_pts is not None and not frame.n_lost_before:
                step = frame.pts - self._last_pts
                self._shortest = min(step, self._shortest or step)
                self._longest = max(step, self._longest or step)
            self._last_pts, self._end_pts = frame.pts, frame.end_pts
            self._n_frames += 1
            self._is_interlaced |= frame.is_interlaced
            self._n_damaged += frame.n_lost_before

    def state(self) -> dict[str, Any]:
        """Return JSON values from which another tally goes on."""
        return {
            "n_frames": self._n_frames,
            "first_pts": self._first_pts,
            "last_pts": self._last_pts,
            "end_pts": self._end_pts,
            "shortest_step": self._shortest,
            "longest_step": self._longest,
            "is_interlaced": self._is_interlaced,
            "n_damaged": self._n_damaged,
        }

    def finish(self, *, film_id: str, film_number: int, n_lost_at_end: int = 0) -> Film:
        """Return the film.

        Parameters
        ----------
        film_id
            SHA-256 of the file.
        film_number
            Position in the study, from 1.
        n_lost_at_end
            Damaged frames after the last readable one.

        Raises
        ------
        SchemaError
            No frame was counted.
        """
        header = self._header
        first, end = self._first_pts or 0, self._end_pts or 0
        is_constant = (self._longest or 0) - (self._shortest or 0) <= 1
        return Film(
            film_id=film_id,
            film_number=film_number,
            path=str(header.path.resolve()),
            width_px=header.size_wh[0],
            height_px=header.size_wh[1],
            rotation_deg=header.rotation_deg,
            sample_aspect_ratio=header.sample_aspect_ratio,
            n_frames=self._n_frames,
            span=TimeSpan(start_pts=first, end_pts=end, time_base=header.time_base),
            is_constant_rate=is_constant,
            rate_fps=self._rate(is_constant=is_constant),
            is_interlaced=self._is_interlaced,
            has_audio=header.has_audio,
            codec=header.codec,
            n_damaged_frames=self._n_damaged + n_lost_at_end,
        )

    def _rate(self, *, is_constant: bool) -> Fraction:
        """Return the container's rate where the frames bear it out, else the mean."""
        if self._last_pts is None or self._first_pts is None or self._n_frames < 2:
            return self._header.rate_fps or Fraction(1)
        span_s = (self._last_pts - self._first_pts) * self._header.time_base
        mean = (self._n_frames - 1) / span_s
        nominal = self._header.rate_fps
        if is_constant and nominal is not None:
            drift_ticks = abs((self._n_frames - 1) / nominal - span_s) / self._header.time_base
            if drift_ticks <= 1:
                return nominal
        return mean
