"""What each coder said of each frame and each action unit: present, absent, or not judged.

A channel is what is judged: an action unit, or an emotion. Labels say where a channel is present;
coded spans say where it was looked for. Frames that a coder did not go through, and frames of
which a coder said that they cannot be coded, are missing, which is not the same as absent.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.agreement.raters import Rater
from cinefacs.labels.agreement.stretches import Owner, Stretch, ticks_in
from cinefacs.metrics.agreement_counts import MISSING
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionKind, ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan

__all__ = ["Channel", "Coding", "Event", "Unused", "code_aus", "code_emotions"]

Channel = TypeVar("Channel", int, str)
"""Number of an action unit, or name of an emotion."""
AnyLabel = TypeVar("AnyLabel", AuLabel, ExpressionLabel, CodedSpan)
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One occurrence of a channel that a coder saw, within one stretch."""

    start: int
    """Onset, ticks of the stretch; cut where the stretch begins."""
    end: int
    """End of the offset frame, ticks; cut where the stretch ends."""
    first_frame: int
    """First frame of the stretch that it covers."""
    end_frame: int
    """First frame after it; an event shorter than a frame takes the frame that it lies in."""
    apex: int | None
    """Apex, ticks; None where the coder gave none within the event."""
    side: Side = Side.BOTH
    """Side of the face; for emotions without meaning."""
    intensity: Intensity | None = None
    """Greatest intensity that the coder gave, its lower end where it was a range."""
    kind: ExpressionKind | None = None
    """Of an emotion: micro or macro, where the coder said so."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Coding(Generic[Channel]):
    """All coders' judgements of one stretch."""

    stretch: Stretch
    """Where."""
    channels: tuple[Channel, ...]
    """What was judged, ascending; the same for all stretches."""
    judged: npt.NDArray[np.bool_]
    """(R, A, F): whether the coder looked for it, codable or not."""
    present: Codes
    """(R, A, F): 1 present, 0 absent, `MISSING` not judged."""
    rank: Codes
    """(R, A, F): intensity 1 to 5 where one was given, else `MISSING`."""
    events: Mapping[tuple[int, int], tuple[Event, ...]]
    """Events by rater and channel index, in order of time; channels without any are left out."""


@dataclass(slots=True)
class Unused:
    """Labels that say nothing here, and why."""

    n_outside_stretches: int = 0
    """Labels that lie in no clip."""
    n_not_coded: int = 0
    """Labels where their own coder did not say to have looked."""


@dataclass(slots=True)
class _Placed:
    """What lies in one stretch, by rater."""

    coded: list[tuple[int, CodedSpan]] = field(default_factory=list)
    aus: list[tuple[int, AuLabel]] = field(default_factory=list)
    expressions: list[tuple[int, ExpressionLabel]] = field(default_factory=list)


def code_aus(
    labels: Labels, raters: Sequence[Rater], stretches: Sequence[Stretch], unused: Unused
) -> tuple[tuple[int, ...], Iterator[Coding[int]]]:
    """Return the action units that were judged, and the coding of each stretch.

    Parameters
    ----------
    labels
        Of these raters, and of others, who are passed over.
    raters
        Whose judgements; the first axis of the codes.
    stretches
        Those of one character do not overlap.
    unused
        Counts labels that say nothing.
    """
    aus = tuple(sorted({au for span in labels.coded for au in span.aus}))
    index = {au: position for position, au in enumerate(aus)}
    indices_of: dict[tuple[int, ...], list[int]] = {}

    def judged(span: CodedSpan) -> list[int]:
        if span.aus not in indices_of:
            indices_of[span.aus] = [index[au] for au in span.aus]
        return indices_of[span.aus]

    def codings() -> Iterator[Coding[int]]:
        for stretch, placed in _place(labels, raters, stretches, unused):
            canvas = _Canvas(stretch, n_raters=len(raters), n_channels=len(aus))
            for rater, span in placed.coded:
                canvas.look_for(rater, judged(span), span.span)
            # What cannot be coded is painted first: another label of the same coder that says
            # where the action unit was seen, such as on the other side of the face, wins.
            ordered = sorted(placed.aus, key=lambda each: each[1].visibility is Visibility.VISIBLE)
            for rater, label in ordered:
                canvas.paint_au(rater, index.get(label.au), label, unused)
            yield canvas.finish(aus)

    return aus, codings()


def code_emotions(
    labels: Labels, raters: Sequence[Rater], stretches: Sequence[Stretch], unused: Unused
) -> tuple[tuple[str, ...], Iterator[Coding[str]]]:
    """Return the emotions that were named, and the coding of each stretch.

    Parameters
    ----------
    labels, raters, stretches, unused
        As `code_aus`. Names of emotions that differ in capitals only are the same.
    """
    named = {emotion.casefold() for each in labels.expressions for emotion in each.emotions}
    emotions = tuple(sorted(named))
    index = {emotion: position for position, emotion in enumerate(emotions)}
    everything = list(range(len(emotions)))

    def codings() -> Iterator[Coding[str]]:
        for stretch, placed in _place(labels, raters, stretches, unused):
            canvas = _Canvas(stretch, n_raters=len(raters), n_channels=len(emotions))
            for rater, span in placed.coded:
                if span.has_emotions:
                    canvas.look_for(rater, everything, span.span)
            for rater, label in placed.expressions:
                for emotion in label.emotions:
                    canvas.paint_emotion(rater, index[emotion.casefold()], label, unused)
            yield canvas.finish(emotions)

    return emotions, codings()


def _place(
    labels: Labels, raters: Sequence[Rater], stretches: Sequence[Stretch], unused: Unused
) -> Iterator[tuple[Stretch, _Placed]]:
    """Yield each stretch with what lies in it."""
    rater_of = {rater.author: position for position, rater in enumerate(raters)}
    atlas = _Atlas(stretches)
    for rater, span in _by_raters(labels.coded, rater_of):
        for place in atlas.find(span):
            place.coded.append((rater, span))
    for rater, au in _by_raters(labels.aus, rater_of):
        places = atlas.find(au)
        unused.n_outside_stretches += not places
        for place in places:
            place.aus.append((rater, au))
    for rater, expression in _by_raters(labels.expressions, rater_of):
        for place in atlas.find(expression):
            place.expressions.append((rater, expression))
    for stretch in stretches:
        yield stretch, atlas.place_of(stretch)


def _by_raters(
    labels: Iterable[AnyLabel], rater_of: Mapping[tuple[str, str], int]
) -> Iterator[tuple[int, AnyLabel]]:
    """Yield the labels of the raters, with the rater's position."""
    for label in labels:
        rater = rater_of.get((label.coder, label.label_set))
        if rater is not None:
            yield rater, label


class _Atlas:
    """Finds the stretches that a label lies in."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._places = {id(stretch): _Placed() for stretch in stretches}
        self._by_owner: dict[Owner, list[Stretch]] = defaultdict(list)
        for stretch in stretches:
            self._by_owner[stretch.owner].append(stretch)
        for group in self._by_owner.values():
            group.sort(key=lambda each: each.span.start_pts)
        self._starts = {
            owner: [each.span.start_pts for each in group]
            for owner, group in self._by_owner.items()
        }

    def place_of(self, stretch: Stretch) -> _Placed:
        """Return what was put into a stretch."""
        return self._places[id(stretch)]

    def find(self, label: AuLabel | ExpressionLabel | CodedSpan) -> list[_Placed]:
        """Return the places that a label overlaps."""
        owner = (label.film_id, label.character_number)
        group = self._by_owner.get(owner)
        if not group:
            return []
        start, end = ticks_in(label.span, group[0].span)
        places, starts = [], self._starts[owner]
        position = max(bisect_right(starts, start) - 1, 0)
        while position < len(group) and starts[position] < end:
            if group[position].span.end_pts > start:
                places.append(self._places[id(group[position])])
            position += 1
        return places


class _Canvas:
    """The judgements of one stretch while they are put together."""

    def __init__(self, stretch: Stretch, *, n_raters: int, n_channels: int) -> None:
        shape = (n_raters, n_channels, stretch.n_frames)
        self._stretch = stretch
        self._edges = stretch.frame_edges.copy()
        self._middles = stretch.frame_middles
        self._judged = np.zeros(shape, np.bool_)
        self._present = np.full(shape, MISSING, np.int8)
        self._rank = np.full(shape, MISSING, np.int8)
        self._events: dict[tuple[int, int], list[Event]] = defaultdict(list)

    def look_for(self, rater: int, channels: list[int], span: TimeSpan) -> None:
        """Note that a coder looked for channels: they are absent until a label says otherwise."""
        first, end, *_ = self._frames(span)
        self._judged[rater, channels, first:end] = True
        self._present[rater, channels, first:end] = 0

    def paint_au(self, rater: int, channel: int | None, label: AuLabel, unused: Unused) -> None:
        """Put in one action unit."""
        first, end, start_pts, end_pts = self._frames(label.span)
        if channel is None or not self._is_judged(rater, channel, first, end):
            unused.n_not_coded += 1
            return
        where = (rater, channel, slice(first, end))
        if label.visibility is not Visibility.VISIBLE:
            # What is there but hidden could be seen by no coder: there is nothing to agree on.
            self._present[where] = MISSING
            return
        self._present[where] = np.where(self._judged[where], 1, MISSING)
        if label.intensity is not None:
            self._rank[where] = np.maximum(self._rank[where], label.intensity.rank)
        apex = None
        if label.apex_pts is not None:
            apex = self._tick(label.apex_pts, label.span)
        event = Event(
            start=start_pts,
            end=end_pts,
            first_frame=first,
            end_frame=end,
            apex=apex if apex is not None and start_pts <= apex < end_pts else None,
            side=label.side,
            intensity=label.intensity,
        )
        self._events[rater, channel].append(event)

    def paint_emotion(
        self, rater: int, channel: int, label: ExpressionLabel, unused: Unused
    ) -> None:
        """Put in one emotion."""
        first, end, start_pts, end_pts = self._frames(label.span)
        if not self._is_judged(rater, channel, first, end):
            unused.n_not_coded += 1
            return
        where = (rater, channel, slice(first, end))
        self._present[where] = np.where(self._judged[where], 1, MISSING)
        apexes = [self._tick(pts, label.span) for pts in label.apex_pts]
        event = Event(
            start=start_pts,
            end=end_pts,
            first_frame=first,
            end_frame=end,
            apex=next((apex for apex in apexes if start_pts <= apex < end_pts), None),
            kind=label.kind,
        )
        self._events[rater, channel].append(event)

    def finish(self, channels: tuple[Channel, ...]) -> Coding[Channel]:
        """Return the coding."""
        for array in (self._judged, self._present, self._rank, self._edges):
            array.flags.writeable = False
        stretch = self._stretch
        return Coding(
            stretch=Stretch(
                name=stretch.name,
                film_number=stretch.film_number,
                film_id=stretch.film_id,
                character_number=stretch.character_number,
                span=stretch.span,
                frame_edges=self._edges,
                is_clip=stretch.is_clip,
            ),
            channels=channels,
            judged=self._judged,
            present=self._present,
            rank=self._rank,
            events={
                key: tuple(sorted(events, key=lambda each: (each.start, each.end)))
                for key, events in self._events.items()
            },
        )

    def _is_judged(self, rater: int, channel: int, first: int, end: int) -> bool:
        """Return whether the coder looked for the channel in at least half of these frames."""
        judged = self._judged[rater, channel, first:end]
        return 2 * int(judged.sum()) >= judged.size

    def _tick(self, pts: int, span: TimeSpan) -> int:
        moment = TimeSpan(start_pts=pts, end_pts=pts + 1, time_base=span.time_base)
        return ticks_in(moment, self._stretch.span)[0]

    def _frames(self, span: TimeSpan) -> tuple[int, int, int, int]:
        """Return first and end frame, and start and end tick, of a span within the stretch.

        Labels know exactly where their frames begin; the stretch may know it to within a tick,
        so the frames' edges are moved to where labels begin and end.
        """
        clip = self._stretch.span
        start, end = ticks_in(span, clip)
        start, end = max(start, clip.start_pts), min(end, clip.end_pts)
        first, last = (int(each) for each in np.searchsorted(self._middles, (start, end)))
        if first == last:  # shorter than a frame: the frame that it lies in
            first = int(np.searchsorted(self._edges, start, side="right")) - 1
            return first, first + 1, start, end
        for frame, tick in ((first, start), (last, end)):
            self._edges[frame] = tick
        return first, last, start, end
