"""Show every visible face of the exam's films to a detector; goes on after an interruption."""

import json
import zlib
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from cinefacs.errors import StudyError
from cinefacs.inference.exported import ExportedDetector
from cinefacs.media.decode import decode_film
from cinefacs.media.probe import digest_file
from cinefacs.pipeline.exam.read_pictures import read_faces_of
from cinefacs.pipeline.exam.study import ExamStudy
from cinefacs.records.class_space import FACE
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
    on_step: Callable[[Step], None],
) -> dict[str, FaceScores]:
    """Return what a detector says of every visible face of every frame, by film.

    Faces and tracks are the truth's: how well they are found and followed is an analysis's exam.

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
    on_step
        Told how many frames are done.

    Raises
    ------
    StudyError
        A film is missing or another one.
    FilmError
        A film cannot be read.
    StorageError
        The disk refused.
    """
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

            found = _read_film(study, film, paths[film.film_id], detector, tell)
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
    study: ExamStudy,
    film: Film,
    path: Path,
    detector: ExportedDetector,
    tell: Callable[[int], None],
) -> FaceScores:
    faces = study.faces
    film_index = faces.film_ids.index(film.film_id)
    rows_of: dict[int, list[int]] = defaultdict(list)
    own = np.flatnonzero((faces.film_index == film_index) & faces.is_visible)
    for row, frame in zip(own.tolist(), faces.frame_index[own].tolist(), strict=True):
        rows_of[frame].append(row)
    names = detector.card.class_space.names
    columns = [k for k, name in enumerate(names) if name != FACE]
    face = detector.card.class_space.face_index
    rows: list[int] = []
    said: list[np.ndarray] = []
    for chunk in decode_film(path):
        for frame in chunk:
            here = np.array(rows_of.get(frame.index, []), np.int64)
            if len(here):
                is_read, scores = read_faces_of(frame.rgb(), study, here, detector)
                rows += here[is_read].tolist()
                said += list(scores[is_read])
        tell(chunk[-1].index + 1)
    table = np.stack(said) if said else np.zeros((0, len(names)), np.float32)
    kept = np.array(rows, np.int64)
    order = np.lexsort((faces.frame_index[kept], faces.track_id[kept]))
    kept, table = kept[order], table[order]
    sure = table.max(axis=1, initial=0) if face is None else table[:, face]
    return FaceScores(
        film_id=film.film_id,
        time_base=film.span.time_base,
        class_names=tuple(names[k] for k in columns),
        track_id=faces.track_id[kept],
        frame_index=faces.frame_index[kept],
        pts=faces.pts[kept],
        end_pts=faces.end_pts[kept],
        box_xyxy=faces.box_xyxy[kept],
        face_score=sure.astype(np.float32),
        scores=table[:, columns],
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
