"""How well the faces of an exam were read: action units by ranking, emotions by class."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.metrics.faces_and_labels import expected_calibration_error
from cinefacs.metrics.ranking import Ranking
from cinefacs.metrics.score import Score, bootstrap_score

__all__ = [
    "ActionUnitScores",
    "EmotionScores",
    "calibration",
    "mean_ranking",
    "rank_action_units",
    "score_emotions",
]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

_RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionUnitScores:
    """How well the faces are ranked by the score of one action unit."""

    name: str
    """Such as ``AU12``."""
    auroc: Score
    """Over all faces of which it is known; chance 0.5."""
    n_positive: int
    """Faces that show it."""
    n_negative: int
    """Faces that do not."""

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "name": self.name,
            "auroc": self.auroc.as_document(),
            "n_positive": self.n_positive,
            "n_negative": self.n_negative,
        }


def rank_action_units(
    scores: Floats,
    is_shown: Bools,
    is_known: Bools,
    names: Sequence[str],
    groups: Sequence[Hashable],
    *,
    n_draws: int = 400,
) -> tuple[ActionUnitScores, ...]:
    """Return the area under the ROC curve of each action unit.

    Parameters
    ----------
    scores, is_shown, is_known : (N, K)
        Of each face and action unit: the detector's score, whether the face shows it, and
        whether that is known.
    names : (K,)
    groups : (N,)
        Person of each face.
    n_draws
        Of the bootstrap; 0 for no interval.

    Raises
    ------
    SchemaError
        Shapes differ.
    """
    _check_shapes(scores, is_shown, is_known, n=len(groups), k=len(names))
    rows = []
    for c, name in enumerate(names):
        known = np.flatnonzero(is_known[:, c])
        ranking = Ranking(scores[known, c], is_shown[known, c])
        n_positive = int(is_shown[known, c].sum())
        rows.append(
            ActionUnitScores(
                name=name,
                auroc=bootstrap_score(
                    ranking.auroc,
                    [groups[row] for row in known.tolist()],
                    chance=0.5,
                    n_draws=n_draws,
                ),
                n_positive=n_positive,
                n_negative=len(known) - n_positive,
            )
        )
    return tuple(rows)


def mean_ranking(
    scores: Floats,
    is_shown: Bools,
    is_known: Bools,
    groups: Sequence[Hashable],
    *,
    min_positive: int = 5,
    n_draws: int = 400,
) -> Score:
    """Return the mean AUROC of those action units that at least some faces show and some do not.

    Parameters
    ----------
    scores, is_shown, is_known, groups, n_draws
        As in `rank_action_units`, of the action units that count.
    min_positive
        Least number of faces with, and of faces without, for an action unit to count.

    Returns
    -------
    Score
        Chance 0.5; `Score.n` is the number of action units that counted.

    Raises
    ------
    SchemaError
        Shapes differ.
    """
    _check_shapes(scores, is_shown, is_known, n=len(groups), k=scores.shape[1])
    parts = []
    for c in range(scores.shape[1]):
        known = np.flatnonzero(is_known[:, c])
        n_positive = int(is_shown[known, c].sum())
        if min(n_positive, len(known) - n_positive) >= min_positive:
            parts.append((known, Ranking(scores[known, c], is_shown[known, c])))

    def mean(weights: npt.NDArray[np.float64]) -> float | None:
        areas = [ranking.auroc(weights[known]) for known, ranking in parts]
        there = [area for area in areas if area is not None]
        return float(np.mean(there)) if there else None

    return bootstrap_score(mean, groups, chance=0.5, n=len(parts), n_draws=n_draws)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EmotionScores:
    """How well emotions were told from each other."""

    names: tuple[str, ...]
    """(K,) classes, in the order of the confusion."""
    map50: Score
    """Mean average precision over classes, box overlap 0.5; chance: the mean share of a class."""
    ap50: dict[str, Score]
    """By class that occurs."""
    accuracy: Score
    """Best-scored class, among faces that were found; chance 1 / K."""
    accuracy_all: Score
    """The same with faces that were not found counted as wrong."""
    majority: float | None
    """Accuracy of always saying the most frequent class."""
    recall: dict[str, Score]
    """Share of each class's faces that were called so, among those found; chance 1 / K."""
    confusion: npt.NDArray[np.int64]
    """(K, K) found faces by true (rows) and best-scored class."""

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "names": list(self.names),
            "map50": self.map50.as_document(),
            "ap50": {name: score.as_document() for name, score in self.ap50.items()},
            "accuracy": self.accuracy.as_document(),
            "accuracy_all": self.accuracy_all.as_document(),
            "majority": self.majority,
            "recall": {name: score.as_document() for name, score in self.recall.items()},
            "confusion": self.confusion.tolist(),
        }


def score_emotions(
    scores: Floats,
    is_held: Bools,
    is_found: Bools,
    names: Sequence[str],
    groups: Sequence[Hashable],
    *,
    n_draws: int = 400,
) -> EmotionScores:
    """Return the scores of the classes of which a face has one.

    Parameters
    ----------
    scores, is_held : (N, K)
        Of each face whose emotion is known: the detector's scores, and its one class.
    is_found : (N,)
        Whether the detector's box overlaps the face by at least half.
    names : (K,)
    groups : (N,)
        Person of each face.
    n_draws
        Of the bootstrap; 0 for no interval.

    Raises
    ------
    SchemaError
        Shapes differ, or a face has not one class.
    """
    _check_shapes(scores, is_held, is_held, n=len(groups), k=len(names))
    if not (is_held.sum(axis=1) == 1).all():
        raise SchemaError("emotions: expected one class a face, got none or several")
    k = len(names)
    truth, said = is_held.argmax(axis=1), scores.argmax(axis=1)
    is_right = is_found & (truth == said)
    confusion = np.zeros((k, k), np.int64)
    np.add.at(confusion, (truth[is_found], said[is_found]), 1)
    occurs = [c for c in range(k) if is_held[:, c].any()]
    precision = _Precision(scores, is_held & is_found[:, None], is_held)
    chance = [float(is_held[:, c].mean()) for c in occurs]

    def share(of: Bools) -> Score:
        def right_of(weights: npt.NDArray[np.float64]) -> float | None:
            whole = weights[of].sum()
            return float(weights[of & is_right].sum() / whole) if whole else None

        return bootstrap_score(right_of, groups, chance=1 / k, n=int(of.sum()), n_draws=n_draws)

    return EmotionScores(
        names=tuple(names),
        map50=bootstrap_score(
            lambda weights: precision.mean(occurs, weights),
            groups,
            chance=float(np.mean(chance)) if chance else None,
            n_draws=n_draws,
        ),
        ap50={
            names[c]: bootstrap_score(
                lambda weights, c=c: precision.of(c, weights),  # type: ignore[misc]
                groups,
                chance=prevalence,
                n=int(is_held[:, c].sum()),
                n_draws=n_draws,
            )
            for c, prevalence in zip(occurs, chance, strict=True)
        },
        accuracy=share(is_found),
        accuracy_all=share(np.ones(len(groups), bool)),
        majority=float(is_held.mean(axis=0).max()) if len(groups) else None,
        recall={names[c]: share(is_found & is_held[:, c]) for c in occurs},
        confusion=confusion,
    )


def calibration(
    scores: Floats, is_held: Bools, is_known: Bools, *, floor: float = 0.05, seed: int = 0
) -> Score:
    """Return the expected calibration error of statements about faces, beside a shuffled truth.

    Parameters
    ----------
    scores, is_held, is_known : (N, K)
        Statements, their truth, and whether that is known.
    floor
        Least score of a statement that counts: thousands near 0 would drown the rest.
    seed
        Of the shuffle by which chance is found: the same scores, said of other faces.

    Returns
    -------
    Score
        The lower, the better.
    """
    counts = is_known & (scores >= floor)
    value = expected_calibration_error(scores[counts], is_held[counts])
    order = np.random.default_rng(seed).permutation(len(scores))
    mixed, known = is_held[order], is_known[order] & (scores >= floor)
    chance = expected_calibration_error(scores[known], mixed[known])
    return Score(value=value, chance=chance, n=int(counts.sum()))


class _Precision:
    """Average precision of each class where every face has at most one box; weights may change.

    COCO's rule, but equal scores are one threshold: who says the same of every face reaches the
    share of the class, whatever the order of the faces.
    """

    def __init__(self, scores: Floats, is_right: Bools, is_held: Bools) -> None:
        self._place = [np.unique(-scores[:, c], return_inverse=True)[1].reshape(-1)
                       for c in range(scores.shape[1])]  # fmt: skip
        self._is_right, self._is_held = is_right, is_held

    def of(self, c: int, weights: npt.NDArray[np.float64]) -> float | None:
        """Return the average precision of one class; None where it does not occur."""
        n_true = weights[self._is_held[:, c]].sum()
        if not n_true:
            return None
        found = np.cumsum(np.bincount(self._place[c], weights))
        right = np.cumsum(np.bincount(self._place[c], weights * self._is_right[:, c]))
        found, right = found[found > 0], right[found > 0]
        envelope = np.maximum.accumulate((right / found)[::-1])[::-1]
        place = np.searchsorted(right / n_true, _RECALLS, side="left")
        return float(np.append(envelope, 0.0)[place].mean())

    def mean(self, classes: Sequence[int], weights: npt.NDArray[np.float64]) -> float | None:
        """Return the mean over classes."""
        values = [self.of(c, weights) for c in classes]
        there = [value for value in values if value is not None]
        return float(np.mean(there)) if there else None


def _check_shapes(scores: Floats, held: Bools, known: Bools, *, n: int, k: int) -> None:
    shapes = {scores.shape, held.shape, known.shape}
    if shapes != {(n, k)}:
        raise SchemaError(f"faces: expected scores and truth of shape ({n}, {k}), got {shapes}")
