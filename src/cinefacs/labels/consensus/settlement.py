"""A study settled by majority: what is agreed, what is known, and what is disputed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median_low

import numpy as np

from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.agreement.codings import Coding, Event
from cinefacs.labels.agreement.config import ConsensusConfig
from cinefacs.labels.agreement.stretches import Stretch
from cinefacs.labels.consensus.disputes import Claim, Dispute, DisputeKind
from cinefacs.labels.consensus.majority import (
    AgreedEvent,
    Ballot,
    Flags,
    FrameState,
    SplitRun,
    agree_events,
    event_frames,
    frame_states,
    join_touching,
    runs_of,
    split_runs,
)
from cinefacs.records.time_span import TimeSpan

__all__ = [
    "Agreed",
    "Known",
    "Settlement",
    "covered_frames",
    "make_dispute",
    "ruled_event",
    "settle_aus",
    "span_of",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreed:
    """An agreed occurrence and where it is."""

    stretch: Stretch
    """The clip."""
    au: int | None
    """Action unit; None for an emotion."""
    emotions: tuple[str, ...]
    """What is shown, one emotion or several at a time; none for an action unit."""
    event: AgreedEvent
    """What was agreed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Frames of which it is settled what they show."""

    stretch: Stretch
    """The clip."""
    first_frame: int
    """First frame."""
    end_frame: int
    """First frame after them."""
    aus: tuple[int, ...]
    """Action units that are settled there."""
    has_emotions: bool
    """Whether the emotion is."""


@dataclass(slots=True)
class Settlement:
    """What came of a study; filled clip by clip."""

    agreed: list[Agreed] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    n_overruled: int = 0
    """Stretches of frames in which a minority was overruled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rulings:
    """What adjudicators decided of one channel in one clip."""

    is_ruled: Flags
    """(F,) frames that they looked at."""
    is_known: Flags
    """(F,) of these, those that could be coded."""
    events: tuple[AgreedEvent, ...]
    """What they saw."""


def settle_aus(
    codings: Iterable[Coding[int]],
    *,
    coders: Sequence[str],
    config: ConsensusConfig,
    settlement: Settlement,
) -> None:
    """Settle the action units of all clips.

    Parameters
    ----------
    codings
        One per clip; first the coders, then the adjudicators, the latest decision last.
    coders
        Names of the coders.
    config
        What makes a majority.
    settlement
        Takes what was agreed, what is known and what is disputed.
    """
    for coding in codings:
        known: dict[tuple[tuple[int, int], ...], list[int]] = defaultdict(list)
        for channel, au in enumerate(coding.channels):
            is_known = _settle_au(coding, channel, coders, config, settlement)
            known[tuple(runs_of(is_known))].append(au)
        for runs, aus in known.items():
            settlement.known += [
                Known(
                    stretch=coding.stretch,
                    first_frame=first,
                    end_frame=end,
                    aus=tuple(aus),
                    has_emotions=False,
                )
                for first, end in runs
            ]


def _settle_au(
    coding: Coding[int],
    channel: int,
    coders: Sequence[str],
    config: ConsensusConfig,
    settlement: Settlement,
) -> Flags:
    """Settle one action unit of one clip; return (F,) the frames of which it is known."""
    n_coders, stretch, au = len(coders), coding.stretch, coding.channels[channel]
    ballot = Ballot(
        stretch=stretch,
        present=coding.present[:n_coders, channel],
        events={
            rater: events
            for (rater, position), events in coding.events.items()
            if position == channel and rater < n_coders
        },
    )
    rulings = _rulings(coding, channel, n_coders)
    states = frame_states(ballot.present, config.min_support)
    is_claimed = (coding.present[:, channel] == 1).any()
    if not (is_claimed or rulings.is_ruled.any()):  # most action units of most clips
        return np.asarray(states == FrameState.ABSENT)
    majority = agree_events(ballot, states, rulings.is_ruled, config)
    events = join_touching(stretch, majority, rulings.events)
    settlement.agreed += [
        Agreed(stretch=stretch, au=au, emotions=(), event=event) for event in events
    ]
    disputes = [
        _event_dispute(ballot, event, au, coders)
        for event in majority
        if any(flag.endswith("_disputed") for flag in event.flags)
    ]
    is_open = np.zeros(states.shape, np.bool_)
    split = (states == FrameState.DISPUTED) & ~rulings.is_ruled
    for run in split_runs(ballot, split, events, config):
        is_open[run.first_frame : run.end_frame] = True
        disputes.append(_run_dispute(ballot, run, au, coders, config))
    overruled = (ballot.present == 1).any(axis=0) & (states == FrameState.ABSENT)
    for run in split_runs(ballot, overruled & ~rulings.is_ruled, events, config):
        settlement.n_overruled += 1
        if config.list_overruled:
            disputes.append(
                _run_dispute(ballot, run, au, coders, config, kind=DisputeKind.OVERRULED)
            )
    settlement.disputes += sorted(disputes, key=lambda dispute: dispute.span.start_pts)
    is_known = (states != FrameState.UNKNOWN) & ~is_open
    for event in events:
        is_known |= covered_frames(stretch, event)
    return np.where(rulings.is_ruled, rulings.is_known, is_known)


def covered_frames(stretch: Stretch, event: AgreedEvent) -> Flags:
    """Return (F,) the frames whose middles an event covers."""
    first, end = event_frames(stretch, event)
    covered = np.zeros(stretch.n_frames, np.bool_)
    covered[first:end] = True
    return covered


def _rulings(coding: Coding[int], channel: int, n_coders: int) -> _Rulings:
    """Return what the adjudicators decided; of two that decided the same frames, the later."""
    shape = (coding.stretch.n_frames,)
    is_ruled, is_known = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    events: list[AgreedEvent] = []
    for rater in range(n_coders, coding.present.shape[0]):
        looked = coding.judged[rater, channel]
        events = [e for e in events if not (covered_frames(coding.stretch, e) & looked).any()]
        is_ruled |= looked
        is_known = np.where(looked, coding.present[rater, channel] >= 0, is_known)
        events += [ruled_event(event) for event in coding.events.get((rater, channel), ())]
    return _Rulings(is_ruled=is_ruled, is_known=is_known, events=tuple(events))


def ruled_event(event: Event) -> AgreedEvent:
    """Return what an adjudicator saw as an agreed event."""
    return AgreedEvent(
        start=event.start,
        end=event.end,
        apex=event.apex,
        side=event.side,
        intensity=event.intensity,
        kind=event.kind,
        supporters=(),
        n_judging=0,
        flags=("adjudicated",),
    )


def span_of(stretch: Stretch, start: int, end: int) -> TimeSpan:
    """Return a span of ticks of a clip."""
    return TimeSpan(start_pts=start, end_pts=end, time_base=stretch.span.time_base)


def _event_dispute(ballot: Ballot, event: AgreedEvent, au: int, coders: Sequence[str]) -> Dispute:
    """Return the dispute on the side or the intensity of an agreed event."""
    is_side, is_intensity = (f"{name}_disputed" in event.flags for name in ("side", "intensity"))
    kind = DisputeKind.SIDE if is_side else DisputeKind.INTENSITY
    return make_dispute(
        ballot,
        DisputeKind.SIDE_AND_INTENSITY if is_side and is_intensity else kind,
        span_of(ballot.stretch, event.start, event.end),
        au=au,
        coders=coders,
        side=event.side,
        intensity=event.intensity,
    )


def _run_dispute(
    ballot: Ballot,
    run: SplitRun,
    au: int,
    coders: Sequence[str],
    config: ConsensusConfig,
    *,
    kind: DisputeKind | None = None,
) -> Dispute:
    """Return the dispute on frames without a majority."""
    edges = ballot.stretch.frame_edges
    n_judging = (ballot.present[:, run.first_frame : run.end_frame] >= 0).sum(axis=0).max()
    if kind is None and n_judging < config.min_support:
        kind = DisputeKind.TOO_FEW
    seen = [
        event
        for rater in run.claimants
        for event in ballot.events.get(rater, ())
        if event.first_frame < run.end_frame and event.end_frame > run.first_frame
    ]
    sides = {event.side for event in seen}
    ranks = [event.intensity.rank for event in seen if event.intensity is not None]
    return make_dispute(
        ballot,
        kind or (DisputeKind.BOUNDARY if run.is_edge else DisputeKind.PRESENCE),
        span_of(ballot.stretch, int(edges[run.first_frame]), int(edges[run.end_frame])),
        au=au,
        coders=coders,
        side=sides.pop() if len(sides) == 1 else Side.BOTH,
        intensity=list(Intensity)[median_low(ranks) - 1] if ranks else None,
    )


def make_dispute(
    ballot: Ballot,
    kind: DisputeKind,
    span: TimeSpan,
    *,
    au: int | None,
    coders: Sequence[str],
    side: Side = Side.BOTH,
    intensity: Intensity | None = None,
    claims: Sequence[Claim] | None = None,
) -> Dispute:
    """Return a dispute with what each coder says.

    Parameters
    ----------
    ballot
        What the coders say.
    kind, span, au, side, intensity
        As `Dispute`.
    coders
        Names of the coders.
    claims
        What they say; taken from the ballot when None.
    """
    stretch = ballot.stretch
    what = "emotion" if au is None else f"AU{au}"
    return Dispute(
        dispute_id=f"{stretch.name}/{what}/{kind}/{span.start_pts}-{span.end_pts}",
        kind=kind,
        clip=stretch.name,
        film_id=stretch.film_id,
        film_number=stretch.film_number,
        character_number=stretch.character_number,
        au=au,
        span=span,
        side=side,
        intensity=intensity,
        claims=tuple(_claims_on(ballot, span, coders) if claims is None else claims),
    )


def _claims_on(ballot: Ballot, span: TimeSpan, coders: Sequence[str]) -> list[Claim]:
    """Return what each coder says of a span."""
    middles = ballot.stretch.frame_middles
    inside = (middles >= span.start_pts) & (middles < span.end_pts)
    claims = []
    for rater, coder in enumerate(coders):
        codes = ballot.present[rater, inside]
        if not (codes == 1).any():
            says = "absent" if (codes == 0).any() else "not judged"
            claims.append(Claim(coder=coder, says=says))
            continue
        event = next(
            each
            for each in ballot.events[rater]
            if each.start < span.end_pts and each.end > span.start_pts
        )
        claims.append(
            Claim(
                coder=coder,
                says="present",
                onset_s=round(float(event.start * span.time_base), 3),
                offset_s=round(float(event.end * span.time_base), 3),
                side=str(event.side),
                intensity=None if event.intensity is None else str(event.intensity),
            )
        )
    return claims
