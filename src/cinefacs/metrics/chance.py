"""What blind answers reach: the ground that every score stands on."""

import statistics
from collections import Counter
from collections.abc import Sequence

import numpy as np

from cinefacs.metrics.precision_recall import weighted_average_precision

__all__ = ["blind_average_precision"]


def blind_average_precision(true_class: Sequence[str], *, seed: int, n_draws: int = 100) -> float:
    """Return the mean average precision of boxes that are perfect and classes that are random.

    Every face has a box of each class with a random score. One over the number of classes is what
    this tends to with many faces; with few it is more, since COCO's rule takes the best precision
    at a recall or beyond.

    Parameters
    ----------
    true_class : (N,) names
        Class of each face; at least one.
    seed
        Of the draws.
    n_draws
        Random rankings that are averaged.
    """
    rng = np.random.default_rng(seed)
    n = len(true_class)
    ones = np.ones(n, np.int64)
    values = []
    for n_true in Counter(true_class).values():
        is_right = np.arange(n) < n_true
        values += [
            weighted_average_precision(rng.permutation(is_right), ones, n_true)
            for _ in range(n_draws)
        ]
    return statistics.fmean(values)
