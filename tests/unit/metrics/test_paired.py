"""Intervals, tests and corrections over clusters, against counting by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.metrics.paired import bootstrap_share, compare_paired, holm, sums_by_cluster

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_holm_steps_down_as_in_his_paper() -> None:
    # Worked by hand from Holm (1979): .005 x 4, .01 x 3, .03 x 2, then never below the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(SHARES)
def test_holm_never_makes_a_p_value_smaller_and_keeps_the_order(values: list[float]) -> None:
    corrected = holm(values)
    assert all(0 <= a <= 1 and a >= b for a, b in zip(corrected, values, strict=True))
    order = np.argsort(values, kind="stable")
    assert (np.diff(np.array(corrected)[order]) >= 0).all()


def test_holm_refuses_what_is_no_p_value() -> None:
    with pytest.raises(SchemaError, match="p-values"):
        holm([0.5, 1.5])


def test_sums_are_by_cluster() -> None:
    sums, counts = sums_by_cluster([1, 0, 1, 1], ["b", "a", "b", "a"])
    assert sums.tolist() == [1, 2]
    assert counts.tolist() == [2, 2]
    with pytest.raises(SchemaError, match="clusters"):
        sums_by_cluster([1, 0], ["a"])


def test_the_flip_test_counts_all_signs_of_few_clusters() -> None:
    first, second = [1, 1, 1, 0, 1, 1], [0, 0, 1, 1, 0, 1]
    clusters = ["a", "a", "b", "b", "c", "c"]
    found = compare_paired(first, second, clusters, seed=0)
    assert found is not None
    sums = np.array([2, -1, 1])
    n_extreme = sum(
        abs(np.dot(signs, sums)) >= abs(sums.sum()) for signs in product((-1, 1), repeat=3)
    )
    assert found.p_value == n_extreme / 8
    assert found.difference == pytest.approx(2 / 6)
    means = sums / 2
    assert found.effect_size == pytest.approx(means.mean() / means.std(ddof=1))
    assert found.low <= found.difference <= found.high


def test_equal_answers_do_not_differ() -> None:
    found = compare_paired([1, 0, 1], [1, 0, 1], ["a", "b", "c"], seed=0)
    assert found is not None
    assert (found.difference, found.low, found.high, found.p_value) == (0, 0, 0, 1)
    assert found.effect_size is None


def test_a_clear_difference_over_many_clusters_is_found() -> None:
    rng = np.random.default_rng(5)
    clusters = [f"p{k}" for k in range(40) for _ in range(10)]
    first, second = rng.random(400) < 0.8, rng.random(400) < 0.5
    found = compare_paired(first, second, clusters, seed=1)
    assert found is not None
    assert found.p_value < 0.01
    assert 0 < found.low < found.difference < found.high


def test_the_interval_is_wider_where_people_differ_than_where_faces_do() -> None:
    """Ten people, five always right, five never: 100 faces say no more than ten people."""
    right = [k % 2 for k in range(10) for _ in range(10)]
    by_person = bootstrap_share(right, [f"p{k}" for k in range(10) for _ in range(10)], seed=0)
    by_face = bootstrap_share(right, [str(k) for k in range(100)], seed=0)
    assert by_person is not None
    assert by_face is not None
    assert by_person[1] - by_person[0] > 2 * (by_face[1] - by_face[0])


def test_one_person_gives_no_interval() -> None:
    assert bootstrap_share([1, 0], ["a", "a"], seed=0) is None
    assert compare_paired([1, 0], [0, 0], ["a", "a"], seed=0) is None


def test_pairs_of_different_lengths_are_refused() -> None:
    with pytest.raises(SchemaError, match="pairs"):
        compare_paired([1], [1, 0], ["a"], seed=0)


def test_the_smallest_p_does_not_depend_on_the_draws_of_the_interval() -> None:
    """Of many people signs are drawn: enough of them to correct p for thousands of others."""
    people = [str(k) for k in range(40)]
    for n_resamples in (20, 2000):
        clear = compare_paired([1] * 40, [0] * 40, people, seed=0, n_resamples=n_resamples)
        assert clear is not None
        assert clear.p_value == pytest.approx(1 / 100_001)
    half = compare_paired([1, 0] * 20, [0, 1] * 20, people, seed=0, n_resamples=20)
    assert half is not None
    assert half.p_value == 1.0
