"""Take the exam: read the films, score, write JSON, a page and curves."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cinefacs.config import as_document, config_digest
from cinefacs.engines.catalog import model_sha256, sha256_of
from cinefacs.engines.exported_card import CARD_NAME
from cinefacs.errors import ConfigError
from cinefacs.events.finder import au_columns
from cinefacs.inference.exported import ExportedDetector
from cinefacs.metrics.spotting_in_time import TimedExpression
from cinefacs.pipeline.exam.config import ExamConfig
from cinefacs.pipeline.exam.film_scores import FilmScores, match_to_truth
from cinefacs.pipeline.exam.find_events import find_events, seen_spans, true_expressions
from cinefacs.pipeline.exam.read_analysis import (
    digest_analysis,
    read_analysis_events,
    read_analysis_scores,
)
from cinefacs.pipeline.exam.read_films import read_films
from cinefacs.pipeline.exam.read_pictures import find_faces, read_pictures
from cinefacs.pipeline.exam.score_events import EventGround, score_events
from cinefacs.pipeline.exam.score_faces import (
    match_classes,
    score_found,
    score_read,
    score_visible,
)
from cinefacs.pipeline.exam.study import ExamStudy, open_exam_study
from cinefacs.pipeline.exam.sweep import sweep_limits
from cinefacs.pipeline.predict import FINDER
from cinefacs.records.step import Step
from cinefacs.records.true_faces import FaceReadings
from cinefacs.reports.exam_curves import draw_exam_curves
from cinefacs.reports.exam_page import write_exam_page
from cinefacs.storage.atomic import write_json, write_text
from cinefacs.storage.study import AnalysisLayout

__all__ = ["ExamSummary", "take_exam"]

OnStep = Callable[[Step], None]
Rows = npt.NDArray[np.int64]

_MOST_FILM_DRAWS = 100
"""Draws behind the intervals over every frame of every film, of which there are thousands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExamSummary:
    """The marks, and where they lie."""

    document: dict[str, Any]
    """Everything, as JSON values (docs/exam.md)."""
    out: Path
    """Folder of ``exam.json`` and ``exam.md``."""


def take_exam(
    source: Path,
    *,
    study: Path,
    out: Path,
    config: ExamConfig | None = None,
    pictures_only: bool = False,
    sweep: bool = False,
    device: str = "CPU",
    on_step: OnStep | None = None,
) -> ExamSummary:
    """Measure weights, or a whole analysis, on films whose truth is known.

    Parameters
    ----------
    source
        Folder that ``cinefacs export`` made, or that of an analysis of the study's films.
    study
        Folder that ``cinefacs datasets synth`` made.
    out
        Where the marks go; written over, since they follow from the rest.
    config
        Options; defaults when None.
    pictures_only
        Only the pictures, no films and so no events: a quick look at a detector.
    sweep
        Try limits of events too.
    device
        OpenVINO device.
    on_step
        Told how far the work has come.

    Raises
    ------
    ConfigError
        The classes are not those of the exam, or options contradict each other.
    StudyError
        The study has no truth, or films are missing.
    ModelError
        The detector, the face finder or the head data cannot be read.
    FilmError
        A film or a picture cannot be read.
    StorageError
        The disk refused.
    """
    config = config or ExamConfig()
    if pictures_only and sweep:
        raise ConfigError("--sweep: expected the films too, got --pictures-only")
    tell = on_step or (lambda _step: None)
    subject = _open_subject(source, out, device, pictures_only=pictures_only)
    exam = open_exam_study(study)
    subject.check(exam)  # told before hours of work
    document = _head(subject, exam, config)
    n_draws = config.bootstrap_draws
    document["visible"] = score_visible(exam)
    document |= subject.score_pictures(exam, n_draws=n_draws, device=device, on_step=tell)
    document |= {"faces_read_in_films": None, "events": None, "sweep": None}
    if not pictures_only and not exam.is_of_stills:
        scores, rows, readings = subject.read_films(exam, on_step=tell)
        few = min(n_draws, _MOST_FILM_DRAWS)
        document["faces_read_in_films"] = score_read(exam, rows, readings, n_draws=few)
        document |= _score_films(subject, exam, scores, config, sweep=sweep, on_step=tell)
    document["notes"] = _notes(document, exam, pictures_only=pictures_only)
    curves = draw_exam_curves(document)
    for name, svg in curves.items():
        write_text(out / name, svg)
    write_exam_page(out / "exam.md", document, curves=tuple(curves))
    write_json(out / "exam.json", document)
    return ExamSummary(document=document, out=out)


class _Subject(Protocol):
    """Who takes the exam."""

    @property
    def facts(self) -> dict[str, Any]:
        """What tells it apart."""
        ...

    def check(self, exam: ExamStudy) -> None:
        """Raise unless the exam can judge it."""
        ...

    def score_pictures(
        self, exam: ExamStudy, *, n_draws: int, device: str, on_step: OnStep
    ) -> dict[str, Any]:
        """Return what is said of the exam's pictures: faces found, faces read."""
        ...

    def read_films(
        self, exam: ExamStudy, *, on_step: OnStep
    ) -> tuple[FilmScores, Rows, FaceReadings]:
        """Return what is said of whole films."""
        ...

    def events(self, scores: FilmScores, config: ExamConfig) -> list[TimedExpression]:
        """Return the events found."""
        ...


def _open_subject(source: Path, out: Path, device: str, *, pictures_only: bool) -> _Subject:
    layout = AnalysisLayout(source)
    if layout.detections_path.is_file():
        return _Analysis(layout)
    if source.is_file():
        raise ConfigError(
            f"{source}: expected a folder with {CARD_NAME} or {layout.detections_path.name}, got a "
            "file",
            hint=f"export the weights first: `cinefacs export {source} --out detector`",
        )
    return _Detector(source, out, device, pictures_only=pictures_only)


class _Detector:
    """An exported detector: shown the faces of the truth."""

    def __init__(self, source: Path, out: Path, device: str, *, pictures_only: bool) -> None:
        self._detector = ExportedDetector(source, device=device)
        self._kept = out / "readings"
        self._device = device
        self._matched: tuple[FilmScores, Rows, FaceReadings] | None = None
        card = self._detector.card
        self._wants_films = card.input_spec.temporal != "single" and not pictures_only
        self.facts: dict[str, Any] = {
            "kind": "detector",
            "path": str(source),
            "network": card.network,
            "precision": card.precision,
            "classes": card.class_space.name,
            "input_px": card.input_spec.side_px,
            "mode": card.input_spec.mode,
            "shown_beside": card.input_spec.temporal,
            "digest": sha256_of(source / CARD_NAME),
        }

    def check(self, exam: ExamStudy) -> None:
        match_classes(self._detector.card.class_space.names, exam.faces)

    def score_pictures(
        self, exam: ExamStudy, *, n_draws: int, device: str, on_step: OnStep
    ) -> dict[str, Any]:
        found = find_faces(exam, device=device, on_step=on_step)
        if self._wants_films and not exam.is_of_stills:
            _, visible, of_films = self.read_films(exam, on_step=on_step)
            rows, readings = _of_pictures(exam, visible, of_films)
        else:
            rows, readings = read_pictures(exam, self._detector, on_step=on_step)
        return {
            "faces_found": {
                "finder": FINDER,
                "finder_digest": model_sha256([FINDER])[FINDER],
                **score_found(
                    exam, found.rows, found.is_found, found.is_found_by_chance, n_draws=n_draws
                ),
                "n_pictures": found.n_pictures,
                "n_extra": found.n_extra,
            },
            "faces_read": score_read(exam, rows, readings, n_draws=n_draws),
        }

    def read_films(
        self, exam: ExamStudy, *, on_step: OnStep
    ) -> tuple[FilmScores, Rows, FaceReadings]:
        if self._matched is None:
            scores = read_films(
                exam,
                self._detector,
                keep_in=self._kept,
                digest=self.facts["digest"],
                device=self._device,
                on_step=on_step,
            )
            self._matched = match_to_truth(scores, exam.faces)
        return self._matched

    def events(self, scores: FilmScores, config: ExamConfig) -> list[TimedExpression]:
        return find_events(scores, config.events)


def _of_pictures(
    exam: ExamStudy, visible: Rows, readings: FaceReadings
) -> tuple[Rows, FaceReadings]:
    """Return the visible faces that the exam's pictures show, and what was said of them."""
    of_pictures = np.concatenate([np.zeros(0, np.int64), *exam.picture_rows().values()])
    here = np.isin(visible, of_pictures)
    return visible[here], FaceReadings(
        class_names=readings.class_names,
        is_read=readings.is_read[here],
        scores=readings.scores[here],
    )


class _Analysis:
    """An analysis: faces found, followed and read by the whole pipeline."""

    def __init__(self, layout: AnalysisLayout) -> None:
        self._layout = layout
        self._matched: tuple[FilmScores, Rows, FaceReadings] | None = None
        self.facts: dict[str, Any] = {
            "kind": "analysis",
            "path": str(layout.root),
            "digest": digest_analysis(layout),
        }

    def check(self, exam: ExamStudy) -> None:
        match_classes(self._match(exam)[2].class_names, exam.faces)

    def score_pictures(
        self, exam: ExamStudy, *, n_draws: int, device: str, on_step: OnStep  # noqa: ARG002
    ) -> dict[str, Any]:  # fmt: skip
        _, visible, readings = self._match(exam)
        rows, own = _of_pictures(exam, visible, readings)
        found = score_found(exam, visible, readings.is_read, None, n_draws=n_draws)
        return {
            "faces_found": {"finder": "the analysis", "finder_digest": None, **found,
                            "n_pictures": None, "n_extra": None},
            "faces_read": score_read(exam, rows, own, n_draws=n_draws),
        }  # fmt: skip

    def read_films(
        self, exam: ExamStudy, *, on_step: OnStep  # noqa: ARG002
    ) -> tuple[FilmScores, Rows, FaceReadings]:  # fmt: skip
        return self._match(exam)

    def events(self, scores: FilmScores, config: ExamConfig) -> list[TimedExpression]:
        found = read_analysis_events(self._layout, scores)
        return find_events(scores, config.events) if found is None else found

    def _match(self, exam: ExamStudy) -> tuple[FilmScores, Rows, FaceReadings]:
        if self._matched is None:
            scores = read_analysis_scores(self._layout, exam.faces.film_ids)
            self._matched = match_to_truth(scores, exam.faces)
        return self._matched


def _score_films(
    subject: _Subject,
    exam: ExamStudy,
    scores: FilmScores,
    config: ExamConfig,
    *,
    sweep: bool,
    on_step: OnStep,
) -> dict[str, Any]:
    """Return what is said of events; nothing where the detector knows no action unit."""
    if not au_columns(scores.class_names):
        return {}
    ground = EventGround(
        truth=tuple(true_expressions(exam)),
        film_s={film.film_id: float(film.span.duration_s) for film in exam.films},
        seen=seen_spans(exam),
    )
    document: dict[str, Any] = {
        "events": score_events(
            subject.events(scores, config),
            ground,
            min_iou=config.min_iou,
            n_draws=config.bootstrap_draws,
            n_chance=config.chance_draws,
        )
    }
    if sweep:
        document["sweep"] = sweep_limits(
            scores,
            ground,
            base=config.events,
            config=config.limits,
            min_iou=config.min_iou,
            may_choose=set(exam.facts.splits.values()) == {"val"},
            on_step=on_step,
        )
    return document


def _notes(document: dict[str, Any], exam: ExamStudy, *, pictures_only: bool) -> list[str]:
    """Return what whoever hands the numbers on must say."""
    notes = []
    if not exam.facts.is_heldout:
        notes.append("This is not the exam heldout-v1: compare only with scores of this digest.")
    if exam.is_of_stills:
        notes.append("The set has no moving film: nothing is said of events.")
    elif pictures_only:
        notes.append("Only pictures were shown: nothing is said of events.")
    elif document["events"] is None:
        notes.append("The detector knows no action unit: nothing is said of events.")
    if document["subject"].get("shown_beside", "single") != "single" and (
        pictures_only or exam.is_of_stills
    ):
        notes.append(
            "The detector reads a face beside what came before, after or at rest; single pictures "
            "have none of it, and it was shown the face itself in its place."
        )
    if document["subject"]["kind"] == "detector" and document["events"] is not None:
        notes.append(
            "Faces and tracks of the films are the truth's: the exam of an analysis measures how "
            "well they are found and followed, too."
        )
    if document["subject"]["kind"] == "analysis":
        notes.append(
            "An analysis does not read every face: those too small, dark, blurred, cut off or "
            "turned for it count as not found where they are visible."
        )
    strange = document["faces_read"]["not_judged"]
    if strange:
        notes.append(f"Without truth and not judged: {', '.join(strange)}.")
    return notes


def _head(subject: _Subject, exam: ExamStudy, config: ExamConfig) -> dict[str, Any]:
    """Return what was measured, on what, by what."""
    return {
        "schema_version": 1,
        "exam": {
            "name": "heldout-v1" if exam.facts.is_heldout else "another set",
            "digest": exam.facts.digest,
            "n_films": len(exam.films),
            "n_people": len({int(person) for person in exam.faces.person}),
            "n_pictures": len(exam.pictures),
            "study": str(exam.layout.root),
        },
        "subject": subject.facts,
        "code_version": version("cinefacs"),
        "config": as_document(config),
        "config_digest": config_digest(config, {}),
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
