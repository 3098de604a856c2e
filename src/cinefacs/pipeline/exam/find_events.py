"""The true expressions and the found events of the exam, as the measures take them."""

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from cinefacs.events.baseline import measure_neutral
from cinefacs.events.config import EventConfig
from cinefacs.events.finder import EventFinder
from cinefacs.metrics.spotting_in_time import TimedExpression
from cinefacs.pipeline.exam.film_scores import FilmScores
from cinefacs.pipeline.exam.score_faces import face_groups
from cinefacs.pipeline.exam.study import ExamStudy
from cinefacs.records.au_label import Visibility
from cinefacs.records.event import Event
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.face_scores import FaceScores
from cinefacs.records.time_span import TimeSpan

__all__ = ["NO_EMOTION", "find_events", "seen_spans", "true_expressions"]

NO_EMOTION = "none"
"""Of expressions whose action units make no emotion; `events` says the same."""


def true_expressions(study: ExamStudy) -> list[TimedExpression]:
    """Return the expressions of the truth.

    One can be seen if at its strongest frame at least one of its action units can.
    """
    parts = defaultdict(list)
    for part in study.labels.aus:
        if part.expression_id:
            parts[part.expression_id].append(part)
    frame_ticks = {
        film_id: int((study.faces.end_pts - study.faces.pts)[study.faces.film_index == k].max())
        for k, film_id in enumerate(study.faces.film_ids)
        if (study.faces.film_index == k).any()
    }
    groups = list(face_groups(study.faces, study))
    found = []
    for label in study.labels.expressions:
        rows = _rows_in(study, label)
        visible = [
            each for each in parts[label.expression_id] if each.visibility is Visibility.VISIBLE
        ]
        found.append(
            TimedExpression(
                film_id=label.film_id,
                subject=str(label.character_number),
                span=label.span,
                apex_pts=label.apex_pts[0] if label.apex_pts else None,
                frame_ticks=frame_ticks[label.film_id],
                kind=str(label.kind or ""),
                emotion=label.emotions[0] if label.emotions else NO_EMOTION,
                intensity=_strongest(study, rows),
                is_visible=bool(visible),
                groups=tuple(
                    (facet, value)
                    for facet, value, mask in groups
                    if len(rows) and mask[rows].mean() > 0.5
                ),
            )
        )
    return found


def _rows_in(study: ExamStudy, label: ExpressionLabel) -> npt.NDArray[np.int64]:
    """Return the faces of an expression."""
    faces = study.faces
    return np.flatnonzero(
        (faces.film_index == faces.film_ids.index(label.film_id))
        & (faces.character_number == label.character_number)
        & (faces.pts >= label.span.start_pts)
        & (faces.pts < label.span.end_pts)
    )


def _strongest(study: ExamStudy, rows: npt.NDArray[np.int64]) -> float | None:
    """Return the strongest action unit that some faces show, 0 to 1."""
    shown = np.where(study.faces.is_shown[rows], study.faces.intensity[rows], 0)
    return float(shown.max()) if shown.size and shown.any() else None


def seen_spans(study: ExamStudy) -> dict[tuple[str, str], list[TimeSpan]]:
    """Return when each character can be seen, by film and character."""
    spans = defaultdict(list)
    for coded in study.labels.coded:
        spans[coded.film_id, str(coded.character_number)].append(coded.span)
    return dict(spans)


def find_events(film_scores: FilmScores, config: EventConfig) -> list[TimedExpression]:
    """Return the events of all films, without what is no expression.

    Parameters
    ----------
    film_scores
        Scores, and whose they are: the neutral is measured over all tracks of a character.
    config
        The limits.

    Raises
    ------
    ConfigError
        The detector knows no action unit, or there are no such rules.
    """
    found = []
    for film_id, scores in film_scores.scores.items():
        tracks_of: dict[str, list[int]] = defaultdict(list)
        for track in np.unique(scores.track_id).tolist():
            subject = film_scores.subjects[film_id, track]
            tracks_of[subject or f"track {track}"].append(track)
        for tracks in tracks_of.values():
            own = scores.select(np.isin(scores.track_id, tracks))
            finder = _finder(own, config)
            for track in own.tracks():
                subject = film_scores.subjects[film_id, int(track.track_id[0])]
                found += [
                    _timed(event, subject)
                    for event in finder.find(track)
                    if event.kind.is_expression
                ]
    return found


def _finder(own: FaceScores, config: EventConfig) -> EventFinder:
    baseline = measure_neutral(own, config)
    return EventFinder(baseline, config)


def _timed(event: Event, subject: str) -> TimedExpression:
    return TimedExpression(
        film_id=event.film_id,
        subject=subject,
        span=event.span,
        apex_pts=event.apex_pts,
        frame_ticks=max(1, round(event.uncertainty_s / event.span.time_base)),
        kind=str(event.kind),
        emotion=event.emotion,
        scored_emotion=event.scored_emotion or "",
    )
