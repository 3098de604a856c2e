"""Try limits of events on films with truth, so that they can be chosen: never on the exam."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cinefacs.events.config import EventConfig
from cinefacs.metrics.spotting_in_time import MatchRule, spot
from cinefacs.pipeline.exam.config import SweepConfig
from cinefacs.pipeline.exam.film_scores import FilmScores
from cinefacs.pipeline.exam.find_events import find_events
from cinefacs.pipeline.exam.score_events import EventGround
from cinefacs.records.class_space import EMOTIONS
from cinefacs.records.step import Step

__all__ = ["sweep_limits"]

_OTHERS = ("smoothing_ms", "min_duration_ms")
_WHY_NOT = (
    "limits are chosen on validation films, never on those that the score is of; make a set with "
    "films of the split `val` and sweep there"
)


def sweep_limits(
    film_scores: FilmScores,
    ground: EventGround,
    *,
    base: EventConfig,
    config: SweepConfig,
    min_iou: float,
    may_choose: bool,
    on_step: Callable[[Step], None],
) -> dict[str, Any]:
    """Return a row for each combination of limits, and the best one where it may be chosen.

    Parameters
    ----------
    film_scores
        Scores, and whose they are.
    ground
        The truth.
    base
        All other limits.
    config
        Which are tried.
    min_iou
        Least overlap.
    may_choose
        Whether all films are of the split ``val``.
    on_step
        Told after each combination.
    """
    on, off = _names(film_scores.class_names)
    tries = list(_tries(base, config, on, off))
    film_minutes = sum(ground.film_s.values()) / 60
    face_minutes = sum(ground.face_s(film) for film in ground.film_s) / 60
    rows = []
    for n, limits in enumerate(tries, start=1):
        found = find_events(film_scores, limits)
        by_overlap = spot(ground.truth, found, min_iou=min_iou)
        by_apex = spot(ground.truth, found, rule=MatchRule.APEX)
        n_alarms = len(by_overlap.false_alarms)
        rows.append(
            {
                **{name: getattr(limits, name) for name in (on, off, *_OTHERS)},
                "n_found": len(by_overlap.found),
                "f1": by_overlap.scores.f1,
                "precision": by_overlap.scores.precision,
                "recall": by_overlap.scores.recall,
                "f1_by_apex": by_apex.scores.f1,
                "recall_micro": by_overlap.recall(lambda each: each.kind == "micro").recall,
                "recall_macro": by_overlap.recall(lambda each: each.kind == "macro").recall,
                "false_alarms_a_film_minute": n_alarms / film_minutes if film_minutes else None,
                "false_alarms_a_face_minute": n_alarms / face_minutes if face_minutes else None,
            }
        )
        on_step(Step(name="exam: limits", n_done=n, n_total=len(tries), unit="combinations"))
    document: dict[str, Any] = {
        "on": on, "off": off, "rows": rows, "chosen": None, "why_not_chosen": _WHY_NOT,
    }  # fmt: skip
    if may_choose and rows:
        best = max(rows, key=lambda row: (row["f1"], -row["n_found"]))
        document["chosen"] = {name: best[name] for name in (on, off, *_OTHERS)}
        document["why_not_chosen"] = None
    return document


def _names(class_names: Sequence[str]) -> tuple[str, str]:
    """Return which limits start and end an expression."""
    tells_emotions = any(name in EMOTIONS for name in class_names)
    return ("on_expression", "off_expression") if tells_emotions else ("on_rise", "off_rise")


def _tries(base: EventConfig, config: SweepConfig, on: str, off: str) -> Iterator[EventConfig]:
    for start, share, smoothing, shortest in itertools.product(
        config.starts, config.off_shares, config.smoothings_ms, config.min_durations_ms
    ):
        yield dataclasses.replace(
            base,
            smoothing_ms=smoothing,
            min_duration_ms=shortest,
            **{on: start, off: start * share},  # type: ignore[arg-type]
        )
