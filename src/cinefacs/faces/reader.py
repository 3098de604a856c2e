"""Read the faces of a film, shot by shot: tracks, blendshapes and portraits.

Frames that a gradual transition touches are passed over: two pictures are mixed in them, and a
landmark model would follow a face into another. Tracks end before such frames and begin after.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cinefacs.faces.config import FaceConfig, FaceLimits
from cinefacs.faces.mesh import FaceMesh
from cinefacs.faces.portraits import encode_jpeg
from cinefacs.faces.track_rows import TrackRows
from cinefacs.faces.tracker import FaceTracker, Finder, Mesher, Sighting
from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.records.face_track import Blendshapes, FaceTrack, Portrait
from cinefacs.records.seen_face import SeenFace, measure_activity

__all__ = ["BlendshapeModel", "Embedder", "FaceReader", "FaceReading", "FaceWatcher"]


class BlendshapeModel(Protocol):
    """What reads expressions: `cinefacs.faces.blendshapes.BlendshapeReader`."""

    def read(self, mesh: FaceMesh, size_wh: tuple[int, int]) -> npt.NDArray[np.float32]:
        """Return 52 scores."""
        ...


class Embedder(Protocol):
    """What tells people apart: `cinefacs.faces.identity.DlibEmbedder`."""

    def embed(self, chip_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the identity vector of a face."""
        ...


class FaceWatcher(Protocol):
    """What looks at faces while their frame is there: `cinefacs.inference.expressions`."""

    @property
    def readability(self) -> FaceLimits:
        """Which faces it can read (`SeenFace.is_readable`)."""
        ...

    def push(self, frame: Frame, faces: Sequence[SeenFace], /) -> None:
        """Look at the faces that are followed in a frame; perhaps none."""
        ...

    def end(self, face: int, /) -> None:
        """Take note that a face will not be seen again."""
        ...

    def forget(self, face: int, /) -> None:
        """Forget a face that ended and is no track."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceReading:
    """All that is known of one face track."""

    face: int
    """Number by which a `FaceWatcher` knows it."""
    track: FaceTrack
    """Boxes and codability, frame by frame."""
    blendshapes: Blendshapes
    """Pose and expression, where the landmark model saw the face."""
    portraits: tuple[Portrait, ...]
    """The best pictures, best first."""


@dataclass(slots=True)
class _OpenTrack:
    """A track that still grows, or waits for older ones to end."""

    face_key: int
    face: int
    rows: TrackRows
    has_ended: bool = False


class FaceReader:
    """Take released frames, give back finished tracks in order of first appearance.

    No state crosses a shot but the number of the next track, so reading can go on at any shot.
    A track waits for all older ones to end, which takes `FaceConfig.max_track_s` at most; memory
    does not grow with the length of the film or of a shot.

    Parameters
    ----------
    film_id
        SHA-256 of the film.
    config
        Rates and limits.
    finder, mesher, blendshapes
        The networks.
    embedder
        Tells people apart; None leaves portraits without identity vectors.
    next_track_id
        Number of the first track to come.
    watcher
        Is shown the faces, frame by frame; those of frames that a transition touches are not.
    """

    def __init__(
        self,
        film_id: str,
        config: FaceConfig,
        *,
        finder: Finder,
        mesher: Mesher,
        blendshapes: BlendshapeModel,
        embedder: Embedder | None,
        next_track_id: int = 0,
        watcher: FaceWatcher | None = None,
    ) -> None:
        self._film_id = film_id
        self._config = config
        self._finder = finder
        self._mesher = mesher
        self._blendshapes = blendshapes
        self._embedder = embedder
        self._next_track_id = next_track_id
        self._watcher = watcher
        self._readability = config.codability if watcher is None else watcher.readability
        self._n_faces = 0
        self._tracker = FaceTracker(config, finder=finder, mesher=mesher)
        self._queue: deque[_OpenTrack] = deque()
        self._growing: dict[int, _OpenTrack] = {}

    @property
    def next_track_id(self) -> int:
        """Number of the next track: after a shot's last piece, all that going on there needs."""
        return self._next_track_id

    def push(self, shot_frames: ShotFrames) -> list[FaceReading]:
        """Read some frames of a shot; their pixels are dropped afterwards.

        Parameters
        ----------
        shot_frames
            The next piece; the results do not depend on how a shot is cut into pieces.

        Returns
        -------
        list of FaceReading
            Tracks that are finished, by track number.
        """
        readings: list[FaceReading] = []
        if shot_frames.starts_shot:
            readings += self._end_tracks()
        pairs = zip(shot_frames.frames, shot_frames.in_transition, strict=True)
        for frame, is_mixed in pairs:
            if is_mixed:
                readings += self._end_tracks()
            else:
                readings += self._read_frame(frame, shot_frames.shot_index)
            frame.drop_pixels()
        if shot_frames.ends_shot:
            readings += self._end_tracks()
        return readings

    def finish(self) -> list[FaceReading]:
        """Return what is left, with the film."""
        return self._end_tracks()

    def _read_frame(self, frame: Frame, shot_index: int) -> list[FaceReading]:
        """Follow all faces into a frame."""
        sightings, endings = self._tracker.step(frame)
        for ending in endings:
            # a face can end in the very frame in which it was found, before it has any row
            if ending.face_key in self._growing:
                self._close(ending.face_key, ending.last_frame)
        seen = [self._add(frame, sighting, shot_index) for sighting in sightings]
        if self._watcher is not None:
            self._watcher.push(frame, seen)
        return self._release()

    def _add(self, frame: Frame, sighting: Sighting, shot_index: int) -> SeenFace:
        """Put a sighting on its track."""
        track = self._growing.get(sighting.face_key)
        if track is not None and sighting.is_seen and self._is_full(track, frame):
            self._close(sighting.face_key, frame.index - 1)
            track = None
        if track is None:
            rows = TrackRows(self._config, self._readability, shot_index=shot_index)
            track = _OpenTrack(sighting.face_key, self._n_faces, rows)
            self._n_faces += 1
            self._queue.append(track)
            self._growing[sighting.face_key] = track
        mesh = sighting.mesh
        scores = None if mesh is None else self._blendshapes.read(mesh, frame.size_wh)
        codability, is_readable = track.rows.add(frame, sighting, scores)
        return SeenFace(
            face=track.face,
            box_xyxy=sighting.box_xyxy,
            points_xy=sighting.points_xy,
            codability=codability,
            activity=None if scores is None else measure_activity(scores),
            is_readable=is_readable,
        )

    def _is_full(self, track: _OpenTrack, frame: Frame) -> bool:
        """Return whether a track is as long as tracks may become."""
        length_s = (frame.end_pts - track.rows.start_pts) * frame.time_base
        return length_s > Fraction(self._config.max_track_s)

    def _close(self, face_key: int, last_frame: int) -> None:
        """End a track, and forget it if hardly anything was seen of it."""
        track = self._growing.pop(face_key)
        if self._watcher is not None:
            self._watcher.end(track.face)
        if track.rows.trim(last_frame, n_min_sightings=self._config.min_sightings):
            track.has_ended = True
            return
        self._queue.remove(track)
        if self._watcher is not None:
            self._watcher.forget(track.face)

    def _end_tracks(self) -> list[FaceReading]:
        """End all tracks and begin anew, as at a cut."""
        for ending in self._tracker.end():
            self._close(ending.face_key, ending.last_frame)
        self._tracker = FaceTracker(self._config, finder=self._finder, mesher=self._mesher)
        return self._release()

    def _release(self) -> list[FaceReading]:
        """Give out ended tracks, in order of first appearance."""
        readings: list[FaceReading] = []
        while self._queue and self._queue[0].has_ended:
            ended = self._queue.popleft()
            rows = ended.rows
            track, blendshapes = rows.to_records(self._film_id, self._next_track_id)
            readings.append(
                FaceReading(
                    face=ended.face,
                    track=track,
                    blendshapes=blendshapes,
                    portraits=self._make_portraits(rows),
                )
            )
            self._next_track_id += 1
        return readings

    def _make_portraits(self, rows: TrackRows) -> tuple[Portrait, ...]:
        """Encode the best pictures, and tell whom they show.

        Faces under 32 px, or in too little or too much light, are not told apart: what tells
        people apart is not reliable there (`cinefacs.records.face_track.recognisable`).
        """
        portraits: list[Portrait] = []
        n_left = 0 if self._embedder is None else self._config.embeddings_per_track
        for picture in rows.pictures():
            embedding = None
            if self._embedder is not None and n_left and picture.is_recognisable:
                embedding = self._embedder.embed(picture.chip_rgb)
                n_left -= 1
            portraits.append(
                Portrait(
                    film_id=self._film_id,
                    track_id=self._next_track_id,
                    frame_index=picture.frame_index,
                    quality=picture.quality,
                    jpeg=encode_jpeg(picture.portrait_rgb),
                    embedding=embedding,
                )
            )
        return tuple(portraits)
