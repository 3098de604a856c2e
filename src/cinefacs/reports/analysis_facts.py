"""What the report of an analysis shows, and the figures that it derives from events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cinefacs.metrics.intervals import median_interval, poisson_interval
from cinefacs.records.character import Character
from cinefacs.records.event import Event
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.records.time_span import TimeSpan

__all__ = [
    "AnalysedCharacter",
    "AnalysedFilm",
    "AuCurve",
    "CountRow",
    "EventPanel",
    "ModelFacts",
    "count_rows",
    "expressions_of",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class AuCurve:
    """How far one action unit rises above the person's own neutral, over time."""

    au: int
    """The action unit."""
    name: str
    """Its FACS name."""
    time_s: npt.NDArray[np.float64]
    """(N,) s on the film's clock, ascending; a gap is a row with no value."""
    rise: npt.NDArray[np.float64]
    """(N,) 0 to 1; NaN where the face could not be read: the line is broken there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EventPanel:
    """One event with pictures of its onset, apex and offset."""

    event: Event
    """The event."""
    pictures: Sequence[tuple[str, bytes]]
    """Name of the moment and JPEG of the face; none where the report has no room."""
    shot_number: int
    """Shot that it lies in, from 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalysedCharacter:
    """One character with everything that was found."""

    character: Character
    """The character."""
    portraits: Sequence[bytes]
    """A few pictures, JPEG."""
    seen: Sequence[TimeSpan]
    """When the face could be read."""
    has_baseline: bool
    """Whether enough was seen to know the own neutral."""
    events: Sequence[EventPanel]
    """By onset; blinks and openings of the mouth among them."""
    curves: Sequence[AuCurve]
    """Action units that have an event, by number."""

    @property
    def seen_s(self) -> float:
        """Time in which the face could be read, s."""
        return float(sum(span.duration_s for span in self.seen))


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalysedFilm:
    """One film with its characters."""

    film: Film
    """The film."""
    shots: Sequence[Shot]
    """All shots."""
    characters: Sequence[AnalysedCharacter]
    """By number."""
    n_face_frames: int
    """Faces found, summed over frames."""
    n_read: int
    """Those of them that the detector read."""
    coverage: float
    """Codable face-frames over face-frames found, 0 to 1 (DECISIONS 6)."""
    film_coverage: float
    """Frames with a codable face over all frames, 0 to 1 (DECISIONS 6)."""
    not_codable: Sequence[tuple[str, int]]
    """Face-frames that cannot be coded, by reason, most frequent first."""
    measures: Sequence[tuple[str, str]]
    """Cinemetrics: name and value with its unit."""
    figure_svg: str
    """Shot lengths over time."""
    notes: Sequence[str] = field(default_factory=tuple)
    """What a reader must know: fall-backs, damage, missing extras."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFacts:
    """The model that read the faces."""

    name: str
    """Its name."""
    sha256: str
    """Digest of its file."""
    class_names: Sequence[str]
    """What it scores."""
    training_data: str
    """What it was trained on, in one sentence."""
    measures: Sequence[tuple[str, str, str]]
    """Measure, value, and what chance would give."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CountRow:
    """How often something was seen, and how long it lasted."""

    name: str
    """Such as ``AU12 lip corner puller`` or ``happiness``."""
    count: int
    """Events."""
    per_minute: tuple[float, float, float]
    """Events per minute in which the face could be read: estimate, low and high end of the 95 %
    interval."""
    median_s: float | None
    """Median duration of those seen whole, s; None where there is none."""
    median_interval_s: tuple[float, float] | None
    """Its 95 % interval, s; None for fewer than six."""
    n_whole: int
    """Events that were seen from onset to offset."""


def expressions_of(character: AnalysedCharacter) -> list[Event]:
    """Return the events of a character that are expressions."""
    return [panel.event for panel in character.events if panel.event.kind.is_expression]


def count_rows(
    events: Iterable[Event], *, seen_s: float, au_names: Mapping[int, str]
) -> tuple[list[CountRow], list[CountRow], list[CountRow]]:
    """Return counts and durations by action unit, and by emotion.

    Parameters
    ----------
    events
        Expressions of one character.
    seen_s : s, above 0 where there are events
        Time in which the face could be read.
    au_names
        FACS name of each action unit.

    Returns
    -------
    by_au : by number
    by_emotion : as the rules say, most frequent first; none, ambiguous and undetermined among them
    by_scored : as the detector scores them, most frequent first; empty where it tells none
    """
    by_au: dict[int, list[float | None]] = {}
    by_emotion: dict[str, list[float | None]] = {}
    by_scored: dict[str, list[float | None]] = {}
    for event in events:
        duration_s = float(event.span.duration_s)
        is_whole = event.is_onset_seen and event.is_offset_seen
        by_emotion.setdefault(event.emotion, []).append(duration_s if is_whole else None)
        if event.scored_emotion:
            by_scored.setdefault(event.scored_emotion, []).append(duration_s if is_whole else None)
        for each in event.aus:
            is_whole = each.is_onset_seen and each.is_offset_seen
            own_s = float(each.span.duration_s)
            by_au.setdefault(each.au, []).append(own_s if is_whole else None)
    return (
        [_row(_au_name(au, au_names), by_au[au], seen_s) for au in sorted(by_au)],
        _most_frequent_first(by_emotion, seen_s),
        _most_frequent_first(by_scored, seen_s),
    )


def _most_frequent_first(
    found: Mapping[str, Sequence[float | None]], seen_s: float
) -> list[CountRow]:
    names = sorted(found, key=lambda name: (-len(found[name]), name))
    return [_row(name, found[name], seen_s) for name in names]


def _au_name(au: int, names: Mapping[int, str]) -> str:
    return f"AU{au} {names[au].lower()}" if au in names else f"AU{au}"


def _row(name: str, durations_s: Sequence[float | None], seen_s: float) -> CountRow:
    whole = sorted(each for each in durations_s if each is not None)
    n = len(durations_s)
    low, high = poisson_interval(n)
    minutes = seen_s / 60
    return CountRow(
        name=name,
        count=n,
        per_minute=(n / minutes, low / minutes, high / minutes),
        median_s=float(np.median(whole)) if whole else None,
        median_interval_s=median_interval(whole),
        n_whole=len(whole),
    )
