"""From expressions on the clock of their film to the rows of the label tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cinefacs.facs.au_text import AuPrefix, AuToken, TokenFlag
from cinefacs.facs.code_book import standard_code_book
from cinefacs.labels.licensed.frames import PictureFilm, PlacedAnnotation
from cinefacs.labels.licensed.layout import DataSetLayout
from cinefacs.labels.licensed.rules import Rule
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan

__all__ = ["SUBJECT_CHARACTER", "make_labels"]

SUBJECT_CHARACTER = 1
"""Number of the character that a film of a data set has: its one subject."""

_MOVEMENT = "movement_code"
_NO_UNIT = {_MOVEMENT, str(Rule.AU_CODE_UNKNOWN)}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Author:
    """What all labels of an import share."""

    layout: DataSetLayout
    label_set: str
    changed_at: str


def make_labels(
    films: Iterable[PictureFilm], layout: DataSetLayout, *, label_set: str, changed_at: str
) -> Labels:
    """Return the labels of all films; the coder is the data set.

    Parameters
    ----------
    films
        Films with their expressions.
    layout
        The data set.
    label_set
        Name of the label set.
    changed_at
        ISO 8601 with its distance from UTC.
    """
    films = tuple(films)
    author = _Author(layout=layout, label_set=label_set, changed_at=changed_at)
    expressions: list[ExpressionLabel] = []
    aus: list[AuLabel] = []
    for film in films:
        for placed in film.annotations:
            expression = _expression(film, placed, author)
            expressions.append(expression)
            aus += _au_labels(placed, expression)
    # A typing error or a movement's number names no action unit that anybody looked for.
    used = tuple(sorted({label.au for label in aus if not _NO_UNIT & {*label.flags}}))
    coded = tuple(span for film in films for span in _coded_spans(film, used, author))
    return Labels(aus=tuple(aus), expressions=tuple(expressions), coded=coded)


def _span(film: PictureFilm, first_pts: int, last_pts: int) -> TimeSpan:
    """Return the time of frames, both ends included, as a half-open span."""
    return TimeSpan(start_pts=first_pts, end_pts=last_pts + 1, time_base=1 / film.rate_fps)


def _expression(film: PictureFilm, placed: PlacedAnnotation, author: _Author) -> ExpressionLabel:
    annotation = placed.annotation
    return ExpressionLabel(
        film_id=film.film_id,
        character_number=SUBJECT_CHARACTER,
        expression_id=annotation.place,
        span=_span(film, placed.onset_pts, placed.offset_pts),
        apex_pts=placed.apex_pts,
        kind=annotation.kind,
        emotions=annotation.emotions,
        au_text=annotation.au_text.verbatim,
        coder=author.layout.coder,
        label_set=author.label_set,
        source=author.layout.coder,
        changed_at=author.changed_at,
        flags=(*(str(rule) for rule in annotation.rules), *annotation.au_text.flags),
    )


def _au_labels(placed: PlacedAnnotation, expression: ExpressionLabel) -> Iterator[AuLabel]:
    """Yield the action units that were read; each has the expression's times."""
    for token in placed.annotation.au_text.tokens:
        if TokenFlag.REPEATED in token.flags:
            continue
        yield AuLabel(
            film_id=expression.film_id,
            character_number=expression.character_number,
            au=token.au,
            side=token.side,
            intensity=token.intensity,
            intensity_high=token.intensity_high,
            span=expression.span,
            # Of two apexes nobody said which action unit has which.
            apex_pts=expression.apex_pts[0] if len(expression.apex_pts) == 1 else None,
            is_static=token.is_static,
            coder=expression.coder,
            label_set=expression.label_set,
            source=expression.source,
            changed_at=expression.changed_at,
            expression_id=expression.expression_id,
            text=token.verbatim,
            flags=(*token.flags, *_code_flags(token)),
        )


def _code_flags(token: AuToken) -> Iterator[str]:
    """Yield what the number alone does not say."""
    if token.prefix is AuPrefix.MOVEMENT:
        yield _MOVEMENT
    if token.facs_code not in standard_code_book():
        yield str(Rule.AU_CODE_UNKNOWN)


def _coded_spans(
    film: PictureFilm, used_aus: Sequence[int], author: _Author
) -> Iterator[CodedSpan]:  # fmt: skip
    """Yield what the coders may be taken to have gone through, as few spans as can say it.

    No sheet says it, so all of it is marked as assumed. Coders looked for the action units that
    the data set knows at all. Where a part of an expression's action units could not be read,
    none is known to be absent during it. Outside expressions something is known only of films
    in which every expression was marked and every mark was read.
    """
    first, end = film.frame_pts[0], film.frame_pts[-1] + 1
    edges = {first, end}
    for placed in film.annotations:
        edges |= {placed.onset_pts, placed.offset_pts + 1}
    ordered = sorted(edges)
    pieces: list[tuple[int, int, tuple[int, ...], bool]] = []
    for start, stop in pairwise(ordered):
        around = [p for p in film.annotations if p.onset_pts <= start <= p.offset_pts]
        if not around and (film.is_torn or not author.layout.is_coded_throughout):
            continue
        is_read = all(p.annotation.au_text.parts for p in around) and not any(
            p.annotation.au_text.unread for p in around
        )
        aus = tuple(used_aus) if author.layout.has_aus and is_read else ()
        has_emotions = author.layout.has_emotions and all(p.annotation.emotions for p in around)
        if pieces and pieces[-1][1:] == (start, aus, has_emotions):
            pieces[-1] = (pieces[-1][0], stop, aus, has_emotions)
        else:
            pieces.append((start, stop, aus, has_emotions))
    for start, stop, aus, has_emotions in pieces:
        yield CodedSpan(
            film_id=film.film_id,
            character_number=SUBJECT_CHARACTER,
            span=_span(film, start, stop - 1),
            aus=aus,
            has_emotions=has_emotions,
            coder=author.layout.coder,
            label_set=author.label_set,
            source=f"{author.layout.coder} (assumed)",
            changed_at=author.changed_at,
        )
