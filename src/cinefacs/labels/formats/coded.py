"""Suppose what a coder went through where a file does not say it."""

from cinefacs.labels.formats.contract import CodedSource
from cinefacs.labels.formats.fields import AnyLabel, every_label
from cinefacs.labels.labelled_films import LabelledFilms
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan

__all__ = ["suppose_coded"]

Place = tuple[str, str, str, int]
"""Coder, label set, film and character."""


def suppose_coded(
    labels: Labels, films: LabelledFilms, *, source: str, changed_at: str, by: CodedSource
) -> tuple[CodedSpan, ...]:
    """Return coded spans for the label sets that have none.

    Parameters
    ----------
    labels
        As they were read.
    films
        The study's films, for their clips and lengths.
    source
        Origin of the spans; says that they are assumed.
    changed_at
        ISO 8601 with offset.
    by
        What to suppose. `CodedSource.LABELS` makes a span of each label's own time with its own
        action units, so that nothing is called absent which nobody looked for.
    """
    told = {(span.coder, span.label_set) for span in labels.coded}
    by_place: dict[Place, list[AnyLabel]] = {}
    for label in every_label(Labels(aus=labels.aus, expressions=labels.expressions)):
        if (label.coder, label.label_set) not in told:
            place = (label.coder, label.label_set, label.film_id, label.character_number)
            by_place.setdefault(place, []).append(label)
    supposed: list[CodedSpan] = []
    for place, items in by_place.items():
        coder, label_set, film_id, character_number = place
        author = [other for key in by_place if key[:2] == place[:2] for other in by_place[key]]
        for span in _spans(items, films, film_id, character_number, by):
            inside = (
                [item for item in items if item.span == span]
                if by is CodedSource.LABELS
                else author
            )
            supposed.append(
                CodedSpan(
                    film_id=film_id,
                    character_number=character_number,
                    span=span,
                    aus=tuple(sorted({item.au for item in inside if isinstance(item, AuLabel)})),
                    has_emotions=any(isinstance(item, ExpressionLabel) for item in inside),
                    coder=coder,
                    label_set=label_set,
                    source=source,
                    changed_at=changed_at,
                )
            )
    return tuple(supposed)


def _spans(
    items: list[AnyLabel],
    films: LabelledFilms,
    film_id: str,
    character_number: int,
    by: CodedSource,
) -> list[TimeSpan]:
    """Return each span once, in order of time."""
    own = sorted({item.span for item in items}, key=lambda span: (span.start_s, span.end_s))
    film = films.by_id(film_id)
    if by is CodedSource.LABELS or film is None:
        return own
    if by is CodedSource.FILM:
        return [film.film.span]
    clips = [clip.span for clip in film.clips if clip.character_number == character_number]
    touched = [clip for clip in clips if any(_overlap(clip, span) for span in own)]
    elsewhere = [span for span in own if not any(_overlap(clip, span) for clip in clips)]
    return sorted({*touched, *elsewhere}, key=lambda span: (span.start_s, span.end_s))


def _overlap(a: TimeSpan, b: TimeSpan) -> bool:
    return a.start_s < b.end_s and b.start_s < a.end_s
