"""Pictures of the moments of events: a second look into the film, at those frames alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cinefacs.engines.crops import crop_affine
from cinefacs.engines.network_input import face_affine
from cinefacs.faces.portraits import encode_jpeg
from cinefacs.media.decode import ResumePoint, read_frames
from cinefacs.media.picture_film import PICTURES
from cinefacs.media.probe import FilmHeader
from cinefacs.media.seek import SEEKABLE
from cinefacs.media.source import read_source
from cinefacs.pipeline.find_events import CharacterFindings
from cinefacs.records.event import Event
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.face_track import FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.input_spec import InputSpec
from cinefacs.records.step import Step
from cinefacs.storage.face_tables import read_tracks
from cinefacs.storage.study import StudyLayout

__all__ = ["EventKey", "Pictures", "cut_event_pictures"]

MOST_PICTURED = 150
"""Events of a film that get pictures, those with the highest scores: 2 MB of a page."""
_SHORT_PAUSE_S = Fraction(4)
"""Frames between two moments that are decoded rather than leapt over."""
_PICTURE = InputSpec(side_px=96, mode="crop", crop_scale=1.3)

EventKey = tuple[int, int]
"""Track and number of an event."""
Pictures = list[tuple[str, bytes]]
"""Name of the moment and JPEG, by time."""


class _Moment(NamedTuple):
    """A frame that is wanted."""

    frame_index: int
    pts: int
    track_id: int
    event: EventKey
    order: int
    """Among the moments of the event."""
    name: str


def cut_event_pictures(
    film: Film,
    findings: Iterable[CharacterFindings],
    layout: StudyLayout,
    *,
    on_step: Callable[[Step], None],
) -> dict[EventKey, Pictures]:
    """Return onset, apex and offset of the events of a film.

    Parameters
    ----------
    film
        The film; it is opened again.
    findings
        Of its characters.
    layout
        The study, for the boxes.
    on_step
        Told how far it is.

    Raises
    ------
    FilmError
        The film is not there any more, or another one.
    """
    moments = sorted(_moments(findings))
    if not moments:
        return {}
    header = read_source(Path(film.path), picture_rate_fps=film.rate_fps)
    maps = _maps(film, layout, moments)
    found: dict[EventKey, Pictures] = {}
    n_done = 0
    for window in _windows(moments, header, film):
        by_frame: dict[int, list[_Moment]] = {}
        for moment in window:
            by_frame.setdefault(moment.frame_index, []).append(moment)
        frames = read_frames(
            header,
            start=ResumePoint(frame_index=window[0].frame_index, pts=window[0].pts),
            end_pts=window[-1].pts + 1,
            allow_damaged=film.n_damaged_frames > 0,
        )
        for frame in frames:
            for moment in by_frame.get(frame.index, ()):
                matrix = maps.get((moment.track_id, moment.frame_index))
                if matrix is not None:
                    side = (_PICTURE.side_px, _PICTURE.side_px)
                    jpeg = encode_jpeg(crop_affine(frame.rgb(), matrix, side))
                    found.setdefault(moment.event, []).append((moment.name, jpeg))
            frame.drop_pixels()
        n_done += len(window)
        name = f"film {film.film_number:03d}: pictures of events"
        on_step(Step(name=name, n_done=n_done, n_total=len(moments), unit="pictures"))
    return found


def _moments(findings: Iterable[CharacterFindings]) -> Iterator[_Moment]:
    """Yield onset, apex and offset of the events that get pictures."""
    found = [
        (event, track)
        for each in findings
        for track in each.tracks
        for event in each.events
        if event.track_id == int(track.track_id[0]) and event.kind.is_expression
    ]
    found.sort(key=lambda item: -item[0].score)
    for event, track in found[:MOST_PICTURED]:
        yield from _moments_of(event, track)


def _moments_of(event: Event, track: FaceScores) -> Iterator[_Moment]:
    key = (event.track_id, event.event_number)
    rows = {
        "onset": int(np.searchsorted(track.pts, event.span.start_pts)),
        "apex": int(np.searchsorted(track.pts, event.apex_pts)),
        "offset": int(np.searchsorted(track.end_pts, event.span.end_pts)),
    }
    for order, (name, row) in enumerate(rows.items()):
        frame, pts = int(track.frame_index[row]), int(track.pts[row])
        yield _Moment(frame, pts, event.track_id, key, order, name)


def _maps(
    film: Film, layout: StudyLayout, moments: Sequence[_Moment]
) -> Mapping[tuple[int, int], npt.NDArray[np.float64]]:
    """Return the map from the frame to the picture of each face that is wanted."""
    wanted: dict[int, set[int]] = {}
    for moment in moments:
        wanted.setdefault(moment.track_id, set()).add(moment.frame_index)
    maps = {}
    for track in read_tracks(layout.tracks_path, film_id=film.film_id):
        for frame in wanted.get(track.track_id, ()):
            maps[track.track_id, frame] = face_affine(_box_at(track, frame), _PICTURE)
    return maps


def _box_at(track: FaceTrack, frame_index: int) -> npt.NDArray[np.float32]:
    box: npt.NDArray[np.float32] = track.box_xyxy[frame_index - int(track.frame_index[0])]
    return box


def _windows(moments: Sequence[_Moment], header: FilmHeader, film: Film) -> Iterator[list[_Moment]]:
    """Yield moments that are decoded in one go: all where the container has no exact index."""
    can_leap = header.container in SEEKABLE or header.container == PICTURES
    pause = _SHORT_PAUSE_S / film.span.time_base
    window: list[_Moment] = []
    for moment in moments:
        if window and can_leap and moment.pts - window[-1].pts > pause:
            yield window
            window = []
        window.append(moment)
    yield window
