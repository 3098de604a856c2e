"""What random classes reach on perfect boxes."""

import pytest

from cinefacs.metrics.chance import blind_average_precision


def test_with_many_faces_random_classes_reach_one_over_their_number() -> None:
    many = ["anger", "fear", "sadness", "neutral"] * 2000
    assert blind_average_precision(many, seed=1, n_draws=5) == pytest.approx(0.25, abs=0.01)


def test_with_few_faces_they_reach_more() -> None:
    few = ["anger", "fear", "sadness", "neutral"] * 5
    assert blind_average_precision(few, seed=1) > 0.3


def test_a_single_class_cannot_be_missed() -> None:
    assert blind_average_precision(["anger"] * 4, seed=1) == pytest.approx(1.0)


def test_classes_count_alike_however_frequent() -> None:
    """Always-present classes are found by chance, rare ones hardly: the mean lies between."""
    uneven = ["neutral"] * 900 + ["fear"] * 100
    assert blind_average_precision(uneven, seed=2, n_draws=20) == pytest.approx(0.5, abs=0.03)
