"""What is to be shown in each frame of an analysed film, read along with the film.

Tracks and their scores are taken in as the frames reach them and dropped when they have ended;
memory holds the faces of the moment, however long the film.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from cinefacs.errors import SchemaError
from cinefacs.records.character import Character
from cinefacs.records.event import Event, EventKind
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.face_track import CODABILITY_ORDER, Codability, FaceTrack
from cinefacs.reports.analysis_words import tell_emotion
from cinefacs.reports.config import AnnotatedFilmConfig
from cinefacs.reports.frame_view import AuScore, EventView, FaceView, FrameView
from cinefacs.reports.lettering import to_ascii
from cinefacs.timing.clock import format_timecode

__all__ = ["FilmSweep", "choose_aus", "event_words", "person_name"]

_NO_EXPRESSION = {
    EventKind.BLINK: "blink", EventKind.MOUTH: "mouth opens", EventKind.MOVEMENT: "movement",
}  # fmt: skip


@dataclass(slots=True)
class _Active:
    track: FaceTrack
    scores: FaceScores | None
    events: tuple[Event, ...]


class FilmSweep:
    """Tell frame by frame what is to be shown.

    Parameters
    ----------
    tracks
        Of the film, by number, which is the order of their first frames.
    scores
        Scores by track, ascending; tracks may have none.
    characters
        Of the film.
    events
        Of the film, in any order.
    config
        What is shown.
    """

    def __init__(
        self,
        *,
        tracks: Iterable[FaceTrack],
        scores: Iterable[FaceScores],
        characters: Iterable[Character],
        events: Iterable[Event],
        config: AnnotatedFilmConfig,
    ) -> None:
        self._config = config
        self._tracks = iter(tracks)
        self._scores = iter(scores)
        self._next_track = next(self._tracks, None)
        self._next_scores = next(self._scores, None)
        self._owner = {track: each for each in characters for track in each.track_ids}
        self._events = sorted(events, key=lambda each: each.span.start_pts)
        self._by_track: dict[int, list[Event]] = {}
        for event in self._events:
            self._by_track.setdefault(event.track_id, []).append(event)
        self._n_begun = 0
        self._shown: list[Event] = []
        self._active: list[_Active] = []

    def view(self, *, frame_index: int, pts: int, time_base: Fraction) -> FrameView:
        """Return what is to be shown in the next frame; frames ascend.

        Raises
        ------
        SchemaError
            Tracks do not ascend by their first frame.
        """
        self._take_up(frame_index)
        faces = [
            face
            for active in self._active
            if (face := self._face(active, frame_index, pts)) is not None
        ]
        return FrameView(
            clock=f"{format_timecode(pts * time_base)}  frame {frame_index}",
            faces=tuple(faces),
            events=self._event_views(pts),
        )

    def _take_up(self, frame_index: int) -> None:
        """Take in tracks that have begun and drop those that have ended."""
        while self._next_track is not None and self._next_track.frame_index[0] <= frame_index:
            track = self._next_track
            self._active.append(
                _Active(
                    track,
                    self._scores_of(track.track_id),
                    tuple(self._by_track.pop(track.track_id, ())),
                )
            )
            self._next_track = next(self._tracks, None)
            if self._next_track is not None and self._next_track.track_id <= track.track_id:
                raise SchemaError(
                    f"tracks: expected ascending numbers, got {self._next_track.track_id} after "
                    f"{track.track_id}"
                )
        self._active = [each for each in self._active if each.track.frame_index[-1] >= frame_index]

    def _scores_of(self, track_id: int) -> FaceScores | None:
        while self._next_scores is not None and self._next_scores.track_id[0] < track_id:
            self._next_scores = next(self._scores, None)
        if self._next_scores is None or self._next_scores.track_id[0] != track_id:
            return None
        found, self._next_scores = self._next_scores, next(self._scores, None)
        return found

    def _face(self, active: _Active, frame_index: int, pts: int) -> FaceView | None:
        track = active.track
        row = frame_index - int(track.frame_index[0])
        if not 0 <= row < len(track):
            return None
        code = CODABILITY_ORDER[track.codability_code[row]]
        owner = self._owner.get(track.track_id)
        levels = _levels(active.scores, frame_index)
        in_event = {
            each.au
            for event in active.events
            if event.span.contains(pts)
            for each in event.aus
            if each.span.contains(pts)
        }
        return FaceView(
            key=track.track_id,
            box_xyxy=track.box_xyxy[row],
            points_xy=track.points_xy[row],
            person=0 if owner is None else owner.character_number,
            name=person_name(owner),
            reason="" if levels or code is Codability.CODABLE else code.replace("_", " "),
            aus=choose_aus(levels, in_event, self._config),
            levels=dict(levels),
        )

    def _event_views(self, pts: int) -> tuple[EventView, ...]:
        while self._n_begun < len(self._events) and (
            self._events[self._n_begun].span.start_pts <= pts
        ):
            self._shown.append(self._events[self._n_begun])
            self._n_begun += 1
        hold_s = Fraction(self._config.event_hold_s)
        self._shown = [
            each for each in self._shown if (pts - each.span.end_pts) * each.span.time_base < hold_s
        ]
        return tuple(
            EventView(
                person=0 if owner is None else owner.character_number,
                words=event_words(each, person_name(owner)),
                is_over=pts >= each.span.end_pts,
            )
            for each in self._shown
            for owner in (self._owner.get(each.track_id),)
        )


def _levels(scores: FaceScores | None, frame_index: int) -> Mapping[int, float]:
    """Return the score of each action unit in a frame; none where it was not read."""
    if scores is None:
        return {}
    row = int(np.searchsorted(scores.frame_index, frame_index))
    if row == len(scores) or scores.frame_index[row] != frame_index:
        return {}
    return {
        int(name[2:]): float(value)
        for name, value in zip(scores.class_names, scores.scores[row], strict=True)
        if name.startswith("AU") and name[2:].isdigit()
    }


def choose_aus(
    levels: Mapping[int, float], in_event: set[int], config: AnnotatedFilmConfig
) -> tuple[AuScore, ...]:
    """Return the action units to be shown, by number: those of events first, then the highest."""
    found = [
        AuScore(au=au, score=score, is_in_event=au in in_event)
        for au, score in levels.items()
        if au in in_event or score >= config.min_score
    ]
    found.sort(key=lambda each: (not each.is_in_event, -each.score, each.au))
    return tuple(sorted(found[: config.max_aus], key=lambda each: each.au))


def person_name(character: Character | None) -> str:
    """Return number and name, as far as they can be written."""
    if character is None:
        return "?"
    return f"{character.character_number:02d} {to_ascii(character.name)}".strip()


def event_words(event: Event, name: str) -> str:
    """Return an event in a few words, such as ``01 Ada: happiness, micro, AU6+12``."""
    emotion = tell_emotion(event)
    if event.kind in _NO_EXPRESSION:
        emotion = _NO_EXPRESSION[event.kind]
    elif event.kind == "undetermined":
        emotion += ", micro or macro"
    else:
        emotion += f", {event.kind}"
    aus = "+".join(str(each.au) for each in event.aus)
    return f"{name}: {emotion}, AU{aus}"
