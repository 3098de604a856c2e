"""Agreement of groupings, counted over pairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.metrics.clustering import pair_scores

labels = st.lists(st.integers(0, 4), max_size=12)


def test_the_textbook_example() -> None:
    """Manning, Raghavan and Schuetze 2008, figure 16.4 and section 16.3: TP 20, FP 20, FN 24."""
    clusters = [1] * 6 + [2] * 6 + [3] * 5
    truth = ["x"] * 5 + ["o"] + ["x"] + ["o"] * 4 + ["d"] + ["x"] * 2 + ["d"] * 3
    scores = pair_scores(clusters, truth)
    assert (scores.n_together, scores.n_grouped, scores.n_true) == (20, 40, 44)
    assert scores.precision == pytest.approx(0.5)
    assert scores.recall == pytest.approx(0.455, abs=5e-4)
    assert scores.f1 == pytest.approx(0.476, abs=5e-4)


@given(labels)
def test_a_grouping_agrees_with_itself(truth: list[int]) -> None:
    scores = pair_scores(truth, truth)
    assert (scores.precision, scores.recall, scores.f1) == (1.0, 1.0, 1.0)


@given(st.integers(2, 12))
def test_everybody_apart_finds_nothing(n: int) -> None:
    scores = pair_scores(list(range(n)), [0] * n)
    assert (scores.precision, scores.recall, scores.f1) == (1.0, 0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=10))
def test_pairs_are_counted_as_by_hand(pairs: list[tuple[int, int]]) -> None:
    groups, truth = [a for a, _ in pairs], [b for _, b in pairs]
    both = [(i, j) for i in range(len(pairs)) for j in range(i)]
    scores = pair_scores(groups, truth)
    assert scores.n_grouped == sum(groups[i] == groups[j] for i, j in both)
    assert scores.n_true == sum(truth[i] == truth[j] for i, j in both)
    assert scores.n_together == sum(pairs[i] == pairs[j] for i, j in both)


def test_lengths_must_agree() -> None:
    with pytest.raises(SchemaError, match="expected 2 labels, got 1"):
        pair_scores([1, 2], [1])
