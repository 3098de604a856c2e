"""Measure blendshapes against the truth in close-ups as the films' own scripts make them.

Part ``scripted_expressions`` of `benchmarks.synth_check`. The frames are close-ups that
`draw_stills` draws with its defaults, as in the ``bench`` preset, of one person each: emotions by
the rule tables, all seven equally often, single action units and free combinations, one-sided
ones, blinks and speech, with the hard conditions at their own rates. Frames where an action unit
does not act count for it, with the intensity 0.

Most faces show few action units, so that most intensities are 0 and tie: the rank correlation of
even a perfect reader then stays far under 1. How high it could get stands beside it, and so do
the area under the ROC curve and the rank correlation over the frames where the action unit acts,
which know no such limit.
"""

import dataclasses
import multiprocessing
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from benchmarks.blendshape_scores import SCORES, Networks, as_frame, landmark_move
from cinefacs.synth.drives import SHOWABLE_AUS
from cinefacs.synth.film_draw import FilmConfig, draw_stills
from cinefacs.synth.film_plan import FilmPlan, ShotPlan
from cinefacs.synth.framing import ShotScale
from cinefacs.synth.people import draw_person
from cinefacs.synth.renderer import Renderer
from cinefacs.synth.shoot import shoot
from cinefacs.synth.truth import FaceTruth

__all__ = ["ScriptedReading", "best_rank_correlation", "check_scripts", "close_ups", "sum_up"]

Array = npt.NDArray[Any]

_PEOPLE_BASE = 7_000_001_000  # of no training set and of no other check
_SIZE = (320, 240)
_N_REST = 3
"""Close-ups at rest of each person; the median of their scores is the person's neutral."""
_LEAST_ON = 20
"""Frames in which an action unit must act for its figures to be given."""
_N_RESAMPLES = 1000
_LIDS = (43, 45, 46)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptedReading:
    """What the networks read from one close-up, and what is true of it."""

    person: int
    """Which of the check's people."""
    number: int
    """Which of the person's close-ups."""
    is_rest: bool
    """Whether the face is at rest, to read the person's neutral from."""
    values: dict[int, float]
    """True intensity of each action unit, mean of both sides; AU46: left less right."""
    unseen: frozenset[int]
    """Action units that act and that the truth calls hidden."""
    scores: dict[int, float]
    """Blendshape score that answers to each action unit."""
    moves: dict[int, float]
    """Landmark measures of AU9 and AU15, eye distances."""


def close_ups(who: int, n: int) -> FilmPlan:
    """Return the plan of a person's close-ups: three at rest, then those of the scripts.

    Parameters
    ----------
    who
        Which of the check's people.
    n
        How many of the scripts' will be read at least; there are some to spare.
    """
    person = draw_person(_PEOPLE_BASE + who)
    config = FilmConfig(size_wh=_SIZE, n_shots=12 * (n + _N_REST), people_odds=(1.0,))
    plan = draw_stills(f"scripts-{who}", _PEOPLE_BASE + who, [person], config)
    found = [shot for shot in plan.shots if shot.scale is ShotScale.CLOSE_UP]
    chosen = [*(_at_rest(shot) for shot in found[:_N_REST]), *found[_N_REST:]]
    shots = tuple(
        dataclasses.replace(shot, start_frame=k, end_frame=k + 1) for k, shot in enumerate(chosen)
    )
    return dataclasses.replace(plan, shots=shots)


def _at_rest(shot: ShotPlan) -> ShotPlan:
    """Return a shot in which nobody acts."""
    parts = tuple(
        dataclasses.replace(part, performance=dataclasses.replace(part.performance, acts=()))
        for part in shot.parts
    )
    return dataclasses.replace(shot, parts=parts)


def read_person(task: tuple[int, int]) -> tuple[list[ScriptedReading], Counter[str]]:
    """Draw the close-ups of one person until so many are read; return why others were not.

    Raises
    ------
    RuntimeError
        The scripts gave fewer close-ups than that.
    """
    who, n = task
    networks = Networks(finder_width_px=640)
    readings: list[ScriptedReading] = []
    left_out: Counter[str] = Counter()
    n_read = 0
    with Renderer(_SIZE, levels=0, texture_px=512, n_kept=4) as renderer:
        for shown in shoot(close_ups(who, n), renderer):
            truths = [truth for _, truth in shown.faces if truth.is_visible]
            if not truths:
                left_out["the truth calls the face hidden"] += 1
                continue
            mesh = networks.mesher.read(as_frame(shown.rgb), truths[0].points_xy)
            if mesh is None:
                left_out["no face mesh was found"] += 1
                continue
            values, unseen = _true_values(truths[0])
            is_rest = shown.frame < _N_REST
            readings.append(
                ScriptedReading(
                    person=who,
                    number=shown.frame if is_rest else n_read,
                    is_rest=is_rest,
                    values=values,
                    unseen=unseen,
                    scores=networks.scores(mesh, _SIZE),
                    moves={au: landmark_move(au, mesh) for au in (9, 15)},
                )
            )
            n_read += not is_rest
            if n_read == n:
                return readings, left_out
    raise RuntimeError(f"person {who}: expected {n} close-ups to read, got {n_read}")


def _true_values(truth: FaceTruth) -> tuple[dict[int, float], frozenset[int]]:
    """Return the intensity of each action unit with a score, and which act unseen.

    AU43 and AU45 both close the lids, and AU46 one of them: each stands for the closing.
    """
    sides = dict(zip(SHOWABLE_AUS, truth.intensity, strict=True))
    closed = np.max([sides[au] for au in _LIDS], axis=0)
    values = {au: float(sides[au].mean()) for au in SCORES}
    values |= {43: float(closed.mean()), 45: float(closed.mean())}
    values[46] = float(sides[46][0] - sides[46][1])
    acting = [au for au in SCORES if sides[au].max() > 0]
    return values, frozenset(au for au in acting if not truth.shows(au))


def sum_up(readings: Sequence[ScriptedReading]) -> dict[str, Any]:
    """Return how far the scores of each action unit agree with its intensity.

    Parameters
    ----------
    readings
        Of several people, their close-ups at rest among them. People of whom no close-up at rest
        was read are left out.
    """
    at_rest: dict[int, list[ScriptedReading]] = {}
    for reading in readings:
        if reading.is_rest:
            at_rest.setdefault(reading.person, []).append(reading)
    own = [each for each in readings if not each.is_rest and each.person in at_rest]
    found: dict[str, Any] = {}
    rare: dict[str, int] = {}
    for au in SCORES:
        seen = [each for each in own if au not in each.unseen]
        n_on = sum(each.values[au] != 0 for each in seen)
        if n_on < _LEAST_ON:
            rare[str(au)] = n_on
            continue
        rest = {who: _median([each.scores[au] for each in some]) for who, some in at_rest.items()}
        people = np.array([each.person for each in seen])
        truth = np.array([each.values[au] for each in seen])
        scores = np.array([each.scores[au] for each in seen])
        found[str(au)] = {
            "n": len(seen),
            "n_on": n_on,
            "best_possible": round(best_rank_correlation(truth), 3),
            **_agreement("", truth, scores, people),
            **_agreement("_from_rest", truth, scores - [rest[who] for who in people], people),
            "score_5_to_95_percent": np.quantile(scores, [0.05, 0.95]).round(4).tolist(),
        }
        if au in {9, 15}:
            calm = {
                who: _median([each.moves[au] for each in some]) for who, some in at_rest.items()
            }
            moves = np.array([each.moves[au] for each in seen])
            found[str(au)] |= _agreement("_landmark_move", truth, moves, people)
            moves = moves - [calm[who] for who in people]
            found[str(au)] |= _agreement("_landmark_move_from_rest", truth, moves, people)
    return {
        "n_frames": len(own),
        "n_people": len({each.person for each in own}),
        "by_au": found,
        f"acts_in_fewer_than_{_LEAST_ON}_frames": rare,
    }


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


def _agreement(suffix: str, truth: Array, scores: Array, people: Array) -> dict[str, Any]:
    """Return rank correlation with its interval, and the area under the curve of on and off."""
    is_on = truth != 0
    size = np.abs(scores) if (truth < 0).any() else scores  # AU46 has a sign
    ranks = rankdata(size)
    n_on, n_off = int(is_on.sum()), int((~is_on).sum())
    area = (ranks[is_on].sum() - n_on * (n_on + 1) / 2) / (n_on * n_off) if n_off else np.nan
    return {
        f"spearman{suffix}": round(_rank_correlation(truth, scores), 3),
        f"interval{suffix}": _interval(truth, scores, people),
        f"auc{suffix}": round(float(area), 3) if n_off else None,
        f"spearman_where_on{suffix}": round(_rank_correlation(truth[is_on], scores[is_on]), 3),
    }


def _interval(truth: Array, scores: Array, people: Array) -> list[float]:
    """Return the 95 % bootstrap interval of the rank correlation; people are drawn, not frames."""
    rng = np.random.default_rng(17)
    rows = [np.flatnonzero(people == who) for who in np.unique(people)]
    found = []
    for _ in range(_N_RESAMPLES):
        drawn = np.concatenate([rows[k] for k in rng.integers(len(rows), size=len(rows))])
        found.append(_rank_correlation(truth[drawn], scores[drawn]))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return [round(float(low), 3), round(float(high), 3)]


def _rank_correlation(one: Array, other: Array) -> float:
    """Return Spearman's rank correlation; NaN where all values of one side are the same."""
    ranks = np.stack([rankdata(one), rankdata(other)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    scale = float(np.sqrt((ranks**2).sum(axis=1).prod()))
    return float(ranks[0] @ ranks[1]) / scale if scale else float("nan")


def best_rank_correlation(truth: Array) -> float:
    """Return the rank correlation of a perfect reader whose scores have no ties.

    Parameters
    ----------
    truth : (N,)
        Intensities, many of them 0.
    """
    return _rank_correlation(truth, rankdata(truth, method="ordinal"))


def check_scripts(n_people: int, counts: Sequence[int], n_processes: int) -> dict[str, Any]:
    """Return what `sum_up` says of some numbers of frames, the smaller ones part of the largest.

    Parameters
    ----------
    n_people
        How many people.
    counts
        How many frames in all; each is divided evenly among the people.
    n_processes
        Processes that draw.
    """
    most = max(counts) // n_people
    tasks = [(who, most) for who in range(n_people)]
    with multiprocessing.get_context("spawn").Pool(n_processes, maxtasksperchild=8) as pool:
        readings: list[ScriptedReading] = []
        left_out: Counter[str] = Counter()
        for done, (own, reasons) in enumerate(pool.imap_unordered(read_person, tasks), start=1):
            readings += own
            left_out += reasons
            print(f"scripted expressions: {done} of {n_people} people", file=sys.stderr, flush=True)
    readings.sort(key=lambda each: (each.person, each.number))
    measured: dict[str, Any] = {"drawn_and_left_out": dict(sorted(left_out.items()))}
    for n in counts:
        own = [each for each in readings if each.is_rest or each.number < n // n_people]
        measured[f"{n}_frames"] = sum_up(own)
    return measured
