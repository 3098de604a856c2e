"""The true faces of a film, handed on frame by frame as an analysis hands on those it follows."""

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cinefacs.engines.catalog import model_path
from cinefacs.engines.session import Session
from cinefacs.faces.blendshapes import BlendshapeReader
from cinefacs.faces.mesh import FaceMesher
from cinefacs.media.frame import Frame
from cinefacs.pipeline.exam.study import ExamStudy
from cinefacs.records.face_track import Codability
from cinefacs.records.film import Film
from cinefacs.records.seen_face import SeenFace, measure_activity
from cinefacs.storage.face_tables import read_tracks

__all__ = ["MeasureActivity", "TrueTracks", "mesh_activity"]

MeasureActivity = Callable[[Frame, npt.NDArray[np.float32]], float]
"""Takes a frame and a face's five points, (5, 2) px; returns how far the face is from rest."""


def mesh_activity(device: str) -> MeasureActivity:
    """Return what an analysis finds the calmest moments with: mesh and blendshapes.

    A face without a mesh is never the calmest.

    Parameters
    ----------
    device
        OpenVINO device.

    Raises
    ------
    ModelError
        A model is not installed.
    """
    landmarks, shapes = (
        Session(model_path(name), device=device) for name in ("face-landmarks", "face-blendshapes")
    )
    mesher, blendshapes = FaceMesher(landmarks), BlendshapeReader(shapes)

    def measure(frame: Frame, points_xy: npt.NDArray[np.float32]) -> float:
        mesh = mesher.read(frame, points_xy)
        if mesh is None:
            return float("inf")
        return measure_activity(blendshapes.read(mesh, frame.size_wh))

    return measure


class TrueTracks:
    """The visible faces of a film's truth, by frame.

    Parameters
    ----------
    study
        The exam.
    film
        One of its films.
    measure
        Says how far a face is from rest; None where nobody asks.

    Raises
    ------
    StudyError, SchemaError
        `measure` is given and the study has no face tracks.
    """

    def __init__(self, study: ExamStudy, film: Film, measure: MeasureActivity | None) -> None:
        faces = study.faces
        is_own = faces.film_index == faces.film_ids.index(film.film_id)
        own = np.flatnonzero(is_own & faces.is_visible)
        self.rows = own[np.lexsort((faces.frame_index[own], faces.track_id[own]))]
        """(N,) rows of `ExamStudy.faces`, by track and frame."""
        self.film = film
        """The film."""
        self.faces = faces
        """Of all films."""
        self._measure = measure
        self._in_frame: dict[int, list[int]] = defaultdict(list)
        self._last: dict[int, int] = {}
        for row in self.rows.tolist():
            frame, track = int(faces.frame_index[row]), int(faces.track_id[row])
            self._in_frame[frame].append(row)
            self._last[track] = frame
        self._points: dict[tuple[int, int], npt.NDArray[np.float32]] = {}
        if measure is not None:
            for each in read_tracks(study.layout.tracks_path, film_id=film.film_id):
                for frame, points in zip(each.frame_index.tolist(), each.points_xy, strict=True):
                    self._points[each.track_id, frame] = points

    @property
    def tracks(self) -> tuple[int, ...]:
        """Numbers of the tracks, ascending."""
        return tuple(sorted(self._last))

    def seen(self, frame: Frame) -> list[SeenFace]:
        """Return the faces of a frame."""
        return [self._see(frame, row) for row in self._in_frame.get(frame.index, ())]

    def ended(self, frame_index: int) -> list[int]:
        """Return the tracks whose last visible frame this is."""
        here = self._in_frame.get(frame_index, ())
        tracks = [int(self.faces.track_id[row]) for row in here]
        return [track for track in tracks if self._last[track] == frame_index]

    def _see(self, frame: Frame, row: int) -> SeenFace:
        track = int(self.faces.track_id[row])
        eyes = self.faces.eyes_xy[row]
        points = self._points.get((track, frame.index))
        if points is None:
            points = np.concatenate([eyes, np.full((3, 2), np.nan)])
        is_asked = self._measure is not None and np.isfinite(points).all()
        activity = self._measure(frame, points) if self._measure and is_asked else 0.0
        return SeenFace(
            face=track,
            box_xyxy=self.faces.box_xyxy[row],
            points_xy=np.concatenate([eyes, points[2:]]).astype(np.float32),
            codability=Codability.CODABLE,
            activity=activity,
            is_readable=activity is not None,
        )
