"""Emotions settled by majority: a frame shows one emotion, several at a time, or none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.facs.codes import Side
from cinefacs.labels.agreement.codings import Coding, Event
from cinefacs.labels.agreement.config import ConsensusConfig
from cinefacs.labels.agreement.stretches import Stretch
from cinefacs.labels.consensus.disputes import Claim, DisputeKind
from cinefacs.labels.consensus.majority import (
    AgreedEvent,
    Ballot,
    Flags,
    FrameState,
    SplitRun,
    agree_events,
    frame_states,
    runs_of,
    split_runs,
)
from cinefacs.labels.consensus.settlement import (
    Agreed,
    Known,
    Settlement,
    covered_frames,
    make_dispute,
    ruled_event,
    span_of,
)
from cinefacs.metrics.agreement_counts import MISSING
from cinefacs.records.time_span import TimeSpan

__all__ = ["settle_emotions"]

Sets = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Sets:
    """The emotions that each coder named, as sets."""

    stretch: Stretch
    """The clip."""
    names: tuple[str, ...]
    """Names of the emotions, by bit."""
    codes: Sets
    """(R, F): the set as bits, 0 for none, or `MISSING`."""
    coding: Coding[str]
    """Where they come from."""

    def emotions(self, code: int) -> tuple[str, ...]:
        """Return the emotions of a set."""
        return tuple(name for bit, name in enumerate(self.names) if code >> bit & 1)

    def kinds(self, rows: slice) -> list[int]:
        """Return the sets that some coders named, without none."""
        return sorted(int(code) for code in np.unique(self.codes[rows]) if code > 0)

    def present(self, rows: slice, code: int | None = None) -> npt.NDArray[np.int8]:
        """Return (R, F) whether the set, or any emotion when None, was named."""
        codes = self.codes[rows]
        named = codes > 0 if code is None else codes == code
        return np.where(codes == MISSING, MISSING, named).astype(np.int8)

    def events(self, rater: int, code: int) -> tuple[Event, ...]:
        """Return the runs of frames for which a coder named the set."""
        edges = self.stretch.frame_edges
        events = []
        for first, end in runs_of(self.codes[rater] == code):
            start, stop = int(edges[first]), int(edges[end])
            parts = [
                event
                for (who, bit), each in self.coding.events.items()
                for event in each
                if who == rater and code >> bit & 1 and event.start < stop and event.end > start
            ]
            apexes = [e.apex for e in parts if e.apex is not None and start <= e.apex < stop]
            kinds = {event.kind for event in parts}
            events.append(
                Event(
                    start=start,
                    end=stop,
                    first_frame=first,
                    end_frame=end,
                    apex=min(apexes) if apexes else None,
                    side=Side.BOTH,
                    kind=kinds.pop() if len(kinds) == 1 else None,
                )
            )
        return tuple(events)


def settle_emotions(
    codings: Iterable[Coding[str]],
    *,
    coders: Sequence[str],
    config: ConsensusConfig,
    settlement: Settlement,
) -> None:
    """Settle the emotions of all clips.

    Parameters
    ----------
    codings, coders, config, settlement
        As `settlement.settle_aus`.
    """
    for coding in codings:
        bits = np.int64(1) << np.arange(len(coding.channels), dtype=np.int64)
        codes = ((coding.present == 1) * bits[:, None]).sum(axis=1)
        codes = np.where((coding.present == MISSING).any(axis=1), MISSING, codes)
        sets = _Sets(stretch=coding.stretch, names=coding.channels, codes=codes, coding=coding)
        _settle_clip(sets, coders, config, settlement)


def _settle_clip(
    sets: _Sets, coders: Sequence[str], config: ConsensusConfig, settlement: Settlement
) -> None:
    """Settle the emotions of one clip."""
    rows = slice(0, len(coders))
    ruled = sets.codes[len(coders) :]
    is_ruled = (ruled != MISSING).any(axis=0)
    agreed = [*_ruled_events(sets, len(coders)), *_majority(sets, rows, is_ruled, config)]
    events = [event for _, event in agreed]
    settlement.agreed += [
        Agreed(stretch=sets.stretch, au=None, emotions=sets.emotions(code), event=event)
        for code, event in agreed
    ]
    is_settled = _has_majority(sets, rows, config)
    named = sets.present(rows)
    is_named = np.asarray((named == 1).any(axis=0))
    ballot = Ballot(stretch=sets.stretch, present=named, events={})
    is_open = np.zeros(is_ruled.shape, np.bool_)
    for run in split_runs(ballot, is_named & ~is_settled & ~is_ruled, events, config):
        is_open[run.first_frame : run.end_frame] = True
        settlement.disputes.append(
            make_dispute(
                ballot,
                DisputeKind.EMOTION,
                _span(sets.stretch, run),
                au=None,
                coders=coders,
                claims=_claims(sets, run, coders),
            )
        )
    is_known = (is_settled | is_named | is_ruled) & ~is_open
    for event in events:
        is_known |= covered_frames(sets.stretch, event)
    settlement.known += [
        Known(stretch=sets.stretch, first_frame=first, end_frame=end, aus=(), has_emotions=True)
        for first, end in runs_of(is_known)
    ]


def _span(stretch: Stretch, run: SplitRun) -> TimeSpan:
    """Return the time of a run of frames."""
    edges = stretch.frame_edges
    return span_of(stretch, int(edges[run.first_frame]), int(edges[run.end_frame]))


def _majority(
    sets: _Sets, rows: slice, is_ruled: Flags, config: ConsensusConfig
) -> list[tuple[int, AgreedEvent]]:
    """Return what more than half of the coders named, with the set as bits."""
    found = []
    for code in sets.kinds(rows):
        present = sets.present(rows, code)
        ballot = Ballot(
            stretch=sets.stretch,
            present=present,
            events={rater: sets.events(rater, code) for rater in range(rows.stop)},
        )
        states = frame_states(present, config.min_support)
        found += [(code, event) for event in agree_events(ballot, states, is_ruled, config)]
    return found


def _has_majority(sets: _Sets, rows: slice, config: ConsensusConfig) -> Flags:
    """Return (F,) whether any set, or none, has a majority."""
    has = np.zeros(sets.stretch.n_frames, np.bool_)
    for code in [0, *sets.kinds(rows)]:
        states = frame_states(sets.present(rows, code), config.min_support)
        has |= states == FrameState.PRESENT
    return has


def _ruled_events(sets: _Sets, n_coders: int) -> list[tuple[int, AgreedEvent]]:
    """Return what the adjudicators named; of two that judged the same frames, the later."""
    found: list[tuple[int, AgreedEvent]] = []
    for rater in range(n_coders, sets.codes.shape[0]):
        looked = sets.codes[rater] != MISSING
        found = [
            (code, event)
            for code, event in found
            if not (covered_frames(sets.stretch, event) & looked).any()
        ]
        for code in sets.kinds(slice(rater, rater + 1)):
            found += [(code, ruled_event(event)) for event in sets.events(rater, code)]
    return found


def _claims(sets: _Sets, run: SplitRun, coders: Sequence[str]) -> list[Claim]:
    """Return what each coder named in a run of frames."""
    claims = []
    for rater, coder in enumerate(coders):
        codes = sets.codes[rater, run.first_frame : run.end_frame]
        named = [int(code) for code in np.unique(codes) if code > 0]
        if not named:
            says = "absent" if (codes == 0).any() else "not judged"
            claims.append(Claim(coder=coder, says=says))
            continue
        event = next(
            each
            for each in sets.events(rater, named[0])
            if each.first_frame < run.end_frame and each.end_frame > run.first_frame
        )
        time_base = sets.stretch.span.time_base
        claims.append(
            Claim(
                coder=coder,
                says="present",
                onset_s=round(float(event.start * time_base), 3),
                offset_s=round(float(event.end * time_base), 3),
                emotion=", ".join("+".join(sets.emotions(code)) for code in named),
            )
        )
    return claims
