"""A study of drawn films: ellipses for faces, labels from a script, everything known exactly.

Each film has a background of its own in each shot. Shot 0 shows character 1, shot 1 character 2,
shot 2 nobody, and shot 3, where it is asked for, both. In each shot a character makes one
expression, between the frames `ONSET` and `OFFSET` of the shot with its apex at `APEX`.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.facs.codes import Intensity, Side
from cinefacs.media.probe import digest_file
from cinefacs.records.au_label import AuLabel
from cinefacs.records.character import Character
from cinefacs.records.clip import Clip
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionKind, ExpressionLabel
from cinefacs.records.face_track import FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.labels import Labels
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.face_tables import TRACK_SCHEMA, track_to_table
from cinefacs.storage.label_tables import add_labels
from cinefacs.storage.record_tables import write_records
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import TableWriter
from tests.support.encoding import write_film

SIZE_WH = (160, 120)
N_FRAMES = 24
ONSET, APEX, OFFSET = 8, 11, 14
TICKS = 512
"""Ticks of a frame: the clock of an mp4 file at 24 frames a second. Labels have one of 24 a
second, so that one must be brought to the other."""
FILM_TIME_BASE = Fraction(1, 24 * TICKS)
LABEL_TIME_BASE = Fraction(1, 24)
WHEN = "2026-11-25T10:00:00+00:00"
CODED_AUS = (1, 2, 4, 5, 6, 7, 9, 12, 14, 15, 16, 20, 21, 26)
SCRIPT: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("happiness", (6, 12)),
    ("surprise", (2, 5, 26)),
    ("sadness", (4, 6, 15)),
    ("contempt", (12, 14)),
)
"""Emotion and action units of the expressions, in turn (paper, section 4.1)."""

Rgb = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class DrawnStudy:
    """Where it lies, and what is true of it."""

    layout: StudyLayout
    films: tuple[Film, ...]
    labels: Labels

    @property
    def root(self) -> Path:
        """The study's folder."""
        return self.layout.root


def background(seed: int) -> Rgb:
    """Return soft blobs that no other seed has."""
    coarse = np.random.default_rng(seed).integers(0, 200, (6, 8, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, SIZE_WH, interpolation=cv2.INTER_CUBIC), np.uint8)


def face_box(shot: int, character: int, frame: int) -> tuple[float, float, float, float]:
    """Return where a face is: it drifts to the right."""
    x = 15.0 + 70 * (character - 1) + frame / 2 + shot
    return (x, 30.25, x + 44, 90.5)


def draw_face(picture: Rgb, box: tuple[float, ...], *, smile: float, tone: int) -> None:
    """Draw an ellipse with eyes and a mouth that opens with the expression."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    axes = (round((box[2] - box[0]) / 2), round((box[3] - box[1]) / 2))
    cv2.ellipse(picture, (round(x), round(y)), axes, 0, 0, 360, (220, tone, 140), -1)
    for side in (-9, 9):
        cv2.circle(picture, (round(x) + side, round(y) - 8), 4, (30, 30, 40), -1)
    mouth = (12, 2 + round(8 * smile))
    cv2.ellipse(picture, (round(x), round(y) + 14), mouth, 0, 0, 360, (120, 20, 30), -1)


Casts = tuple[tuple[int, ...] | None, ...]
"""Who is seen in each shot; None for a black one."""


def _draw_film(path: Path, film_number: int, casts: Casts) -> Path:
    frames = []
    for shot, cast in enumerate(casts):
        base = background(100 * film_number + shot)
        if cast is None:
            base[:] = 0
        for frame in range(N_FRAMES):
            picture = base.copy()
            for character in cast or ():
                smile = max(0.0, 1 - abs(frame - APEX) / 4)
                tone = 120 + 20 * character + 5 * film_number
                draw_face(picture, face_box(shot, character, frame), smile=smile, tone=tone)
            frames.append(picture)
    return write_film(path, frames)


def _track(film_id: str, track_id: int, shot: int, character: int) -> FaceTrack:
    frames = np.arange(shot * N_FRAMES, (shot + 1) * N_FRAMES)
    boxes = np.array([face_box(shot, character, k) for k in range(N_FRAMES)], np.float32)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    offsets = np.array([[-9, -8], [9, -8], [0, 2], [-8, 14], [8, 14]], np.float32)
    return FaceTrack(
        film_id=film_id,
        track_id=track_id,
        shot_index=shot,
        time_base=FILM_TIME_BASE,
        frame_index=frames,
        pts=frames * TICKS,
        end_pts=int(frames[-1] + 1) * TICKS,
        box_xyxy=boxes,
        points_xy=(centre[:, None] + offsets[None]).astype(np.float32),
        score=np.full(N_FRAMES, 0.9, np.float32),
        is_measured=np.ones(N_FRAMES, np.bool_),
        sharpness=np.full(N_FRAMES, 100, np.float32),
        luma=np.full(N_FRAMES, 120, np.float32),
        codability_code=np.zeros(N_FRAMES, np.uint8),
    )


def _span(start: int, end: int) -> TimeSpan:
    return TimeSpan(start_pts=start * TICKS, end_pts=end * TICKS, time_base=FILM_TIME_BASE)


def _label_span(start: int, end: int) -> TimeSpan:
    return TimeSpan(start_pts=start, end_pts=end, time_base=LABEL_TIME_BASE)


def _label(film_id: str, shot: int, character: int, turn: int, coder: str) -> Labels:
    """Return one expression, and that its shot was gone through."""
    start = shot * N_FRAMES
    emotion, aus = SCRIPT[turn % len(SCRIPT)]
    common: dict[str, Any] = {
        "film_id": film_id,
        "character_number": character,
        "coder": coder,
        "label_set": "round-1",
        "changed_at": WHEN,
    }
    name = f"shot-{shot}"
    event = _label_span(start + ONSET, start + OFFSET + 1)
    return Labels(
        aus=tuple(
            AuLabel(
                au=au, side=Side.BOTH, intensity=Intensity.C, span=event,
                apex_pts=start + APEX, expression_id=f"{name}-{character}-{film_id[:6]}",
                source="script", **common,
            )
            for au in aus
        ),
        expressions=(
            ExpressionLabel(
                expression_id=f"{name}-{character}-{film_id[:6]}", span=event,
                apex_pts=(start + APEX,), kind=ExpressionKind.MICRO, emotions=(emotion,),
                au_text="+".join(map(str, aus)), source="script", **common,
            ),
        ),
        coded=(
            CodedSpan(
                span=_label_span(start, start + N_FRAMES), aus=CODED_AUS, has_emotions=True,
                source="script", **common,
            ),
        ),
    )  # fmt: skip


def draw_study(
    root: Path,
    *,
    n_films: int = 4,
    is_shared: bool = False,
    coder: str = "consensus",
    n_black_shots: int = 0,
) -> DrawnStudy:
    """Draw films, and write the tables of a study of them.

    Parameters
    ----------
    root
        The study's folder; the films go into ``films`` in it.
    n_films
        Number of films.
    is_shared
        Whether a last shot shows both characters.
    coder
        Who labelled them.
    n_black_shots
        Black shots between the two characters.
    """
    layout = StudyLayout(root)
    (root / "films").mkdir(parents=True)
    casts: Casts = ((1,), *[None] * n_black_shots, (2,), (), *([(1, 2)] if is_shared else []))
    n_shots = len(casts)
    films, shots, characters, clips = [], [], [], []
    labels = Labels()
    with TableWriter(layout.tracks_path, TRACK_SCHEMA) as tracks:
        for number in range(1, n_films + 1):
            path = _draw_film(root / "films" / f"{number}.mp4", number, casts)
            film_id = digest_file(path)
            films.append(_film(path, film_id, number, n_shots))
            shots += [_shot(film_id, shot) for shot in range(n_shots)]
            owners: dict[int, list[int]] = {1: [], 2: []}
            seen = [(shot, who) for shot, cast in enumerate(casts) for who in cast or ()]
            for track_id, (shot, who) in enumerate(seen):
                tracks.write(track_to_table(_track(film_id, track_id, shot, who)))
                owners[who].append(track_id)
                clips.append(_clip(film_id, number, who, len(owners[who]), shot))
                labels += _label(film_id, shot, who, number + who + shot, coder)
            characters += [_character(film_id, who, owners[who]) for who in owners]
    write_records(layout.films_path, Film, films)
    write_records(layout.shots_path, Shot, shots)
    write_records(layout.characters_path, Character, characters)
    write_records(layout.clips_path, Clip, clips)
    add_labels(layout, labels)
    return DrawnStudy(layout=layout, films=tuple(films), labels=labels)


def _film(path: Path, film_id: str, number: int, n_shots: int) -> Film:
    return Film(
        film_id=film_id,
        film_number=number,
        path=str(path.resolve()),
        width_px=SIZE_WH[0],
        height_px=SIZE_WH[1],
        rotation_deg=0,
        sample_aspect_ratio=Fraction(1),
        n_frames=n_shots * N_FRAMES,
        span=_span(0, n_shots * N_FRAMES),
        is_constant_rate=True,
        rate_fps=Fraction(24),
        is_interlaced=False,
        has_audio=False,
        codec="h264",
    )


def _shot(film_id: str, shot: int) -> Shot:
    start, end = shot * N_FRAMES, (shot + 1) * N_FRAMES
    return Shot(
        film_id=film_id,
        shot_index=shot,
        start_frame=start,
        end_frame=end,
        core_start_frame=start,
        core_end_frame=end,
        span=_span(start, end),
        starts_with=ShotStart.CUT if shot else ShotStart.FILM,
    )


def _character(film_id: str, number: int, track_ids: list[int]) -> Character:
    n = N_FRAMES * len(track_ids)
    return Character(
        film_id=film_id,
        character_number=number,
        name="",
        is_under_study=True,
        track_ids=tuple(track_ids),
        n_face_frames=n,
        n_codable_frames=n,
    )


def _clip(film_id: str, film_number: int, character: int, clip: int, shot: int) -> Clip:
    start, end = shot * N_FRAMES, (shot + 1) * N_FRAMES
    return Clip(
        film_id=film_id,
        film_number=film_number,
        character_number=character,
        clip_number=clip,
        shot_index=shot,
        start_frame=start,
        end_frame=end,
        span=_span(start, end),
        n_codable_frames=N_FRAMES,
        is_short=character == 2,
    )
