"""Show the exam's pictures to a detector and to the face finder."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.engines.catalog import model_path
from cinefacs.engines.session import Session
from cinefacs.faces.finder import FaceFinder
from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.inference.exported import ExportedDetector
from cinefacs.media.picture_files import read_picture_file
from cinefacs.metrics.box_matching import match_boxes
from cinefacs.pipeline.exam.study import ExamStudy
from cinefacs.pipeline.predict import FINDER, FINDER_WIDTH_PX, Still
from cinefacs.records.detections import Detections
from cinefacs.records.step import Step
from cinefacs.records.true_faces import FaceReadings

__all__ = ["MIN_IOU", "FoundFaceBoxes", "find_faces", "inside", "read_pictures"]

Rgb = npt.NDArray[np.uint8]

MIN_IOU = 0.5
"""Overlap from which a box is on a face of the truth (DECISIONS 6)."""


def read_pictures(
    study: ExamStudy, detector: ExportedDetector, *, on_step: Callable[[Step], None]
) -> tuple[npt.NDArray[np.int64], FaceReadings]:
    """Return what a detector says of every visible face of the exam's pictures.

    A detector of crops is shown the square around each true face, eyes level, as in training: how
    well faces are found is measured apart. One of whole pictures is shown those. Nothing is known
    of the time around a picture: a detector that wants it is shown the face in its place.

    Parameters
    ----------
    study
        The exam.
    detector
        Of crops or of whole pictures.
    on_step
        Told after each picture.

    Returns
    -------
    rows of `ExamStudy.faces`, and what was said of each

    Raises
    ------
    FilmError
        A picture is missing or damaged.
    """
    of_picture = study.picture_rows()
    rows = np.concatenate([np.zeros(0, np.int64), *of_picture.values()])
    n_classes = len(detector.card.class_space)
    scores = np.zeros((len(rows), n_classes), np.float32)
    is_read = np.zeros(len(rows), bool)
    start = 0
    for n, (picture, own) in enumerate(of_picture.items(), start=1):
        end = start + len(own)
        if len(own):
            rgb = read_picture_file(study.picture_path(picture))
            is_read[start:end], scores[start:end] = _read_faces_of(rgb, study, own, detector)
        start = end
        on_step(Step(name="exam: faces", n_done=n, n_total=len(of_picture), unit="pictures"))
    names = detector.card.class_space.names
    return rows, FaceReadings(class_names=names, is_read=is_read, scores=scores)


def _read_faces_of(
    rgb: Rgb, study: ExamStudy, rows: npt.NDArray[np.int64], detector: ExportedDetector
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    """Return whether each true face of a picture was met, and what was said of it.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    study
        The exam.
    rows : (F,)
        Rows of `ExamStudy.faces`, all of this picture.
    detector
        Of crops or of whole pictures.

    Returns
    -------
    (F,) bool and (F, K) float32
    """
    boxes = study.faces.box_xyxy[rows]
    size_wh = (rgb.shape[1], rgb.shape[0])
    scores = np.zeros((len(rows), len(detector.card.class_space)), np.float32)
    if detector.card.input_spec.mode == "crop":
        is_read = np.zeros(len(rows), bool)
        for k, row in enumerate(rows.tolist()):
            found = detector.read_faces(
                rgb, boxes[k : k + 1], eyes_xy=study.faces.eyes_xy[row][None], score_floor=0.0
            )
            if len(found):
                true = inside(boxes[k : k + 1], size_wh)
                is_read[k] = bool(pairwise_iou(true, found.boxes_xyxy)[0, 0] >= MIN_IOU)
                scores[k] = _class_scores(found)[0]
        return is_read, scores
    found = detector.find([rgb])
    matched = match_boxes(
        found.boxes_xyxy,
        found.picture_index,
        found.score,
        inside(boxes, size_wh),
        np.zeros(len(rows), np.int64),
        iou=MIN_IOU,
    )
    is_match = matched >= 0
    is_read = np.zeros(len(rows), bool)
    is_read[matched[is_match]] = True
    scores[matched[is_match]] = _class_scores(found)[is_match]
    return is_read, scores


def inside(
    boxes_xyxy: npt.NDArray[np.float32], size_wh: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """Return boxes, (N, 4) px, cut at the picture's border, as detectors' boxes are."""
    return np.clip(boxes_xyxy, 0, np.array(size_wh * 2, np.float32)).astype(np.float32)


def _class_scores(found: Detections) -> npt.NDArray[np.float32]:
    assert found.class_scores is not None  # noqa: S101  (exported detectors tell all scores)
    return found.class_scores


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FoundFaceBoxes:
    """Which visible faces of the exam's pictures the face finder met."""

    rows: npt.NDArray[np.int64]
    """(N,) rows of `ExamStudy.faces`."""
    is_found: npt.NDArray[np.bool_]
    """(N,) whether a found box overlaps the face by at least half."""
    is_found_by_chance: npt.NDArray[np.bool_]
    """(N,) the same with the boxes that were found in a picture of another film."""
    n_pictures: int
    """Pictures looked at."""
    n_extra: int
    """Boxes on no face of the truth, visible or not."""


def find_faces(study: ExamStudy, *, device: str, on_step: Callable[[Step], None]) -> FoundFaceBoxes:
    """Return which faces the face finder meets in the exam's pictures.

    Parameters
    ----------
    study
        The exam.
    device
        OpenVINO device.
    on_step
        Told after each picture.

    Raises
    ------
    ModelError
        The face finder is not installed.
    FilmError
        A picture is missing or damaged.
    """
    finder = FaceFinder(Session(model_path(FINDER), device=device), width_px=FINDER_WIDTH_PX)
    of_picture = study.picture_rows()
    n = len(of_picture)
    boxes: list[npt.NDArray[np.float32]] = []
    scores: list[npt.NDArray[np.float32]] = []
    truth: list[npt.NDArray[np.float32]] = []
    n_extra = 0
    for k, (picture, own) in enumerate(of_picture.items(), start=1):
        rgb = read_picture_file(study.picture_path(picture))
        size_wh = (rgb.shape[1], rgb.shape[0])
        found = finder.find(Still(rgb))
        boxes.append(np.asarray(found.box_xyxy, np.float32).reshape(-1, 4))
        scores.append(np.asarray(found.score, np.float32))
        truth.append(inside(study.faces.box_xyxy[own], size_wh))
        there = _all_rows(study, picture.film_id, picture.frame_index)
        every = inside(study.faces.box_xyxy[there], size_wh)
        lies = pairwise_iou(boxes[-1], every).max(axis=1, initial=0.0) >= MIN_IOU
        n_extra += int((~lies).sum())
        on_step(Step(name="exam: finding faces", n_done=k, n_total=n, unit="pictures"))
    met = [_met(boxes[k], scores[k], truth[k]) for k in range(n)]
    # half the set away, so that it is another film's picture
    far = [(k + n // 2) % n for k in range(n)]
    other = [_met(boxes[far[k]], scores[far[k]], truth[k]) for k in range(n)]
    nothing = np.zeros(0, bool)
    return FoundFaceBoxes(
        rows=np.concatenate([np.zeros(0, np.int64), *of_picture.values()]),
        is_found=np.concatenate([nothing, *met]),
        is_found_by_chance=np.concatenate([nothing, *other]),
        n_pictures=n,
        n_extra=n_extra,
    )


def _all_rows(study: ExamStudy, film_id: str, frame_index: int) -> npt.NDArray[np.int64]:
    film = study.faces.film_ids.index(film_id)
    return np.flatnonzero(
        (study.faces.film_index == film) & (study.faces.frame_index == frame_index)
    )


def _met(
    boxes_xyxy: npt.NDArray[np.float32],
    score: npt.NDArray[np.float32],
    truth_xyxy: npt.NDArray[np.float32],
) -> npt.NDArray[np.bool_]:
    """Return which true faces a box meets."""
    matched = match_boxes(
        boxes_xyxy,
        np.zeros(len(boxes_xyxy), np.int64),
        score,
        truth_xyxy,
        np.zeros(len(truth_xyxy), np.int64),
        iou=MIN_IOU,
    )
    met = np.zeros(len(truth_xyxy), bool)
    met[matched[matched >= 0]] = True
    return met
