"""Scores of faces: whether they are seen and found, which action units and emotions were read."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ConfigError
from cinefacs.metrics.reading import (
    calibration,
    mean_ranking,
    rank_action_units,
    score_emotions,
)
from cinefacs.metrics.score import Score, bootstrap_score
from cinefacs.pipeline.exam.study import ExamStudy
from cinefacs.records.class_space import EMOTIONS, FACE, au_class
from cinefacs.records.true_faces import FaceReadings, TrueFaces

__all__ = ["ExamClasses", "face_groups", "match_classes", "score_found", "score_read",
           "score_visible", "well_shown"]  # fmt: skip

Bools = npt.NDArray[np.bool_]

_WEAK = (0.2, 0.5)
"""Intensities that micro-expressions have."""
_MIN_POSITIVE = 5
_AGES = ((0, 13, "5 to 12"), (13, 30, "13 to 29"), (30, 50, "30 to 49"), (50, 200, "50 to 70"))
_TONES = ((0, 2.5, "light (1 to 2.5)"), (2.5, 4, "medium (2.5 to 4)"), (4, 9, "dark (4 to 6)"))
_SIZES = ((0, 48, "24 to 48 px"), (48, 96, "48 to 96 px"), (96, 192, "96 to 192 px"),
          (192, 1e9, "192 px and more"))  # fmt: skip
_GROUP_DRAWS = 200
"""Draws behind the intervals of groups, of which there are many."""


@cache
def well_shown() -> tuple[int, ...]:
    """Return the action units that the synthetic people show well, by ``well_shown.csv``."""
    text = resources.files("cinefacs.pipeline.exam").joinpath("well_shown.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(int(row["au"]) for row in rows if row["is_counted"] == "yes")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExamClasses:
    """Which of a detector's classes the exam can judge."""

    aus: tuple[tuple[int, int], ...]
    """Column of the readings and column of the truth, of each action unit."""
    emotions: tuple[tuple[int, int], ...]
    """The same of each emotion."""
    not_judged: tuple[str, ...]
    """Classes of the detector that the exam has no truth for."""


def match_classes(class_names: Sequence[str], faces: TrueFaces) -> ExamClasses:
    """Return which of a detector's classes the exam can judge.

    Parameters
    ----------
    class_names
        Of the detector.
    faces
        The truth.

    Raises
    ------
    ConfigError
        None of them, or only some of the emotions.
    """
    of_au = {au_class(au): k for k, au in enumerate(faces.aus)}
    of_emotion = {name: k for k, name in enumerate(faces.emotion_names)}
    aus = [(c, of_au[name]) for c, name in enumerate(class_names) if name in of_au]
    emotions = [(c, of_emotion[name]) for c, name in enumerate(class_names) if name in of_emotion]
    there = {class_names[c] for c, _ in emotions}
    missing = [name for name in EMOTIONS if name not in there]
    if (not aus and not emotions) or (emotions and missing):
        expected = "action units such as AU12, or all seven emotions"
        got = f"{', '.join(class_names)}"
        raise ConfigError(
            f"classes: expected {expected}, got {got}",
            hint="the exam judges detectors of the class spaces emotion, emotion7, au and "
            "emotion+au; their classes must have those names",
        )
    judged = {c for c, _ in (*aus, *emotions)}
    strange = [n for c, n in enumerate(class_names) if c not in judged and n != FACE]
    return ExamClasses(aus=tuple(aus), emotions=tuple(emotions), not_judged=tuple(strange))


def score_visible(study: ExamStudy) -> dict[str, Any]:
    """Return the share of face-frames that count as visible (DECISIONS 7)."""
    faces = study.faces
    share = Score(
        value=float(faces.is_visible.mean()) if len(faces) else None, n=len(faces)
    ).as_document()
    by_condition = {
        name: float(faces.is_visible[mask].mean())
        for facet, name, mask in face_groups(faces, study)
        if facet == "condition"
    }
    return {"share": share, "by_condition": by_condition}


def score_found(
    study: ExamStudy,
    rows: npt.NDArray[np.int64],
    is_found: Bools,
    is_found_by_chance: Bools | None,
    *,
    n_draws: int,
) -> dict[str, Any]:
    """Return the recall of visible faces, over all and by group.

    Parameters
    ----------
    study
        The exam.
    rows : (N,)
        Rows of `ExamStudy.faces` that could have been found.
    is_found, is_found_by_chance : (N,)
        Which were; the second with another picture's boxes, or None.
    n_draws
        Of the bootstrap.
    """
    faces = study.faces.select(rows)

    def recall(mask: Bools, n_draws: int) -> Score:
        own = is_found[mask].astype(np.float64)
        by_chance = None if is_found_by_chance is None else is_found_by_chance[mask]
        chance = float(by_chance.mean()) if by_chance is not None and len(by_chance) else None
        return bootstrap_score(
            lambda weights: float(weights @ own / weights.sum()) if weights.sum() else None,
            faces.person[mask].tolist(),
            chance=chance,
            n_draws=n_draws,
        )

    every = np.ones(len(rows), bool)
    return {
        "recall": recall(every, n_draws).as_document(),
        "wanted": 0.98,
        "groups": [
            {
                "facet": facet,
                "value": name,
                "recall": recall(mask, min(n_draws, _GROUP_DRAWS)).as_document(),
            }
            for facet, name, mask in face_groups(faces, study)
        ],
    }


def score_read(
    study: ExamStudy,
    rows: npt.NDArray[np.int64],
    readings: FaceReadings,
    *,
    n_draws: int,
) -> dict[str, Any]:
    """Return how well action units and emotions were read from faces.

    Parameters
    ----------
    study
        The exam.
    rows : (N,)
        Rows of `ExamStudy.faces` that were shown.
    readings
        What was said of each.
    n_draws
        Of the bootstrap.

    Raises
    ------
    ConfigError
        The detector's classes are not those of the exam.
    """
    faces = study.faces.select(rows)
    classes = match_classes(readings.class_names, faces)
    sheet = _Sheet(faces, readings, classes)
    document: dict[str, Any] = {
        "n_faces": len(rows),
        "n_people": len(np.unique(faces.person)),
        "box_met": bootstrap_score(
            lambda w: float(w @ readings.is_read / w.sum()) if w.sum() else None,
            faces.person.tolist(),
            chance=None,
            n_draws=n_draws,
        ).as_document(),
        "not_judged": list(classes.not_judged),
        "action_units": sheet.action_units(n_draws) if classes.aus else None,
        "emotions": sheet.emotions(n_draws) if classes.emotions else None,
    }
    document["groups"] = [
        {"facet": facet, "value": name, "n_faces": int(mask.sum()),
         "n_people": len(np.unique(faces.person[mask])),
         **sheet.select(mask).in_short(min(n_draws, _GROUP_DRAWS))}
        for facet, name, mask in face_groups(faces, study)
    ]  # fmt: skip
    return document


class _Sheet:
    """Truth and readings of the same faces, as the measures take them."""

    def __init__(self, faces: TrueFaces, readings: FaceReadings, classes: ExamClasses) -> None:
        self._faces, self._readings, self._classes = faces, readings, classes
        self._people = faces.person.tolist()

    def select(self, mask: Bools) -> "_Sheet":
        """Return some of the faces."""
        readings = FaceReadings(
            class_names=self._readings.class_names,
            is_read=self._readings.is_read[mask],
            scores=self._readings.scores[mask],
        )
        return _Sheet(self._faces.select(mask), readings, self._classes)

    def action_units(self, n_draws: int) -> dict[str, Any]:
        """Return the rankings, over all intensities and over weak ones."""
        said, true = (np.array(part) for part in zip(*self._classes.aus, strict=True))
        scores = self._readings.scores[:, said]
        shown, known = self._faces.is_shown[:, true], self._is_known()[:, true]
        names = [au_class(self._faces.aus[k]) for k in true.tolist()]
        weak = known & (~shown | self._is_weak()[:, true])
        rows = rank_action_units(scores, shown, known, names, self._people, n_draws=n_draws)
        weak_rows = rank_action_units(scores, shown, weak, names, self._people, n_draws=0)
        return {
            "mean_auroc": self._mean_auroc(n_draws=n_draws, is_weak=False).as_document(),
            "mean_auroc_weak": self._mean_auroc(n_draws=n_draws, is_weak=True).as_document(),
            "weak_intensities": list(_WEAK),
            "counted": [au_class(au) for au in well_shown()],
            "min_faces": _MIN_POSITIVE,
            "calibration_error": calibration(scores, shown, known).as_document(),
            "per_au": [
                {**row.as_document(), "weak_auroc": weak_row.auroc.value,
                 "n_weak": weak_row.n_positive}
                for row, weak_row in zip(rows, weak_rows, strict=True)
            ],
        }  # fmt: skip

    def _is_known(self) -> Bools:
        """Return of what both truth and detector speak: a face not read is not one without."""
        return self._faces.is_known & self._readings.is_read[:, None]

    def _is_weak(self) -> Bools:
        low, high = _WEAK
        return (self._faces.intensity >= low) & (self._faces.intensity <= high)

    def _mean_auroc(self, *, n_draws: int, is_weak: bool) -> Score:
        counted = [pair for pair in self._classes.aus if self._faces.aus[pair[1]] in well_shown()]
        said = np.array([c for c, _ in counted], np.int64)
        true = np.array([k for _, k in counted], np.int64)
        shown, known = self._faces.is_shown[:, true], self._is_known()[:, true]
        if is_weak:
            known = known & (~shown | self._is_weak()[:, true])
        return mean_ranking(
            self._readings.scores[:, said], shown, known, self._people,
            min_positive=_MIN_POSITIVE, n_draws=n_draws,
        )  # fmt: skip

    def emotions(self, n_draws: int) -> dict[str, Any]:
        """Return how well emotions were told apart, over all and where they are weak."""
        scores, held, is_known, names = self._emotion_parts()
        people = self._faces.person
        every = score_emotions(
            scores[is_known], held[is_known], self._readings.is_read[is_known], names,
            people[is_known].tolist(), n_draws=n_draws,
        )  # fmt: skip
        strength = np.where(self._faces.is_shown, self._faces.intensity, 0).max(axis=1, initial=0)
        weak = is_known & (strength >= _WEAK[0]) & (strength <= _WEAK[1])
        weak &= ~self._faces.is_held[:, -1]  # neutral has no strength
        known = np.repeat((is_known & self._readings.is_read)[:, None], len(names), axis=1)
        document = {
            **every.as_document(),
            "n_unknown": int((~is_known).sum()),
            "calibration_error": calibration(scores, held, known).as_document(),
            "weak": None,
        }
        if weak.any():
            weak_scores = score_emotions(
                scores[weak], held[weak], self._readings.is_read[weak], names,
                people[weak].tolist(), n_draws=n_draws,
            )  # fmt: skip
            document["weak"] = {
                "intensities": list(_WEAK),
                "map50": weak_scores.map50.as_document(),
                "accuracy": weak_scores.accuracy.as_document(),
            }
        return document

    def _emotion_parts(self) -> tuple[npt.NDArray[np.float32], Bools, Bools, list[str]]:
        said = [c for c, _ in self._classes.emotions]
        true = [k for _, k in self._classes.emotions]
        held = self._faces.is_held[:, true]
        is_known = self._faces.is_emotion_known & held.any(axis=1)  # a class that it can say
        names = [self._faces.emotion_names[k] for k in true]
        return self._readings.scores[:, said], held, is_known, names

    def in_short(self, n_draws: int) -> dict[str, Any]:
        """Return the two numbers that groups are compared by."""
        document: dict[str, Any] = {"mean_auroc": None, "accuracy": None}
        if self._classes.aus:
            auroc = self._mean_auroc(n_draws=n_draws, is_weak=False)
            document["mean_auroc"] = auroc.as_document()
        if self._classes.emotions:
            scores, held, known, names = self._emotion_parts()
            if known.any():
                document["accuracy"] = score_emotions(
                    scores[known], held[known], self._readings.is_read[known], names,
                    self._faces.person[known].tolist(), n_draws=n_draws,
                ).accuracy.as_document()  # fmt: skip
        return document


def face_groups(faces: TrueFaces, study: ExamStudy) -> Iterator[tuple[str, str, Bools]]:
    """Yield facet, value and mask of each group of faces that has any."""
    facts = [study.people.get(int(person)) for person in faces.person]
    is_known = np.array([fact is not None for fact in facts], bool)
    age = np.array([fact.age_years if fact else np.nan for fact in facts])
    tone = np.array([fact.skin_tone if fact else np.nan for fact in facts])
    is_male = np.array([bool(fact and fact.is_male) for fact in facts], bool)
    groups: list[tuple[str, str, Bools]] = []
    for facet, values, bands in (
        ("age", age, _AGES), ("skin tone", tone, _TONES), ("face height", faces.face_px, _SIZES)
    ):  # fmt: skip
        groups += [(facet, name, (values >= low) & (values < high)) for low, high, name in bands]
    groups += [("gender", "female", is_known & ~is_male), ("gender", "male", is_male)]
    words = [set(text.split()) for text in faces.conditions.tolist()]
    names = sorted(set().union(*words)) if words else []
    groups.append(("condition", "none", np.array([not own for own in words], bool)))
    groups += [
        ("condition", name, np.array([name in own for own in words], bool)) for name in names
    ]
    yield from (group for group in groups if group[2].any())
