"""Take the exam: read the films, score, write JSON, Markdown and curves."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cinefacs.config import as_document, config_digest
from cinefacs.engines.catalog import sha256_of
from cinefacs.engines.exported_card import CARD_NAME
from cinefacs.errors import ConfigError
from cinefacs.inference.exported import ExportedDetector
from cinefacs.pipeline.exam.config import ExamConfig
from cinefacs.pipeline.exam.read_pictures import FINDER, find_faces, read_pictures
from cinefacs.pipeline.exam.score_faces import (
    match_classes,
    score_found,
    score_read,
    score_visible,
)
from cinefacs.pipeline.exam.study import ExamStudy, open_exam_study
from cinefacs.records.step import Step
from cinefacs.storage.atomic import write_json

__all__ = ["ExamSummary", "take_exam"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExamSummary:
    """The marks, and where they lie."""

    document: dict[str, Any]
    """Everything, as JSON values (docs/exam.md)."""
    out: Path
    """Folder of ``exam.json``."""


def take_exam(
    source: Path,
    *,
    study: Path,
    out: Path,
    config: ExamConfig | None = None,
    device: str = "CPU",
    on_step: Callable[[Step], None] | None = None,
) -> ExamSummary:
    """Measure weights on films whose truth is known.

    Parameters
    ----------
    source
        Folder that ``cinefacs export`` made.
    study
        Folder that ``cinefacs datasets synth`` made.
    out
        Where the marks go; written over, since they follow from the rest.
    config
        Options; defaults when None.
    device
        OpenVINO device.
    on_step
        Told how far the work has come.

    Raises
    ------
    ConfigError
        The detector's classes are not those of the exam.
    StudyError
        The study has no truth, or films are missing.
    ModelError
        The detector, the face finder or the head data cannot be read.
    FilmError
        A film or a picture cannot be read.
    """
    config = config or ExamConfig()
    tell = on_step or (lambda _step: None)
    detector = _open_detector(source, device)
    exam = open_exam_study(study)
    match_classes(detector.card.class_space.names, exam.faces)  # told before hours of work
    document = _head(source, detector, exam, config)
    found = find_faces(exam, device=device, on_step=tell)
    n_draws = config.bootstrap_draws
    document["visible"] = score_visible(exam)
    document["faces_found"] = {
        "finder": FINDER,
        **score_found(exam, found.rows, found.is_found, found.is_found_by_chance, n_draws=n_draws),
        "n_pictures": found.n_pictures,
        "n_extra": found.n_extra,
    }
    rows, readings = read_pictures(exam, detector, on_step=tell)
    document["faces_read"] = score_read(exam, rows, readings, n_draws=n_draws)
    write_json(out / "exam.json", document)
    return ExamSummary(document=document, out=out)


def _open_detector(source: Path, device: str) -> ExportedDetector:
    if source.is_file():
        raise ConfigError(
            f"{source}: expected a folder with {CARD_NAME}, got a file",
            hint=f"export the weights first: `cinefacs export {source} --out detector`",
        )
    return ExportedDetector(source, device=device)


def _head(
    source: Path, detector: ExportedDetector, exam: ExamStudy, config: ExamConfig
) -> dict[str, Any]:
    """Return what was measured, on what, by what."""
    n_people = len({int(person) for person in exam.faces.person})
    return {
        "schema_version": 1,
        "exam": {
            "name": "heldout-v1" if exam.facts.is_heldout else "another set",
            "digest": exam.facts.digest,
            "n_films": len(exam.films),
            "n_people": n_people,
            "study": str(exam.layout.root),
        },
        "subject": {
            "path": str(source),
            "network": detector.card.network,
            "precision": detector.card.precision,
            "classes": detector.card.class_space.name,
            "digest": sha256_of(source / CARD_NAME),
        },
        "code_version": version("cinefacs"),
        "config": as_document(config),
        "config_digest": config_digest(config, {}),
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
