"""What is said of scripted close-ups follows from their readings; nothing is drawn."""

import numpy as np
import pytest

from benchmarks.blendshape_scores import SCORES
from benchmarks.synth_scripts import ScriptedReading, best_rank_correlation, close_ups, sum_up
from cinefacs.synth.framing import ShotScale
from tests.support.synth import need_assets


def reading(person: int, number: int, value: float, score: float) -> ScriptedReading:
    """Return a close-up in which AU4 alone acts; number below 0 is one at rest."""
    return ScriptedReading(
        person=person,
        number=number,
        is_rest=number < 0,
        values=dict.fromkeys(SCORES, 0.0) | {4: value},
        unseen=frozenset({4}) if value == 0.5 else frozenset(),
        scores=dict.fromkeys(SCORES, 0.0) | {4: score},
        moves={9: 0.0, 15: 0.0},
    )


def persons(n: int) -> list[ScriptedReading]:
    """Return people who frown at rest, each in another measure, and are read truly above that."""
    found = []
    for who in range(n):
        rest = 10.0 * who
        found.append(reading(who, -1, 0.0, rest))
        values = [0.0, 0.0, 0.0, 0.25, 0.75, 1.0]
        found += [reading(who, k, value, rest + value + k / 1000) for k, value in enumerate(values)]
    return found


@pytest.mark.parametrize("n_off", [0, 10, 90])
def test_ties_at_zero_bound_what_a_perfect_reader_reaches(n_off: int) -> None:
    truth = np.concatenate([np.zeros(n_off), np.linspace(0.1, 1, 100 - n_off)])
    tied = (n_off**3 - n_off) / (100**3 - 100)
    assert best_rank_correlation(truth) == pytest.approx(np.sqrt(1 - tied))


def test_a_true_reader_reaches_the_bound_once_the_persons_rest_is_taken_off() -> None:
    measured = sum_up(persons(10))
    assert (measured["n_frames"], measured["n_people"]) == (60, 10)
    au4 = measured["by_au"]["4"]
    assert (au4["n"], au4["n_on"]) == (60, 30)
    assert au4["spearman"] < 0.4
    assert au4["spearman_from_rest"] == pytest.approx(au4["best_possible"], abs=0.03)
    assert au4["auc_from_rest"] == 1.0
    assert au4["spearman_where_on_from_rest"] > 0.9
    low, high = au4["interval_from_rest"]
    assert low <= au4["spearman_from_rest"] <= high
    assert list(measured["by_au"]) == ["4"]
    assert measured["acts_in_fewer_than_20_frames"]["1"] == 0


def test_hidden_action_units_and_people_without_rest_are_left_out() -> None:
    hidden = [reading(0, 100 + k, 0.5, 0.0) for k in range(7)]
    stranger = [reading(99, k, 1.0, 0.0) for k in range(5)]
    measured = sum_up([*persons(10), *hidden, *stranger])
    assert measured["n_frames"] == 67
    assert measured["by_au"]["4"]["n"] == 60


def test_a_persons_close_ups_begin_at_rest_and_are_each_a_close_up() -> None:
    need_assets()
    few, many = close_ups(3, 1), close_ups(3, 4)
    assert all(shot.scale is ShotScale.CLOSE_UP for shot in many.shots)
    acting = [bool(shot.parts[0].performance.acts) for shot in many.shots]
    assert not any(acting[:3])
    assert sum(acting[3:]) > len(acting[3:]) / 2
    assert len(many.shots) >= 7
    assert few.shots == many.shots[: len(few.shots)]
