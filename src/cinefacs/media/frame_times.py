"""Read when each frame of a film is shown: the one source of frame numbers and their times."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from cinefacs.errors import FilmError
from cinefacs.media.decode import decode_film
from cinefacs.media.probe import FilmHeader, film_stream, open_film, read_header
from cinefacs.records.film import Film
from cinefacs.records.frame_times import FrameTimes

__all__ = ["read_frame_times"]

Ticks = npt.NDArray[np.int64]


def read_frame_times(film: Film) -> FrameTimes:
    """Return the times of all frames of a film that was collected, numbered as it was then.

    The container's packets tell them without decoding. They are believed only where their number,
    the first and the last agree with what was counted when the film was decoded, and no stamp is
    missing, doubled or falls back by a second; else the film is decoded anew.

    Parameters
    ----------
    film
        As it stands in the study.

    Raises
    ------
    FilmError
        The file is not there, cannot be read, or is not the one that was collected.
    """
    header = read_header(Path(film.path))
    pts, ends = _packet_times(header, film) or _decoded_times(header, film)
    found = (len(pts), int(pts[0]), int(ends[-1]), header.time_base)
    expected = (film.n_frames, film.span.start_pts, film.span.end_pts, film.span.time_base)
    if found != expected:
        raise FilmError(
            f"{film.path}: expected the film that was collected, with {film.n_frames} frames over "
            f"{float(film.span.duration_s):.3f} s, got another one ({len(pts)} frames)",
            hint="put the film back where it was, or collect the new one into another study",
        )
    return FrameTimes(film_id=film.film_id, time_base=header.time_base, pts=pts, end_pts=ends)


def _packet_times(header: FilmHeader, film: Film) -> tuple[Ticks, Ticks] | None:
    """Return starts and ends by the packets, or None where they do not tell them reliably."""
    stamps = None if film.n_damaged_frames else _packet_stamps(header)
    if not stamps:
        return None
    pts = np.unique(np.array(stamps, np.int64))
    is_whole = (
        len(pts) == len(stamps) == film.n_frames
        and pts[0] == film.span.start_pts
        and pts[-1] < film.span.end_pts
    )
    return (pts, np.append(pts[1:], film.span.end_pts)) if is_whole else None


def _packet_stamps(header: FilmHeader) -> list[int] | None:
    """Return the stamps of all packets that are shown; None where one is missing or falls back."""
    ticks_per_s = max(1, round(1 / header.time_base))
    stamps: list[int] = []
    highest: int | None = None
    with open_film(header.path) as container:
        try:
            for packet in container.demux(film_stream(container, header.path)):
                if not packet.size or packet.is_discard:
                    continue
                stamp = packet.pts
                if stamp is None or packet.is_corrupt:
                    return None
                if highest is not None and stamp <= highest - ticks_per_s:
                    return None
                highest = stamp if highest is None else max(highest, stamp)
                stamps.append(stamp)
        except FFmpegError:
            return None
    return stamps


def _decoded_times(header: FilmHeader, film: Film) -> tuple[Ticks, Ticks]:
    """Return starts and ends of all frames that can be decoded."""
    times = [
        (frame.pts, frame.end_pts)
        for chunk in decode_film(header, allow_damaged=film.n_damaged_frames > 0)
        for frame in chunk
    ]
    both = np.array(times, np.int64)
    return both[:, 0], both[:, 1]
