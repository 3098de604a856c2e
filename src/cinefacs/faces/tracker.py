"""Follow the faces of one shot from frame to frame.

A found face goes on the track that it overlaps most, by optimal assignment; between two runs of
the finder the landmark model follows each face, and where it cannot (profiles, dark or tiny
faces), a constant-velocity Kalman filter guesses where the face is.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cinefacs.faces.box_matching import match_boxes
from cinefacs.faces.box_motion import BoxMotion
from cinefacs.faces.config import FaceConfig
from cinefacs.faces.finder import FoundFaces
from cinefacs.faces.mesh import FaceMesh
from cinefacs.geometry.boxes import Boxes, pairwise_iou
from cinefacs.media.frame import Frame

__all__ = ["Ending", "FaceTracker", "Finder", "Mesher", "Sighting"]


class Finder(Protocol):
    """What finds faces: `cinefacs.faces.finder.FaceFinder`."""

    def find(self, frame: Frame) -> FoundFaces:
        """Return the faces of a frame."""
        ...


class Mesher(Protocol):
    """What reads a face's landmarks: `cinefacs.faces.mesh.FaceMesher`."""

    def read(self, frame: Frame, near: npt.NDArray[np.float32] | FaceMesh, /) -> FaceMesh | None:
        """Return the mesh of the face at five points, or where the last mesh was."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """One followed face in one frame."""

    face_key: int
    """Number of the face in the shot, from 0, in order of first appearance."""
    box_xyxy: Boxes
    """(4,) px: of the mesh where there is one, else of the finder, else guessed."""
    points_xy: npt.NDArray[np.float32]
    """(5, 2) px."""
    score: float
    """Of the finder, else of the landmark model; 0 where neither saw the face."""
    is_measured: bool
    """Whether the finder saw the face."""
    mesh: FaceMesh | None
    """The landmarks, where the model saw the face."""

    @property
    def is_seen(self) -> bool:
        """Whether finder or landmark model saw the face."""
        return self.is_measured or self.mesh is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """A face that is no longer followed."""

    face_key: int
    """Number of the face in the shot."""
    last_frame: int
    """Last frame of the film that belongs to it; what was handed out after it is void."""


class _LiveFace:
    """A face that is being followed."""

    __slots__ = ("box_xyxy", "found_frame", "found_s", "had_mesh", "is_measured", "key", "mesh",
                 "motion", "points_xy", "score", "seen_frame", "seen_s")  # fmt: skip

    def __init__(self, key: int, box_xyxy: Boxes, points_xy: npt.NDArray[np.float32]) -> None:
        self.key = key
        self.box_xyxy = box_xyxy
        self.points_xy = points_xy
        self.motion = BoxMotion(box_xyxy)
        self.mesh: FaceMesh | None = None
        self.had_mesh = False
        self.is_measured = False
        self.score = 0.0
        self.seen_frame = self.found_frame = 0
        self.seen_s = self.found_s = Fraction(0)

    def guess(self, elapsed_s: float) -> None:
        """Move the face to where it should be after `elapsed_s`."""
        before = self.box_xyxy
        self.box_xyxy = self.motion.predict(elapsed_s)
        scale = (self.box_xyxy[2:] - self.box_xyxy[:2]) / np.maximum(before[2:] - before[:2], 1)
        self.points_xy = (self.points_xy - before[:2]) * scale + self.box_xyxy[:2]
        self.had_mesh = self.mesh is not None
        self.is_measured = False
        self.score = 0.0

    def take_mesh(self, mesh: FaceMesh) -> None:
        """Go on from the landmarks."""
        self.mesh = mesh
        self.box_xyxy = mesh.box_xyxy
        self.points_xy = mesh.points_xy
        if not self.is_measured:
            self.score = float(mesh.presence)

    def settle(self, frame: Frame, time_s: Fraction) -> None:
        """Note that the face was seen in this frame, and let the filter learn from it."""
        self.motion.update(self.box_xyxy)
        self.seen_frame, self.seen_s = frame.index, time_s
        if self.is_measured:
            self.found_frame, self.found_s = frame.index, time_s

    def as_sighting(self) -> Sighting:
        """Return what is known of the face in this frame."""
        return Sighting(
            face_key=self.key,
            box_xyxy=self.box_xyxy,
            points_xy=self.points_xy,
            score=self.score,
            is_measured=self.is_measured,
            mesh=self.mesh,
        )

    @property
    def is_seen(self) -> bool:
        """Whether finder or landmark model saw the face in this frame."""
        return self.is_measured or self.mesh is not None


class FaceTracker:
    """Follow the faces of a shot; made anew for each shot, so that nothing crosses a cut.

    Parameters
    ----------
    config
        Rates and limits.
    finder, mesher
        The networks; one face or frame at a time, so that results do not depend on how frames
        are grouped.
    """

    def __init__(self, config: FaceConfig, *, finder: Finder, mesher: Mesher) -> None:
        self._config = config
        self._finder = finder
        self._mesher = mesher
        self._faces: list[_LiveFace] = []
        self._n_faces = 0
        self._time_s: Fraction | None = None
        self._last_find_s: Fraction | None = None

    def step(self, frame: Frame) -> tuple[list[Sighting], list[Ending]]:
        """Follow all faces into the next frame.

        Parameters
        ----------
        frame
            The next frame of the shot.

        Returns
        -------
        sightings
            One for each face that is followed, in order of first appearance.
        endings
            Faces that are no longer followed.
        """
        time_s = frame.pts * frame.time_base
        elapsed_s = 0.0 if self._time_s is None else float(time_s - self._time_s)
        self._time_s = time_s
        for face in self._faces:
            face.guess(elapsed_s)
            self._follow(face, frame)
        if self._is_find_due(time_s):
            self._find(frame)
            self._last_find_s = time_s
        for face in self._faces:
            if face.is_seen:
                face.settle(frame, time_s)
        endings = self._end_doubles() + self._end_lost(frame, time_s)
        return [face.as_sighting() for face in self._faces], endings

    def end(self) -> list[Ending]:
        """End all faces, with the shot."""
        endings = [Ending(face_key=face.key, last_frame=face.seen_frame) for face in self._faces]
        self._faces = []
        return endings

    def _follow(self, face: _LiveFace, frame: Frame) -> None:
        """Read the landmarks near those of the frame before."""
        if face.mesh is None:
            return
        mesh = self._mesher.read(frame, face.mesh)
        face.mesh = None
        if mesh is not None and self._is_sound(mesh, face.box_xyxy):
            face.take_mesh(mesh)

    def _is_sound(self, mesh: FaceMesh, expected_xyxy: Boxes) -> bool:
        """Return whether the landmarks show the face that stood at the expected place."""
        overlap = pairwise_iou(mesh.box_xyxy[None], expected_xyxy[None])[0, 0]
        return bool(
            mesh.presence >= self._config.min_follow_presence
            and overlap >= self._config.min_match_iou
        )

    def _is_find_due(self, time_s: Fraction) -> bool:
        """Return whether the finder should look at this frame.

        It looks at the first frame, at its rate, at once when the landmark model loses a face,
        and at its faster rate while some face can only be guessed.
        """
        if self._last_find_s is None:
            return True
        is_lost_now = any(face.had_mesh and face.mesh is None for face in self._faces)
        is_weak = any(face.mesh is None for face in self._faces)
        rate_hz = self._config.weak_find_rate_hz if is_weak else self._config.find_rate_hz
        return is_lost_now or time_s - self._last_find_s >= 1 / Fraction(rate_hz)

    def _find(self, frame: Frame) -> None:
        """Look for faces, and give each to its track or to a new one."""
        found = self._finder.find(frame)
        pairs = match_boxes(
            [face.box_xyxy for face in self._faces],
            list(found.box_xyxy),
            min_iou=self._config.min_match_iou,
            max_distance=self._config.max_match_distance,
        )
        face_of = {j: self._faces[i] for i, j in pairs}
        for j, box_xyxy in enumerate(found.box_xyxy):
            face = face_of.get(j)
            if face is None:
                face = _LiveFace(self._n_faces, box_xyxy, found.points_xy[j])
                self._n_faces += 1
                self._faces.append(face)
            face.is_measured = True
            face.score = float(found.score[j])
            if face.mesh is None or not self._is_sound(face.mesh, box_xyxy):
                self._look_anew(face, frame, box_xyxy, found.points_xy[j])

    def _look_anew(
        self, face: _LiveFace, frame: Frame, box_xyxy: Boxes, points_xy: npt.NDArray[np.float32]
    ) -> None:
        """Put the face where the finder saw it, and read its landmarks from there."""
        face.box_xyxy, face.points_xy, face.mesh = box_xyxy, points_xy, None
        mesh = self._mesher.read(frame, points_xy)
        if mesh is not None and self._is_sound(mesh, box_xyxy):
            face.take_mesh(mesh)

    def _end_doubles(self) -> list[Ending]:
        """End the weaker of two tracks that came to lie on one face.

        The one that the finder saw more recently stays, else the older one; the other ends with
        the last frame in which the finder told it apart.
        """
        endings: list[Ending] = []
        seen = [face for face in self._faces if face.is_seen]
        seen.sort(key=lambda face: (-face.found_frame, face.key))
        kept: list[_LiveFace] = []
        for face in seen:
            others = np.array([other.box_xyxy for other in kept]).reshape(-1, 4)
            overlap = pairwise_iou(face.box_xyxy[None], others)
            if overlap.max(initial=0) > self._config.max_double_iou:
                endings.append(Ending(face_key=face.key, last_frame=face.found_frame))
                self._faces.remove(face)
            else:
                kept.append(face)
        return endings

    def _end_lost(self, frame: Frame, time_s: Fraction) -> list[Ending]:
        """End the faces that were lost from sight, or left the frame."""
        endings: list[Ending] = []
        for face in list(self._faces):
            centre = (face.box_xyxy[:2] + face.box_xyxy[2:]) / 2
            is_out = bool((centre < 0).any() or (centre > frame.size_wh).any())
            is_lost = time_s - face.seen_s > Fraction(self._config.max_lost_s)
            is_unfound = time_s - face.found_s > Fraction(self._config.max_unfound_s)
            if (is_out and not face.is_measured) or is_lost or is_unfound:
                last_frame = face.found_frame if is_unfound else face.seen_frame
                endings.append(Ending(face_key=face.key, last_frame=last_frame))
                self._faces.remove(face)
        return endings
