"""What was said of the faces of whole films, frame by frame, whoever said it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.pipeline.exam.read_pictures import MIN_IOU
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.true_faces import FaceReadings, TrueFaces

__all__ = ["FilmScores", "match_to_truth"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmScores:
    """Scores over all films, with whose they are."""

    scores: Mapping[str, FaceScores]
    """Rows of each film, by its SHA-256."""
    subjects: Mapping[tuple[str, int], str]
    """Character of the truth, by film and face track; empty where a track is on nobody's face."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the columns are; the same in all films."""
        return next(iter(self.scores.values())).class_names


def match_to_truth(
    scores: Mapping[str, FaceScores], faces: TrueFaces
) -> tuple[FilmScores, npt.NDArray[np.int64], FaceReadings]:
    """Return whose each face track is, and what was said of each visible face of the truth.

    A row is a face of the truth where their boxes overlap by at least half, best overlap first. A
    track belongs to the character on whom most of its rows lie.

    Parameters
    ----------
    scores
        Rows of each film, by its SHA-256.
    faces
        The truth.

    Returns
    -------
    FilmScores, rows of `faces` that are visible, and what was said of each
    """
    names = next(iter(scores.values())).class_names
    visible = np.flatnonzero(faces.is_visible)
    position = np.full(len(faces), -1, np.int64)
    position[visible] = np.arange(len(visible))
    said = np.zeros((len(visible), len(names)), np.float32)
    is_read = np.zeros(len(visible), bool)
    subjects: dict[tuple[str, int], str] = {}
    for film_id, own in scores.items():
        film = faces.film_ids.index(film_id)
        met = _met(own, faces, film)
        for track in np.unique(own.track_id).tolist():
            rows = met[(own.track_id == track) & (met >= 0)]
            characters, counts = np.unique(faces.character_number[rows], return_counts=True)
            is_hers = len(rows) * 2 > (own.track_id == track).sum()
            subjects[film_id, track] = str(characters[counts.argmax()]) if is_hers else ""
        hit = np.flatnonzero(met >= 0)
        hit = hit[position[met[hit]] >= 0]
        is_read[position[met[hit]]] = True
        said[position[met[hit]]] = own.scores[hit]
    readings = FaceReadings(class_names=names, is_read=is_read, scores=said)
    return FilmScores(scores=scores, subjects=subjects), visible, readings


def _met(own: FaceScores, faces: TrueFaces, film: int) -> npt.NDArray[np.int64]:
    """Return the face of the truth that each row lies on, -1 for none; each at most once."""
    met = np.full(len(own), -1, np.int64)
    of_film = np.flatnonzero(faces.film_index == film)
    by_frame: dict[int, list[int]] = {}
    for row, frame in zip(of_film.tolist(), faces.frame_index[of_film].tolist(), strict=True):
        by_frame.setdefault(frame, []).append(row)
    said: dict[int, list[int]] = {}
    for k, frame in enumerate(own.frame_index.tolist()):
        said.setdefault(frame, []).append(k)
    for frame, rows in said.items():
        true = by_frame.get(frame, [])
        if not true:
            continue
        overlap = pairwise_iou(own.box_xyxy[rows], faces.box_xyxy[true])
        while overlap.max(initial=0.0) >= MIN_IOU:
            a, b = np.unravel_index(int(overlap.argmax()), overlap.shape)
            met[rows[int(a)]] = true[int(b)]
            overlap[a, :] = overlap[:, b] = 0
    return met
