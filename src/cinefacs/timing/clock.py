"""Turn presentation time stamps into seconds, time codes and frames at a fixed rate."""

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from math import ceil

__all__ = ["format_timecode", "pick_frames_at_rate", "pts_to_seconds", "rescale_pts"]


def pts_to_seconds(pts: int, time_base: Fraction) -> Fraction:
    """Return the time of `pts` in seconds, exactly.

    Parameters
    ----------
    pts : int, ticks of `time_base`
    time_base : Fraction, s per tick
    """
    return pts * time_base


def rescale_pts(pts: int, time_base: Fraction, to_time_base: Fraction) -> int:
    """Return `pts` in ticks of another time base, rounded to the nearest tick (half up).

    Parameters
    ----------
    pts : int, ticks of `time_base`
    time_base, to_time_base : Fraction, s per tick
    """
    ticks = Fraction(pts) * (time_base / to_time_base)
    return (2 * ticks.numerator + ticks.denominator) // (2 * ticks.denominator)


def format_timecode(seconds: Fraction | float) -> str:
    """Write a time as ``h:mm:ss.mmm``; a minus stands before negative times.

    Parameters
    ----------
    seconds : s
    """
    ms = round((-seconds if seconds < 0 else seconds) * 1000)
    sign = "-" if seconds < 0 and ms else ""
    minutes, ms = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02d}:{ms // 1000:02d}.{ms % 1000:03d}"


def pick_frames_at_rate(
    frame_pts: Sequence[int], end_pts: int, time_base: Fraction, rate_fps: Fraction
) -> list[int]:
    """Return which frame is on the screen at each tick of a fixed rate.

    Ticks lie at ``frame_pts[0] + k / rate_fps`` for every k whose tick is before `end_pts`; a
    frame is on the screen from its own pts to that of the next. A film slower than the rate
    repeats frames, a faster one leaves some out: this is the paper's 24-a-second protocol
    (section 4.1) made exact.

    Parameters
    ----------
    frame_pts : (N,) int, ticks, ascending
    end_pts : int, ticks
        End of the last frame (exclusive).
    time_base : Fraction, s per tick
    rate_fps : Fraction, 1/s, above 0

    Returns
    -------
    (K,) positions in `frame_pts`, ascending
    """
    if not frame_pts:
        return []
    step = 1 / (rate_fps * time_base)  # ticks of the film per tick of the rate
    n_ticks = ceil((end_pts - frame_pts[0]) / step)
    return [
        bisect_right(frame_pts, frame_pts[0] + (k * step).__floor__()) - 1 for k in range(n_ticks)
    ]
