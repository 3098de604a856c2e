"""How well expressions are recognised: the measures of the MEGC challenges and of CD6ME.

References
----------
J. See, M. H. Yap, J. Li, X. Hong, S.-J. Wang, "MEGC 2019: The Second Facial Micro-Expressions
Grand Challenge", FG 2019: unweighted F1 and unweighted average recall over pooled folds, three
classes.
T. Varanka, Y. Li, W. Peng, G. Zhao, "Data Leakage and Evaluation Issues in Micro-Expression
Analysis", IEEE Transactions on Affective Computing, 2023: CD6ME, one data set left out at a time,
twelve action units.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError

__all__ = [
    "CD6ME_AUS",
    "FIVE_CLASSES",
    "AuScores",
    "RecognitionScores",
    "score_action_units",
    "score_left_out",
    "score_recognition",
    "to_five_classes",
    "to_three_classes",
]

CD6ME_AUS: Final = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17)
"""Action units that CD6ME scores."""

FIVE_CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "casme2": ("happiness", "disgust", "repression", "surprise", "others"),
    "samm": ("anger", "contempt", "happiness", "surprise", "others"),
}
"""The five classes that are usual for CASME II and for SAMM; other emotions are left out."""

_THREE: Final = {
    "anger": "negative",
    "contempt": "negative",
    "disgust": "negative",
    "fear": "negative",
    "negative": "negative",
    "repression": "negative",
    "sadness": "negative",
    "happiness": "positive",
    "positive": "positive",
    "surprise": "surprise",
}
_SYNONYMS: Final = {"other": "others"}


def to_three_classes(emotion: str) -> str | None:
    """Return ``negative``, ``positive`` or ``surprise``; None where the emotion is left out.

    Parameters
    ----------
    emotion
        In any case; ``others`` and unknown words are left out, as in MEGC 2019.
    """
    return _THREE.get(emotion.strip().casefold())


def to_five_classes(emotion: str, dataset: str) -> str | None:
    """Return one of the data set's five classes; None where the emotion is left out.

    Parameters
    ----------
    emotion
        In any case.
    dataset
        ``casme2`` or ``samm``.

    Raises
    ------
    SchemaError
        No five classes are usual for the data set.
    """
    if dataset not in FIVE_CLASSES:
        raise SchemaError(f"data set: expected one of {sorted(FIVE_CLASSES)}, got {dataset!r}")
    word = emotion.strip().casefold()
    word = _SYNONYMS.get(word, word)
    return word if word in FIVE_CLASSES[dataset] else None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecognitionScores:
    """Scores over the pooled predictions of all folds."""

    uf1: float
    """Unweighted F1, 0 to 1: the mean over classes of ``2TP / (2TP + FP + FN)``."""
    uar: float
    """Unweighted average recall, 0 to 1: the mean over classes of ``TP / (TP + FN)``."""
    accuracy: float
    """Share of right answers, 0 to 1."""
    f1: Mapping[str, float]
    """F1 of each class that counts."""
    recall: Mapping[str, float]
    """Recall of each class that counts."""
    confusion: npt.NDArray[np.int64]
    """(K, K) samples by true class (rows) and answer (columns), in the order of the classes."""
    absent: tuple[str, ...]
    """Classes that no sample has: they count for nothing, unless ``absent_counts_zero``."""


def score_recognition(
    truth: Sequence[str],
    answers: Sequence[str],
    classes: Sequence[str],
    *,
    absent_counts_zero: bool = False,
) -> RecognitionScores:
    """Return the scores of the answers of all folds together.

    Folds are pooled before, never averaged after: a subject with one class would else count as
    much as one with all.

    Parameters
    ----------
    truth, answers : (N,) names of `classes`, N at least 1
    classes : (K,) each once
    absent_counts_zero
        Give a class that no sample has F1 and recall 0, as many scripts do, instead of leaving
        it out of the means.

    Raises
    ------
    SchemaError
        Lengths differ, nothing is there, or a name is none of the classes.
    """
    names = list(classes)
    if len(truth) != len(answers) or not len(truth):
        raise SchemaError(
            f"recognition: expected as many answers as samples, at least one, got {len(answers)} "
            f"for {len(truth)}"
        )
    position = {name: index for index, name in enumerate(names)}
    strange = sorted({*truth, *answers} - set(position))
    if strange:
        raise SchemaError(f"recognition: expected one of {names}, got {strange[0]!r}")
    confusion = np.zeros((len(names), len(names)), np.int64)
    rows = [position[name] for name in truth]
    columns = [position[name] for name in answers]
    np.add.at(confusion, (rows, columns), 1)
    right, n_true, n_said = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    f1 = _ratio(2 * right, n_true + n_said)
    recall = _ratio(right, n_true)
    is_there = n_true > 0
    counts = np.ones_like(is_there) if absent_counts_zero else is_there
    return RecognitionScores(
        uf1=float(f1[counts].mean()),
        uar=float(recall[counts].mean()),
        accuracy=float(right.sum() / len(truth)),
        f1={name: float(f1[k]) for k, name in enumerate(names) if counts[k]},
        recall={name: float(recall[k]) for k, name in enumerate(names) if counts[k]},
        confusion=confusion,
        absent=tuple(name for k, name in enumerate(names) if not is_there[k]),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class AuScores:
    """F1 of each action unit, and their means."""

    f1_present: Mapping[str, float]
    """F1 of "it is there" by action unit, 0 to 1."""
    f1_both: Mapping[str, float]
    """Mean of that and of F1 of "it is not there", by action unit."""
    absent: tuple[str, ...]
    """Action units that no sample shows; they are left out of both means."""

    @property
    def mean_f1_present(self) -> float:
        """Mean over action units."""
        return _mean(list(self.f1_present.values()))

    @property
    def mean_f1_both(self) -> float:
        """Mean over action units."""
        return _mean(list(self.f1_both.values()))


def score_action_units(
    truth: npt.NDArray[np.bool_], answers: npt.NDArray[np.bool_], names: Sequence[str]
) -> AuScores:
    """Return the F1 scores of each action unit.

    Parameters
    ----------
    truth, answers : (N, K) bool
    names : (K,)

    Raises
    ------
    SchemaError
        Shapes differ.
    """
    if truth.shape != answers.shape or truth.ndim != 2 or truth.shape[1] != len(names):
        raise SchemaError(
            f"action units: expected truth and answers of shape (N, {len(names)}), "
            f"got {truth.shape} and {answers.shape}"
        )
    said, held = answers.astype(bool), truth.astype(bool)
    present = _ratio(2 * (said & held).sum(axis=0), said.sum(axis=0) + held.sum(axis=0))
    none = _ratio(2 * (~said & ~held).sum(axis=0), (~said).sum(axis=0) + (~held).sum(axis=0))
    is_there = np.asarray(held.any(axis=0), np.bool_).reshape(-1)
    return AuScores(
        f1_present={str(name): float(present[k]) for k, name in enumerate(names) if is_there[k]},
        f1_both={
            str(name): float((present[k] + none[k]) / 2)
            for k, name in enumerate(names)
            if is_there[k]
        },
        absent=tuple(str(name) for k, name in enumerate(names) if not is_there[k]),
    )


def score_left_out(
    truth: npt.NDArray[np.bool_],
    answers: npt.NDArray[np.bool_],
    names: Sequence[str],
    left_out: Sequence[Hashable],
) -> dict[str, AuScores]:
    """Return the scores on each data set, predicted by a detector that has learned the others.

    Parameters
    ----------
    truth, answers : (N, K) bool
    names : (K,)
    left_out : (N,) data set of each sample

    Raises
    ------
    SchemaError
        Shapes differ, or there are fewer than two data sets.
    """
    if len(left_out) != len(truth):
        raise SchemaError(f"left_out: expected {len(truth)} names, got {len(left_out)}")
    groups = sorted({str(name) for name in left_out})
    if len(groups) < 2:
        raise SchemaError(f"left_out: expected at least two data sets, got {groups}")
    of = np.array([str(name) for name in left_out])
    return {
        group: score_action_units(truth[of == group], answers[of == group], names)
        for group in groups
    }


def _ratio(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return a share; 0 where there is nothing to share."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
