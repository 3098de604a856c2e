"""Intervals by clip: they cover the truth as often as they say, and frames alone would not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.errors import SchemaError
from cinefacs.metrics.agreement import cohen_kappas
from cinefacs.metrics.agreement_bootstrap import (
    Intervals,
    draw_cluster_weights,
    leave_one_out,
    percentile_intervals,
    resample,
)
from cinefacs.metrics.agreement_counts import divide_or_nan

Floats = npt.NDArray[np.float64]


def kappa_of(sums: npt.NDArray[Any]) -> Floats:
    return cohen_kappas(sums.reshape(-1, 2, 2))[:, None]


def bootstrap_intervals(
    counts: npt.NDArray[Any],
    measure: Callable[[Floats], Floats],
    *,
    weights: Floats,
    level: float = 0.95,
) -> Intervals:
    return percentile_intervals(
        resample(counts, measure, weights=weights),
        left_out=leave_one_out(counts, measure),
        level=level,
    )


def ratios(sums: Floats) -> Floats:
    top, bottom = sums[:, ::2], sums[:, 1::2]
    return divide_or_nan(top, bottom)


def test_the_same_seed_gives_the_same_weights_and_each_row_draws_all() -> None:
    first, second = (draw_cluster_weights(7, 20, np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()
    assert (first.sum(axis=1) == 7).all()
    assert not (draw_cluster_weights(7, 20, np.random.default_rng(4)) == first).all()


def test_an_interval_is_the_quantiles_of_the_resampled_measures() -> None:
    rng = np.random.default_rng(0)
    counts = np.column_stack([rng.integers(0, 9, 30), np.full(30, 10)])
    weights = draw_cluster_weights(30, 500, rng)
    found = bootstrap_intervals(counts, ratios, weights=weights, level=0.9)
    replicates = (weights @ counts[:, 0]) / (weights @ counts[:, 1])
    low, high = found.at(0)
    assert (low, high) == pytest.approx(tuple(np.quantile(replicates, [0.05, 0.95])))
    assert found.share_defined.tolist() == [1.0]


def test_there_is_no_interval_without_two_clips_that_say_something() -> None:
    counts = np.array([[3, 10], [0, 0], [0, 0]])
    weights = draw_cluster_weights(3, 200, np.random.default_rng(1))
    assert bootstrap_intervals(counts, ratios, weights=weights).at(0) == (None, None)


def test_there_is_no_interval_where_one_clip_alone_shows_it() -> None:
    """Kappa of an action unit that one of 30 clips shows: resamples that have it say the same."""
    counts = np.tile([100, 0, 0, 0], (30, 1))
    counts[0] = [80, 5, 5, 10]
    weights = draw_cluster_weights(30, 500, np.random.default_rng(1))
    assert bootstrap_intervals(counts, kappa_of, weights=weights).at(0) == (None, None)
    counts[1] = [90, 5, 0, 5]
    low, high = bootstrap_intervals(counts, kappa_of, weights=weights).at(0)
    assert low is not None
    assert high is not None
    assert low < kappa_of(counts.sum(axis=0)).item() < high


def test_resamples_without_the_measure_are_left_out_and_told() -> None:
    """Two of 30 clips have the action unit: some 13 % of the resamples draw neither."""
    counts = np.zeros((30, 2), dtype=int)
    counts[:2] = [[4, 5], [5, 5]]
    weights = draw_cluster_weights(30, 2000, np.random.default_rng(2))
    found = bootstrap_intervals(counts, ratios, weights=weights)
    assert found.share_defined[0] == pytest.approx(1 - (28 / 30) ** 30, abs=0.03)
    assert found.at(0) == (0.8, 1.0)


def test_a_measure_that_is_undefined_in_most_resamples_has_no_interval() -> None:
    counts = np.ones((4, 2), dtype=int)

    def rarely(sums: Floats) -> Floats:
        values = np.full((len(sums), 1), np.nan)
        values[: len(sums) // 3 if len(sums) > 4 else None] = 0.5
        return values

    weights = draw_cluster_weights(4, 99, np.random.default_rng(1))
    found = bootstrap_intervals(counts, rarely, weights=weights)
    assert found.at(0) == (None, None)
    assert found.share_defined[0] == pytest.approx(1 / 3)


def test_what_is_refused() -> None:
    weights = draw_cluster_weights(3, 5, np.random.default_rng(1))
    with pytest.raises(SchemaError, match="level"):
        bootstrap_intervals(np.ones((3, 2)), ratios, weights=weights, level=1.0)
    with pytest.raises(SchemaError, match="expected 4 clusters, got 3"):
        bootstrap_intervals(np.ones((4, 2)), ratios, weights=weights)
    with pytest.raises(SchemaError, match="1 or more clusters"):
        draw_cluster_weights(0, 5, np.random.default_rng(1))


def simulate_clips(rng: np.random.Generator, *, n_clips: int) -> npt.NDArray[np.int64]:
    """Return each clip's 2 x 2 table, shape (n_clips, 4): 5 moments of 20 equal frames.

    An action unit is there in 3 of 10 moments; each coder sees it in 8 of 10 and where it is not
    in 1 of 10.
    """
    is_there = rng.random((n_clips, 5)) < 0.3
    says = rng.random((2, n_clips, 5)) < np.where(is_there, 0.8, 0.1)
    cell = 2 * says[0] + says[1]  # (n_clips, 5)
    return np.asarray(20 * (cell[:, :, None] == np.arange(4)).sum(axis=1))


def true_kappa() -> float:
    """Return (p_11 + p_00 - p_e) / (1 - p_e) of `simulate_clips`, worked out from its numbers."""
    p = 0.3 * 0.8 + 0.7 * 0.1
    agreed = 0.3 * (0.8**2 + 0.2**2) + 0.7 * (0.1**2 + 0.9**2)
    by_chance = p**2 + (1 - p) ** 2
    return (agreed - by_chance) / (1 - by_chance)


def test_intervals_by_clip_cover_the_truth_as_often_as_they_say_and_by_frame_do_not() -> None:
    """In 300 studies of 80 clips, 95 % intervals; the binomial bounds lie 4 errors apart."""
    n_studies, truth = 300, true_kappa()
    hits = {"clip": 0, "frame": 0}
    for seed in range(n_studies):
        rng = np.random.default_rng(seed)
        clips = simulate_clips(rng, n_clips=80)
        weights = draw_cluster_weights(80, 400, rng)
        low, high = bootstrap_intervals(clips, kappa_of, weights=weights).at(0)
        assert low is not None
        assert high is not None
        hits["clip"] += low <= truth <= high
        # By frame: resampling 8000 frames is drawing a table from the multinomial.
        shares = clips.sum(axis=0) / clips.sum()
        kappas = kappa_of(rng.multinomial(clips.sum(), shares, 400))
        frame_low, frame_high = np.quantile(kappas, [0.025, 0.975])
        hits["frame"] += bool(frame_low <= truth <= frame_high)
    assert hits["clip"] / n_studies >= 0.95 - 4 * 0.0126
    assert hits["frame"] / n_studies < 0.5
