"""Events of an analysis as labels, so that each label format can hold them.

They stand as labels of the coder ``suggested``: a program's guess never counts as truth. An event
becomes an expression with its action units; where a face could be read becomes what was gone
through, so that elsewhere unseen stays apart from absent.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from cinefacs.facs.codes import Side
from cinefacs.labels.formats.catalog import find_format
from cinefacs.labels.formats.contract import Exported, Tally
from cinefacs.labels.labelled_films import LabelledFilms
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.event import Event, EventAu, EventKind
from cinefacs.records.expression_label import ExpressionKind, ExpressionLabel
from cinefacs.records.found_event import FoundEvent
from cinefacs.records.label_checks import SUGGESTED
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan

__all__ = ["EVENT_LABEL_SET", "export_found_events", "labels_of_events"]

EVENT_LABEL_SET = "analysis"
"""Label set of events unless another is named."""
_SOURCE = "analysis"
_KINDS = {EventKind.MICRO: ExpressionKind.MICRO, EventKind.MACRO: ExpressionKind.MACRO}
_UNNAMED = {"none", "ambiguous", "undetermined"}

Seen = tuple[str, int, TimeSpan]
"""Film, character's number, stretch."""


def export_found_events(
    events: Iterable[FoundEvent],
    films: LabelledFilms,
    *,
    format_name: str,
    out: Path,
    seen: Iterable[Seen],
    aus: Iterable[int],
    changed_at: str,
    label_set: str = EVENT_LABEL_SET,
) -> Exported:
    """Write events as another program reads them.

    Parameters
    ----------
    events
        Of any films.
    films
        The study's films and characters: of these come frame numbers, boxes and the link to the
        film.
    format_name
        Key of `cinefacs.labels.formats.catalog.FORMATS`.
    out
        A file if it ends as the format's files do, else a folder.
    seen, aus, changed_at, label_set
        As `labels_of_events`.

    Returns
    -------
    Exported
        Paths; losses of the step to labels and of the format, each counted.

    Raises
    ------
    ConfigError
        There is no such format.
    StudyError, FilmError, StorageError
        As `cinefacs.labels.formats.contract.LabelFormat.export`.
    """
    label_format = find_format(format_name)
    tally = Tally()
    labels = labels_of_events(
        events, seen=seen, aus=aus, changed_at=changed_at, label_set=label_set, tally=tally
    )
    exported = label_format.export(labels, films, out)
    return Exported(paths=exported.paths, losses=(*tally.losses, *exported.losses))


def labels_of_events(
    events: Iterable[FoundEvent],
    *,
    seen: Iterable[Seen],
    aus: Iterable[int],
    changed_at: str,
    label_set: str,
    tally: Tally,
) -> Labels:
    """Return events as expressions and action units.

    Parameters
    ----------
    events
        Of any films.
    seen
        Where each character's face could be read.
    aus
        Action units that the detector knows: what was looked for there.
    changed_at
        When the analysis was made, ISO 8601 with its distance from UTC.
    label_set
        Name of the set.
    tally
        Counts what labels cannot hold.
    """
    author = {
        "coder": SUGGESTED,
        "label_set": label_set,
        "source": _SOURCE,
        "changed_at": changed_at,
    }
    expressions: list[ExpressionLabel] = []
    units: list[AuLabel] = []
    for found in events:
        event = found.event
        who = {
            "film_id": event.film_id, "character_number": found.character_number, **author
        }  # fmt: skip
        expressions.append(_expression(event, who))
        units += [_unit(each, event, who, flags=()) for each in event.aus]
        units += [_unit(each, event, who, flags=("context",)) for each in event.context_aus]
        _tally_losses(event, tally)
    looked_for = tuple(sorted(set(aus)))
    coded = tuple(
        CodedSpan(
            film_id=film_id, character_number=number, span=span, aus=looked_for,
            has_emotions=True, coder=SUGGESTED, label_set=label_set, source=_SOURCE,
            changed_at=changed_at,
        )
        for film_id, number, span in seen
    )  # fmt: skip
    return Labels(aus=tuple(units), expressions=tuple(expressions), coded=coded)


def _name(event: Event) -> str:
    """Return the event's name within the label set: film, track and number."""
    return f"{event.film_id[:8]}-{event.track_id}-{event.event_number}"


def _flags(part: Event | EventAu) -> list[str]:
    flags = [] if part.is_onset_seen else ["onset_unseen"]
    return flags if part.is_offset_seen else [*flags, "offset_unseen"]


def _expression(event: Event, who: Mapping[str, object]) -> ExpressionLabel:
    flags = _flags(event)
    if event.kind not in _KINDS:
        flags.append(f"kind_{event.kind}")
    if event.emotion in _UNNAMED:
        flags.append(f"emotion_{event.emotion}")
    if not event.has_baseline:
        flags.append("no_baseline")
    return ExpressionLabel(
        **who,  # type: ignore[arg-type]
        expression_id=_name(event),
        span=event.span,
        apex_pts=(event.apex_pts,),
        kind=_KINDS.get(event.kind),
        emotions=() if event.emotion in _UNNAMED else (event.emotion,),
        au_text="+".join(str(each.au) for each in event.aus),
        flags=tuple(flags),
    )


def _unit(
    each: EventAu, event: Event, who: Mapping[str, object], *, flags: tuple[str, ...]
) -> AuLabel:
    return AuLabel(
        **who,  # type: ignore[arg-type]
        au=each.au,
        side=Side.BOTH,
        intensity=None,
        span=each.span,
        apex_pts=each.apex_pts,
        expression_id=_name(event),
        score=each.score,
        flags=(*flags, *_flags(each)),
    )


def _tally_losses(event: Event, tally: Tally) -> None:
    for each in (*event.aus, *event.context_aus):
        tally.lose("rise above the person's own neutral", f"{each.rise:.2f} of AU{each.au}")
    tally.lose("give or take of the duration", f"{float(event.uncertainty_s):.4f} s")
    tally.lose("duration class of 200 ms", str(event.duration_class))
    if event.scored_emotion is not None:
        tally.lose("emotion that the detector scores highest", event.scored_emotion)
    if event.emotion in _UNNAMED and event.emotion_candidates:
        tally.lose("emotions between which it is open", ", ".join(event.emotion_candidates))
