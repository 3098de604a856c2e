"""What the majority of the coders says of one channel in one clip, and where there is none."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction
from statistics import median_low

import numpy as np
import numpy.typing as npt

from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.agreement.codings import Codes, Event
from cinefacs.labels.agreement.config import ConsensusConfig
from cinefacs.labels.agreement.stretches import Stretch
from cinefacs.records.expression_label import ExpressionKind

__all__ = [
    "AgreedEvent",
    "Ballot",
    "FrameState",
    "SplitRun",
    "agree_events",
    "event_frames",
    "frame_states",
    "join_touching",
    "runs_of",
    "split_runs",
]

States = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]
_ONE_SIDED = frozenset({Side.LEFT, Side.RIGHT, Side.UNILATERAL})


class FrameState(IntEnum):
    """What a frame is by majority."""

    ABSENT = 0
    """Enough coders, and more than half of those who could code it, say absent."""
    PRESENT = 1
    """The same say present."""
    DISPUTED = 2
    """Somebody says present, and there is no such majority for either."""
    UNKNOWN = 3
    """Nobody says present, and too few could code it to say that it is absent."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ballot:
    """What all coders say of one channel in one clip."""

    stretch: Stretch
    """The clip."""
    present: Codes
    """(R, F): 1 present, 0 absent, `MISSING` not judged."""
    events: Mapping[int, tuple[Event, ...]]
    """Events by coder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgreedEvent:
    """An occurrence that the majority saw, or that an adjudicator decided."""

    start: int
    """Onset, ticks."""
    end: int
    """End of the offset frame, ticks."""
    apex: int | None
    """Apex, ticks; None where no supporter gave one."""
    side: Side
    """Side that more than half of the supporters named."""
    intensity: Intensity | None
    """Median of the supporters', the lower of two; None where none gave one."""
    kind: ExpressionKind | None
    """Micro or macro where more than half of the supporters said so."""
    supporters: tuple[int, ...]
    """Coders who saw it."""
    n_judging: int
    """Most coders who could code a frame of it."""
    flags: tuple[str, ...]
    """``side_disputed``, ``intensity_disputed``, ``adjudicated``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitRun:
    """Frames on which there is no majority, or a minority that was overruled."""

    first_frame: int
    """First frame of the clip."""
    end_frame: int
    """First frame after it."""
    claimants: tuple[int, ...]
    """Coders who say present in some of these frames."""
    is_edge: bool
    """Whether it touches an agreed event that all claimants support."""


def frame_states(present: Codes, min_support: int) -> States:
    """Return the state of each frame.

    Parameters
    ----------
    present : (R, F)
        1 present, 0 absent, `MISSING` not judged.
    min_support
        Fewest coders that decide.

    Returns
    -------
    (F,) int8
        As `FrameState`.
    """
    n_present = (present == 1).sum(axis=0)
    n_absent = (present == 0).sum(axis=0)
    states = np.where(n_present > 0, FrameState.DISPUTED, FrameState.UNKNOWN).astype(np.int8)
    states[(n_absent >= min_support) & (n_absent > n_present)] = FrameState.ABSENT
    states[(n_present >= min_support) & (n_present > n_absent)] = FrameState.PRESENT
    return states


def runs_of(flags: Flags) -> list[tuple[int, int]]:
    """Return start and end of each run of true flags."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in steps.reshape(-1, 2)]


def agree_events(
    ballot: Ballot, states: States, is_ruled: Flags, config: ConsensusConfig
) -> list[AgreedEvent]:
    """Return an event for each run of frames that the majority calls present.

    Onset and offset are the medians of the supporters' onsets and offsets, the lower of two,
    since the median is a frame that somebody named; but an event is never shorter than the
    majority's frames, never longer than up to its neighbours, and never reaches into frames that
    an adjudicator ruled.

    Parameters
    ----------
    ballot
        What the coders say.
    states : (F,)
        What the frames are.
    is_ruled : (F,)
        Frames that an adjudicator decided.
    config
        When intensities are in dispute.
    """
    edges = ballot.stretch.frame_edges
    runs = runs_of((states == FrameState.PRESENT) & ~is_ruled)
    walls = [int(edges[0]), int(edges[-1])]
    walls += [int(edges[frame]) for run in runs_of(is_ruled) for frame in run]
    events: list[AgreedEvent] = []
    for position, (first, end) in enumerate(runs):
        before = [wall for wall in walls if wall <= edges[first]]
        after = [wall for wall in walls if wall >= edges[end]]
        before += [events[-1].end] if events else []
        after += [int(edges[runs[position + 1][0]])] if position + 1 < len(runs) else []
        event = _agree_event(ballot, first, end, config)
        start, stop = max(event.start, *before), min(event.end, *after)
        is_inside = event.apex is not None and start <= event.apex < stop
        events.append(replace(event, start=start, end=stop, apex=event.apex if is_inside else None))
    return events


def _agree_event(ballot: Ballot, first: int, end: int, config: ConsensusConfig) -> AgreedEvent:
    """Return the event of one run of frames."""
    edges = ballot.stretch.frame_edges
    seen = {
        rater: [e for e in events if e.first_frame < end and e.end_frame > first]
        for rater, events in ballot.events.items()
    }
    seen = {rater: events for rater, events in sorted(seen.items()) if events}
    onset = median_low(min(e.start for e in events) for events in seen.values())
    offset = median_low(max(e.end for e in events) for events in seen.values())
    apexes = [e.apex for events in seen.values() for e in events if e.apex is not None]
    side, is_side_agreed = _majority_side([events[0].side for events in seen.values()])
    ranks = [
        max(e.intensity.rank for e in events if e.intensity is not None)
        for events in seen.values()
        if any(e.intensity is not None for e in events)
    ]
    flags = [] if is_side_agreed else ["side_disputed"]
    if ranks and max(ranks) - min(ranks) > config.max_intensity_spread:
        flags.append("intensity_disputed")
    kinds = Counter(events[0].kind for events in seen.values())
    kind, n_kind = kinds.most_common(1)[0]
    return AgreedEvent(
        start=min(onset, int(edges[first])),
        end=max(offset, int(edges[end])),
        apex=median_low(apexes) if apexes else None,
        side=side,
        intensity=list(Intensity)[median_low(ranks) - 1] if ranks else None,
        kind=kind if 2 * n_kind > len(seen) else None,
        supporters=tuple(seen),
        n_judging=int((ballot.present[:, first:end] >= 0).sum(axis=0).max()),
        flags=tuple(flags),
    )


def _majority_side(sides: Sequence[Side]) -> tuple[Side, bool]:
    """Return the side that more than half named, and whether there is one.

    Without, it is one side that is not said where all named one side, and both else.
    """
    side, n = Counter(sides).most_common(1)[0]
    if 2 * n > len(sides):
        return side, True
    return (Side.UNILATERAL if set(sides) <= _ONE_SIDED else Side.BOTH), False


def split_runs(
    ballot: Ballot, is_split: Flags, events: Sequence[AgreedEvent], config: ConsensusConfig
) -> Iterator[SplitRun]:
    """Yield the runs of split frames that lie outside the agreed events.

    Parameters
    ----------
    ballot
        What the coders say.
    is_split : (F,)
        Frames without a majority, or with an overruled minority.
    events
        What was agreed.
    config
        How long an edge may be.
    """
    edges = ballot.stretch.frame_edges
    is_covered = np.zeros(is_split.shape, np.bool_)
    frames = [event_frames(ballot.stretch, event) for event in events]
    for first, end in frames:
        is_covered[first:end] = True
    tolerance = Fraction(config.edge_tolerance_ms, 1000) / ballot.stretch.span.time_base
    for first, end in runs_of(is_split & ~is_covered):
        claims = (ballot.present[:, first:end] == 1).any(axis=1)
        claimants = tuple(int(rater) for rater in np.flatnonzero(claims))
        touched = [
            event
            for event, (event_first, event_end) in zip(events, frames, strict=True)
            if event_end == first or event_first == end
        ]
        is_edge = any(set(claimants) <= set(event.supporters) for event in touched)
        if not (is_edge and int(edges[end]) - int(edges[first]) <= tolerance):
            yield SplitRun(first_frame=first, end_frame=end, claimants=claimants, is_edge=is_edge)


def event_frames(stretch: Stretch, event: AgreedEvent) -> tuple[int, int]:
    """Return the first frame whose middle an event covers, and the first one after it."""
    first, end = np.searchsorted(stretch.frame_middles, (event.start, event.end))
    return int(first), int(end)


def join_touching(
    stretch: Stretch, majority: Sequence[AgreedEvent], ruled: Sequence[AgreedEvent]
) -> list[AgreedEvent]:
    """Return all events in order; a ruled one that touches one of the majority lengthens it.

    Two touch when no frame lies between them.

    Parameters
    ----------
    stretch
        The clip.
    majority, ruled
        Events that do not overlap.
    """
    joined: list[AgreedEvent] = []
    for event in sorted([*majority, *ruled], key=lambda each: each.start):
        before = joined[-1] if joined else None
        if (
            before is not None
            and event_frames(stretch, event)[0] <= event_frames(stretch, before)[1]
            and ("adjudicated" in before.flags) != ("adjudicated" in event.flags)
        ):
            joined[-1] = _lengthen(before, event)
        else:
            joined.append(event)
    return joined


def _lengthen(one: AgreedEvent, two: AgreedEvent) -> AgreedEvent:
    """Return one event for a ruled one and one of the majority, which says what it is like."""
    leading, other = (two, one) if "adjudicated" in one.flags else (one, two)
    return replace(
        leading,
        start=one.start,
        end=max(one.end, two.end),
        apex=leading.apex if leading.apex is not None else other.apex,
        intensity=leading.intensity or other.intensity,
        flags=tuple(dict.fromkeys([*leading.flags, *other.flags])),
    )
