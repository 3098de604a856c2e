"""At which moments of a coder's labels an emotion is read, and what is there then.

A moment is the apex of an expression that the coder marked. Where no apex was given it is the apex
of an action unit within it (or its middle, where it has none), namely that at which most of them
are there, of several the first. Action units that lie within no expression are read in the same
way: first where most of them are there, then where most of those are that were not there then,
until each was read once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction

from cinefacs.facs.inference import ActiveAu
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.labels import Labels

__all__ = ["Moment", "find_moments"]

Owner = tuple[str, int, str, str]
"""Film, character, coder and label set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """What one coder says of one character at one time."""

    film_id: str
    """SHA-256 of the film."""
    character_number: int
    """Character of the film."""
    coder: str
    """Who labelled."""
    label_set: str
    """Version of the coder's work."""
    expression_id: str
    """The coder's expression; empty where action units lie within none."""
    onset_s: Fraction
    """Start of the expression, or of what is first read here, s on the film's clock."""
    at_s: Fraction
    """The moment, s on the film's clock."""
    offset_s: Fraction
    """End, half-open, s on the film's clock."""
    said: tuple[str, ...]
    """Emotions that the coder named; none for action units within no expression."""
    active: tuple[ActiveAu, ...]
    """Action units that are there, by number."""
    not_codable: tuple[int, ...]
    """Action units that the coder could not judge, or that are there and hidden."""
    not_looked_for: tuple[int, ...]
    """Action units of the rules that the coder did not say to have looked for."""


def find_moments(labels: Labels, looked_for: Set[int]) -> Iterator[Moment]:
    """Yield the moments of each coder and character, in time.

    Parameters
    ----------
    labels
        Of any films, coders and label sets.
    looked_for
        Action units that the rules ask for; only these make a moment where there is no
        expression, since blinks and the head go on all the time.
    """
    aus: dict[Owner, list[AuLabel]] = defaultdict(list)
    expressions: dict[Owner, list[ExpressionLabel]] = defaultdict(list)
    coded: dict[Owner, list[CodedSpan]] = defaultdict(list)
    for au in labels.aus:
        aus[_owner(au)].append(au)
    for expression in labels.expressions:
        expressions[_owner(expression)].append(expression)
    for span in labels.coded:
        coded[_owner(span)].append(span)
    for owner in sorted(set(aus) | set(expressions)):
        found: list[Found] = [
            *_of_expressions(expressions[owner], aus[owner]),
            *_of_rest(expressions[owner], aus[owner], looked_for),
        ]
        for place in sorted(found, key=lambda each: each[:3]):
            there = [au for au in aus[owner] if _covers(au, place[1])]
            judged = {au for span in coded[owner] if _covers(span, place[1]) for au in span.aus}
            yield _moment(owner, place, there, unjudged=looked_for - judged)


Found = tuple[Fraction, Fraction, Fraction, ExpressionLabel | None]
"""Onset, moment, offset, and the expression."""


def _owner(label: AuLabel | ExpressionLabel | CodedSpan) -> Owner:
    return label.film_id, label.character_number, label.coder, label.label_set


def _covers(label: AuLabel | ExpressionLabel | CodedSpan, at_s: Fraction) -> bool:
    return label.span.start_s <= at_s < label.span.end_s


def _of_expressions(
    expressions: Iterable[ExpressionLabel], aus: Sequence[AuLabel]
) -> Iterator[Found]:
    """Yield each apex of each expression; without one, where most action units are there."""
    for expression in expressions:
        span = expression.span
        apexes = [pts * span.time_base for pts in expression.apex_pts]
        if not apexes:
            within = [au for au in aus if _is_visible(au) and _overlap(au, expression)]
            apexes = [_fullest(within, span.start_s, span.end_s)]
        for at_s in apexes:
            yield span.start_s, at_s, span.end_s, expression


def _of_rest(
    expressions: Sequence[ExpressionLabel], aus: Iterable[AuLabel], looked_for: Collection[int]
) -> Iterator[Found]:
    """Yield moments such that each action unit that lies within no expression is there at one."""
    rest = [
        au
        for au in aus
        if _is_visible(au)
        and au.au in looked_for
        and not au.expression_id
        and not any(_overlap(au, expression) for expression in expressions)
    ]
    while rest:
        start_s, end_s = min(au.span.start_s for au in rest), max(au.span.end_s for au in rest)
        at_s = _fullest(rest, start_s, end_s)
        there = [au for au in rest if _covers(au, at_s)]
        rest = [au for au in rest if not _covers(au, at_s)]
        yield (
            min(au.span.start_s for au in there), at_s, max(au.span.end_s for au in there), None,
        )  # fmt: skip


def _is_visible(au: AuLabel) -> bool:
    return au.visibility is Visibility.VISIBLE


def _overlap(au: AuLabel, expression: ExpressionLabel) -> bool:
    one, other = au.span, expression.span
    return one.start_s < other.end_s and other.start_s < one.end_s


def _fullest(aus: Sequence[AuLabel], start_s: Fraction, end_s: Fraction) -> Fraction:
    """Return the apex or middle within a time at which most are there; its middle if none is."""
    moments = [
        (au.span.start_s + au.span.end_s) / 2 if au.apex_pts is None
        else au.apex_pts * au.span.time_base
        for au in aus
    ]  # fmt: skip
    inside = [at_s for at_s in moments if start_s <= at_s < end_s]
    return min(
        inside,
        key=lambda at_s: (-len({au.au for au in aus if _covers(au, at_s)}), at_s),
        default=(start_s + end_s) / 2,
    )


def _moment(
    owner: Owner, place: Found, there: Iterable[AuLabel], *, unjudged: Set[int]
) -> Moment:  # fmt: skip
    film_id, character_number, coder, label_set = owner
    onset_s, at_s, offset_s, expression = place
    active: list[ActiveAu] = []
    not_codable: set[int] = set()
    for au in there:
        if _is_visible(au):
            active.append(ActiveAu(number=au.au, side=au.side, intensity=au.intensity))
        else:
            not_codable.add(au.au)
    seen = {each.number for each in active}
    return Moment(
        film_id=film_id,
        character_number=character_number,
        coder=coder,
        label_set=label_set,
        expression_id="" if expression is None else expression.expression_id,
        onset_s=onset_s,
        at_s=at_s,
        offset_s=offset_s,
        said=() if expression is None else expression.emotions,
        active=tuple(sorted(active, key=lambda each: (each.number, str(each.side)))),
        not_codable=tuple(sorted(not_codable - seen)),
        not_looked_for=tuple(sorted(unjudged - seen - not_codable)),
    )
