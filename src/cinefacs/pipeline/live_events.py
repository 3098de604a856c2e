"""Events while they happen: the event finder on each face's recent past.

The own neutral is that of the face's last minute, not of the whole film, and what is found is
revised until it has ended for a while; so live events are first impressions. The same film read
to its end by `analyze` may say otherwise.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from cinefacs.events.baseline import Baseline, measure_baseline
from cinefacs.events.config import EventConfig
from cinefacs.events.finder import EventFinder
from cinefacs.facs.emotion_rules import RuleTable
from cinefacs.media.frame import Frame
from cinefacs.records.event import Event
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.seen_frame import SeenFace, SeenFrame

__all__ = ["LiveEvents", "LiveMoment"]

_LONGEST_SHOWN_S = Fraction(1, 4)
"""A frame counts as shown until the next one that was read, but no longer than this: frames that
were dropped between are no gap."""
_SETTLED_S = Fraction(3, 10)
"""An event has ended once the face went on for so long without it: smoothing, and pauses that are
bridged, cannot change it any more."""
_NEUTRAL_EVERY_S = Fraction(1)
_GONE_S = Fraction(1, 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveMoment:
    """What is known of events after a frame."""

    running: tuple[Event, ...]
    """Not ended yet, or not for certain."""
    ended: tuple[Event, ...]
    """New ones that will not change any more."""


@dataclass(slots=True)
class _Row:
    frame_index: int
    pts: int
    end_pts: int
    face: SeenFace


@dataclass(slots=True)
class _Past:
    """What was seen of one face."""

    rows: deque[_Row] = field(default_factory=deque)
    neutral: Baseline | None = None
    neutral_at_s: Fraction = Fraction(0)
    reported_until_pts: int | None = None
    n_reported: int = 0


class LiveEvents:
    """Take frame after frame, tell which events are running and which have ended.

    Parameters
    ----------
    film_id
        What events name as their film.
    config
        Limits of events.
    window_s, event_window_s
        Stretch of the past for the own neutral, and for events, s.
    rules
        Table of emotion rules where `config.rules` is a file.
    """

    def __init__(
        self,
        film_id: str,
        config: EventConfig,
        *,
        window_s: float,
        event_window_s: float,
        rules: RuleTable | None = None,
    ) -> None:
        self._film_id = film_id
        self._config = config
        self._window_s = Fraction(window_s)
        self._event_window_s = Fraction(event_window_s)
        self._rules = rules
        self._time_base = Fraction(1)
        self._pasts: dict[int, _Past] = {}

    def push(self, frame: Frame, seen: SeenFrame) -> LiveMoment:
        """Take the faces of the next frame."""
        self._time_base = frame.time_base
        running: list[Event] = []
        ended: list[Event] = []
        for face in seen.faces:
            if not face.scores:
                continue
            past = self._pasts.setdefault(face.track_id, _Past())
            self._add(past, frame, face)
            found = self._find(past)
            settled_pts = frame.end_pts - int(_SETTLED_S / frame.time_base)
            now_over = [event for event in found if event.span.end_pts <= settled_pts]
            ended += self._report(past, now_over)
            running += [event for event in found if event.span.end_pts > settled_pts]
        ended += self._drop_gone(frame)
        return LiveMoment(running=tuple(running), ended=tuple(ended))

    def finish(self) -> tuple[Event, ...]:
        """Return the events of the faces that are left."""
        ended = [
            event for past in self._pasts.values() for event in self._report(past, self._find(past))
        ]
        self._pasts.clear()
        return tuple(ended)

    def _add(self, past: _Past, frame: Frame, face: SeenFace) -> None:
        if past.rows:
            last = past.rows[-1]
            if (frame.pts - last.pts) * frame.time_base <= _LONGEST_SHOWN_S:
                last.end_pts = frame.pts
            last.end_pts = min(last.end_pts, frame.pts)
        past.rows.append(_Row(frame.index, frame.pts, frame.end_pts, face))
        while (frame.end_pts - past.rows[0].pts) * frame.time_base > self._window_s:
            past.rows.popleft()

    def _drop_gone(self, frame: Frame) -> list[Event]:
        """Report and forget faces that have not been seen for a while."""
        gone = [
            track_id
            for track_id, past in self._pasts.items()
            if (frame.pts - past.rows[-1].end_pts) * frame.time_base > _GONE_S
        ]
        ended: list[Event] = []
        for track_id in gone:
            past = self._pasts.pop(track_id)
            ended += self._report(past, self._find(past))
        return ended

    def _find(self, past: _Past) -> list[Event]:
        """Return the events of a face's recent past that were not reported yet."""
        rows = past.rows
        now_s = rows[-1].end_pts * self._time_base
        if past.neutral is None or now_s - past.neutral_at_s >= _NEUTRAL_EVERY_S:
            past.neutral_at_s = now_s
            past.neutral = measure_baseline(
                self._scores(rows),
                quantile=self._config.baseline_quantile,
                max_level=self._config.max_baseline,
                min_seen_s=self._config.min_baseline_s,
            )
        start_s = now_s - self._event_window_s
        recent = [row for row in rows if row.pts * self._time_base >= start_s]
        found = EventFinder(past.neutral, self._config, rules=self._rules).find(
            self._scores(recent)
        )
        until = past.reported_until_pts
        return [event for event in found if until is None or event.span.start_pts >= until]

    def _report(self, past: _Past, events: Sequence[Event]) -> list[Event]:
        """Return events with numbers that go on; they are never reported again."""
        numbered = []
        for event in events:
            numbered.append(replace(event, event_number=past.n_reported))
            past.n_reported += 1
            past.reported_until_pts = max(past.reported_until_pts or 0, event.span.end_pts)
        return numbered

    def _scores(self, rows: Sequence[_Row] | deque[_Row]) -> FaceScores:
        names = tuple(rows[-1].face.scores)
        n = len(rows)
        return FaceScores(
            film_id=self._film_id,
            time_base=self._time_base,
            class_names=names,
            track_id=np.full(n, rows[-1].face.track_id, np.int64),
            frame_index=np.array([row.frame_index for row in rows], np.int64),
            pts=np.array([row.pts for row in rows], np.int64),
            end_pts=np.array([row.end_pts for row in rows], np.int64),
            box_xyxy=np.array([row.face.box_xyxy for row in rows], np.float32),
            face_score=np.array([row.face.face_score for row in rows], np.float32),
            scores=np.array(
                [[row.face.scores[name] for name in names] for row in rows], np.float32
            ),
        )
