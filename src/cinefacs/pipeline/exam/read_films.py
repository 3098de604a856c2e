"""Show every visible face of the exam's films to a detector; goes on after an interruption."""

import json
import zlib
from collections.abc import Callable, Mapping
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from cinefacs.errors import StudyError
from cinefacs.geometry.boxes import pairwise_iou
from cinefacs.inference.config import ReadConfig
from cinefacs.inference.exported import ExportedDetector
from cinefacs.inference.expressions import make_expression_reader
from cinefacs.inference.readings import FaceReadings, columns_read
from cinefacs.media.decode import decode_film
from cinefacs.media.probe import digest_file
from cinefacs.pipeline.exam.read_pictures import MIN_IOU, inside
from cinefacs.pipeline.exam.study import ExamStudy
from cinefacs.pipeline.exam.true_tracks import TrueTracks, mesh_activity
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.film import Film
from cinefacs.records.step import Step
from cinefacs.storage.atomic import atomic_path

__all__ = ["read_films"]

_ARRAYS = ("track_id", "frame_index", "pts", "end_pts", "box_xyxy", "face_score", "scores")


def read_films(
    study: ExamStudy,
    detector: ExportedDetector,
    *,
    keep_in: Path,
    digest: str,
    device: str,
    on_step: Callable[[Step], None],
) -> dict[str, FaceScores]:
    """Return what a detector says of every visible face of every frame, by film.

    Faces and tracks are the truth's: how well they are found and followed is an analysis's exam.
    What a detector is shown beside the face, its neighbours in time or the person at rest, is found
    as in an analysis.

    Parameters
    ----------
    study
        The exam.
    detector
        Who is asked.
    keep_in
        Where the scores of finished films are kept, so that a run that was stopped goes on.
    digest
        Tells the detector apart: scores of another one are not used.
    device
        OpenVINO device of the networks that find a face at rest, where the detector wants it.
    on_step
        Told how many frames are done.

    Raises
    ------
    StudyError
        A film is missing or another one.
    ModelError
        The networks that find a face at rest are not installed.
    FilmError
        A film cannot be read.
    StorageError
        The disk refused.
    """
    is_beside_rest = detector.card.input_spec.has_rest
    measure = mesh_activity(device) if is_beside_rest else None
    total = sum(film.n_frames for film in study.films)
    done = 0
    scores: dict[str, FaceScores] = {}
    paths = {film.film_id: _film_path(study, film) for film in study.films}
    for film in study.films:
        kept = keep_in / f"{film.film_number:03d}.npz"
        found = _load(kept, film.film_id, digest)
        if found is None:

            def tell(n: int, done: int = done) -> None:
                on_step(Step(name="exam: films", n_done=done + n, n_total=total, unit="frames"))

            tracks = TrueTracks(study, film, measure)
            found = _read_film(tracks, paths[film.film_id], detector, tell)
            _save(kept, found, digest)
        scores[film.film_id] = found
        done += film.n_frames
    return scores


def _film_path(study: ExamStudy, film: Film) -> Path:
    """Return where a film lies: where it was made, or in the study that was moved since."""
    places = (Path(film.path), study.layout.root / "films" / Path(film.path).name)
    for path in places:
        if path.is_file():
            if digest_file(path) != film.film_id:
                raise StudyError(
                    f"{path}: expected the film that the truth is of, got another",
                    hint="make the set anew with --force",
                )
            return path
    raise StudyError(
        f"{study.layout.root}: expected film {film.film_number} at {places[1]}, found none",
        hint="copy the folder `films` too, or make the set anew with --force",
    )


def _read_film(
    tracks: TrueTracks,
    path: Path,
    detector: ExportedDetector,
    tell: Callable[[int], None],
) -> FaceScores:
    """Show a film's true faces to a detector, each with what an analysis would show beside it."""
    reader = make_expression_reader(detector, ReadConfig())
    with closing(reader):
        for chunk in decode_film(path):
            for frame in chunk:
                seen = tracks.seen(frame)
                if seen:
                    reader.push(frame, seen)
                for track in tracks.ended(frame.index):
                    reader.end(track)
                frame.drop_pixels()
            tell(chunk[-1].index + 1)
        readings = {track: reader.take(track) for track in tracks.tracks}
    return _of_truth(tracks, readings, columns_read(detector.card.class_space))


def _of_truth(
    tracks: TrueTracks,
    readings: Mapping[int, FaceReadings],
    names: tuple[str, ...],
) -> FaceScores:
    """Return the readings whose box overlaps the true one enough, by track and frame."""
    faces, film = tracks.faces, tracks.film
    places = {
        (track, frame): (track, k)
        for track, own in readings.items()
        for k, frame in enumerate(own.frame_index.tolist())
    }
    kept: list[int] = []
    found: list[tuple[int, int]] = []
    for row in tracks.rows.tolist():
        place = places.get((int(faces.track_id[row]), int(faces.frame_index[row])))
        if place is None:
            continue
        true = inside(faces.box_xyxy[row][None], film.size_wh)
        own = readings[place[0]].box_xyxy[place[1]][None]
        if pairwise_iou(true, own)[0, 0] >= MIN_IOU:
            kept.append(row)
            found.append(place)
    own_rows = np.array(kept, np.int64)
    nothing = np.zeros((0, len(names)), np.float32)
    return FaceScores(
        film_id=film.film_id,
        time_base=film.span.time_base,
        class_names=names,
        track_id=faces.track_id[own_rows],
        frame_index=faces.frame_index[own_rows],
        pts=faces.pts[own_rows],
        end_pts=faces.end_pts[own_rows],
        box_xyxy=faces.box_xyxy[own_rows],
        face_score=np.array([readings[t].face_score[k] for t, k in found], np.float32),
        scores=np.stack([readings[t].scores[k] for t, k in found]) if found else nothing,
    )


def _save(path: Path, scores: FaceScores, digest: str) -> None:
    head = {
        "film_id": scores.film_id,
        "time_base": str(scores.time_base),
        "class_names": list(scores.class_names),
        "digest": digest,
    }
    with atomic_path(path) as temporary:
        arrays = {name: getattr(scores, name) for name in _ARRAYS}
        np.savez_compressed(temporary, head=np.array(json.dumps(head)), **arrays)


def _load(path: Path, film_id: str, digest: str) -> FaceScores | None:
    """Return kept scores; None where there are none, or those of another film or detector."""
    if not path.is_file():
        return None
    try:
        # opened here, since numpy leaves a file that it cannot read open
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            head = json.loads(str(file["head"]))
            if (head["film_id"], head["digest"]) != (film_id, digest):
                return None
            return FaceScores(
                film_id=film_id,
                time_base=Fraction(head["time_base"]),
                class_names=tuple(head["class_names"]),
                **{name: file[name] for name in _ARRAYS},
            )
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, zlib.error):
        return None  # half-written by another program: read the film again
