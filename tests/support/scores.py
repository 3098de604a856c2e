"""Scores over time with known expressions."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from cinefacs.records.face_scores import FaceScores
from tests.support.records import FILM_ID

AU_NAMES = tuple(
    f"AU{n}" for n in (1, 2, 4, 5, 6, 7, 9, 12, 14, 15, 16, 20, 21, 25, 26, 43, 45, 51)
)


def scored_track(
    columns: Mapping[str, Sequence[float]],
    *,
    fps: int = 24,
    track_id: int = 0,
    first_frame: int = 0,
    durations: Sequence[int] | None = None,
    keep: npt.NDArray[np.bool_] | None = None,
    class_names: tuple[str, ...] = AU_NAMES,
) -> FaceScores:
    """Return a track with these scores; other classes score 0.

    Parameters
    ----------
    columns
        Scores frame by frame of each class that scores.
    fps
        Frames a second; a tick is a hundredth of a frame.
    durations
        Ticks that each frame is shown; 100 each when None.
    keep
        (N,) False for frames that nobody could code: they have no row.
    """
    n = len(next(iter(columns.values())))
    scores = np.zeros((n, len(class_names)), np.float32)
    for name, values in columns.items():
        scores[:, class_names.index(name)] = values
    shown = np.full(n, 100) if durations is None else np.asarray(durations)
    end_pts = np.cumsum(shown) + 100 * first_frame
    track = FaceScores(
        film_id=FILM_ID,
        time_base=Fraction(1, 100 * fps),
        class_names=class_names,
        track_id=np.full(n, track_id),
        frame_index=np.arange(n) + first_frame,
        pts=end_pts - shown,
        end_pts=end_pts,
        box_xyxy=np.tile(np.array([10, 10, 90, 90], np.float32), (n, 1)),
        face_score=np.ones(n, np.float32),
        scores=scores,
    )
    return track if keep is None else track.select(keep)


def plateau(n: int, *bumps: tuple[int, int, float], floor: float = 0.0) -> list[float]:
    """Return n scores of `floor` with bumps ``(first, end, score)``."""
    values = [floor] * n
    for first, end, score in bumps:
        values[first:end] = [score] * (end - first)
    return values
