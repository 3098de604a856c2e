"""What rows and single answers come to: means, intervals, paired comparisons.

Pairs are made of equal repeats: the same division, the same seed, the same faces. What is resampled
are people (or films), never faces.
"""

import dataclasses
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from cinefacs.experiments.store import Answers
from cinefacs.metrics.chance import blind_average_precision
from cinefacs.metrics.paired import bootstrap_share, compare_paired, holm
from cinefacs.metrics.precision_recall import weighted_average_precision
from cinefacs.records.experiment import BoxAnswer, CellState, ExperimentRow, FaceAnswer

__all__ = [
    "SEED",
    "Arm",
    "ArmSummary",
    "Comparison",
    "Difference",
    "MeanSpread",
    "cluster_of",
    "compare_arms",
    "compare_conditions",
    "correct",
    "find_difference",
    "summarise_arms",
]

D = TypeVar("D", bound="Difference")
ReadAnswers = Callable[[ExperimentRow], Answers]
SEED = 20_260_101
"""Of every draw, so that equal answers give equal intervals."""
_MOST_MAP_RESAMPLES = 500
"""Draws of the interval of mAP, each of which ranks every box anew."""
MEASURES = (
    "accuracy",
    "accuracy_all",
    "map50",
    "map50_95",
    "precision",
    "recall",
    "f1",
    "macro_f1",
    "threshold",
)


@dataclass(frozen=True, order=True)
class Arm:
    """What is compared."""

    table: str
    """Table of the experiment."""
    protocol: str
    """Division."""
    network: str
    """Network."""
    condition: str = ""
    """Hard condition."""
    strength: float = 0.0
    """Of it."""

    @classmethod
    def of(cls, row: ExperimentRow) -> "Arm":
        """Return the arm that a row belongs to."""
        return cls(row.table, row.protocol, row.network, row.condition, row.strength)


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanSpread:
    """Mean and standard deviation over repeats."""

    mean: float
    """Mean."""
    deviation: float | None
    """Standard deviation with n - 1; None of one value."""
    values: tuple[float, ...]
    """By repeat."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArmSummary:
    """One arm over its repeats."""

    arm: Arm
    """Which."""
    rows: tuple[ExperimentRow, ...]
    """Its rows, by repeat."""
    measures: dict[str, MeanSpread]
    """By the names of `ExperimentRow`; without those that no row has."""
    accuracy_interval: tuple[float, float] | None
    """Of the accuracy over all faces: 95 %, people resampled, repeats pooled."""
    map50_interval: tuple[float, float] | None
    """Of mAP50, the same way."""
    chance: float | None
    """What the better of two blind answers reaches in each repeat, a random class or the most
    frequent one; repeats pooled, as in the interval."""
    map50_chance: float | None
    """mAP50 of perfect boxes with random classes, on the same faces."""

    @property
    def n_done(self) -> int:
        """Return the number of repeats that were run."""
        return sum(1 for row in self.rows if row.state is CellState.DONE)

    @property
    def has_left_chance(self) -> bool | None:
        """Whether the interval of the accuracy lies above chance; None where it is not known."""
        if self.accuracy_interval is None or self.chance is None:
            return None
        return self.accuracy_interval[0] > self.chance


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """How much better some trainings read the same faces than others."""

    difference: float
    """Of the accuracy over all faces."""
    by_repeat: tuple[float, ...]
    """The same in each repeat: how far trainings agree is what people cannot tell."""
    low: float
    """Of its 95 % interval, people resampled."""
    high: float
    """Of its 95 % interval."""
    effect_size: float | None
    """Cohen's d_z over people."""
    p_value: float
    """Of the sign-flip test over people."""
    p_corrected: float
    """By Holm over all differences of the same kind in the table."""
    map50_difference: float
    """Of mAP50, mean over repeats."""
    n_clusters: int
    """People, or films, that were resampled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison(Difference):
    """One arm against another of its table."""

    arm: Arm
    """Which."""
    reference: Arm
    """Against which."""


def summarise_arms(
    rows: Iterable[ExperimentRow], read: ReadAnswers, *, cluster: str, n_resamples: int
) -> list[ArmSummary]:
    """Return each arm over its repeats, in the order of the rows.

    Parameters
    ----------
    rows
        Of one experiment.
    read
        Returns the answers of a row that was run.
    cluster
        ``character`` or ``film``.
    n_resamples
        Draws of a bootstrap.
    """
    grouped: dict[Arm, list[ExperimentRow]] = {}
    for row in rows:
        grouped.setdefault(Arm.of(row), []).append(row)
    return [
        _summarise(arm, tuple(own), read, cluster=cluster, n_resamples=n_resamples)
        for arm, own in grouped.items()
    ]


def _summarise(
    arm: Arm, rows: tuple[ExperimentRow, ...], read: ReadAnswers, *, cluster: str, n_resamples: int
) -> ArmSummary:
    done = [row for row in rows if row.state is CellState.DONE]
    measures = {}
    for name in MEASURES:
        values = [value for row in done if (value := getattr(row, name)) is not None]
        if values:
            measures[name] = _spread(values)
    answers = [read(row) for row in done]
    blind_map = [
        blind_average_precision([face.true_class for face in each.faces], seed=SEED)
        for each in answers
        if each.faces
    ]
    right = [face.is_right for each in answers for face in each.faces]
    names = [cluster_of(face, cluster) for each in answers for face in each.faces]
    return ArmSummary(
        arm=arm,
        rows=rows,
        measures=measures,
        accuracy_interval=bootstrap_share(right, names, seed=SEED, n_resamples=n_resamples)
        if right
        else None,
        map50_interval=_map50_interval(answers, cluster, min(n_resamples, _MOST_MAP_RESAMPLES)),
        chance=_blind_accuracy(done),
        map50_chance=statistics.fmean(blind_map) if blind_map else None,
    )


def _blind_accuracy(rows: Sequence[ExperimentRow]) -> float | None:
    """Return what the better blind answer of each repeat comes to over the faces of all."""
    n_right = n_faces = 0.0
    for row in rows:
        if row.chance is not None and row.majority is not None and row.n_faces is not None:
            n_right += max(row.chance, row.majority) * row.n_faces
            n_faces += row.n_faces
    return n_right / n_faces if n_faces else None


def _spread(values: Sequence[float]) -> MeanSpread:
    return MeanSpread(
        mean=statistics.fmean(values),
        deviation=statistics.stdev(values) if len(values) > 1 else None,
        values=tuple(values),
    )


def cluster_of(face: FaceAnswer, cluster: str) -> str:
    """Return whom, or which film, a face belongs to.

    Parameters
    ----------
    face
        Of a test part.
    cluster
        ``character`` or ``film``.
    """
    return face.subject if cluster == "character" else face.film


def _map50_interval(
    answers: Sequence[Answers], cluster: str, n_resamples: int
) -> tuple[float, float] | None:
    """Return the 95 % interval of the mean over repeats of mAP50, people resampled.

    Whoever stands in several repeats is drawn for all of them at once.
    """
    if not answers or not n_resamples:
        return None
    names = sorted({cluster_of(face, cluster) for each in answers for face in each.faces})
    if len(names) < 2:
        return None
    rankings = [_Ranking(each, names, cluster) for each in answers]
    rng = np.random.default_rng(SEED)
    n = len(names)
    means = []
    for weights in rng.multinomial(n, np.full(n, 1 / n), size=n_resamples):
        values = [value for each in rankings if (value := each.map50(weights)) is not None]
        if values:
            means.append(statistics.fmean(values))
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


class _Ranking:
    """The judged boxes of one measurement, ready to be ranked with weights."""

    def __init__(self, answers: Answers, names: Sequence[str], cluster: str) -> None:
        place = {name: k for k, name in enumerate(names)}
        people = [place[cluster_of(face, cluster)] for face in answers.faces]
        self._true: dict[str, npt.NDArray[np.int64]] = {}
        for face, person in zip(answers.faces, people, strict=True):
            counts = self._true.setdefault(face.true_class, np.zeros(len(names), np.int64))
            counts[person] += 1
        self._found = {name: _ranked(answers.boxes, name, people) for name in self._true}

    def map50(self, weights: npt.NDArray[np.int64]) -> float | None:
        """Return mAP50 with each person counted so many times; None of nobody."""
        values = []
        with_nobody = np.append(weights, 1)  # boxes in pictures without faces are always there
        for name, true in self._true.items():
            n_true = int(true @ weights)
            if n_true:
                is_right, owner = self._found[name]
                values.append(weighted_average_precision(is_right, with_nobody[owner], n_true))
        return statistics.fmean(values) if values else None


def _ranked(
    boxes: Iterable[BoxAnswer], name: str, people: Sequence[int]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return of the boxes of a class, best first, whether they are right and whose they are."""
    own = sorted((box for box in boxes if box.found_class == name), key=lambda box: -box.score)
    owners = [-1 if box.face_index is None else people[box.face_index] for box in own]
    return np.array([box.is_right for box in own], bool), np.array(owners, np.int64)


def compare_arms(
    summaries: Sequence[ArmSummary], read: ReadAnswers, *, cluster: str, n_resamples: int
) -> list[Comparison]:
    """Return each arm against the first one of the same table, division and condition.

    Parameters
    ----------
    summaries
        As `summarise_arms` gives them.
    read, cluster, n_resamples
        As for `summarise_arms`.

    Returns
    -------
    list of Comparison
        None of arms without a common repeat, or with one person only.
    """
    groups: dict[tuple[object, ...], list[ArmSummary]] = {}
    for summary in summaries:
        arm = summary.arm
        key = (arm.table, arm.protocol, arm.condition, arm.strength)
        groups.setdefault(key, []).append(summary)
    return _compare_groups(groups.values(), read, cluster, n_resamples)


def compare_conditions(
    summaries: Sequence[ArmSummary], read: ReadAnswers, *, cluster: str, n_resamples: int
) -> list[Comparison]:
    """Return each network under each hard condition against itself on the plain set.

    Parameters
    ----------
    summaries, read, cluster, n_resamples
        As for `compare_arms`; of each network the plain set comes first.
    """
    groups: dict[tuple[object, ...], list[ArmSummary]] = {}
    for summary in summaries:
        arm = summary.arm
        if arm.condition:
            groups.setdefault((arm.table, arm.protocol, arm.network), []).append(summary)
    return _compare_groups(groups.values(), read, cluster, n_resamples)


def _compare_groups(
    groups: Iterable[list[ArmSummary]], read: ReadAnswers, cluster: str, n_resamples: int
) -> list[Comparison]:
    """Return the others of each group against its first, corrected over all of a table."""
    made = [
        _compare(other, first, read, cluster, n_resamples)
        for first, *others in groups
        for other in others
    ]
    by_table: dict[str, list[Comparison]] = {}
    for each in made:
        if each is not None:
            by_table.setdefault(each.arm.table, []).append(each)
    return [each for own in by_table.values() for each in correct(own)]


def correct(found: Sequence[D]) -> list[D]:
    """Return differences with p corrected over all of them.

    Parameters
    ----------
    found
        One family.
    """
    corrected = holm([each.p_value for each in found])
    return [
        dataclasses.replace(each, p_corrected=value)
        for each, value in zip(found, corrected, strict=True)
    ]


def _compare(
    other: ArmSummary, first: ArmSummary, read: ReadAnswers, cluster: str, n_resamples: int
) -> Comparison | None:
    done = {row.repeat: row for row in first.rows if row.state is CellState.DONE}
    pairs = [
        (row, done[row.repeat])
        for row in other.rows
        if row.state is CellState.DONE and row.repeat in done
    ]
    found = find_difference(
        [([row], [reference]) for row, reference in pairs], read,
        cluster=cluster, n_resamples=n_resamples,
    )  # fmt: skip
    if found is None:
        return None
    return Comparison(arm=other.arm, reference=first.arm, **dataclasses.asdict(found))


def find_difference(
    repeats: Sequence[tuple[Sequence[ExperimentRow], Sequence[ExperimentRow]]],
    read: ReadAnswers,
    *,
    cluster: str,
    n_resamples: int,
) -> Difference | None:
    """Return how much better some rows are than as many others, face by face.

    Parameters
    ----------
    repeats
        For each repeat the ones and the others, all measured on the same faces.
    read, cluster, n_resamples
        As for `summarise_arms`.

    Returns
    -------
    Difference or None
        Not corrected yet. None without a repeat, of one person only, or of different faces.
    """
    left: list[bool] = []
    right: list[bool] = []
    people: list[str] = []
    by_repeat, map50s = [], []
    for ones, others in repeats:
        ours = [face for row in ones for face in read(row).faces]
        theirs = [face for row in others for face in read(row).faces]
        if not ours or [f.sample_id for f in ours] != [f.sample_id for f in theirs]:
            return None  # measured on other faces: no pair
        left += [face.is_right for face in ours]
        right += [face.is_right for face in theirs]
        people += [cluster_of(face, cluster) for face in ours]
        n_more = sum(f.is_right for f in ours) - sum(f.is_right for f in theirs)
        by_repeat.append(n_more / len(ours))
        map50s.append(_mean_map50(ones) - _mean_map50(others))
    paired = compare_paired(left, right, people, seed=SEED, n_resamples=n_resamples)
    if paired is None:
        return None
    return Difference(
        difference=paired.difference,
        by_repeat=tuple(by_repeat),
        low=paired.low,
        high=paired.high,
        effect_size=paired.effect_size,
        p_value=paired.p_value,
        p_corrected=paired.p_value,
        map50_difference=statistics.fmean(map50s),
        n_clusters=paired.n_clusters,
    )


def _mean_map50(rows: Sequence[ExperimentRow]) -> float:
    return statistics.fmean(row.map50 for row in rows if row.map50 is not None)
