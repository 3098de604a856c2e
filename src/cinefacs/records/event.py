"""An expression that was found in a film: when, what, how sure, on what evidence."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from cinefacs.records.checks import require
from cinefacs.records.time_span import TimeSpan

__all__ = ["DurationClass", "Event", "EventAu", "EventKind"]


class DurationClass(StrEnum):
    """The paper's continuous time threshold (section 4.2), which is not the FACS intensity A-E."""

    LOW = "low"
    """Under 200 ms."""
    HIGH = "high"
    """Over 200 ms."""
    UNDETERMINED = "undetermined"
    """200 ms lies within the duration give or take one frame."""


class EventKind(StrEnum):
    """Micro- or macro-expression, by duration alone; or no expression."""

    MICRO = "micro"
    """At most 500 ms."""
    MACRO = "macro"
    """Over 500 ms."""
    UNDETERMINED = "undetermined"
    """500 ms lies within the duration give or take one frame."""
    BLINK = "blink"
    """A short closure of the eyes and nothing else."""
    MOUTH = "mouth"
    """The mouth opens and nothing else moves: speech, chewing or breath."""
    MOVEMENT = "movement"
    """Something moves, and the detector, which tells emotions, sees none."""

    @property
    def is_expression(self) -> bool:
        """Whether it counts as an expression."""
        return self not in {EventKind.BLINK, EventKind.MOUTH, EventKind.MOVEMENT}


@dataclass(frozen=True, kw_only=True, slots=True)
class EventAu:
    """One action unit of an event."""

    au: int
    """Number of the action unit."""
    span: TimeSpan
    """From its onset frame's pts to its offset frame's end."""
    apex_pts: int
    """Start of the frame in which it is strongest, ticks."""
    score: float
    """Calibrated probability at its apex, 0 to 1."""
    rise: float
    """How far the score rises above the person's own neutral at the apex, by odds, 0 to 1
    (`cinefacs.events.baseline.Baseline.rise`)."""
    is_onset_seen: bool
    """False where the face came into view, or could be coded, only after it had begun."""
    is_offset_seen: bool
    """False where the face was lost before it ended."""

    def __post_init__(self) -> None:
        """Check apex and ranges."""
        require(self.au >= 0, "EventAu.au", "0 or more", self.au)
        is_inside = self.span.contains(self.apex_pts)
        require(is_inside, "EventAu.apex_pts", "within the span", self.apex_pts)
        for name, value in (("score", self.score), ("rise", self.rise)):
            require(0 <= value <= 1, f"EventAu.{name}", "0 to 1", value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One expression of one face track (DECISIONS 2 and 6)."""

    film_id: str
    """SHA-256 of the film."""
    track_id: int
    """Face track that shows it."""
    event_number: int
    """Number in the track, from 0, by onset."""
    span: TimeSpan
    """From the onset frame's pts to the offset frame's end; `aus` lie within."""
    is_onset_seen: bool
    """False where the face came into view, or could be coded, only after it had begun."""
    is_offset_seen: bool
    """False where the face was lost before it ended: the duration is a least one."""
    apex_pts: int
    """Apex of the expression: where the probability of any emotion rises most, else that of the
    action unit that rises most, ticks."""
    aus: tuple[EventAu, ...]
    """What it is made of, by number, at least one."""
    context_aus: tuple[EventAu, ...]
    """Positions of head and eyes that go with it, by number."""
    emotion: str
    """Named by rule, or ``none``, ``ambiguous`` or ``undetermined``."""
    emotion_candidates: tuple[str, ...]
    """Emotions between which it is open, best first; the named one alone; none for ``none``."""
    scored_emotion: str | None
    """Emotion that the detector finds most probable over the event; None where it tells none or
    the event is no expression. It can be had where no rule fits; it is no coder's word."""
    emotion_score: float | None
    """Calibrated probability of that emotion, mean over the event, 0 to 1."""
    kind: EventKind
    """Micro, macro or undetermined; or what is no expression."""
    duration_class: DurationClass
    """The paper's class."""
    uncertainty_s: Fraction
    """One frame: how far the duration may be off either way, s."""
    score: float
    """Calibrated probability at the apex, 0 to 1: that of any emotion, where the detector tells
    emotions and the event is an expression, else that of the action unit that rises most."""
    has_baseline: bool
    """Whether enough of the person was seen to know the own neutral; without it only what was
    nearly sure is an event."""

    def __post_init__(self) -> None:
        """Check numbering, parts and ranges."""
        require(self.event_number >= 0, "Event.event_number", "0 or more", self.event_number)
        for name, aus in (("aus", self.aus), ("context_aus", self.context_aus)):
            numbers = tuple(each.au for each in aus)
            ascending = numbers == tuple(sorted(set(numbers)))
            require(ascending, f"Event.{name}", "ascending, each once", numbers)
        require(len(self.aus) > 0, "Event.aus", "one or more", self.aus)
        start = min(each.span.start_pts for each in self.aus)
        end = max(each.span.end_pts for each in self.aus)
        is_within = self.span.start_pts <= start and end <= self.span.end_pts
        require(is_within, "Event.span", f"one that holds {start} to {end}", self.span)
        is_inside = self.span.contains(self.apex_pts)
        require(is_inside, "Event.apex_pts", "within the span", self.apex_pts)
        require(0 <= self.score <= 1, "Event.score", "0 to 1", self.score)
        score = self.emotion_score
        is_paired = (self.scored_emotion is None) == (score is None)
        require(is_paired, "Event.emotion_score", "one for the scored emotion", score)
        is_share = score is None or 0 <= score <= 1
        require(is_share, "Event.emotion_score", "0 to 1 or None", score)
        require(self.uncertainty_s > 0, "Event.uncertainty_s", "above 0", self.uncertainty_s)

    @property
    def apex_s(self) -> Fraction:
        """Start of the apex frame in seconds, exact."""
        return self.apex_pts * self.span.time_base
