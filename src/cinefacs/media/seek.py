"""Begin in the middle of a film exactly as if it had been decoded from its first frame."""

from collections.abc import Iterator
from dataclasses import dataclass

from av.error import FFmpegError

from cinefacs.errors import FilmError
from cinefacs.media.picture_film import PICTURES, read_still_pictures
from cinefacs.media.pictures import TimedPicture, read_pictures
from cinefacs.media.probe import FilmHeader, film_stream, open_film
from cinefacs.records.checks import require

__all__ = ["ResumePoint", "pictures_from"]

SEEKABLE = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"}
"""Containers whose index leads to a key frame and whose clock never starts anew; all others are
decoded from the beginning."""
SEEK_BACK_S = (0, 2, 10, 60)
"""How far before the wanted frame to look for a key frame, one try after the other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResumePoint:
    """The frame to go on with."""

    frame_index: int
    """Its index, from 0."""
    pts: int
    """Its pts, or the end of the frame before it: the same unless frames were lost between."""

    def __post_init__(self) -> None:
        """Check the index."""
        require(self.frame_index >= 0, "ResumePoint.frame_index", "0 or more", self.frame_index)


class _MissedError(Exception):
    """A seek did not lead to where decoding can begin."""


def pictures_from(
    header: FilmHeader, start: ResumePoint | None, *, is_careful: bool
) -> Iterator[TimedPicture]:
    """Yield the pictures from `start` on, and then the end.

    A seek is believed only if decoding met a whole key frame before `start` and then a picture
    at exactly `start`, or a gap in its place. So the pictures, and how many were lost before the
    first, equal those of an uninterrupted pass.

    Parameters
    ----------
    header
        What `read_header` found in the film.
    start
        Where to begin; None for the first frame.
    is_careful
        Decode in one thread, so that damage is told the same in every run.

    Raises
    ------
    FilmError
        The film has fewer frames.
    """
    if header.container == PICTURES:
        yield from read_still_pictures(header, start.pts if start is not None else 0)
        return
    if start is not None and start.frame_index > 0 and header.container in SEEKABLE:
        for back_s in SEEK_BACK_S:
            try:
                yield from _after_seek(header, start, back_s, is_careful=is_careful)
            except _MissedError:
                continue
            return
    n_skipped = start.frame_index if start is not None else 0
    yield from _counted(header, n_skipped, is_careful=is_careful)


def _after_seek(
    header: FilmHeader, start: ResumePoint, back_s: int, *, is_careful: bool
) -> Iterator[TimedPicture]:
    """Yield from `start` on, or raise before anything was yielded."""
    target = start.pts - 1 - round(back_s / header.time_base)
    with open_film(header.path) as container:
        try:
            container.seek(target, stream=film_stream(container, header.path))
        except FFmpegError as error:
            raise _MissedError from error
        met_key, is_on = False, False
        for timed in read_pictures(container, header, is_careful=is_careful):
            if is_on:
                yield timed
                continue
            if timed.picture is not None and timed.pts < start.pts:
                met_key = met_key or bool(timed.picture.key_frame)
                continue
            is_there = timed.picture is None or timed.pts == start.pts or timed.n_lost_before > 0
            if not (met_key and is_there):
                raise _MissedError
            is_on = True
            yield timed


def _counted(header: FilmHeader, n_skipped: int, *, is_careful: bool) -> Iterator[TimedPicture]:
    """Yield all but the first pictures, decoded from the beginning."""
    n_seen = 0
    with open_film(header.path) as container:
        for timed in read_pictures(container, header, is_careful=is_careful):
            if n_seen >= n_skipped:
                yield timed
            n_seen += timed.picture is not None
    if n_seen < n_skipped:
        raise FilmError(
            f"{header.path}: expected at least {n_skipped} frames, got {n_seen}",
            hint="the film is not the one that was read before",
        )
