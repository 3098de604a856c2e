"""The truth of a film as tables: tracks, characters, clips, and all that is true of each face."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cinefacs.records.character import Character
from cinefacs.records.clip import Clip
from cinefacs.records.face_track import CODABILITY_ORDER, Codability, FaceTrack
from cinefacs.records.shot import Shot
from cinefacs.records.time_span import TimeSpan
from cinefacs.synth.drives import SHOWABLE_AUS
from cinefacs.synth.face_points import N_LANDMARKS
from cinefacs.synth.film_plan import FilmPlan
from cinefacs.synth.truth import MIN_FACE_PX, MIN_SHARE, FaceTruth

__all__ = [
    "TRUTH_SCHEMA",
    "FaceRow",
    "FilmTruth",
    "gather_truth",
    "plan_shots",
    "truth_to_table",
]

_N_AUS = len(SHOWABLE_AUS)
_SHORTEST_S, _LONGEST_S = 2.0, 10.0
"""Clips as the paper has them, section 4.1."""
_TURNED_DEG = 70.0


def _list(n: int) -> pa.DataType:
    return pa.list_(pa.float32(), n)


TRUTH_SCHEMA = pa.schema([
    pa.field("film_id", pa.string(), nullable=False),
    pa.field("track_id", pa.int32(), nullable=False),
    pa.field("character_number", pa.int32(), nullable=False),
    pa.field("person_seed", pa.int64(), nullable=False),
    pa.field("frame_index", pa.int64(), nullable=False),
    pa.field("box_xyxy", _list(4), nullable=False),
    pa.field("landmarks_xy", _list(2 * N_LANDMARKS), nullable=False),
    pa.field("pose_deg", _list(3), nullable=False),
    pa.field("gaze_deg", _list(2), nullable=False),
    pa.field("visible_share", pa.float32(), nullable=False),
    pa.field("face_px", pa.float32(), nullable=False),
    pa.field("is_visible", pa.bool_(), nullable=False),
    pa.field("intensity", _list(2 * _N_AUS), nullable=False),
    pa.field("au_share", _list(2 * _N_AUS), nullable=False),
    pa.field("au_shift_px", _list(2 * _N_AUS), nullable=False),
    pa.field("conditions", pa.string(), nullable=False),
])  # fmt: skip
"""``face_truth.parquet``: a row per face and frame. Lists by action unit alternate sides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceRow:
    """One face in one frame."""

    frame: int
    """Frame of the film."""
    shot_index: int
    """Shot."""
    position: int
    """Position in the shot's parts."""
    truth: FaceTruth
    """What is true of it."""
    sharpness: float
    """Variance of the Laplacian of the grey face at 112 px."""
    luma: float
    """Mean grey level of the face."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmTruth:
    """The truth of a film as records."""

    shots: tuple[Shot, ...]
    """Shots."""
    tracks: tuple[FaceTrack, ...]
    """A track for each face in each shot; a face that leaves the picture begins a new one."""
    characters: tuple[Character, ...]
    """Characters that were seen."""
    clips: tuple[Clip, ...]
    """Codable stretches of each character in each shot."""
    faces: pa.Table
    """All of it, by `TRUTH_SCHEMA`."""


def plan_shots(plan: FilmPlan, film_id: str) -> tuple[Shot, ...]:
    """Return the shots of a film as records."""
    tick = plan.ticks_per_frame
    return tuple(
        Shot(
            film_id=film_id,
            shot_index=k,
            start_frame=shot.start_frame,
            end_frame=shot.end_frame,
            core_start_frame=shot.core_start_frame,
            core_end_frame=shot.core_end_frame,
            span=TimeSpan(
                start_pts=shot.start_frame * tick,
                end_pts=shot.end_frame * tick,
                time_base=plan.time_base,
            ),
            starts_with=shot.starts_with,
        )
        for k, shot in enumerate(plan.shots)
    )


def gather_truth(
    plan: FilmPlan, rows: Sequence[FaceRow], *, film_id: str, film_number: int
) -> FilmTruth:
    """Return the records of a film.

    Parameters
    ----------
    plan
        The film.
    rows
        All faces of all frames, by frame.
    film_id, film_number
        Identity of the film in the study.
    """
    runs = _runs(rows)
    tracks = tuple(_track(plan, run, k, film_id) for k, run in enumerate(runs))
    owners = [_character(plan, run[0]) for run in runs]
    shots = plan_shots(plan, film_id)
    return FilmTruth(
        shots=shots,
        tracks=tracks,
        characters=_characters(plan, tracks, owners, film_id),
        clips=_clips(plan, tracks, owners, shots, film_number),
        faces=truth_to_table(plan, runs, film_id),
    )


def _runs(rows: Sequence[FaceRow]) -> list[list[FaceRow]]:
    """Return the rows of each face without a gap, in order of first appearance."""
    open_: dict[tuple[int, int], list[FaceRow]] = {}
    runs: list[list[FaceRow]] = []
    for row in rows:
        key = (row.shot_index, row.position)
        run = open_.get(key)
        if run is None or run[-1].frame != row.frame - 1:
            run = []
            open_[key] = run
            runs.append(run)
        run.append(row)
    return runs


def _character(plan: FilmPlan, row: FaceRow) -> int:
    return plan.shots[row.shot_index].parts[row.position].character + 1


def _track(plan: FilmPlan, run: Sequence[FaceRow], track_id: int, film_id: str) -> FaceTrack:
    tick = plan.ticks_per_frame
    frames = np.array([row.frame for row in run], np.int64)
    return FaceTrack(
        film_id=film_id,
        track_id=track_id,
        shot_index=run[0].shot_index,
        time_base=plan.time_base,
        frame_index=frames,
        pts=frames * tick,
        end_pts=int(frames[-1] + 1) * tick,
        box_xyxy=np.stack([row.truth.box_xyxy for row in run]),
        points_xy=np.stack([row.truth.points_xy for row in run]),
        score=np.array([row.truth.visible_share for row in run], np.float32),
        is_measured=np.ones(len(run), np.bool_),
        sharpness=np.array([row.sharpness for row in run], np.float32),
        luma=np.array([row.luma for row in run], np.float32),
        codability_code=np.array(
            [CODABILITY_ORDER.index(_codability(row)) for row in run], np.uint8
        ),
    )


def _codability(row: FaceRow) -> Codability:
    """Return whether the face can be coded; what hides it is not told apart from a turned head."""
    truth = row.truth
    if truth.face_px < MIN_FACE_PX:
        return Codability.TOO_SMALL
    if truth.inside_share < 0.75:
        return Codability.CUT_OFF
    if row.luma < 16:
        return Codability.TOO_DARK
    if row.luma > 246:
        return Codability.TOO_BRIGHT
    if abs(truth.pose_deg[0]) > _TURNED_DEG or truth.visible_share < MIN_SHARE:
        return Codability.TURNED_AWAY
    return Codability.CODABLE


def _characters(
    plan: FilmPlan, tracks: Sequence[FaceTrack], owners: Sequence[int], film_id: str
) -> tuple[Character, ...]:
    by_number: dict[int, list[FaceTrack]] = defaultdict(list)
    for track, owner in zip(tracks, owners, strict=True):
        by_number[owner].append(track)
    return tuple(
        Character(
            film_id=film_id,
            character_number=number,
            name=f"person {plan.people[number - 1].seed}",
            is_under_study=True,
            track_ids=tuple(track.track_id for track in own),
            n_face_frames=sum(len(track) for track in own),
            n_codable_frames=int(sum(track.is_codable.sum() for track in own)),
        )
        for number, own in sorted(by_number.items())
    )


def _clips(
    plan: FilmPlan,
    tracks: Sequence[FaceTrack],
    owners: Sequence[int],
    shots: Sequence[Shot],
    film_number: int,
) -> tuple[Clip, ...]:
    """Return the codable stretch of each track in its shot's core, split where it is too long."""
    counts: dict[int, int] = defaultdict(int)
    clips: list[Clip] = []
    longest = int(_LONGEST_S * plan.rate_fps)
    for track, owner in zip(tracks, owners, strict=True):
        shot = shots[track.shot_index]
        in_core = (track.frame_index >= shot.core_start_frame) & (
            track.frame_index < shot.core_end_frame
        )
        codable = track.frame_index[in_core & track.is_codable]
        if len(codable) == 0:
            continue
        first, end = int(codable[0]), int(codable[-1]) + 1
        n_parts = -(-(end - first) // longest)
        bounds = np.linspace(first, end, n_parts + 1).round().astype(int).tolist()
        for start, stop in pairwise(bounds):
            n_codable = int(((codable >= start) & (codable < stop)).sum())
            if n_codable == 0:
                continue
            counts[owner] += 1
            clips.append(
                Clip(
                    film_id=track.film_id,
                    film_number=film_number,
                    character_number=owner,
                    clip_number=counts[owner],
                    shot_index=track.shot_index,
                    start_frame=start,
                    end_frame=stop,
                    span=_span(plan, start, stop),
                    n_codable_frames=n_codable,
                    is_short=(stop - start) / plan.rate_fps < _SHORTEST_S,
                )
            )
    return tuple(sorted(clips, key=lambda clip: (clip.character_number, clip.clip_number)))


def _span(plan: FilmPlan, start: int, end: int) -> TimeSpan:
    tick = plan.ticks_per_frame
    return TimeSpan(start_pts=start * tick, end_pts=end * tick, time_base=plan.time_base)


def truth_to_table(plan: FilmPlan, runs: Sequence[Sequence[FaceRow]], film_id: str) -> pa.Table:
    """Return a row per face and frame, track by track, by `TRUTH_SCHEMA`."""
    documents: list[dict[str, Any]] = []
    for track_id, run in enumerate(runs):
        for row in run:
            part = plan.shots[row.shot_index].parts[row.position]
            truth = row.truth
            documents.append(
                {
                    "film_id": film_id,
                    "track_id": track_id,
                    "character_number": part.character + 1,
                    "person_seed": part.person.seed,
                    "frame_index": row.frame,
                    "box_xyxy": _flat(truth.box_xyxy),
                    "landmarks_xy": _flat(truth.landmarks_xy),
                    "pose_deg": list(truth.pose_deg),
                    "gaze_deg": list(truth.gaze_deg),
                    "visible_share": truth.visible_share,
                    "face_px": truth.face_px,
                    "is_visible": truth.is_visible,
                    "intensity": _flat(truth.intensity),
                    "au_share": _flat(truth.au_share),
                    "au_shift_px": _flat(truth.au_shift_px),
                    "conditions": " ".join(plan.shots[row.shot_index].conditions),
                }
            )
    return pa.Table.from_pylist(documents, schema=TRUTH_SCHEMA)


def _flat(values: npt.NDArray[Any]) -> list[float]:
    return [float(value) for value in np.asarray(values).ravel()]
