"""Shots that follow each other in one film, made from their lengths."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from tests.support.records import FILM_ID

__all__ = ["make_shots"]


def make_shots(
    lengths: Sequence[int],
    *,
    time_base: Fraction = Fraction(1),
    start_pts: int = 0,
    starts: Mapping[int, ShotStart] | None = None,
    mixed: Mapping[int, tuple[int, int]] | None = None,
    lost: Mapping[int, int] | None = None,
    film_id: str = FILM_ID,
) -> list[Shot]:
    """Return shots with one frame per tick.

    Parameters
    ----------
    lengths : (N,) ticks, each 1 or more
    time_base : s per tick
    start_pts : ticks
        Where the film's clock starts.
    starts
        How a shot begins, by its position; the others but the first begin with a cut.
    mixed
        Frames in transition before and after the boundary that a shot starts with.
    lost
        Ticks of which there is no picture before a shot.
    film_id
        SHA-256 of the film.
    """
    starts, mixed, lost = starts or {}, mixed or {}, lost or {}
    made = []
    frame, pts = 0, start_pts
    for index, length in enumerate(lengths):
        pts += lost.get(index, 0)
        end = frame + length
        made.append(
            Shot(
                film_id=film_id,
                shot_index=index,
                start_frame=frame,
                end_frame=end,
                core_start_frame=frame + mixed.get(index, (0, 0))[1],
                core_end_frame=end - mixed.get(index + 1, (0, 0))[0],
                span=TimeSpan(start_pts=pts, end_pts=pts + length, time_base=time_base),
                starts_with=starts.get(index, ShotStart.CUT) if index else ShotStart.FILM,
            )
        )
        frame, pts = end, pts + length
    return made
