"""Where a character's clips begin and end: the stretches of a shot in which the face is codable."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.films.config import ClipConfig
from cinefacs.records.shot import Shot
from cinefacs.records.time_span import TimeSpan

__all__ = ["ClipSpan", "plan_clips"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipSpan:
    """A stretch of frames that becomes a clip."""

    start_frame: int
    """First frame of the film."""
    end_frame: int
    """First frame after it."""
    span: TimeSpan
    """From the first frame's pts to the last frame's end."""
    n_codable: int
    """Frames in which the face can be coded."""
    is_short: bool
    """Whether it is under `ClipConfig.min_s`."""


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Frames that show a character, each once, ascending."""

    frame: npt.NDArray[np.int64]
    pts: npt.NDArray[np.int64]
    end_pts: npt.NDArray[np.int64]
    time_base: Fraction


def plan_clips(
    shot: Shot,
    *,
    frame_index: npt.NDArray[Any],
    pts: npt.NDArray[Any],
    end_pts: npt.NDArray[Any],
    is_codable: npt.NDArray[np.bool_],
    config: ClipConfig,
) -> list[ClipSpan]:
    """Return one character's clips in one shot, in order of time.

    A clip begins and ends with a codable frame inside the shot's core, so no transition and no
    neighbour shot is in it. Stretches without a codable face up to `ClipConfig.max_gap_s` stay
    inside; longer ones divide. What is longer than `ClipConfig.max_s` is split into parts of an
    equal number of frames, each beginning with a codable frame.

    Parameters
    ----------
    shot
        The shot.
    frame_index, pts, end_pts : (N,) int
        The frames in which one of the character's tracks has a row: frame of the film, its pts,
        and the tick at which it ends. In any order; a frame may come twice, from two tracks.
    is_codable : (N,) bool
        Whether the face can be coded there.
    config
        Lengths.

    References
    ----------
    Paper, section 4.1: clips of 2 to 10 s.
    """
    time_base = shot.span.time_base
    in_core = (frame_index >= shot.core_start_frame) & (frame_index < shot.core_end_frame)
    taken = np.flatnonzero(in_core & is_codable)
    frames, first_rows = np.unique(frame_index[taken], return_index=True)
    rows = taken[first_rows]
    codable = _Timeline(frames, pts[rows], end_pts[rows], time_base)
    clips: list[ClipSpan] = []
    for start, end in _runs(codable, config):
        if end - start >= config.min_frames:
            clips += _split(codable, start, end, config)
    return clips


def _runs(codable: _Timeline, config: ClipConfig) -> Iterator[tuple[int, int]]:
    """Yield the positions of each run of codable frames without too long a gap."""
    if len(codable.frame) == 0:
        return
    gaps = (codable.pts[1:] - codable.end_pts[:-1]).tolist()  # ticks without a codable face
    longest = Fraction(config.max_gap_s) / codable.time_base
    breaks = [k for k, gap in enumerate(gaps, 1) if gap > longest]
    yield from pairwise([0, *breaks, len(codable.frame)])


def _split(codable: _Timeline, start: int, end: int, config: ClipConfig) -> list[ClipSpan]:
    """Return the run as one clip, or as equal parts none of which is too long."""
    end_pts = int(codable.end_pts[end - 1])
    duration_s = (end_pts - int(codable.pts[start])) * codable.time_base
    n_parts = max(1, ceil(duration_s / Fraction(config.max_s)))
    while True:
        bounds = _equal_bounds(codable, start, end, n_parts)
        parts = [_make_span(codable, a, b, end, config) for a, b in pairwise(bounds)]
        # Equal in frames is not equal in time where the rate varies, and a part rounds up.
        if all(part.span.duration_s <= Fraction(config.max_s) for part in parts):
            return parts
        if n_parts >= end - start:
            return parts
        n_parts += 1


def _equal_bounds(codable: _Timeline, start: int, end: int, n_parts: int) -> list[int]:
    """Return positions in `codable` at which equal parts of the run's frames begin, and its end."""
    first, last = codable.frame[start], codable.frame[end - 1]
    targets = first + (last + 1 - first) * np.arange(1, n_parts) / n_parts
    inner = start + np.searchsorted(codable.frame[start:end], targets - 0.5)
    return [start, *np.unique(inner[(inner > start) & (inner < end)]).tolist(), end]


def _make_span(codable: _Timeline, a: int, b: int, end: int, config: ClipConfig) -> ClipSpan:
    """Return the clip from the codable frame at `a` to where the one at `b` begins."""
    is_last = b == end
    span = TimeSpan(
        start_pts=int(codable.pts[a]),
        end_pts=int(codable.end_pts[b - 1] if is_last else codable.pts[b]),
        time_base=codable.time_base,
    )
    return ClipSpan(
        start_frame=int(codable.frame[a]),
        end_frame=int(codable.frame[b - 1]) + 1 if is_last else int(codable.frame[b]),
        span=span,
        n_codable=b - a,
        is_short=span.duration_s < Fraction(config.min_s),
    )
