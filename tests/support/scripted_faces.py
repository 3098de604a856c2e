"""Faces that move as a script says: frames, and a finder and a landmark model that see them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from importlib import resources

import av
import numpy as np
import numpy.typing as npt

from cinefacs.faces.finder import FoundFaces
from cinefacs.faces.mesh import N_LANDMARKS, FaceMesh
from cinefacs.media.frame import Frame
from cinefacs.media.shot_frames import ShotFrames
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan

__all__ = [
    "FILM_ID", "SIZE_WH", "CountingEmbedder", "FlatBlendshapes", "ScriptedFinder",
    "ScriptedMesher", "box_at", "cut_into_pieces", "make_frame", "mesh_in",
]  # fmt: skip

FILM_ID = "cd" * 32
SIZE_WH = (320, 180)
TIME_BASE = Fraction(1, 24)

Box = npt.NDArray[np.float32]
Script = Callable[[int], Sequence[Box]]
"""Which faces can be seen in a frame of the film."""

_POINTS_IN_BOX = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
_FIVE_LANDMARKS = ((33, 133), (263, 362), (1, 4), (61,), (291,))


def box_at(x: float, y: float, side: float = 60.0) -> Box:
    """Return a square box around a centre, px."""
    half = side / 2
    return np.array([x - half, y - half, x + half, y + half], np.float32)


@cache
def _texture(seed: int) -> npt.NDArray[np.uint8]:
    """Return noise: faces cut out of it are sharp and of middling light."""
    rng = np.random.default_rng(seed)
    return rng.integers(60, 180, (SIZE_WH[1], SIZE_WH[0], 3)).astype(np.uint8)


def make_frame(index: int, *, pts: int | None = None, duration: int = 1) -> Frame:
    """Return a frame of a film with 24 frames a second."""
    picture = av.VideoFrame.from_ndarray(_texture(index % 7), format="rgb24")
    return Frame(
        picture,
        index=index,
        pts=index if pts is None else pts,
        duration=duration,
        time_base=TIME_BASE,
        size_wh=SIZE_WH,
    )


@cache
def _neutral_points() -> dict[int, npt.NDArray[np.float64]]:
    """Return the points that poses are told from, of a face that looks into the camera."""
    text = resources.files("cinefacs.faces").joinpath("neutral_face.csv").read_text("utf-8")
    return {
        int(row["landmark"]): np.array([float(row[axis]) for axis in "xyz"])
        for row in csv.DictReader(text.splitlines())
    }


def mesh_in(box_xyxy: Box, *, presence: float = 1.0) -> FaceMesh:
    """Return a mesh whose face box is `box_xyxy`, to within a pixel."""
    width, height = box_xyxy[2:] - box_xyxy[:2]
    top = box_xyxy[1] + height * 0.106 / 1.106  # the finder's boxes begin above the mesh
    angle = np.linspace(0, 2 * np.pi, N_LANDMARKS, endpoint=False)
    shares = np.stack([0.5 + 0.5 * np.cos(angle), 0.5 + 0.5 * np.sin(angle)], axis=1)
    shares[[0, 2, 3, 5]] = [[0, 0.5], [0.5, 0], [1, 0.5], [0.5, 1]]
    xyz = np.zeros((N_LANDMARKS, 3), np.float32)
    xyz[:, 0] = box_xyxy[0] + shares[:, 0] * width
    xyz[:, 1] = top + shares[:, 1] * (box_xyxy[3] - top)
    points = box_xyxy[:2] + _POINTS_IN_BOX * (width, height)
    for rows, point in zip(_FIVE_LANDMARKS, points, strict=True):
        xyz[list(rows), :2] = point
    neutral = _neutral_points()
    middle = (box_xyxy[:2] + box_xyxy[2:]) / 2
    for landmark, point in neutral.items():  # frontal, well within the box
        xyz[landmark] = 0.4 * width * point
        xyz[landmark, :2] += middle
    return FaceMesh(landmarks_xyz=xyz, presence=presence)


class ScriptedFinder:
    """Find the faces that a script shows, and note in which frames it was asked."""

    def __init__(self, script: Script, *, score: float = 0.9) -> None:
        self._script = script
        self._score = score
        self.asked: list[int] = []

    def find(self, frame: Frame) -> FoundFaces:
        self.asked.append(frame.index)
        boxes = np.array(self._script(frame.index), np.float32).reshape(-1, 4)
        size = boxes[:, None, 2:] - boxes[:, None, :2]
        return FoundFaces(
            box_xyxy=boxes,
            points_xy=boxes[:, None, :2] + _POINTS_IN_BOX.astype(np.float32) * size,
            score=np.full(len(boxes), self._score, np.float32),
        )


class ScriptedMesher:
    """Lay a mesh over the nearest face that a script shows, if one is near."""

    def __init__(self, script: Script, *, presence: float = 1.0) -> None:
        self._script = script
        self._presence = presence

    def read(self, frame: Frame, near: npt.NDArray[np.float32] | FaceMesh) -> FaceMesh | None:
        points = near.points_xy if isinstance(near, FaceMesh) else near
        centre = points.mean(axis=0)
        boxes = list(self._script(frame.index))
        gaps = [float(np.linalg.norm((box[:2] + box[2:]) / 2 - centre)) for box in boxes]
        if not gaps or min(gaps) > 40:
            return None
        return mesh_in(boxes[int(np.argmin(gaps))], presence=self._presence)


class FlatBlendshapes:
    """Score every expression by where the face stands, so that rows can be told apart."""

    def read(self, mesh: FaceMesh, size_wh: tuple[int, int]) -> npt.NDArray[np.float32]:
        share = np.clip(mesh.box_xyxy[0] / size_wh[0], 0, 1)
        return np.full(52, share, np.float32)


class CountingEmbedder:
    """Give every face the same identity, and count the faces."""

    def __init__(self) -> None:
        self.n_faces = 0

    def embed(self, chip_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        self.n_faces += 1
        return np.full(128, chip_rgb.mean() / 1000, np.float32)


def cut_into_pieces(
    n_frames_of_shots: Sequence[int],
    *,
    piece: int = 1000,
    mixed: frozenset[int] = frozenset(),
    first_shot: int = 0,
) -> list[ShotFrames]:
    """Return a film, shot by shot, in pieces of some frames.

    Parameters
    ----------
    n_frames_of_shots
        Length of each shot.
    piece
        Most frames of a piece.
    mixed
        Frames that a transition touches.
    first_shot
        Shots before it are left out, as when a run goes on.
    """
    pieces: list[ShotFrames] = []
    start = 0
    for shot_index, n in enumerate(n_frames_of_shots):
        end = start + n
        for a in range(start, end, piece):
            frames = tuple(make_frame(i) for i in range(a, min(a + piece, end)))
            shot = Shot(
                film_id=FILM_ID,
                shot_index=shot_index,
                start_frame=start,
                end_frame=end,
                core_start_frame=start,
                core_end_frame=end,
                span=TimeSpan(start_pts=start, end_pts=end, time_base=TIME_BASE),
                starts_with=ShotStart.FILM if start == 0 else ShotStart.CUT,
            )
            if shot_index >= first_shot:
                pieces.append(
                    ShotFrames(
                        shot_index=shot_index,
                        frames=frames,
                        in_transition=tuple(frame.index in mixed for frame in frames),
                        starts_shot=a == start,
                        shot=shot if a + piece >= end else None,
                    )
                )
        start = end
    return pieces
