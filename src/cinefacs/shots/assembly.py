"""Hand frames on in shots, once verdicts about them have come in."""

from collections import deque
from collections.abc import Iterator

from cinefacs.errors import SchemaError
from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from cinefacs.shots.boundaries import Verdict

__all__ = ["ShotAssembler"]


class ShotAssembler:
    """Hold frames until it is certain which shot they belong to.

    The last certain frame is held back too: only the next verdict tells whether it ends its shot.

    Parameters
    ----------
    film_id
        SHA-256 of the film.
    shot_index, start_frame, starts_with
        Of the running shot.
    """

    def __init__(
        self, film_id: str, *, shot_index: int, start_frame: int, starts_with: ShotStart
    ) -> None:
        self._film_id = film_id
        self._waiting: deque[Frame] = deque()
        self._next = start_frame
        self._certain: list[tuple[Frame, bool]] = []
        self._begin_shot(shot_index, start_frame, starts_with)

    @property
    def next_frame(self) -> int:
        """First frame without a verdict."""
        return self._next

    @property
    def end(self) -> int:
        """First frame that has not been pushed."""
        return self._next + len(self._waiting)

    @property
    def shot_index(self) -> int:
        """Position of the running shot."""
        return self._shot_index

    @property
    def start_frame(self) -> int:
        """First frame of the running shot."""
        return self._start_frame

    @property
    def starts_with(self) -> ShotStart:
        """How the running shot begins."""
        return self._starts_with

    def push(self, frame: Frame) -> None:
        """Take the next frame.

        Raises
        ------
        SchemaError
            It is another one than the next.
        """
        if frame.index != self.end:
            raise SchemaError(
                f"frame: expected index {self.end}, got {frame.index}",
                hint="push the frames in display order, from the first one that was not handed on",
            )
        self._waiting.append(frame)

    def apply(self, verdict: Verdict) -> ShotFrames | None:
        """Take a verdict about the next frames; return the piece that ends a shot, if one ends."""
        ended = None
        if verdict.boundary is not None:
            self._take(verdict.boundary, in_transition=verdict.in_transition)
            ended = self._end_shot()
            self._begin_shot(self._shot_index + 1, verdict.boundary, verdict.starts_with)
        self._take(verdict.end, in_transition=verdict.in_transition)
        return ended

    def flush(self) -> Iterator[ShotFrames]:
        """Yield the certain frames of the running shot but the last, as one piece."""
        if len(self._certain) > 1:
            last = self._certain.pop()
            yield self._piece(None)
            self._certain = [last]

    def finish(self) -> ShotFrames | None:
        """Return the end of the last shot; all frames have had their verdict."""
        if not self._certain:
            return None
        ended = self._end_shot()
        self._begin_shot(self._shot_index + 1, self._next, ShotStart.CUT)
        return ended

    def _begin_shot(self, shot_index: int, start_frame: int, starts_with: ShotStart) -> None:
        self._shot_index = shot_index
        self._start_frame = start_frame
        self._starts_with = starts_with
        self._start_pts: int | None = None
        self._core_start = self._core_end = start_frame
        self._is_leading = True
        self._was_handed_on = False
        self._certain = []

    def _take(self, end: int, *, in_transition: bool) -> None:
        """Move frames before `end` to the running shot."""
        while self._next < end:
            frame = self._waiting.popleft()
            if self._start_pts is None:
                self._start_pts = frame.pts
            self._certain.append((frame, in_transition))
            self._next += 1
            if not in_transition:
                self._is_leading = False
                self._core_end = self._next
            elif self._is_leading:
                self._core_start = self._core_end = self._next

    def _end_shot(self) -> ShotFrames:
        """Return the last piece of the running shot, with its record."""
        last = self._certain[-1][0]
        start_pts = last.pts if self._start_pts is None else self._start_pts
        span = TimeSpan(start_pts=start_pts, end_pts=last.end_pts, time_base=last.time_base)
        return self._piece(
            Shot(
                film_id=self._film_id,
                shot_index=self._shot_index,
                start_frame=self._start_frame,
                end_frame=self._next,
                core_start_frame=self._core_start,
                core_end_frame=self._core_end,
                span=span,
                starts_with=self._starts_with,
            )
        )

    def _piece(self, shot: Shot | None) -> ShotFrames:
        frames, flags = zip(*self._certain, strict=True)
        starts_shot = not self._was_handed_on
        self._was_handed_on = True
        return ShotFrames(
            shot_index=self._shot_index,
            frames=frames,
            in_transition=flags,
            starts_shot=starts_shot,
            shot=shot,
        )
