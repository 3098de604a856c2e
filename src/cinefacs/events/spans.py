"""Find where one action unit rises and falls: hysteresis, then split, merge and sift."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cinefacs.events.config import EventConfig
from cinefacs.events.smoothing import smooth_scores, unbroken_runs
from cinefacs.records.face_scores import FaceScores

__all__ = ["RiseSpan", "RowTimes", "find_spans"]

_ROUNDING_MS = 1e-6  # times in seconds are floats here

Rises = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class RowTimes:
    """When each row of a track is on the screen."""

    start_s: npt.NDArray[np.float64]
    """(N,) s."""
    end_s: npt.NDArray[np.float64]
    """(N,) s."""
    runs: Sequence[tuple[int, int]]
    """First and end row of each stretch without a gap."""

    @classmethod
    def of_track(cls, track: FaceScores) -> "RowTimes":
        """Return the times of the rows of a track."""
        tick_s = np.float64(track.time_base)
        return cls(
            start_s=np.multiply(track.pts, tick_s, dtype=np.float64),
            end_s=np.multiply(track.end_pts, tick_s, dtype=np.float64),
            runs=unbroken_runs(track.pts, track.end_pts),
        )

    def smooth(self, scores: Rises, *, sigma_s: float) -> Rises:
        """Return (N, K) scores smoothed within each stretch without a gap.

        Parameters
        ----------
        scores : (N, K) float32
        sigma_s
            As `cinefacs.events.smoothing.smooth_scores`, s.
        """
        smooth = np.empty_like(scores)
        for first, end in self.runs:
            start_s, end_s = self.start_s[first:end], self.end_s[first:end]
            smooth[first:end] = smooth_scores(
                scores[first:end], (start_s + end_s) / 2, end_s - start_s, sigma_s=sigma_s
            )
        return smooth


@dataclass(frozen=True, kw_only=True, slots=True)
class RiseSpan:
    """The rows ``first <= k < end`` of a track in which one action unit is there."""

    first: int
    """Onset row."""
    end: int
    """First row after the offset."""
    apex: int
    """Row of the largest rise; the first of equals."""
    is_onset_seen: bool
    """Whether it was seen to begin."""
    is_offset_seen: bool
    """Whether it was seen to end."""


def find_spans(rise: Rises, times: RowTimes, config: EventConfig) -> list[RiseSpan]:
    """Return where one action unit is there.

    A span starts where the rise reaches `EventConfig.on_rise`, and is followed both ways as long
    as the rise stays at `EventConfig.off_rise` or above. Two spans with a pause of at most
    `EventConfig.merge_gap_ms` are one: the action unit was lost for a moment. A span with a deep
    valley is two, however short the valley: it was followed all the way. What is too short is
    dropped, unless its beginning or end was not seen.

    Parameters
    ----------
    rise : (N,) float32, 0 to 1
        Above the person's own neutral.
    times
        Of the rows.
    config
        The limits.
    """
    spans: list[RiseSpan] = []
    for first, end in times.runs:
        for span in _climb(rise, first, end, config):
            spans += _split(span, rise, config)
    joined = _join(spans, rise, times, config)
    return [span for span in joined if _is_long_enough(span, times, config)]


def _climb(rise: Rises, first: int, end: int, config: EventConfig) -> list[RiseSpan]:
    """Return the stretches at `off_rise` or above that reach `on_rise`, within one run."""
    is_up = np.concatenate([[False], rise[first:end] >= config.off_rise, [False]])
    edges = np.flatnonzero(is_up[1:] != is_up[:-1]) + first
    found = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        apex = start + int(rise[start:stop].argmax())
        if rise[apex] >= config.on_rise:
            found.append(
                RiseSpan(
                    first=start,
                    end=stop,
                    apex=apex,
                    is_onset_seen=start > first,
                    is_offset_seen=stop < end,
                )
            )
    return found


def _split(span: RiseSpan, rise: Rises, config: EventConfig) -> list[RiseSpan]:
    """Part a span at the deepest valley between two apexes, again and again.

    The valley's row begins the later part. Both parts must reach `on_rise`.
    """
    for valley in _valleys(span, rise):
        left = span.first + int(rise[span.first : valley].argmax())
        right = valley + int(rise[valley : span.end].argmax())
        lower = min(rise[left], rise[right])
        if lower >= config.on_rise and rise[valley] < config.split_valley * lower:
            before = replace(span, end=valley, apex=left, is_offset_seen=True)
            after = replace(span, first=valley, apex=right, is_onset_seen=True)
            return [*_split(before, rise, config), *_split(after, rise, config)]
    return [span]


def _valleys(span: RiseSpan, rise: Rises) -> list[int]:
    """Return the inner rows that no neighbour lies below, the deepest first."""
    rows = range(span.first + 1, span.end - 1)
    low = [k for k in rows if rise[k - 1] > rise[k] <= rise[k + 1]]
    return sorted(low, key=lambda k: (float(rise[k]), k))


def _join(
    spans: Sequence[RiseSpan], rise: Rises, times: RowTimes, config: EventConfig
) -> list[RiseSpan]:
    """Bridge short pauses; spans that were split touch each other and stay apart."""
    joined: list[RiseSpan] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is None or (last.end == span.first and _are_in_one_run(last, span, times)):
            joined.append(span)
            continue
        pause_s = times.start_s[span.first] - times.end_s[last.end - 1]
        if pause_s * 1000 > config.merge_gap_ms + _ROUNDING_MS:
            joined.append(span)
            continue
        apex = last.apex if rise[last.apex] >= rise[span.apex] else span.apex
        joined[-1] = RiseSpan(
            first=last.first,
            end=span.end,
            apex=apex,
            is_onset_seen=last.is_onset_seen,
            is_offset_seen=span.is_offset_seen,
        )
    return joined


def _are_in_one_run(a: RiseSpan, b: RiseSpan, times: RowTimes) -> bool:
    return any(first <= a.first and b.end <= end for first, end in times.runs)


def _is_long_enough(span: RiseSpan, times: RowTimes, config: EventConfig) -> bool:
    shown_ms = 1000 * (times.end_s[span.end - 1] - times.start_s[span.first])
    is_whole = span.is_onset_seen and span.is_offset_seen
    return not is_whole or bool(shown_ms >= config.min_duration_ms - _ROUNDING_MS)
