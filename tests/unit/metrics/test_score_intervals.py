"""Intervals come from drawing people anew, not rows."""

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.errors import SchemaError
from cinefacs.metrics.score import bootstrap_interval, bootstrap_score


def mean_of(values: np.ndarray):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return lambda weights: float(weights @ values / weights.sum()) if weights.sum() else None


def test_copies_of_a_row_do_not_narrow_the_interval() -> None:
    values = np.array([0.0, 0, 1, 1, 0, 1, 0, 1])
    few = bootstrap_interval(mean_of(values), list(range(8)), n_draws=800)
    many = bootstrap_interval(
        mean_of(np.repeat(values, 50)), np.repeat(np.arange(8), 50).tolist(), n_draws=800
    )
    assert few == many
    alone = bootstrap_interval(mean_of(np.repeat(values, 50)), list(range(400)), n_draws=800)
    assert few is not None
    assert alone is not None
    assert few[1] - few[0] > 4 * (alone[1] - alone[0])


def test_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    values = np.random.default_rng(0).normal(3, 2, 400)
    ends = bootstrap_interval(mean_of(values), list(range(400)), n_draws=2000)
    expected = values.mean() + 1.96 * values.std() / 20 * np.array([-1, 1])
    assert ends == pytest.approx(expected, abs=0.03)


def test_same_seed_same_interval_and_too_few_groups_none() -> None:
    values = np.arange(10.0)
    groups = [k % 5 for k in range(10)]
    first = bootstrap_score(mean_of(values), groups, chance=0.1, n_draws=50, seed=3)
    assert first == bootstrap_score(mean_of(values), groups, chance=0.1, n_draws=50, seed=3)
    assert first.as_document()["chance"] == 0.1
    alone = bootstrap_score(mean_of(values), ["anna"] * 10, chance=None)
    assert (alone.value, alone.low, alone.n) == (4.5, None, 10)
    nothing = bootstrap_score(lambda _: None, groups, chance=0.5)
    assert (nothing.value, nothing.low) == (None, None)
    # where most draws leave nothing to score there is no interval
    rare = bootstrap_interval(lambda w: None if w.max() > 1 else 1.0, list(range(10)), n_draws=100)
    assert rare is None


def test_a_score_that_rests_on_one_person_has_no_interval() -> None:
    """The share that was found of what only one of ten people showed: it cannot vary."""
    shows = np.array([True] * 5 + [False] * 45)
    found = np.array([True, False] * 25)
    people = np.repeat(np.arange(10), 5)

    def recall(weights: npt.NDArray[np.float64]) -> float | None:
        n = weights[shows].sum()
        return float(weights[shows & found].sum() / n) if n else None

    alone = bootstrap_score(recall, people.tolist(), chance=None)
    assert (alone.value, alone.low, alone.high) == (0.6, None, None)
    shows[45] = True  # another one
    shared = bootstrap_score(recall, people.tolist(), chance=None)
    assert (shared.low, shared.high) == (0.0, 0.6)


@pytest.mark.parametrize(("n_draws", "level"), [(0, 0.95), (10, 0), (10, 1)])
def test_wrong_numbers_are_refused(n_draws: int, level: float) -> None:
    with pytest.raises(SchemaError, match="bootstrap"):
        bootstrap_interval(lambda _: 1.0, [1, 2], n_draws=n_draws, level=level)
