"""From a detector's scores of one person to events."""

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ConfigError
from cinefacs.events.baseline import Baseline
from cinefacs.events.config import EventConfig
from cinefacs.events.durations import classify_duration, classify_kind
from cinefacs.events.grouping import AuGroup, group_aus
from cinefacs.events.spans import RiseSpan, RowTimes, find_spans
from cinefacs.facs.code_book import CodeBook
from cinefacs.facs.emotion_rules import RuleTable, standard_rule_tables
from cinefacs.facs.inference import ActiveAu, EmotionOutcome, infer_emotion
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
        groups = group_aus(aus, self._config)
        return list(self._events(track, groups, columns.keys()))

    def _events(
        self, track: FaceScores, groups: Sequence[AuGroup], known: Collection[int]
    ) -> Iterator[Event]:
        unseen = self._rules.vocabulary - set(known)
        for number, group in enumerate(groups):
            strongest = group.aus[0]
            reading = infer_emotion(
                (ActiveAu(number=each.au) for each in group.aus),
                self._rules,
                unseen=unseen,
                code_book=self._code_book,
            )
            is_named = reading.outcome is EmotionOutcome.NAMED
            uncertainty_s = _frame_length_s(track, group.span)
            yield Event(
                film_id=track.film_id,
                track_id=int(track.track_id[0]),
                event_number=number,
                span=group.span,
                is_onset_seen=group.is_onset_seen,
                is_offset_seen=group.is_offset_seen,
                apex_pts=strongest.apex_pts,
                aus=_by_number(group.aus),
                context_aus=_by_number(group.context),
                emotion=str(reading.emotion if is_named else reading.outcome),
                emotion_candidates=reading.candidates,
                kind=self._kind(group, uncertainty_s),
                duration_class=classify_duration(
                    group.span.duration_s,
                    uncertainty_s=uncertainty_s,
                    is_whole=group.is_onset_seen and group.is_offset_seen,
                    limit_ms=self._config.low_limit_ms,
                ),
                uncertainty_s=uncertainty_s,
                score=strongest.score,
                has_baseline=self._baseline.is_known,
            )

    def _kind(self, group: AuGroup, uncertainty_s: Fraction) -> EventKind:
        """Return micro or macro by duration, or what it is if it is no expression.

        That is a blink for what only closes the eyes shortly, and mouth for what only opens the
        mouth, eyes closed or not.
        """
        is_whole = group.is_onset_seen and group.is_offset_seen
        kind = classify_kind(
            group.span.duration_s,
            uncertainty_s=uncertainty_s,
            is_whole=is_whole,
            limit_ms=self._config.micro_limit_ms,
        )
        aus = {each.au for each in group.aus} - set(self._config.blink_aus)
        if not aus:
            return EventKind.BLINK if is_whole and kind != EventKind.MACRO else kind
        return EventKind.MOUTH if aus <= set(self._config.mouth_aus) else kind


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
        span=TimeSpan(
            start_pts=int(track.pts[span.first]),
            end_pts=int(track.end_pts[span.end - 1]),
            time_base=track.time_base,
        ),
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
