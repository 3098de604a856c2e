"""When each frame of a film is on the screen, and which frame a time means."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.records.checks import freeze_array, require, require_steps
from cinefacs.records.time_span import TimeSpan

__all__ = ["FrameTimes"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FrameTimes:
    """The frames of one film with their exact times; any frame rate, constant or not.

    Other programs say *frame 17* or *0.708 s*. Both are turned into ticks here and nowhere else.
    Their seconds count from the film's first frame, as players do.
    """

    film_id: str
    """SHA-256 of the film."""
    time_base: Fraction
    """Seconds per tick."""
    pts: npt.NDArray[np.int64]
    """(N,) ticks, ascending: when frame 0, 1, ... begins."""
    end_pts: npt.NDArray[np.int64]
    """(N,) ticks: when each frame ends; before the next begins where frames are missing."""

    def __post_init__(self) -> None:
        """Check order and lengths; freeze the arrays."""
        require(self.time_base > 0, "FrameTimes.time_base", "a fraction above 0", self.time_base)
        for name in ("pts", "end_pts"):
            values = freeze_array(
                getattr(self, name), f"FrameTimes.{name}", shape=(len(self.pts),), dtype=np.int64
            )
            object.__setattr__(self, name, values)
        require(len(self.pts) > 0, "FrameTimes", "at least one frame", len(self.pts))
        require_steps(self.pts, "FrameTimes.pts")
        starts = np.append(self.pts[1:], self.end_pts[-1])
        in_order = bool(np.all(self.end_pts > self.pts) and np.all(self.end_pts <= starts))
        require(in_order, "FrameTimes.end_pts", "after its frame, up to the next one", in_order)

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.pts)

    def span_of(self, first_frame: int, last_frame: int) -> TimeSpan:
        """Return the time of some frames, both ends included, as a half-open span.

        Parameters
        ----------
        first_frame, last_frame : 0 to N - 1

        Raises
        ------
        SchemaError
            The frames are not in the film, or the last comes before the first.
        """
        require(
            0 <= first_frame <= last_frame < len(self),
            "frames",
            f"0 <= first <= last <= {len(self) - 1}",
            (first_frame, last_frame),
        )
        return TimeSpan(
            start_pts=int(self.pts[first_frame]),
            end_pts=int(self.end_pts[last_frame]),
            time_base=self.time_base,
        )

    def frames_of(self, span: TimeSpan) -> tuple[int, int]:
        """Return the first and the last frame that are on the screen during a span.

        Parameters
        ----------
        span
            On this film's clock; its time base may be another one. The frames cover it exactly
            if `span_of` gives it back.

        Raises
        ------
        SchemaError
            No frame of the film is on the screen during the span.
        """
        start = floor(span.start_s / self.time_base)  # whole ticks: pts are whole, too
        end = ceil(span.end_s / self.time_base)
        first = int(np.searchsorted(self.end_pts, start, side="right"))
        last = int(np.searchsorted(self.pts, end, side="left")) - 1
        require(
            0 <= first <= last,
            "span",
            f"a part of the film, ticks {self.pts[0]} to {self.end_pts[-1]}",
            (span.start_pts, span.end_pts),
        )
        return first, last

    def frame_at(self, pts: int) -> int:
        """Return the frame that is on the screen at a tick.

        Raises
        ------
        SchemaError
            The film has no frame then.
        """
        frame = int(np.searchsorted(self.pts, pts, side="right")) - 1
        is_shown = frame >= 0 and pts < self.end_pts[frame]
        expected = f"a tick within {self.pts[0]} to {self.end_pts[-1] - 1}"
        require(is_shown, "pts", expected, pts)
        return frame

    def start_s(self, frame: int) -> Fraction:
        """Return when a frame begins, s from the film's first frame."""
        return int(self.pts[frame] - self.pts[0]) * self.time_base

    def end_s(self, frame: int) -> Fraction:
        """Return when a frame ends, s from the film's first frame."""
        return int(self.end_pts[frame] - self.pts[0]) * self.time_base

    def starting_at(self, seconds: Fraction) -> int:
        """Return the frame that begins nearest to a time; of two equally near ones the earlier.

        Parameters
        ----------
        seconds : s from the film's first frame

        Raises
        ------
        SchemaError
            The time lies before the film or after it, by more than a frame.
        """
        return self._nearest(self.pts, seconds)

    def ending_at(self, seconds: Fraction) -> int:
        """Return the frame that ends nearest to a time; of two equally near ones the earlier.

        Parameters
        ----------
        seconds : s from the film's first frame

        Raises
        ------
        SchemaError
            The time lies before the film or after it, by more than a frame.
        """
        return self._nearest(self.end_pts, seconds)

    def _nearest(self, edges: npt.NDArray[np.int64], seconds: Fraction) -> int:
        ticks = seconds / self.time_base + int(self.pts[0])
        low = 2 * int(self.pts[0]) - int(self.end_pts[0])
        high = 2 * int(self.end_pts[-1]) - int(self.pts[-1])
        if not low <= ticks <= high:
            got = Decimal(seconds.numerator) / seconds.denominator  # what no float may hold
            raise SchemaError(
                f"time, s: expected 0 to {float(self.end_s(len(self) - 1)):.3f}, the film's "
                f"length, got {got:.6g}"
            )
        after = min(int(np.searchsorted(edges, floor(ticks), side="right")), len(edges) - 1)
        before = max(after - 1, 0)
        is_before_nearer = ticks - int(edges[before]) <= int(edges[after]) - ticks
        return before if is_before_nearer else after
