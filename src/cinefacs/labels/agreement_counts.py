"""What each clip contributes to the agreement on action units: counts that add up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.facs.codes import Side
from cinefacs.labels.agreement_config import AgreementConfig
from cinefacs.labels.codings import Coding, Event
from cinefacs.metrics.agreement_counts import coincidence_table, confusion_table, value_counts
from cinefacs.metrics.agreement_events import match_spans

__all__ = ["N_RANKS", "AuCounts", "count_aus"]

N_RANKS = 5
"""Grades of intensity, A to E."""
Counts = npt.NDArray[Any]


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
    events, scored = _count_events(coding, pairs, config)
    intensities, rank_coincidences = _count_intensities(coding, pairs)
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
        "intensities": intensities,
        "rank_coincidences": rank_coincidences,
    }


def _pair_tables(says: npt.NDArray[np.bool_], pairs: Sequence[tuple[int, int]]) -> Counts:
    """Return (P, A, 2, 2) frames by the judgements of each pair."""
    # Products of float32 are exact up to 2^24 frames of one clip, and use the fast path.
    flat = says.transpose(2, 0, 1, 3).astype(np.float32)  # (A, 2, R, F)
    n_aus, _, n_raters, n_frames = flat.shape
    rows = flat.reshape(n_aus, 2 * n_raters, n_frames)
    both = (rows @ rows.transpose(0, 2, 1)).reshape(n_aus, 2, n_raters, 2, n_raters)
    first, second = np.array(pairs).T
    return both[:, :, first, :, second].astype(np.int32)  # (P, A, 2, 2): indexed axes come first


def _coincidences(says: npt.NDArray[np.bool_], counts: npt.NDArray[np.bool_]) -> Counts:
    """Return (A, 2, 2) coincidences of the frames that count; see `coincidence_table`."""
    n_values = says.sum(axis=1) * counts  # (2, A, F)
    share = np.zeros(counts.shape)
    np.divide(1, n_values.sum(axis=0) - 1, out=share, where=counts)
    pairs = n_values[:, None] * n_values[None, :]  # (2, 2, A, F)
    pairs[[0, 1], [0, 1]] -= n_values
    return np.asarray((pairs * share).sum(axis=3).transpose(2, 0, 1))


def _count_intensities(
    coding: Coding[int], pairs: Sequence[tuple[int, int]]
) -> tuple[Counts, Counts]:
    """Return (P, A, 5, 5) and (A, 5, 5) counts of the intensities of frames."""
    n_aus = len(coding.channels)
    tables = np.zeros((len(pairs), n_aus, N_RANKS, N_RANKS), np.int32)
    coincidences = np.zeros((n_aus, N_RANKS, N_RANKS))
    given = np.asarray((coding.present == 1) & (coding.rank > 0))  # (R, A, F)
    codes = np.where(given, coding.rank, 0) - 1  # so that what is not given is MISSING
    for channel in np.flatnonzero(given.any(axis=2).sum(axis=0) >= 2):
        ratings = codes[:, channel]  # (R, F)
        coincidences[channel] = coincidence_table(value_counts(ratings, N_RANKS))
        for position, (first, second) in enumerate(pairs):
            if given[first, channel].any() and given[second, channel].any():
                tables[position, channel] = confusion_table(
                    ratings[first], ratings[second], N_RANKS
                )
    return tables, coincidences


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
    tolerance = int(Fraction(config.tolerance_ms, 1000) / coding.stretch.span.time_base)
    for channel in sorted({channel for _, channel in joined}):
        for position, (first, second) in enumerate(pairs):
            if not (is_coded[first, channel] and is_coded[second, channel]):
                continue
            one = _seen_by_both(joined.get((first, channel), ()), judged[second, channel])
            two = _seen_by_both(joined.get((second, channel), ()), judged[first, channel])
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


def _seen_by_both(
    events: Sequence[_Joined], judged_by_other: npt.NDArray[np.bool_]
) -> list[_Joined]:
    """Return the events of which the other coder judged at least half of the frames."""
    if judged_by_other.all():
        return list(events)
    return [
        event
        for event in events
        if 2 * judged_by_other[event.first_frame : event.end_frame].sum()
        >= event.end_frame - event.first_frame
    ]


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
