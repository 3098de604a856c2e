"""What coders say of one character at one frame."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TypeVar

from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan

__all__ = ["CharacterLabels", "Event", "Moment", "labels_by_character"]

AnyLabel = TypeVar("AnyLabel", AuLabel, ExpressionLabel, CodedSpan)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Everything that is known of a face at one frame."""

    aus: tuple[AuLabel, ...]
    """Action units that were seen."""
    hidden: frozenset[int]
    """Action units that are there but not to be seen."""
    unclear: frozenset[int]
    """Action units of which the coder could not tell."""
    looked_for: frozenset[int]
    """Action units that a coder looked for."""
    expressions: tuple[ExpressionLabel, ...]
    """Expressions under way."""
    has_emotions: bool
    """Whether a coder looked for emotions."""
    coded: tuple[CodedSpan, ...]
    """By whom and when the face was gone through."""

    @property
    def is_labelled(self) -> bool:
        """Whether anything was marked."""
        return bool(self.aus or self.expressions or self.hidden or self.unclear)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """An expression, or an action unit that is part of none: what frames are taken from."""

    event_id: str
    """Name, unique for the character."""
    label: ExpressionLabel | AuLabel
    """What was marked."""
    start_pts: int
    """First tick, on the film's clock."""
    end_pts: int
    """First tick after it."""
    apex_pts: tuple[int, ...]
    """Ticks of the apexes; none where the coder named none."""


class CharacterLabels:
    """The labels of one character of one film, asked frame by frame.

    Parameters
    ----------
    labels
        All of the same film and character.
    time_base : Fraction, s per tick
        Of the film; labels on another clock are brought to it.
    """

    def __init__(self, labels: Labels, *, time_base: Fraction) -> None:
        self._time_base = time_base
        self._aus = [(label, *self._ends(label.span)) for label in labels.aus]
        self._expressions = [(label, *self._ends(label.span)) for label in labels.expressions]
        self._coded = [(label, *self._ends(label.span)) for label in labels.coded]

    def _ends(self, span: TimeSpan) -> tuple[int, int]:
        """Return the first tick of the film in a span, and the first after it."""
        ratio = span.time_base / self._time_base
        return ceil(span.start_pts * ratio), ceil(span.end_pts * ratio)

    def at(self, pts: int) -> Moment:
        """Return what is said of the frame at `pts`."""
        aus = [label for label, start, end in self._aus if start <= pts < end]
        seen = [label for label in aus if label.visibility is Visibility.VISIBLE]
        there = {label.au for label in seen}
        hidden = {label.au for label in aus if label.visibility is Visibility.HIDDEN}
        unclear = {label.au for label in aus if label.visibility is Visibility.NOT_CODABLE}
        coded = [label for label, start, end in self._coded if start <= pts < end]
        return Moment(
            aus=tuple(sorted(seen, key=lambda label: (label.au, label.side))),
            hidden=frozenset(hidden - there),
            unclear=frozenset(unclear - there - hidden),
            looked_for=frozenset(au for span in coded for au in span.aus),
            expressions=tuple(
                label for label, start, end in self._expressions if start <= pts < end
            ),
            has_emotions=any(span.has_emotions for span in coded),
            coded=tuple(coded),
        )

    def events(self) -> tuple[Event, ...]:
        """Return the expressions and the action units that are part of none, by time."""
        events = [
            self._event(label.expression_id, label, start, end, label.apex_pts)
            for label, start, end in self._expressions
        ]
        for label, start, end in self._aus:
            if not label.expression_id and label.visibility is Visibility.VISIBLE:
                apexes = () if label.apex_pts is None else (label.apex_pts,)
                name = f"AU{label.au}-{label.side}-{start}"
                events.append(self._event(name, label, start, end, apexes))
        return tuple(sorted(events, key=lambda event: (event.start_pts, event.event_id)))

    def _event(
        self,
        event_id: str,
        label: ExpressionLabel | AuLabel,
        start: int,
        end: int,
        apexes: Sequence[int],
    ) -> Event:
        ratio = label.span.time_base / self._time_base
        return Event(
            event_id=event_id,
            label=label,
            start_pts=start,
            end_pts=end,
            apex_pts=tuple(ceil(pts * ratio) for pts in apexes),
        )

    def coded_ranges(self) -> tuple[tuple[int, int], ...]:
        """Return the ends of what was gone through, ticks, by time."""
        return tuple(sorted((start, end) for _, start, end in self._coded))

    def labelled_ranges(self) -> tuple[tuple[int, int], ...]:
        """Return the ends of everything that was marked, ticks, by time."""
        return tuple(sorted((start, end) for _, start, end in (*self._aus, *self._expressions)))


def labels_by_character(labels: Labels) -> dict[tuple[str, int], Labels]:
    """Return the labels of each film and character."""
    aus, expressions, coded = _group(labels.aus), _group(labels.expressions), _group(labels.coded)
    return {
        key: Labels(
            aus=tuple(aus.get(key, ())),
            expressions=tuple(expressions.get(key, ())),
            coded=tuple(coded.get(key, ())),
        )
        for key in sorted({*aus, *expressions, *coded})
    }


def _group(labels: Iterable[AnyLabel]) -> dict[tuple[str, int], list[AnyLabel]]:
    grouped: dict[tuple[str, int], list[AnyLabel]] = defaultdict(list)
    for label in labels:
        grouped[label.film_id, label.character_number].append(label)
    return grouped
