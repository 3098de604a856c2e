"""From the rows of an analysis to the events of each character."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.events.baseline import Baseline, measure_neutral
from cinefacs.events.config import EventConfig
from cinefacs.events.finder import EventFinder
from cinefacs.events.smoothing import unbroken_runs
from cinefacs.events.spans import RowTimes
from cinefacs.facs.emotion_rules import RuleTable
from cinefacs.pipeline.cast import FilmCast
from cinefacs.pipeline.reading import Reading
from cinefacs.records.character import Character
from cinefacs.records.event import Event
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.film import Film
from cinefacs.records.found_event import FoundEvent
from cinefacs.records.shot import Shot
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.analysis_tables import read_detections

__all__ = ["CharacterFindings", "find_character_events", "spans_read"]


@dataclass(frozen=True, kw_only=True)
class CharacterFindings:
    """What was found of one character."""

    character: Character
    """The character."""
    tracks: Sequence[FaceScores]
    """What was read of each of its tracks, by track."""
    baseline: Baseline
    """Its own neutral."""
    found: Sequence[FoundEvent]
    """Its events, by onset."""
    smoothing_s: float
    """Of the scores that events were found in, s."""

    @property
    def events(self) -> list[Event]:
        """The events alone."""
        return [each.event for each in self.found]

    def seen(self) -> list[TimeSpan]:
        """Return when the face was read, by time."""
        spans = [span for track in self.tracks for span in spans_read(track)]
        return sorted(spans, key=lambda span: span.start_pts)

    def rises(self) -> Iterator[tuple[FaceScores, npt.NDArray[np.float32]]]:
        """Yield each track with the (N, K) rise that its events were found in."""
        for track in self.tracks:
            times = RowTimes.of_track(track)
            yield track, times.smooth(self.baseline.rise(track.scores), sigma_s=self.smoothing_s)


def spans_read(track: FaceScores) -> list[TimeSpan]:
    """Return when a face was read, in stretches without a gap."""
    return [track.span(first, end) for first, end in unbroken_runs(track.pts, track.end_pts)]


def find_character_events(
    cast: FilmCast,
    shots: Sequence[Shot],
    reading: Reading,
    config: EventConfig,
    *,
    rules: RuleTable,
) -> list[CharacterFindings]:
    """Return what was found of each character of a film, by number.

    Parameters
    ----------
    cast
        The film and its characters.
    shots
        Of the film.
    reading
        Says where the rows lie.
    config
        Limits of events.
    rules
        Name emotions.
    """
    film = cast.film
    owner = {track: each for each in cast.characters for track in each.track_ids}
    by_track: dict[int, list[FaceScores]] = {}
    path = reading.layout.detections_path
    for track in read_detections(path, reading.class_names, film_id=film.film_id):
        character = owner.get(int(track.track_id[0]))
        if character is not None:
            by_track.setdefault(character.character_number, []).append(track)
    starts = {shot.shot_index: shot.span.start_pts for shot in shots}
    return [
        _find(film, each, by_track.get(each.character_number, []), starts, config, rules=rules)
        for each in cast.characters
    ]


def _find(
    film: Film,
    character: Character,
    tracks: Sequence[FaceScores],
    starts: Mapping[int, int],
    config: EventConfig,
    *,
    rules: RuleTable,
) -> CharacterFindings:
    ordered = sorted(tracks, key=lambda each: int(each.track_id[0]))
    baseline = (
        measure_neutral(FaceScores.joined(ordered), config)
        if ordered
        else Baseline(levels=np.zeros(0, np.float32), seen_s=0 * film.span.time_base,
                      is_known=False)
    )  # fmt: skip
    finder = EventFinder(baseline, config, rules=rules)
    events = [event for track in ordered for event in finder.find(track)]
    events.sort(key=lambda event: (event.span.start_pts, event.track_id, event.event_number))
    return CharacterFindings(
        character=character,
        tracks=ordered,
        baseline=baseline,
        smoothing_s=config.smoothing_ms / 1000,
        found=[
            FoundEvent(
                film_number=film.film_number,
                character_number=character.character_number,
                name=character.name,
                shot_index=_shot_of(event, starts),
                event=event,
            )
            for event in events
        ],
    )


def _shot_of(event: Event, starts: Mapping[int, int]) -> int:
    """Return the shot that an event lies in; a track lies in one."""
    return max(
        (index for index, start in starts.items() if start <= event.span.start_pts), default=0
    )
