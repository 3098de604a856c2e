"""A set of films with truth that was made by hand, and analyses with planted errors."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cinefacs.facs.codes import Side
from cinefacs.media.probe import digest_file
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.clip import ClipFrame
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.event import DurationClass, Event, EventAu, EventKind
from cinefacs.records.expression_label import ExpressionKind, ExpressionLabel
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.face_track import FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.found_event import FoundEvent
from cinefacs.records.labels import Labels
from cinefacs.records.run_record import RunRecord
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.analysis_tables import scores_to_table, write_events
from cinefacs.storage.face_tables import TRACK_SCHEMA, track_to_table
from cinefacs.storage.label_tables import add_labels
from cinefacs.storage.record_tables import write_records
from cinefacs.storage.run_records import write_run_record
from cinefacs.storage.study import AnalysisLayout, StudyLayout
from cinefacs.storage.tables import TableWriter, write_table
from cinefacs.synth.drives import SHOWABLE_AUS
from cinefacs.synth.face_points import N_LANDMARKS
from cinefacs.synth.study_file import face_truth_path
from cinefacs.synth.truth_tables import TRUTH_SCHEMA
from tests.support.encoding import write_film

__all__ = ["ACTS", "N_FRAMES", "TICK", "PlantedAct", "make_exam_study", "write_analysis"]

N_FRAMES, TICK = 240, 512
BASE = Fraction(1, 24 * TICK)
_SIZE_WH = (160, 128)
_BOX = (50.0, 20.0, 110.0, 100.0)
_CHANGED_AT = "2026-01-01T00:00:00+00:00"


@dataclass(frozen=True, kw_only=True)
class PlantedAct:
    """An expression: full intensity from its first to its last frame."""

    first: int
    end: int
    apex: int
    kind: ExpressionKind
    emotion: str
    aus: tuple[int, ...]
    intensity: float
    is_hidden: bool = False


ACTS = (
    PlantedAct(first=48, end=72, apex=60, kind=ExpressionKind.MACRO, emotion="happiness",
               aus=(6, 12), intensity=0.9),
    PlantedAct(first=120, end=128, apex=124, kind=ExpressionKind.MICRO, emotion="surprise",
               aus=(1, 2, 5, 26), intensity=0.4),
    PlantedAct(first=170, end=194, apex=180, kind=ExpressionKind.MACRO, emotion="anger",
               aus=(4,), intensity=0.7, is_hidden=True),
)  # fmt: skip
"""What the one person of each film does."""


def make_exam_study(root: Path, *, n_films: int = 2, split: str = "test") -> Path:
    """Write a finished set of films of one person each, as `datasets synth` does."""
    layout = StudyLayout(root)
    films, tracks, rows, pictures, labels = [], [], [], [], Labels()
    for k in range(n_films):
        film = _film(root, k)
        films.append(film)
        tracks.append(_track(film))
        rows += _truth_rows(film, person=(0, 100)[k])
        labels = labels + _labels(film)
        for n, frame in enumerate((10, 60, 124, 180), start=1):
            pictures.append(
                ClipFrame(
                    film_id=film.film_id, clip_tag=f"{k + 1:03d}-01-0001", picture_number=n,
                    frame_index=frame, pts=frame * TICK, shown_at_s=frame * TICK * BASE,
                )
            )  # fmt: skip
            _write_picture(layout.frame_dir / f"{pictures[-1].tag}.png")
    write_records(layout.films_path, Film, films)
    write_records(layout.frames_path, ClipFrame, pictures)
    with TableWriter(layout.tracks_path, TRACK_SCHEMA) as writer:
        for track in tracks:
            writer.write(track_to_table(track))
    write_table(face_truth_path(layout), pa.Table.from_pylist(rows, schema=TRUTH_SCHEMA))
    add_labels(layout, labels)
    facts = [{"film_number": k + 1, "split": split} for k in range(n_films)]
    (root / "synth.json").write_text(json.dumps({"digest": "ab" * 32, "films": facts}))
    _write_run(layout)
    return root


def _film(root: Path, k: int) -> Film:
    shades = [np.full((_SIZE_WH[1], _SIZE_WH[0], 3), 40 + 20 * k, np.uint8)] * N_FRAMES
    (root / "films").mkdir(parents=True, exist_ok=True)
    path = write_film(root / "films" / f"{k + 1:03d}.mp4", shades)
    return Film(
        film_id=digest_file(path),
        film_number=k + 1,
        path=str(path),
        width_px=_SIZE_WH[0],
        height_px=_SIZE_WH[1],
        rotation_deg=0,
        sample_aspect_ratio=Fraction(1),
        n_frames=N_FRAMES,
        span=TimeSpan(start_pts=0, end_pts=N_FRAMES * TICK, time_base=BASE),
        is_constant_rate=True,
        rate_fps=Fraction(24),
        is_interlaced=False,
        has_audio=False,
        codec="h264",
    )


def _write_picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, png = cv2.imencode(".png", np.full((_SIZE_WH[1], _SIZE_WH[0], 3), 90, np.uint8))
    path.write_bytes(png.tobytes())


def _track(film: Film) -> FaceTrack:
    n = N_FRAMES
    return FaceTrack(
        film_id=film.film_id,
        track_id=0,
        shot_index=0,
        time_base=BASE,
        frame_index=np.arange(n),
        pts=np.arange(n) * TICK,
        end_pts=n * TICK,
        box_xyxy=np.tile(np.array(_BOX, np.float32), (n, 1)),
        points_xy=np.tile(
            np.array([[65, 50], [95, 50], [80, 65], [68, 80], [92, 80]], np.float32), (n, 1, 1)
        ),
        score=np.ones(n, np.float32),
        is_measured=np.ones(n, bool),
        sharpness=np.ones(n, np.float32),
        luma=np.full(n, 90, np.float32),
        codability_code=np.zeros(n, np.uint8),
    )


def _truth_rows(film: Film, *, person: int) -> list[dict[str, object]]:
    rows = []
    for frame in range(N_FRAMES):
        intensity = np.zeros((len(SHOWABLE_AUS), 2))
        share, shift = np.ones_like(intensity), np.full_like(intensity, 1.8)
        for act in ACTS:
            if act.first <= frame < act.end:
                for au in act.aus:
                    k = SHOWABLE_AUS.index(au)
                    intensity[k], share[k] = act.intensity, 0.1 if act.is_hidden else 1
        rows.append(
            {
                "film_id": film.film_id,
                "track_id": 0,
                "character_number": 1,
                "person_seed": person,
                "frame_index": frame,
                "box_xyxy": list(_BOX),
                "landmarks_xy": [0.0] * (2 * N_LANDMARKS),
                "pose_deg": [0.0] * 3,
                "gaze_deg": [0.0] * 2,
                "visible_share": 1.0,
                "face_px": 80.0,
                "is_visible": True,
                "intensity": intensity.ravel().tolist(),
                "au_share": share.ravel().tolist(),
                "au_shift_px": shift.ravel().tolist(),
                "conditions": "glasses" if film.film_number == 1 else "",
            }
        )
    return rows


def _span(first: int, end: int) -> TimeSpan:
    return TimeSpan(start_pts=first * TICK, end_pts=end * TICK, time_base=BASE)


def _labels(film: Film) -> Labels:
    aus, expressions = [], []
    for n, act in enumerate(ACTS):
        name = f"{film.film_id[:8]}-{n}"
        expressions.append(
            ExpressionLabel(
                film_id=film.film_id, character_number=1, expression_id=name,
                span=_span(act.first, act.end), apex_pts=(act.apex * TICK,), kind=act.kind,
                emotions=(act.emotion,), au_text="",
                coder="truth", label_set="truth-1", source="by hand",
                changed_at=_CHANGED_AT,
            )
        )  # fmt: skip
        aus += [
            AuLabel(
                film_id=film.film_id, character_number=1, au=au, side=Side.BOTH, intensity=None,
                span=_span(act.first, act.end), apex_pts=act.apex * TICK,
                visibility=Visibility.HIDDEN if act.is_hidden else Visibility.VISIBLE,
                expression_id=name, coder="truth", label_set="truth-1", source="by hand",
                changed_at=_CHANGED_AT,
            )
            for au in act.aus
        ]  # fmt: skip
    coded = CodedSpan(
        film_id=film.film_id, character_number=1, span=_span(0, N_FRAMES), aus=SHOWABLE_AUS,
        has_emotions=True, coder="truth", label_set="truth-1", source="by hand",
                changed_at=_CHANGED_AT,
    )  # fmt: skip
    return Labels(aus=tuple(aus), expressions=tuple(expressions), coded=(coded,))


def _write_run(layout: StudyLayout) -> None:
    options = {"preset": "smoke", "scale": 1.0, "conditions": []}
    write_run_record(
        layout.run_path,
        RunRecord(
            verb="datasets synth", code_version="0", config={"options": options, "seed": 0},
            config_digest="0" * 64, inputs={}, models={}, libraries={}, seed=0, device="hand",
            started_at="2026-01-01T00:00:00+00:00", finished_at="2026-01-01T00:00:00+00:00",
        ),
    )  # fmt: skip


def write_analysis(
    folder: Path,
    films: Sequence[Film],
    columns: Mapping[str, npt.NDArray[np.float32]],
    *,
    events: Sequence[Mapping[str, object]] | None = None,
) -> Path:
    """Write the tables of an analysis that saw the face in every frame.

    Parameters
    ----------
    columns
        (N_FRAMES,) scores of each class, the same in all films.
    events
        What ``events.parquet`` says, with first, end, apex, film (position), kind, emotion; None
        writes no such table.
    """
    layout = AnalysisLayout(folder)
    n = N_FRAMES
    frames = np.arange(n)
    tables = [
        scores_to_table(
            FaceScores(
                film_id=film.film_id,
                time_base=BASE,
                class_names=tuple(columns),
                track_id=np.full(n, 7),
                frame_index=frames,
                pts=frames * TICK,
                end_pts=(frames + 1) * TICK,
                box_xyxy=np.tile(np.array(_BOX, np.float32), (n, 1)),
                face_score=np.ones(n, np.float32),
                scores=np.stack(list(columns.values()), axis=1).astype(np.float32),
            )
        )
        for film in films
    ]
    write_table(layout.detections_path, pa.concat_tables(tables))
    if events is not None:
        rows = [_found(films, row, number) for number, row in enumerate(events)]
        write_events(layout.events_path, rows)
    return folder


def _found(films: Sequence[Film], row: Mapping[str, object], number: int) -> FoundEvent:
    first, end, apex, film = (int(str(row[name])) for name in ("first", "end", "apex", "film"))
    span, apex_pts = _span(first, end), apex * TICK
    au = EventAu(
        au=12, span=span, apex_pts=apex_pts, score=1.0, rise=1.0, is_onset_seen=True,
        is_offset_seen=True,
    )  # fmt: skip
    scored = str(row["scored"]) if "scored" in row else None
    event = Event(
        film_id=films[film].film_id, track_id=7, event_number=number, span=span,
        is_onset_seen=True, is_offset_seen=True, apex_pts=apex_pts, aus=(au,), context_aus=(),
        emotion=str(row["emotion"]), emotion_candidates=(), scored_emotion=scored,
        emotion_score=None if scored is None else 0.5, kind=EventKind(str(row["kind"])),
        duration_class=DurationClass.UNDETERMINED, uncertainty_s=Fraction(1, 24), score=1.0,
        has_baseline=True,
    )  # fmt: skip
    return FoundEvent(film_number=film + 1, character_number=1, name="", shot_index=0, event=event)
