"""Scores of events: spotted or missed, when, false alarms, and what chance would have spotted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.metrics.score import Score, bootstrap_score
from cinefacs.metrics.spotting import score_strs
from cinefacs.metrics.spotting_in_time import (
    ErrorsMs,
    MatchRule,
    Spotted,
    TimedExpression,
    as_interval,
    move_at_random,
    spot,
    timing_errors,
)
from cinefacs.records.class_space import EMOTIONS
from cinefacs.records.time_span import TimeSpan

__all__ = ["EventGround", "score_events"]

Weights = npt.NDArray[np.float64]

_OUTCOMES = ("none", "ambiguous", "undetermined")
"""What `events` says where it names no emotion."""
_DURATIONS_MS = ((0, 200, "under 200 ms"), (200, 500, "200 to 500 ms"), (500, 1e9, "over 500 ms"))
_INTENSITIES = ((0, 0.2, "under 0.2"), (0.2, 0.5, "0.2 to 0.5"), (0.5, 0.8, "0.5 to 0.8"),
                (0.8, 2, "over 0.8"))  # fmt: skip
WANTED_MICRO_RECALL = 0.8
WANTED_FALSE_ALARMS = 1
"""A film, at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EventGround:
    """What found events are judged against."""

    truth: tuple[TimedExpression, ...]
    """Expressions of the truth, also such as nobody could see."""
    film_s: Mapping[str, float]
    """Length of each film, s."""
    seen: Mapping[tuple[str, str], Sequence[TimeSpan]]
    """When each character can be seen, by film and character."""

    def face_s(self, film_id: str) -> float:
        """Return the time in which faces can be seen, s; two at a time count twice."""
        return sum(
            float(span.duration_s)
            for (film, _), spans in self.seen.items()
            if film == film_id
            for span in spans
        )


def score_events(
    found: Sequence[TimedExpression],
    ground: EventGround,
    *,
    min_iou: float,
    n_draws: int,
    n_chance: int,
) -> dict[str, Any]:
    """Return everything that is said of found events.

    Parameters
    ----------
    found
        Expressions.
    ground
        The truth.
    min_iou
        Least overlap.
    n_draws
        Of the bootstrap over films; 0 for no intervals.
    n_chance
        How often events are moved in time to learn what chance spots; 0 for no chance.
    """
    spotted = spot(ground.truth, found, min_iou=min_iou)
    by_apex = spot(ground.truth, found, rule=MatchRule.APEX)
    rng = np.random.default_rng(0)
    moved = [move_at_random(found, ground.seen, rng) for _ in range(n_chance)]
    chance = [spot(ground.truth, each, min_iou=min_iou) for each in moved]
    chance_by_apex = [spot(ground.truth, each, rule=MatchRule.APEX) for each in moved]
    films = list(ground.film_s)
    count = _Counter(films, n_draws)
    strs = score_strs(
        [as_interval(each) for each in spotted.truth],
        [as_interval(each) for each in spotted.found],
        (*EMOTIONS, *_OUTCOMES),
        min_iou=min_iou,
    )
    return {
        "n_true": len(spotted.truth),
        "n_hidden": sum(not each.is_visible for each in ground.truth),
        "n_found": len(spotted.found),
        "min_iou": min_iou,
        "f1": count.f1(spotted, chance).as_document(),
        "precision": spotted.scores.precision,
        "recall": count.recall(spotted, chance, lambda _: True).as_document(),
        "strs": strs.strs,
        "strs_chance": _mean([_strs(each, min_iou) for each in chance]),
        "analysis_f1": strs.analysis_f1,
        "analysis_uar": strs.analysis_uar,
        "emotions": _emotions(spotted),
        "errors": _errors(spotted, chance, films, n_draws),
        "false_alarms": _false_alarms(spotted, ground, count, chance),
        "recalls": [
            {"facet": facet, "value": name, "overlap": count.recall(spotted, chance, keep)
             .as_document(), "apex": count.recall(by_apex, chance_by_apex, keep).as_document()}
            for facet, name, keep in _facets(ground.truth)
            if any(keep(each) for each in spotted.truth)
        ],
        "demo": _demo(by_apex, chance_by_apex, films),
    }  # fmt: skip


def _emotions(spotted: Spotted) -> dict[str, Any]:
    """Return how often a spotted expression's emotion is right: by rule, and as scored."""
    pairs = [(spotted.truth[row].emotion, spotted.found[k]) for row, k in spotted.pairs]
    shown = [(emotion, found) for emotion, found in pairs if emotion in EMOTIONS]
    named = [(emotion, found) for emotion, found in shown if found.emotion in EMOTIONS]
    return {
        "n": len(shown),
        "n_named": len(named),
        "n_right_by_rule": sum(found.emotion == emotion for emotion, found in named),
        "n_right_as_scored": sum(found.scored_emotion == emotion for emotion, found in shown)
        if any(found.scored_emotion for found in spotted.found)
        else None,
        "chance": 1 / len(EMOTIONS),
    }


def _strs(spotted: Spotted, min_iou: float) -> float:
    truth = [as_interval(each) for each in spotted.truth]
    found = [as_interval(each) for each in spotted.found]
    return score_strs(truth, found, (*EMOTIONS, *_OUTCOMES), min_iou=min_iou).strs


def _facets(
    truth: Sequence[TimedExpression],
) -> list[tuple[str, str, Callable[[TimedExpression], bool]]]:
    """Return facet, value and test of each group of expressions."""
    facets: list[tuple[str, str, Callable[[TimedExpression], bool]]] = [
        ("kind", kind, lambda each, kind=kind: each.kind == kind)  # type: ignore[misc]
        for kind in ("micro", "macro")
    ]
    for low, high, name in _DURATIONS_MS:
        facets.append(
            ("duration", name, lambda each, low=low, high=high:  # type: ignore[misc]
             low <= float(each.span.duration_s) * 1000 < high)
        )  # fmt: skip
    for least, most, name in _INTENSITIES:
        facets.append(
            ("intensity", name, lambda each, low=least, high=most:  # type: ignore[misc]
             each.intensity is not None and low <= each.intensity < high)
        )  # fmt: skip
    facets += [
        ("emotion", name, lambda each, name=name: each.emotion == name)  # type: ignore[misc]
        for name in (*EMOTIONS, "none")
    ]
    facets += [
        (*group, lambda each, group=group: group in each.groups)  # type: ignore[misc]
        for group in sorted({group for each in truth for group in each.groups})
    ]
    return facets


class _Counter:
    """Counts by film, so that whole films can be drawn anew."""

    def __init__(self, films: Sequence[str], n_draws: int) -> None:
        self._films, self._n_draws = list(films), n_draws

    def by_film(self, expressions: Sequence[TimedExpression]) -> Weights:
        """Return how many lie in each film."""
        place = {film: k for k, film in enumerate(self._films)}
        rows = [place[each.film_id] for each in expressions]
        return np.bincount(rows, minlength=len(self._films)).astype(np.float64)

    def f1(self, spotted: Spotted, chance: Sequence[Spotted]) -> Score:
        """Return F1 over all films."""
        right = self.by_film([spotted.truth[row] for row, _ in spotted.pairs])
        both = self.by_film(spotted.truth) + self.by_film(spotted.found)
        return bootstrap_score(
            lambda w: float(2 * (w @ right) / (w @ both)) if w @ both else None,
            self._films,
            chance=_mean([each.scores.f1 for each in chance]),
            n=len(spotted.truth),
            n_draws=self._n_draws,
        )

    def recall(
        self,
        spotted: Spotted,
        chance: Sequence[Spotted],
        keep: Callable[[TimedExpression], bool],
    ) -> Score:
        """Return the share of some true expressions that was spotted."""
        right = self.by_film(
            [spotted.truth[row] for row, _ in spotted.pairs if keep(spotted.truth[row])]
        )
        whole = self.by_film([each for each in spotted.truth if keep(each)])
        return bootstrap_score(
            lambda w: float(w @ right / (w @ whole)) if w @ whole else None,
            self._films,
            chance=_mean([each.recall(keep).recall for each in chance]),
            n=int(whole.sum()),
            n_draws=self._n_draws,
        )

    def rate(self, counts: Weights, minutes: Weights, chance: float | None) -> Score:
        """Return a count a minute."""
        return bootstrap_score(
            lambda w: float(w @ counts / (w @ minutes)) if w @ minutes else None,
            self._films,
            chance=chance,
            n=int(counts.sum()),
            n_draws=self._n_draws,
        )


def _false_alarms(
    spotted: Spotted, ground: EventGround, count: _Counter, chance: Sequence[Spotted]
) -> dict[str, Any]:
    counts = count.by_film(spotted.false_alarms)
    by_chance = _mean([float(len(each.false_alarms)) for each in chance])
    document: dict[str, Any] = {"n": int(counts.sum())}
    for name, seconds in (
        ("a_film_minute", list(ground.film_s.values())),
        ("a_face_minute", [ground.face_s(film) for film in ground.film_s]),
    ):
        minutes = np.array(seconds) / 60
        rate = None if by_chance is None or not minutes.sum() else by_chance / float(minutes.sum())
        document[name] = count.rate(counts, minutes, rate).as_document()
        document[f"{name}s"] = float(minutes.sum())
    return document


def _errors(
    spotted: Spotted, chance: Sequence[Spotted], films: Sequence[str], n_draws: int
) -> dict[str, Any]:
    """Return bias and spread of onset, apex and offset, ms."""
    by_chance = [timing_errors(each) for each in chance]
    place = {film: k for k, film in enumerate(films)}
    document: dict[str, Any] = {}
    for name, errors in timing_errors(spotted).items():
        rows = np.array([place[film] for film in errors.films], np.int64)
        others = [each[name] for each in by_chance]
        document[name] = {"frame_ms": errors.frame_ms, "n": len(errors.values_ms)}
        for key, measure in _MEASURES.items():

            def statistic(
                w: Weights,
                measure: "Callable[[ErrorsMs, Weights | None], float | None]" = measure,
                errors: ErrorsMs = errors,
                rows: npt.NDArray[np.int64] = rows,
            ) -> float | None:
                return measure(errors, w[rows])

            values = [measure(each, None) for each in others]
            there = [value for value in values if value is not None]
            document[name][key] = bootstrap_score(
                statistic,
                films,
                chance=_mean(there),
                n=len(errors.values_ms),
                n_draws=n_draws,
            ).as_document()
    return document


_MEASURES: dict[str, Callable[[ErrorsMs, Weights | None], float | None]] = {
    "median_ms": ErrorsMs.median_ms,
    "absolute_median_ms": ErrorsMs.absolute_median_ms,
    "absolute_90th_ms": ErrorsMs.absolute_90th_ms,
}


def _demo(spotted: Spotted, chance: Sequence[Spotted], films: Sequence[str]) -> dict[str, Any]:
    """Return whether the demo's promise holds: what a viewer who follows the events would see."""
    macro = spotted.recall(lambda each: each.kind == "macro")
    micro = spotted.recall(lambda each: each.kind == "micro")
    alarms = dict.fromkeys(films, 0)
    for each in spotted.false_alarms:
        alarms[each.film_id] += 1
    worst = max(alarms.values(), default=0)
    return {
        "rule": "its apex lies within the expression, give or take one frame",
        "macro": _share(macro.n_matched, macro.n_true,
                        [c.recall(lambda each: each.kind == "macro").recall for c in chance]),
        "micro": _share(micro.n_matched, micro.n_true,
                        [c.recall(lambda each: each.kind == "micro").recall for c in chance]),
        "most_false_alarms_in_a_film": worst,
        "n_films_within": sum(n <= WANTED_FALSE_ALARMS for n in alarms.values()),
        "n_films": len(alarms),
        "wanted": {"macro": 1.0, "micro": WANTED_MICRO_RECALL,
                   "false_alarms_a_film": WANTED_FALSE_ALARMS},
        "is_met": macro.recall == 1 and micro.recall >= WANTED_MICRO_RECALL
        and worst <= WANTED_FALSE_ALARMS,
    }  # fmt: skip


def _share(n_matched: int, n_true: int, chance: Sequence[float]) -> dict[str, Any]:
    return {"n_spotted": n_matched, "n_true": n_true, "chance": _mean(list(chance))}


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None
