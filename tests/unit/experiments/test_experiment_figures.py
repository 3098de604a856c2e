"""Curves: where nothing is found there is no precision."""

import numpy as np

from cinefacs.experiments.figures import _mean_line


def test_precision_of_no_box_is_no_perfect_one() -> None:
    """Stored curves have 1 where no box reaches the score; a mean must not take it for skill."""
    facts = [
        {"curves": {"precision": [0.5, 0.8, 1.0], "recall": [0.9, 0.4, 0.0]}},
        {"curves": {"precision": [0.3, 1.0, 1.0], "recall": [0.8, 0.2, 0.0]}},
        {"curves": {"precision": [0.4, 1.0, 1.0], "recall": [0.7, 0.0, 0.0]}},
    ]
    line = _mean_line(facts, "precision")
    np.testing.assert_allclose(line[:2], [0.4, 0.9])  # of three, then of the two that found any
    assert np.isnan(line[2])
    np.testing.assert_allclose(_mean_line(facts, "recall"), [0.8, 0.2, 0.0])
