"""Faces whose blendshapes are scripted, and studies on disk that hold them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cinefacs.records.blendshape_names import BLENDSHAPE_NAMES
from cinefacs.records.character import Character
from cinefacs.records.face_track import CODABILITY_ORDER, Blendshapes, Codability, FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.face_tables import (
    BLENDSHAPE_SCHEMA,
    TRACK_SCHEMA,
    blendshapes_to_table,
    track_to_table,
)
from cinefacs.storage.record_tables import write_records
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import TableWriter
from tests.support.records import FILM_ID

__all__ = ["ScriptedFace", "levels", "script_face", "write_suggestible_study"]

TICKS = 10
"""Ticks of a frame; the time base is chosen so that 25 frames are a second."""
TIME_BASE = Fraction(1, 25 * TICKS)

ScriptedFace = tuple[FaceTrack, Blendshapes]


def levels(*parts: tuple[int, float]) -> list[float]:
    """Return a score over time of ``(frames, level)`` after each other."""
    return [level for n, level in parts for _ in range(n)]


def script_face(
    scores: Mapping[str, Sequence[float]],
    *,
    n_frames: int,
    track_id: int = 0,
    first_frame: int = 0,
    not_codable: Sequence[int] = (),
    without_mesh: Sequence[int] = (),
    pose_deg: Mapping[str, Sequence[float]] | None = None,
    film_id: str = FILM_ID,
) -> ScriptedFace:
    """Return a face at 25 frames a second; what is not scripted is 0.

    Parameters
    ----------
    scores
        Blendshapes over time by name.
    n_frames
        Length of the track.
    track_id, first_frame, film_id
        Where it stands.
    not_codable, without_mesh
        Frames of the track, from 0, that a coder could not read, or that have no blendshapes.
    pose_deg
        ``yaw``, ``pitch`` and ``roll`` over time, degrees.
    """
    frames = np.arange(first_frame, first_frame + n_frames)
    codes = np.zeros(n_frames, np.uint8)
    codes[list(not_codable)] = CODABILITY_ORDER.index(Codability.BLURRED)
    track = FaceTrack(
        film_id=film_id,
        track_id=track_id,
        shot_index=track_id,
        time_base=TIME_BASE,
        frame_index=frames,
        pts=frames * TICKS,
        end_pts=int(frames[-1] + 1) * TICKS,
        box_xyxy=np.tile(np.array([0, 0, 90, 90], np.float32), (n_frames, 1)),
        points_xy=np.zeros((n_frames, 5, 2), np.float32),
        score=np.ones(n_frames, np.float32),
        is_measured=np.ones(n_frames, np.bool_),
        sharpness=np.full(n_frames, 400, np.float32),
        luma=np.full(n_frames, 120, np.float32),
        codability_code=codes,
    )
    table: npt.NDArray[np.float32] = np.zeros((n_frames, 52), np.float32)
    for name, values in scores.items():
        table[:, BLENDSHAPE_NAMES.index(name)] = values
    pose: npt.NDArray[np.float32] = np.zeros((n_frames, 3), np.float32)
    for name, values in (pose_deg or {}).items():
        pose[:, ["yaw", "pitch", "roll"].index(name)] = values
    kept = np.setdiff1d(np.arange(n_frames), list(without_mesh))
    shapes = Blendshapes(
        film_id=film_id,
        track_id=track_id,
        frame_index=frames[kept],
        pose_deg=pose[kept],
        scores=table[kept],
    )
    return track, shapes


def write_suggestible_study(
    root: Path, faces: Mapping[int, Sequence[ScriptedFace]], *, film_id: str = FILM_ID
) -> StudyLayout:
    """Write what `labels suggest` reads of a study with one film.

    Parameters
    ----------
    root
        The study's folder.
    faces
        Tracks of each character by its number.
    film_id
        The film.
    """
    layout = StudyLayout(root)
    everything = [face for tracks in faces.values() for face in tracks]
    end_pts = max((track.end_pts for track, _ in everything), default=TICKS)
    film = Film(
        film_id=film_id, film_number=1, path="film.mp4", width_px=640, height_px=360,
        rotation_deg=0, sample_aspect_ratio=Fraction(1), n_frames=end_pts // TICKS,
        span=TimeSpan(start_pts=0, end_pts=end_pts, time_base=TIME_BASE), is_constant_rate=True,
        rate_fps=Fraction(25), is_interlaced=False, has_audio=False, codec="h264",
    )  # fmt: skip
    characters = [
        Character(
            film_id=film_id, character_number=number, name=f"Person {number}",
            is_under_study=False, track_ids=tuple(sorted(track.track_id for track, _ in tracks)),
            n_face_frames=sum(len(track) for track, _ in tracks), n_codable_frames=0,
        )
        for number, tracks in faces.items()
    ]  # fmt: skip
    write_records(layout.films_path, Film, [film])
    write_records(layout.characters_path, Character, characters)
    with TableWriter(layout.tracks_path, TRACK_SCHEMA) as writer:
        for track, _ in everything:
            writer.write(track_to_table(track))
    with TableWriter(layout.blendshapes_path, BLENDSHAPE_SCHEMA) as writer:
        for _, shapes in everything:
            writer.write(blendshapes_to_table(shapes))
    return layout
