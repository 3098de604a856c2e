"""From a detector's scores of one person to events."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ConfigError
from cinefacs.events.baseline import Baseline, any_emotion
from cinefacs.events.config import EventConfig
from cinefacs.events.durations import classify_duration, classify_kind
from cinefacs.events.grouping import AuGroup, add_contexts, group_aus
from cinefacs.events.spans import RiseSpan, RowTimes, find_spans
from cinefacs.facs.code_book import CodeBook
from cinefacs.facs.emotion_rules import RuleTable, standard_rule_tables
from cinefacs.facs.inference import ActiveAu, EmotionOutcome, infer_emotion
from cinefacs.records.class_space import EMOTIONS
from cinefacs.records.event import Event, EventAu, EventKind
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.time_span import TimeSpan

__all__ = ["EventFinder", "au_columns"]


def au_columns(class_names: Sequence[str]) -> dict[int, int]:
    """Return the column of each action unit that a detector knows, by number.

    Parameters
    ----------
    class_names
        Those of action units read ``AU12``; others are passed over.
    """
    return {
        int(name[2:]): column
        for column, name in enumerate(class_names)
        if name.startswith("AU") and name[2:].isdigit()
    }


class EventFinder:
    """Find the events of one person, track by track.

    Parameters
    ----------
    baseline
        The person's own neutral (`cinefacs.events.baseline.measure_baseline`).
    config
        The limits.
    rules
        The table that `config.rules` names, where that is a file: no file is read here. The
        caller has it from `cinefacs.storage.facs_files.read_rule_table`.
    code_book
        Says what excludes what; the standard one when None.

    Raises
    ------
    ConfigError
        The configuration names a table of rules that there is not, and none was handed over.
    """

    def __init__(
        self,
        baseline: Baseline,
        config: EventConfig,
        *,
        rules: RuleTable | None = None,
        code_book: CodeBook | None = None,
    ) -> None:
        tables = standard_rule_tables()
        if rules is None and config.rules not in tables:
            known = ", ".join(tables)
            raise ConfigError(
                f"events.rules: expected one of {known}, got {config.rules!r}",
                hint="the rules of a file are handed over as `rules`",
            )
        self._baseline = baseline
        self._config = config
        self._rules: RuleTable = rules or tables[config.rules]
        self._code_book = code_book

    def find(self, track: FaceScores) -> list[Event]:
        """Return the events of one face track, by onset.

        Parameters
        ----------
        track
            The track's rows, in time.

        Raises
        ------
        ConfigError
            The detector knows no action unit.
        """
        columns = au_columns(track.class_names)
        if not columns:
            raise ConfigError(
                f"events: expected scores of action units, got {', '.join(track.class_names)}",
                hint="use a detector of the class space `au` or `emotion+au`",
            )
        if not len(track):
            return []
        times = RowTimes.of_track(track)
        sigma_s = self._config.smoothing_ms / 1000
        rise = times.smooth(self._baseline.rise(track.scores), sigma_s=sigma_s)
        aus = [
            _event_au(track, span, au, track.scores[:, column], rise[:, column])
            for au, column in columns.items()
            for span in find_spans(rise[:, column], times, self._config)
        ]
        drafts = list(self._expressions(track, times, rise, columns, aus))
        shown = [draft.span for draft in drafts]
        drafts += [
            self._of_group(track, group)
            for group in group_aus(aus, self._config)
            if not any(group.span.overlap(span) > 0 for span in shown)
        ]
        drafts.sort(key=lambda draft: (draft.span.start_pts, draft.aus[0].au))
        return [
            self._event(track, number, draft, columns.keys()) for number, draft in enumerate(drafts)
        ]

    def _expressions(
        self,
        track: FaceScores,
        times: RowTimes,
        rise: npt.NDArray[np.float32],
        columns: Mapping[int, int],
        aus: Sequence[EventAu],
    ) -> Iterator["_Draft"]:
        """Yield the expressions: where the probability of any emotion rises."""
        evidence = self._baseline.rise_of_any_emotion(track)
        probability = any_emotion(track)
        if evidence is None or probability is None:
            return
        sigma_s = self._config.smoothing_ms / 1000
        smooth = times.smooth(evidence[:, None], sigma_s=sigma_s)[:, 0]  # (N,)
        limits = replace(
            self._config, on_rise=self._config.on_expression, off_rise=self._config.off_expression
        )
        context = set(self._config.context_aus)
        moving = {au: column for au, column in columns.items() if au not in context}
        for span in find_spans(smooth, times, limits):
            time_span = track.span(span.first, span.end)
            uncertainty_s = _frame_length_s(track, time_span)
            stirring = self._aus_within(track, rise, moving, span)
            group = AuGroup(self._sure_of(stirring))
            add_contexts([each for each in aus if each.au in context], [group])
            kind = classify_kind(
                time_span.duration_s,
                uncertainty_s=uncertainty_s,
                is_whole=span.is_onset_seen and span.is_offset_seen,
                limit_ms=self._config.micro_limit_ms,
            )
            yield _Draft(
                aus=group.aus,
                context=group.context,
                span=time_span,
                apex_pts=int(track.pts[span.apex]),
                score=float(probability[span.apex]),
                is_onset_seen=span.is_onset_seen,
                is_offset_seen=span.is_offset_seen,
                uncertainty_s=uncertainty_s,
                kind=EventKind.BLINK if self._is_blink(stirring, kind) else kind,
            )

    def _aus_within(
        self,
        track: FaceScores,
        rise: npt.NDArray[np.float32],
        columns: Mapping[int, int],
        span: RiseSpan,
    ) -> list[EventAu]:
        """Return what stirs within an expression, the strongest first; at least one."""
        found = []
        for au, column in columns.items():
            own = rise[:, column]  # (N,)
            apex = span.first + int(own[span.first : span.end].argmax())
            first, end = apex, apex + 1
            while first > span.first and own[first - 1] >= self._config.off_rise:
                first -= 1
            while end < span.end and own[end] >= self._config.off_rise:
                end += 1
            part = RiseSpan(
                first=first, end=end, apex=apex,
                is_onset_seen=first > span.first or span.is_onset_seen,
                is_offset_seen=end < span.end or span.is_offset_seen,
            )  # fmt: skip
            found.append(_event_au(track, part, au, track.scores[:, column], own))
        found.sort(key=lambda each: (-each.rise, each.au))
        return [each for each in found if each.rise >= self._config.off_rise] or found[:1]

    def _sure_of(self, stirring: Sequence[EventAu]) -> list[EventAu]:
        """Return what rises as far as an action unit must anywhere; the strongest where none does.

        Where that only closes the eyes, what makes it more than a blink is named, too.
        """
        sure = [each for each in stirring if each.rise >= self._config.on_rise]
        sure = sure or list(stirring[:1])
        if all(each.au in self._config.blink_aus for each in sure):
            sure += [each for each in stirring if each.au not in self._config.blink_aus][:1]
        return sure

    def _of_group(self, track: FaceScores, group: AuGroup) -> "_Draft":
        strongest = group.aus[0]
        uncertainty_s = _frame_length_s(track, group.span)
        return _Draft(
            aus=group.aus,
            context=group.context,
            span=group.span,
            apex_pts=strongest.apex_pts,
            score=strongest.score,
            is_onset_seen=group.is_onset_seen,
            is_offset_seen=group.is_offset_seen,
            uncertainty_s=uncertainty_s,
            kind=self._kind(group, uncertainty_s),
        )

    def _event(
        self, track: FaceScores, number: int, draft: "_Draft", known: Collection[int]
    ) -> Event:
        """Return an event with its emotion, which the rules name."""
        reading = infer_emotion(
            (ActiveAu(number=each.au) for each in draft.aus),
            self._rules,
            unseen=self._rules.vocabulary - set(known),
            code_book=self._code_book,
        )
        is_named = reading.outcome is EmotionOutcome.NAMED
        scored = _scored_emotion(track, draft.span) if draft.kind.is_expression else None
        return Event(
            film_id=track.film_id,
            track_id=int(track.track_id[0]),
            event_number=number,
            span=draft.span,
            is_onset_seen=draft.is_onset_seen,
            is_offset_seen=draft.is_offset_seen,
            apex_pts=draft.apex_pts,
            aus=_by_number(draft.aus),
            context_aus=_by_number(draft.context),
            emotion=str(reading.emotion if is_named else reading.outcome),
            emotion_candidates=reading.candidates,
            scored_emotion=scored[0] if scored else None,
            emotion_score=scored[1] if scored else None,
            kind=draft.kind,
            duration_class=classify_duration(
                draft.span.duration_s,
                uncertainty_s=draft.uncertainty_s,
                is_whole=draft.is_onset_seen and draft.is_offset_seen,
                limit_ms=self._config.low_limit_ms,
            ),
            uncertainty_s=draft.uncertainty_s,
            score=draft.score,
            has_baseline=self._baseline.is_known,
        )

    def _kind(self, group: AuGroup, uncertainty_s: Fraction) -> EventKind:
        """Return micro or macro by duration, or what it is if it is no expression.

        That is a blink for what only closes the eyes shortly, mouth for what only opens the mouth,
        eyes closed or not, and a movement for anything else in which a detector that tells
        emotions sees none.
        """
        is_whole = group.is_onset_seen and group.is_offset_seen
        kind = classify_kind(
            group.span.duration_s,
            uncertainty_s=uncertainty_s,
            is_whole=is_whole,
            limit_ms=self._config.micro_limit_ms,
        )
        if is_whole and self._is_blink(group.aus, kind):
            return EventKind.BLINK
        aus = {each.au for each in group.aus} - set(self._config.blink_aus)
        if aus and aus <= set(self._config.mouth_aus):
            return EventKind.MOUTH
        return kind if self._baseline.any_emotion is None else EventKind.MOVEMENT

    def _is_blink(self, aus: Sequence[EventAu], kind: EventKind) -> bool:
        """Return whether eyes close, not for long as far as it was seen, and nothing else moves."""
        return kind is not EventKind.MACRO and all(
            each.au in self._config.blink_aus for each in aus
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """An event without its number and its emotion."""

    aus: Sequence[EventAu]
    context: Sequence[EventAu]
    span: TimeSpan
    apex_pts: int
    score: float
    is_onset_seen: bool
    is_offset_seen: bool
    uncertainty_s: Fraction
    kind: EventKind


def _scored_emotion(track: FaceScores, span: TimeSpan) -> tuple[str, float] | None:
    """Return the most probable emotion over a span, and its mean probability, 0 to 1."""
    names = [name for name in track.class_names if name in EMOTIONS]
    if not names:
        return None
    rows = (track.pts >= span.start_pts) & (track.end_pts <= span.end_pts)
    means = [float(track.column(name)[rows].mean()) for name in names]
    best = int(np.argmax(means))
    return names[best], means[best]


def _by_number(aus: Sequence[EventAu]) -> tuple[EventAu, ...]:
    return tuple(sorted(aus, key=lambda each: each.au))


def _event_au(
    track: FaceScores,
    span: RiseSpan,
    au: int,
    score: npt.NDArray[np.float32],
    rise: npt.NDArray[np.float32],
) -> EventAu:
    """Return an action unit's span in exact time."""
    return EventAu(
        au=au,
        span=track.span(span.first, span.end),
        apex_pts=int(track.pts[span.apex]),
        score=float(score[span.apex]),
        rise=float(rise[span.apex]),
        is_onset_seen=span.is_onset_seen,
        is_offset_seen=span.is_offset_seen,
    )


def _frame_length_s(track: FaceScores, span: TimeSpan) -> Fraction:
    """Return the longer of the onset frame and the offset frame, s."""
    first = int(np.searchsorted(track.pts, span.start_pts))
    last = int(np.searchsorted(track.end_pts, span.end_pts))
    shown = track.end_pts[[first, last]] - track.pts[[first, last]]
    return int(shown.max()) * track.time_base
