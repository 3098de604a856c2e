"""Read an analysis for the exam: the scores of its face tracks, and its events."""

import hashlib

from cinefacs.errors import StudyError
from cinefacs.metrics.spotting_in_time import TimedExpression
from cinefacs.pipeline.exam.film_scores import FilmScores
from cinefacs.records.event import Event
from cinefacs.records.face_scores import FaceScores
from cinefacs.storage.analysis_tables import read_class_names, read_detections, read_events
from cinefacs.storage.study import AnalysisLayout

__all__ = ["digest_analysis", "read_analysis_events", "read_analysis_scores"]


def digest_analysis(layout: AnalysisLayout) -> str:
    """Return what tells an analysis apart: SHA-256 over its tables."""
    digest = hashlib.sha256()
    for path in (layout.detections_path, layout.events_path):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def read_analysis_scores(
    layout: AnalysisLayout, film_ids: tuple[str, ...]
) -> dict[str, FaceScores]:
    """Return the scores of each film of the exam.

    Parameters
    ----------
    layout
        The analysis.
    film_ids
        The exam's films.

    Raises
    ------
    StudyError
        The table or a film of the exam is missing, or it is of other films.
    SchemaError
        The table is damaged, or its columns are others.
    """
    path = layout.detections_path
    names = read_class_names(path)
    found = {film_id: list(read_detections(path, names, film_id=film_id)) for film_id in film_ids}
    missing = [film_id for film_id, tracks in found.items() if not tracks]
    if missing:
        raise StudyError(
            f"{path}: expected faces of all {len(film_ids)} films of the exam, got none of "
            f"{len(missing)} of them, such as {missing[0][:12]}",
            hint="analyse every film of the study: `cinefacs analyze STUDY/films`",
        )
    return {
        film_id: FaceScores.joined(sorted(tracks, key=lambda track: int(track.track_id[0])))
        for film_id, tracks in found.items()
    }


def read_analysis_events(
    layout: AnalysisLayout, film_scores: FilmScores
) -> list[TimedExpression] | None:
    """Return the expressions that an analysis found; None where it wrote no events down.

    Parameters
    ----------
    layout
        The analysis.
    film_scores
        Says whose face each track lies on.

    Raises
    ------
    SchemaError
        The table is damaged, or its columns are others.
    """
    if not layout.events_path.is_file():
        return None
    events = [found.event for found in read_events(layout.events_path)]
    return [
        _timed(event, film_scores)
        for event in events
        if event.film_id in film_scores.scores and event.kind.is_expression
    ]


def _timed(event: Event, film_scores: FilmScores) -> TimedExpression:
    return TimedExpression(
        film_id=event.film_id,
        subject=film_scores.subjects.get((event.film_id, event.track_id), ""),
        span=event.span,
        apex_pts=event.apex_pts,
        frame_ticks=max(1, round(event.uncertainty_s / event.span.time_base)),
        kind=event.kind,
        emotion=event.emotion,
        scored_emotion=event.scored_emotion or "",
    )
