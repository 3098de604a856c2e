"""What each clip contributes to the agreement on action units: counts that add up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.facs.codes import Side
from cinefacs.labels.agreement.codings import Coding, Event
from cinefacs.labels.agreement.config import AgreementConfig
from cinefacs.metrics.agreement_events import match_spans

__all__ = ["N_RANKS", "AuCounts", "count_aus"]

N_RANKS = 5
"""Grades of intensity, A to E."""
Counts = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AuCounts:
    """Counts by clip C, pair of coders P, coder R and action unit A."""

    aus: tuple[int, ...]
    """(A,) action units."""
    pairs: tuple[tuple[int, int], ...]
    """(P,) positions of the coders of each pair."""
    tables: Counts
    """(C, P, A, 2, 2) frames by what the first and the second coder said: absent, present."""
    coincidences: Counts
    """(C, A, 2, 2) coincidences of all coders; see `metrics.agreement_counts`."""
    complete: Counts
    """(C, A, 2, 2) the same of frames that all coders judged."""
    n_frames: Counts
    """(C, A) frames that at least two coders judged."""
    n_ratings: Counts
    """(C, R, A, 2) frames of which each coder said absent, present."""
    events: Counts
    """(C, P, A, 3) events matched, events scored by both together, matched on the same side."""
    scored: Counts
    """(C, P, A, 2) clips in which both scored the action unit; the ones plus the others."""
    intensities: Counts
    """(C, P, A, 5, 5) frames that both said to show it, by the intensities A to E."""
    rank_coincidences: Counts
    """(C, A, 5, 5) coincidences of the intensities of all coders who gave one."""


@dataclass(frozen=True, slots=True)
class _Joined:
    """Events of one coder that touch or overlap, as one."""

    start: int
    end: int
    first_frame: int
    end_frame: int
    sides: frozenset[Side]


def count_aus(
    codings: Iterable[Coding[int]], *, aus: Sequence[int], n_raters: int, config: AgreementConfig
) -> AuCounts:
    """Count what the agreement on action units is computed from.

    Parameters
    ----------
    codings
        One per clip.
    aus
        The channels of the codings.
    n_raters
        Coders of the codings.
    config
        The tolerance, and whether sides must match.
    """
    pairs = tuple(combinations(range(n_raters), 2))
    counted = [_count_clip(coding, pairs, config) for coding in codings]
    shapes: Mapping[str, tuple[int, ...]] = _shapes(len(pairs), n_raters, len(aus))
    stacked = {
        name: np.stack([clip[name] for clip in counted]) if counted else np.zeros((0, *shape))
        for name, shape in shapes.items()
    }
    return AuCounts(aus=tuple(aus), pairs=pairs, **stacked)


def _shapes(n_pairs: int, n_raters: int, n_aus: int) -> dict[str, tuple[int, ...]]:
    return {
        "tables": (n_pairs, n_aus, 2, 2),
        "coincidences": (n_aus, 2, 2),
        "complete": (n_aus, 2, 2),
        "n_frames": (n_aus,),
        "n_ratings": (n_raters, n_aus, 2),
        "events": (n_pairs, n_aus, 3),
        "scored": (n_pairs, n_aus, 2),
        "intensities": (n_pairs, n_aus, N_RANKS, N_RANKS),
        "rank_coincidences": (n_aus, N_RANKS, N_RANKS),
    }


def _count_clip(
    coding: Coding[int], pairs: Sequence[tuple[int, int]], config: AgreementConfig
) -> dict[str, Counts]:
    """Return the counts of one clip by name, each without the axis of clips."""
    says = np.stack([coding.present == 0, coding.present == 1])  # (2, R, A, F)
    ranks = np.arange(1, N_RANKS + 1, dtype=np.int8)[:, None, None, None]
    grades = (coding.rank == ranks) & says[1]  # (5, R, A, F)
    events, scored = _count_events(coding, pairs, config)
    n_judging = says.sum(axis=(0, 1))  # (A, F)
    n_raters = coding.present.shape[0]
    return {
        "tables": _pair_tables(says, pairs),
        "coincidences": _coincidences(says, n_judging >= 2),
        "complete": _coincidences(says, n_judging == n_raters),
        "n_frames": (n_judging >= 2).sum(axis=1),
        "n_ratings": says.sum(axis=3, dtype=np.int32).transpose(1, 2, 0),
        "events": events,
        "scored": scored,
        "intensities": _pair_tables(grades, pairs),
        "rank_coincidences": _coincidences(grades, grades.sum(axis=(0, 1)) >= 2),
    }


def _pair_tables(says: Flags, pairs: Sequence[tuple[int, int]]) -> Counts:
    """Return (P, A, K, K) frames by the values, of K, that each pair gave.

    Units of which one of the two gave no value are in no cell.
    """
    # Products of float32 are exact up to 2^24 frames of one clip, and use the fast path.
    n_kinds, n_raters, n_aus, n_frames = says.shape
    rows = says.transpose(2, 0, 1, 3).reshape(n_aus, n_kinds * n_raters, n_frames)
    rows = rows.astype(np.float32)
    both = (rows @ rows.transpose(0, 2, 1)).reshape(n_aus, n_kinds, n_raters, n_kinds, n_raters)
    first, second = np.array(pairs).T
    return both[:, :, first, :, second].astype(np.int32)  # indexed axes come first


def _coincidences(says: Flags, is_counted: Flags) -> Counts:
    """Return (A, K, K) coincidences of the frames that count; see `coincidence_table`."""
    n_values = (says.sum(axis=1) * is_counted).transpose(1, 0, 2).astype(np.float64)  # (A, K, F)
    share = np.zeros(is_counted.shape)
    np.divide(1, n_values.sum(axis=1) - 1, out=share, where=is_counted)
    shares = n_values * share[:, None]
    pairs = n_values @ shares.transpose(0, 2, 1)  # (A, K, K)
    diagonal = np.arange(says.shape[0])
    pairs[:, diagonal, diagonal] -= shares.sum(axis=2)
    return np.asarray(pairs)


def _count_events(
    coding: Coding[int], pairs: Sequence[tuple[int, int]], config: AgreementConfig
) -> tuple[Counts, Counts]:
    """Return (P, A, 3) events and (P, A, 2) clips that were scored."""
    n_aus = len(coding.channels)
    events = np.zeros((len(pairs), n_aus, 3), np.int32)
    scored = np.zeros((len(pairs), n_aus, 2), np.int32)
    joined = {
        key: _join(found, by_side=config.must_match_side) for key, found in coding.events.items()
    }
    judged = np.asarray(coding.present >= 0)  # (R, A, F)
    is_coded = np.asarray(judged.any(axis=2))
    is_whole = np.asarray(judged.all(axis=2))
    tolerance = int(Fraction(config.tolerance_ms, 1000) / coding.stretch.span.time_base)
    for channel in sorted({channel for _, channel in joined}):
        for position, (first, second) in enumerate(pairs):
            if not (is_coded[first, channel] and is_coded[second, channel]):
                continue
            one, two = joined.get((first, channel), ()), joined.get((second, channel), ())
            if not is_whole[second, channel]:
                one = _seen_by_both(one, judged[second, channel])
            if not is_whole[first, channel]:
                two = _seen_by_both(two, judged[first, channel])
            if one or two:
                events[position, channel] = _match(one, two, tolerance, config)
                scored[position, channel] = (bool(one) and bool(two), bool(one) + bool(two))
    return events, scored


def _join(events: Sequence[Event], *, by_side: bool) -> tuple[_Joined, ...]:
    """Join events of one coder that touch or overlap, such as two grades of one movement."""
    joined: list[_Joined] = []
    keys = sorted({event.side for event in events}) if by_side else [None]
    for side in keys:
        last: _Joined | None = None
        for event in events:
            if side is not None and event.side is not side:
                continue
            piece = _Joined(
                event.start,
                event.end,
                event.first_frame,
                event.end_frame,
                frozenset({event.side}),
            )
            if last is not None and event.start <= last.end:
                joined.pop()
                piece = _Joined(
                    last.start,
                    max(last.end, piece.end),
                    last.first_frame,
                    max(last.end_frame, piece.end_frame),
                    last.sides | piece.sides,
                )
            joined.append(piece)
            last = piece
    return tuple(joined)


def _seen_by_both(events: Sequence[_Joined], judged_by_other: Flags) -> tuple[_Joined, ...]:
    """Return the events of which the other coder judged at least half of the frames."""
    return tuple(
        event
        for event in events
        if 2 * judged_by_other[event.first_frame : event.end_frame].sum()
        >= event.end_frame - event.first_frame
    )


def _match(
    one: Sequence[_Joined], two: Sequence[_Joined], tolerance: int, config: AgreementConfig
) -> tuple[int, int, int]:
    """Return events matched, events scored, and events matched on the same side."""
    n_scored = len(one) + len(two)
    if not (one and two):
        return 0, n_scored, 0
    groups = [(one, two)]
    if config.must_match_side:
        sides = {event.sides for event in one} & {event.sides for event in two}
        groups = [
            ([e for e in one if e.sides == side], [e for e in two if e.sides == side])
            for side in sides
        ]
    n_matched = n_same_side = 0
    for left, right in groups:
        found = match_spans(
            [(e.start, e.end) for e in left],
            [(e.start, e.end) for e in right],
            tolerance=tolerance,
        )
        n_matched += len(found)
        n_same_side += sum(left[i].sides == right[j].sides for i, j in found)
    return n_matched, n_scored, n_same_side
