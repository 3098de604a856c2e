"""Say in plain words what was found of a character, and how far that carries."""

from collections.abc import Sequence

from cinefacs.records.event import DurationClass, Event, EventKind
from cinefacs.reports.analysis_facts import AnalysedCharacter, expressions_of

__all__ = [
    "THIN_EVIDENCE_S",
    "is_thin",
    "name_character",
    "summarise_character",
    "tell_emotion",
    "tell_event",
]

THIN_EVIDENCE_S = 10.0
"""Time below which a face was seen too shortly for its events to be counted, s."""
_UNNAMED = {
    "none": "no emotion by rule",
    "ambiguous": "several emotions fit",
    "undetermined": "emotion open",
}
_SEVERAL = 2


def is_thin(character: AnalysedCharacter) -> bool:
    """Return whether too little was seen to say anything of the character: indeterminate."""
    return not character.has_baseline or character.seen_s < THIN_EVIDENCE_S


def name_character(character: AnalysedCharacter) -> str:
    """Return number and name."""
    record = character.character
    return f"{record.character_number:02d} {record.name}".strip()


def summarise_character(character: AnalysedCharacter) -> str:
    """Return one or two sentences."""
    seen = _seconds(character.seen_s)
    if not character.seen:
        return "The face could not be read in any frame: nothing is known of its expressions."
    events = expressions_of(character)
    if is_thin(character):
        verb = "stands" if len(events) == 1 else "stand"
        found = f" {_plural(len(events), 'possible event')} {verb} below." if events else ""
        return (
            f"Indeterminate: the face could be read for {seen} only, too short to know the "
            f"person's own neutral.{found}"
        )
    if not events:
        return f"In {seen} in which the face could be read, no expression was found."
    n_micro = sum(event.kind is EventKind.MICRO for event in events)
    n_macro = sum(event.kind is EventKind.MACRO for event in events)
    n_open = len(events) - n_micro - n_macro
    parts = [
        f"{n_micro} micro" if n_micro else "",
        f"{n_macro} macro" if n_macro else "",
        f"{n_open} of undetermined length" if n_open else "",
    ]
    named = sorted({event.emotion for event in events} - _UNNAMED.keys())
    emotions = (
        f" By rule they look like {_join(named)}."
        if named
        else " None of them fits the rule of an emotion."
    )
    scored = sorted({event.scored_emotion for event in events if event.scored_emotion})
    if scored:
        emotions += f" The detector scores {_join(scored)} highest."
    found = _join([part for part in parts if part])
    return (
        f"In {seen} in which the face could be read, {_plural(len(events), 'expression')} "
        f"{'was' if len(events) == 1 else 'were'} found: {found}.{emotions}"
    )


def tell_emotion(event: Event) -> str:
    """Return the emotion by rule, or why there is none, and the detector's where it says another.

    Such as ``happiness`` or ``no emotion by rule (detector: fear 0.62)``.
    """
    words = _UNNAMED.get(event.emotion, event.emotion)
    if event.scored_emotion in {None, event.emotion}:
        return words
    return f"{words} (detector: {event.scored_emotion} {event.emotion_score:.2f})"


def tell_event(event: Event) -> str:
    """Return what is known of an event's length, in words."""
    length = f"{1000 * float(event.span.duration_s):.0f} ms"
    give_or_take = f"give or take {1000 * float(event.uncertainty_s):.0f} ms"
    if not (event.is_onset_seen and event.is_offset_seen):
        lost = [
            word
            for word, is_seen in (("onset", event.is_onset_seen), ("offset", event.is_offset_seen))
            if not is_seen
        ]
        return f"at least {length}: {_join(lost)} not seen"
    words = {
        DurationClass.LOW: "under 200 ms",
        DurationClass.HIGH: "over 200 ms",
        DurationClass.UNDETERMINED: "200 ms lies within the error",
    }
    return f"{length}, {give_or_take} ({words[event.duration_class]})"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 60 else f"{value / 60:.1f} min"


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _join(words: Sequence[str]) -> str:
    """Join words as in a sentence: a, b and c."""
    if len(words) < _SEVERAL:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
