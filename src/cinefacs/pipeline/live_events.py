"""Events while they happen: the event finder on each face's recent past.

The own neutral is that of the face's last minute, not of the whole film; before it is known there
are no events. What is found is revised until it has ended for a while; so live events are first
impressions. The same film read to its end by `analyze` may say otherwise.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from cinefacs.events.baseline import Baseline, measure_neutral
from cinefacs.events.config import EventConfig
from cinefacs.events.finder import EventFinder
from cinefacs.facs.emotion_rules import RuleTable
from cinefacs.media.frame import Frame
from cinefacs.pipeline.live_contract import FollowedFace, FollowedFrame
from cinefacs.records.event import Event
from cinefacs.records.face_scores import FaceScores

__all__ = ["LiveEvents", "LiveMoment"]

_LONGEST_SHOWN_S = Fraction(1, 4)
"""A frame counts as shown until the next one that was read, but no longer than this: frames that
were dropped between are no gap."""
_SETTLED_S = Fraction(3, 10)
"""An event has ended once the face went on for so long without it: smoothing, and pauses that are
bridged, cannot change it any more."""
_NEUTRAL_EVERY_S = Fraction(1)
_GONE_S = Fraction(1, 2)
_TIMES_KEPT = 512
"""Frames whose times are remembered: a reading that is later by more is passed over."""


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
    box_xyxy: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]


@dataclass(slots=True)
class _Past:
    """What was read of one face."""

    face: int
    rows: deque[_Row] = field(default_factory=deque)
    neutral: Baseline | None = None
    neutral_at_s: Fraction = Fraction(0)
    reported: list[Event] = field(default_factory=list)
    """Those that the rows still hold a part of."""
    n_reported: int = 0


class LiveEvents:
    """Take frame after frame, tell which events are running and which have ended.

    Parameters
    ----------
    film_id
        What events name as their film.
    class_names
        What the analyser's scores are.
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
        class_names: Sequence[str],
        config: EventConfig,
        *,
        window_s: float,
        event_window_s: float,
        rules: RuleTable | None = None,
    ) -> None:
        self._film_id = film_id
        self._class_names = tuple(class_names)
        self._config = config
        self._window_s = Fraction(window_s)
        self._event_window_s = Fraction(event_window_s)
        self._rules = rules
        self._time_base = Fraction(1)
        self._pasts: dict[int, _Past] = {}
        self._times: dict[int, tuple[int, int]] = {}
        self._taken: dict[int, int] = {}  # newest reading of each face, also of those forgotten

    def push(self, seen: FollowedFrame) -> LiveMoment:
        """Take the faces of the next frame; of each, a reading that was not taken before."""
        frame = seen.frame
        self._time_base = frame.time_base
        self._times[frame.index] = frame.pts, frame.end_pts
        while len(self._times) > _TIMES_KEPT:
            del self._times[next(iter(self._times))]
        for face in seen.faces:
            self._add(face)
        followed = {face.face for face in seen.faces}
        self._taken = {face: index for face, index in self._taken.items() if face in followed}
        running: list[Event] = []
        ended: list[Event] = []
        for past in self._pasts.values():
            found = self._find(past)
            settled_pts = past.rows[-1].end_pts - int(_SETTLED_S / frame.time_base)
            ended += self._report(past, [e for e in found if e.span.end_pts <= settled_pts])
            running += [event for event in found if event.span.end_pts > settled_pts]
        gone = self._drop_gone(frame)
        over = {(event.track_id, event.span.start_pts) for event in gone}
        running = [each for each in running if (each.track_id, each.span.start_pts) not in over]
        return LiveMoment(running=tuple(running), ended=(*ended, *gone))

    def finish(self) -> tuple[Event, ...]:
        """Return the events of the faces that are left."""
        ended = [
            event for past in self._pasts.values() for event in self._report(past, self._find(past))
        ]
        self._pasts.clear()
        return tuple(ended)

    def _add(self, face: FollowedFace) -> None:
        """Note a new reading, at the time of the frame that was read."""
        index = face.read_frame_index
        if face.scores is None or index is None or index not in self._times:
            return
        if self._taken.get(face.face, -1) >= index:
            return
        self._taken[face.face] = index
        past = self._pasts.setdefault(face.face, _Past(face.face))
        pts, end_pts = self._times[index]
        if past.rows:
            last = past.rows[-1]
            if (pts - last.pts) * self._time_base <= _LONGEST_SHOWN_S:
                last.end_pts = pts
            last.end_pts = min(last.end_pts, pts)
        past.rows.append(_Row(index, pts, end_pts, face.box_xyxy, face.scores))
        while (end_pts - past.rows[0].pts) * self._time_base > self._window_s:
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
            past.neutral = measure_neutral(self._scores(past.face, rows), self._config)
        if not past.neutral.is_known:
            return []  # any resting face would be an event
        start_s = now_s - self._event_window_s
        recent = [row for row in rows if row.pts * self._time_base >= start_s]
        found = EventFinder(past.neutral, self._config, rules=self._rules).find(
            self._scores(past.face, recent)
        )
        past.reported = [each for each in past.reported if each.span.end_pts > rows[0].pts]
        return [
            event for event in found if not any(_is_same(event, each) for each in past.reported)
        ]

    def _report(self, past: _Past, events: Sequence[Event]) -> list[Event]:
        """Return events with numbers that go on; they are never reported again."""
        numbered = []
        for event in events:
            numbered.append(replace(event, event_number=past.n_reported))
            past.n_reported += 1
        past.reported += numbered
        return numbered

    def _scores(self, face: int, rows: Sequence[_Row] | deque[_Row]) -> FaceScores:
        n = len(rows)
        return FaceScores(
            film_id=self._film_id,
            time_base=self._time_base,
            class_names=self._class_names,
            track_id=np.full(n, face, np.int64),
            frame_index=np.array([row.frame_index for row in rows], np.int64),
            pts=np.array([row.pts for row in rows], np.int64),
            end_pts=np.array([row.end_pts for row in rows], np.int64),
            box_xyxy=np.array([row.box_xyxy for row in rows], np.float32),
            face_score=np.ones(n, np.float32),  # a face that is followed; events do not ask
            scores=np.array([row.scores for row in rows], np.float32),
        )


def _is_same(event: Event, reported: Event) -> bool:
    """Return whether an event is one that was reported, found again in a past that moved on.

    Both overlap and share an action unit, or are expressions of which one has none: a smile that
    goes on is not the frown, nor the blink, that ended meanwhile.
    """
    one, other = event.span, reported.span
    if one.start_pts >= other.end_pts or other.start_pts >= one.end_pts:
        return False
    ours, theirs = ({each.au for each in either.aus} for either in (event, reported))
    if ours and theirs:
        return bool(ours & theirs)
    return event.kind.is_expression == reported.kind.is_expression
