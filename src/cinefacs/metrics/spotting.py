"""How well expressions are spotted in long films, and recognised where they were spotted.

References
----------
J. Li, S. Soladie, R. Seguier, S.-J. Wang, M. H. Yap, "Spotting Micro-Expressions on Long Videos
Sequences", FG 2019 (MEGC 2019): a found interval is right if its IoU with a true one is at least
0.5; F1 over all films.
A. K. Davison et al., "MEGC 2022: ACM Multimedia 2022 Micro-Expression Grand Challenge", 2022, and
later rounds: spot-then-recognise score, STRS = F1 of spotting x F1 of the analysis.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cinefacs.errors import SchemaError
from cinefacs.metrics.detection import MatchScores
from cinefacs.metrics.recognition import score_recognition

__all__ = [
    "FrameInterval",
    "SpottingMode",
    "StrsScores",
    "interval_iou",
    "largest_matching",
    "match_intervals",
    "score_spotting",
    "score_strs",
]

_WORD_FOR_NONE = ""


class SpottingMode(StrEnum):
    """How matches are counted."""

    STRICT = "strict"
    """One to one, every film counts, and a wrong answer is wrong for both classes."""
    COMPATIBLE = "compatible"
    """As a widely copied script counts: subjects without a found interval are skipped, one found
    interval may match several true ones, and mean precision is called UAR. To compare with
    published figures only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameInterval:
    """One expression, true or found."""

    subject: str
    """Whose it is."""
    film: str
    """Film that it lies in; intervals of different films never match."""
    onset: int
    """First frame."""
    offset: int
    """Last frame, included: the data sets count so."""
    emotion: str = _WORD_FOR_NONE
    """What it expresses, true or answered; empty where it was not asked."""

    def __post_init__(self) -> None:
        """Check the order of the ends."""
        if self.offset < self.onset:
            raise SchemaError(
                f"FrameInterval.offset: expected a frame from onset {self.onset} on, "
                f"got {self.offset}"
            )


def interval_iou(a: FrameInterval, b: FrameInterval) -> float:
    """Return the overlap of two intervals in frames: shared over covered, 0 to 1.

    Both ends belong to an interval, so one from 10 to 19 has ten frames.
    """
    if (a.subject, a.film) != (b.subject, b.film):
        return 0.0
    shared = min(a.offset, b.offset) - max(a.onset, b.onset) + 1
    if shared <= 0:
        return 0.0
    covered = (a.offset - a.onset + 1) + (b.offset - b.onset + 1) - shared
    return shared / covered


def match_intervals(
    truth: Sequence[FrameInterval], found: Sequence[FrameInterval], *, min_iou: float = 0.5
) -> list[tuple[int, int]]:
    """Return as many pairs of a true and a found interval as there can be, each once.

    Pairs are augmented along alternating paths (Kuhn's algorithm), so that no choice of a pair
    costs another: the result does not depend on any order but for equal numbers of pairs.

    Parameters
    ----------
    truth, found
        Of any films.
    min_iou
        Least overlap of a pair, above 0, at most 1.

    Returns
    -------
    list of (position in `truth`, position in `found`), ascending

    Raises
    ------
    SchemaError
        `min_iou` is out of range.
    """
    _check_iou(min_iou)
    by_film: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, interval in enumerate(found):
        by_film[interval.subject, interval.film].append(index)
    options = []
    for interval in truth:
        near = [(interval_iou(interval, found[k]), k)
                for k in by_film[interval.subject, interval.film]]  # fmt: skip
        options.append(
            [k for iou, k in sorted(near, key=lambda e: (-e[0], e[1])) if iou >= min_iou]
        )
    return largest_matching(options)


def largest_matching(options: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return as many pairs as there can be, each row and each choice once (Kuhn's algorithm).

    Parameters
    ----------
    options
        What each row may be paired with, the preferred first.

    Returns
    -------
    list of (row, choice), ascending
    """
    owner: dict[int, int] = {}

    def place(row: int, tried: set[int]) -> bool:
        for k in options[row]:
            if k not in tried:
                tried.add(k)
                if k not in owner or place(owner[k], tried):
                    owner[k] = row
                    return True
        return False

    for row in range(len(options)):
        place(row, set())
    return sorted((row, k) for k, row in owner.items())


def score_spotting(
    truth: Sequence[FrameInterval],
    found: Sequence[FrameInterval],
    *,
    min_iou: float = 0.5,
    mode: SpottingMode = SpottingMode.STRICT,
) -> MatchScores:
    """Return precision, recall and F1 over all films together.

    Parameters
    ----------
    truth, found
        Of all films.
    min_iou
        Least overlap of a match.
    mode
        How matches are counted.

    Raises
    ------
    SchemaError
        `min_iou` is out of range.
    """
    _check_iou(min_iou)
    if mode is SpottingMode.STRICT:
        pairs = match_intervals(truth, found, min_iou=min_iou)
        return MatchScores(n_matched=len(pairs), n_found=len(found), n_true=len(truth))
    counted, loose = _loose_pairs(truth, found, min_iou)
    return MatchScores(n_matched=len(loose), n_found=len(found), n_true=len(counted))


@dataclass(frozen=True, kw_only=True, slots=True)
class StrsScores:
    """Spotting, analysis, and their product."""

    spotting: MatchScores
    """How many were spotted."""
    analysis_f1: float
    """Unweighted F1 of the emotions of the spotted expressions, 0 to 1."""
    analysis_uar: float
    """Unweighted average recall of them; with ``compatible`` mean precision, 0 to 1."""
    strs: float
    """F1 of spotting x F1 of the analysis, 0 to 1."""
    mode: SpottingMode
    """How it was counted."""


def score_strs(
    truth: Sequence[FrameInterval],
    found: Sequence[FrameInterval],
    classes: Sequence[str],
    *,
    min_iou: float = 0.5,
    mode: SpottingMode = SpottingMode.STRICT,
) -> StrsScores:
    """Return the spot-then-recognise score over all films together.

    The analysis counts only what was spotted. Where nothing was, its scores are 0.

    Parameters
    ----------
    truth, found
        Of all films, with emotions.
    classes
        Names that emotions may have.
    min_iou
        Least overlap of a match.
    mode
        How matches are counted.

    Raises
    ------
    SchemaError
        `min_iou` is out of range, or an emotion of a match is none of the classes.
    """
    spotting = score_spotting(truth, found, min_iou=min_iou, mode=mode)
    if mode is SpottingMode.STRICT:
        pairs = match_intervals(truth, found, min_iou=min_iou)
        matched = [(truth[row], found[k]) for row, k in pairs]
    else:
        _, loose = _loose_pairs(truth, found, min_iou)
        matched = list(loose)
    f1, uar = 0.0, 0.0
    if matched:
        held, said = [t.emotion for t, _ in matched], [f.emotion for _, f in matched]
        scores = score_recognition(held, said, classes)
        f1, uar = scores.uf1, scores.uar
        if mode is SpottingMode.COMPATIBLE:
            uar = _mean_precision(held, said, classes)
    return StrsScores(
        spotting=spotting,
        analysis_f1=f1,
        analysis_uar=uar,
        strs=spotting.f1 * f1,
        mode=mode,
    )


def _check_iou(min_iou: float) -> None:
    if not 0 < min_iou <= 1:
        raise SchemaError(f"min_iou: expected above 0 and at most 1, got {min_iou}")


def _loose_pairs(
    truth: Sequence[FrameInterval], found: Sequence[FrameInterval], min_iou: float
) -> tuple[list[FrameInterval], list[tuple[FrameInterval, FrameInterval]]]:
    """Return the true intervals that the script counts, and every pair that overlaps enough."""
    seen = {interval.subject for interval in found}
    counted = [interval for interval in truth if interval.subject in seen]
    pairs = []
    for interval in counted:
        options = [(interval_iou(interval, other), -k) for k, other in enumerate(found)]
        best = max(options, default=(0.0, 0))
        if best[0] >= min_iou:
            pairs.append((interval, found[-best[1]]))
    return counted, pairs


def _mean_precision(truth: Sequence[str], answers: Sequence[str], classes: Sequence[str]) -> float:
    """Return the mean over the classes that occur of the share of right among their answers."""
    shares = []
    for name in classes:
        n_said = sum(answer == name for answer in answers)
        n_right = sum(a == name and b == name for a, b in zip(truth, answers, strict=True))
        if name in truth or n_said:
            shares.append(n_right / n_said if n_said else 0.0)
    return sum(shares) / len(shares)
