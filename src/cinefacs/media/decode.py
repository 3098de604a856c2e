"""Decode films frame by frame: exact times, bounded memory, damage told apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from cinefacs.errors import DamagedFilmError, FilmError
from cinefacs.media.frame import Frame
from cinefacs.media.pictures import TimedPicture
from cinefacs.media.probe import FilmHeader, open_film, read_header
from cinefacs.media.seek import ResumePoint, pictures_from
from cinefacs.timing.clock import format_timecode

__all__ = ["DecodeStats", "ResumePoint", "decode_film", "luma_planes", "read_frames"]

_MAX_CHUNK_FRAMES = 8
"""Decoded frames that are handed on together, up to 1080p."""
_CHUNK_PX = _MAX_CHUNK_FRAMES * 1920 * 1088
"""Pixels of such a chunk, 25 MB; larger frames come in shorter ones."""
_END_TOLERANCE_S = Fraction(1, 10)
_FILE_END_TOLERANCE_S = Fraction(5)
"""The whole file's length may be that of a longer sound track."""
_AVI_FRAMES_FOUND = 0.98
"""Share of the declared frames below which frames are missing: some coders store empty ones."""
_END_TOLERANCE_FRAMES = Fraction(5, 2)


@dataclass(kw_only=True, slots=True)
class DecodeStats:
    """What a pass over a film found out besides the frames; filled while it runs."""

    n_frames: int = 0
    """Frames handed out, from the point of resumption on."""
    n_damaged: int = 0
    """Frames left out as damaged or missing, from the point of resumption on."""
    n_lost_at_end: int = 0
    """Those of them that come after the last whole frame."""
    n_ticks: int = 0
    """Length of all frames handed out, ticks."""
    n_repaired_times: int = 0
    """Time stamps that were missing or not ascending, from where decoding began."""
    ended_early: bool = False
    """Whether the film stops before its declared end."""
    first_pts: int | None = None
    """Pts of the first frame handed out."""
    end_pts: int | None = None
    """End of the last frame handed out."""


def decode_film(
    film: Path | FilmHeader,
    *,
    start: ResumePoint | None = None,
    allow_damaged: bool = False,
    chunk_frames: int | None = None,
    stats: DecodeStats | None = None,
) -> Iterator[tuple[Frame, ...]]:
    """Decode a film from its first frame, or from `start`, to its end.

    Times are the container's, in its own time base, strictly ascending: missing stamps and such
    as do not ascend are repaired (`cinefacs.media.timeline`). A frame lasts until the next one
    begins; before a gap and at the end it lasts as long as the container says, else as long as
    the frame before.

    Parameters
    ----------
    film
        File, or what `read_header` found in it.
    start
        Frame to begin with. Frames from here on equal those of an uninterrupted pass: decoding
        begins at a key frame before a whole frame before it, or at the film's beginning where
        the container has no exact index.
    allow_damaged
        Leave damaged frames out instead of raising; the next whole frame says how many were
        lost before it. Such a film is decoded by one thread, which tells damage reliably.
    chunk_frames
        Frames in one tuple, 1 or more; None takes 8, and fewer of more than 1080 lines.
    stats
        Filled while the film is read.

    Yields
    ------
    (1 to chunk_frames,) Frame
        In display order.

    Raises
    ------
    FilmError
        The file is no film, or no frame of it can be decoded, or `start` is not in it.
    DamagedFilmError
        Part of the film is damaged or missing; what can be read was counted to the end.
    """
    header = film if isinstance(film, FilmHeader) else read_header(film)
    stats = stats if stats is not None else DecodeStats()
    frames = _decode_frames(header, start, stats, is_careful=allow_damaged)
    if chunk_frames is None:
        width, height = header.size_wh
        chunk_frames = min(_MAX_CHUNK_FRAMES, max(1, _CHUNK_PX // (width * height)))
    chunk: list[Frame] = []
    for frame in frames:
        if frame.n_lost_before and not allow_damaged:
            for _ in frames:
                pass  # decoded only to be counted
            raise _damaged_error(header, stats, start, at=frame)
        chunk.append(frame)
        if len(chunk) >= chunk_frames:
            yield tuple(chunk)
            chunk.clear()
    if chunk:
        yield tuple(chunk)
    if stats.n_frames == 0 and start is None:
        raise FilmError(
            f"{header.path}: expected at least one frame, got none that can be decoded whole"
        )
    if (stats.ended_early or stats.n_lost_at_end) and not allow_damaged:
        raise _damaged_error(header, stats, start, at=None)


def read_frames(
    film: Path | FilmHeader, *, start: ResumePoint, end_pts: int, allow_damaged: bool = False
) -> Iterator[Frame]:
    """Yield exactly the frames with ``start.pts <= pts < end_pts``.

    Parameters
    ----------
    film
        File, or what `read_header` found in it.
    start
        First frame.
    end_pts : ticks
    allow_damaged
        Leave damaged frames out instead of raising.

    Raises
    ------
    FilmError
        The film has no frame at `start`.
    DamagedFilmError
        A frame between the two is damaged or missing.
    """
    header = film if isinstance(film, FilmHeader) else read_header(film)
    stats = DecodeStats()
    for frame in _decode_frames(header, start, stats, is_careful=allow_damaged):
        if frame.pts >= end_pts:
            return
        if frame.n_lost_before and not allow_damaged:
            raise _damaged_error(header, stats, start, at=frame)
        yield frame


def luma_planes(film: Path | FilmHeader) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
    """Yield pts and luma of each frame of a film as stored: for measurements of the picture.

    Parameters
    ----------
    film
        File, or what `read_header` found in it; damaged frames are left out.

    Yields
    ------
    pts : ticks
    y : (H, W) uint8, a view that is valid until the next item is asked for
    """
    for chunk in decode_film(film, allow_damaged=True):
        for frame in chunk:
            yield frame.pts, frame.planes()[0]


def _decode_frames(
    header: FilmHeader, start: ResumePoint | None, stats: DecodeStats, *, is_careful: bool
) -> Iterator[Frame]:
    """Yield frames with their durations, which needs one frame of look-ahead."""
    index = start.frame_index if start else 0
    step = round(1 / (header.rate_fps * header.time_base)) if header.rate_fps else 1
    before: TimedPicture | None = None
    stats.end_pts = start.pts if start else None
    for timed in pictures_from(header, start, is_careful=is_careful):
        stats.n_damaged += timed.n_lost_before
        stats.n_repaired_times = timed.n_repaired
        if before is not None:
            step = _duration(before, timed, step)
            yield _make_frame(header, before, index, step, stats)
            index += 1
        if timed.picture is None:
            stats.n_lost_at_end = timed.n_lost_before
        before = timed
    stats.ended_early = _ends_early(header, stats.end_pts) or _lacks_frames(
        header, index + stats.n_damaged
    )


def _duration(timed: TimedPicture, after: TimedPicture, step_before: int) -> int:
    """Return how long a picture is shown, ticks, 1 or more."""
    if after.picture is not None and not after.n_lost_before:
        return after.pts - timed.pts
    said = timed.picture.duration if timed.picture is not None else 0
    duration = max(said or step_before, 1)
    return duration if after.picture is None else min(duration, after.pts - timed.pts)


def _make_frame(
    header: FilmHeader, timed: TimedPicture, index: int, duration: int, stats: DecodeStats
) -> Frame:
    """Return a frame and count it."""
    assert timed.picture is not None  # noqa: S101  (only the end of the film has none)
    stats.n_frames += 1
    stats.n_ticks += duration
    if stats.first_pts is None:
        stats.first_pts = timed.pts
    stats.end_pts = timed.pts + duration
    return Frame(
        timed.picture,
        index=index,
        pts=timed.pts,
        duration=duration,
        time_base=header.time_base,
        size_wh=header.size_wh,
        rotation_deg=header.rotation_deg,
        n_lost_before=timed.n_lost_before,
    )


def _ends_early(header: FilmHeader, end_pts: int | None) -> bool:
    """Return whether the film stops before the end that its container declares."""
    if end_pts is None:
        return False
    frame_s = 1 / header.rate_fps if header.rate_fps else Fraction(1, 24)
    if header.end_pts is not None:
        missing_s = (header.end_pts - end_pts) * header.time_base
        return missing_s > max(_END_TOLERANCE_S, _END_TOLERANCE_FRAMES * frame_s)
    if header.duration_s is None:
        return False
    missing_s = header.duration_s - end_pts * header.time_base
    return missing_s > _FILE_END_TOLERANCE_S and not _sound_reaches(
        header, header.duration_s - _FILE_END_TOLERANCE_S
    )


def _lacks_frames(header: FilmHeader, n_seen: int) -> bool:
    """Return whether an AVI has fewer frames than its header declares.

    An AVI that was cut off has lost its index, and FFmpeg then estimates the length anew. In
    other containers an edit list may rightly leave declared frames out.
    """
    return header.container == "avi" and n_seen < header.n_frames * _AVI_FRAMES_FOUND


def _sound_reaches(header: FilmHeader, time_s: Fraction) -> bool:
    """Return whether any sound track goes on up to a time: then the file is whole."""
    with open_film(header.path) as container:
        streams = container.streams.audio
        try:
            return (
                any(
                    packet.pts is not None and packet.pts * packet.time_base >= time_s
                    for packet in container.demux(*streams)
                )
                if streams
                else False
            )
        except FFmpegError:
            return False


def _damaged_error(
    header: FilmHeader, stats: DecodeStats, start: ResumePoint | None, *, at: Frame | None
) -> DamagedFilmError:
    """Return the error that says where a film is damaged and how much of it can be read."""
    rate_fps = header.rate_fps or Fraction(24)
    declared_s = header.duration_s
    n_declared = header.n_frames or (round(declared_s * rate_fps) if declared_s else 0)
    n_read = stats.n_frames + (start.frame_index if start else 0)
    read_s = float(stats.n_ticks * header.time_base)
    if start is not None:
        read_s += float(start.frame_index / rate_fps)
    of_frames = f" of {n_declared}" if n_declared else ""
    of_s = f" of {float(declared_s):.1f}" if declared_s else ""
    if at is not None:
        where = format_timecode(at.pts * header.time_base)
        found = f"damage ({at.n_lost_before} frames) before frame {at.index} at {where}"
    elif stats.ended_early:
        found = f"an end at {format_timecode((stats.end_pts or 0) * header.time_base)}"
    else:
        found = f"damage ({stats.n_lost_at_end} frames) at the end"
    return DamagedFilmError(
        f"{header.path}: expected a whole film, got {found}; "
        f"about {n_read}{of_frames} frames ({read_s:.1f}{of_s} s) can be read",
        hint="use --allow-damaged to go on with what can be read",
    )
