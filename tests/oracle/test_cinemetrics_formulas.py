"""Cinemetrics against sums on paper, exact fractions and scipy.

Each expected number is worked out in the test, or comes from another implementation: scipy's
quartiles, variation and regression, numpy's convolution, and the normal equations of least squares
solved in exact fractions. None is copied from our own output.
"""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cinefacs.shots.cinemetrics import choose_trend_degree, measure_cutting
from tests.support.shots import make_shots

TIME_BASE = Fraction(1001, 24000)
lengths_lists = st.lists(st.integers(1, 5000), min_size=2, max_size=60)


def test_four_shots_on_paper() -> None:
    """Lengths 2, 4, 4, 10 s.

    Sum 20, mean 20 / 4 = 5. Deviations -3, -1, -1, 5; squares 9 + 1 + 1 + 25 = 36; over n - 1 = 3:
    12. Quartiles lie at positions .75, 1.5 and 2.25 of 0 to 3: 2 + .75 x 2 = 3.5, 4, and
    4 + .25 x 6 = 5.5. Three cuts in a third of a minute are 9 in a minute.
    """
    measured = measure_cutting(make_shots([4, 2, 10, 4]))
    assert (measured.n_shots, measured.length_s) == (4, 20.0)
    assert (measured.median_s, measured.mean_s, measured.median_to_mean) == (4.0, 5.0, 0.8)
    assert (measured.shortest_s, measured.longest_s, measured.range_s) == (2.0, 10.0, 8.0)
    assert measured.standard_deviation_s == pytest.approx(sqrt(12), rel=1e-15)
    assert measured.coefficient_of_variation == pytest.approx(sqrt(12) / 5, rel=1e-15)
    quartiles = (measured.first_quartile_s, measured.third_quartile_s)
    assert quartiles == (3.5, 5.5)
    assert measured.interquartile_range_s == 2.0
    assert measured.cuts_per_minute == 9.0


def test_one_long_shot_moves_the_mean_but_not_the_median() -> None:
    """Redfern's reason to lead with the median: nine shots of 3 s and one of 273 s.

    Mean (27 + 273) / 10 = 30 s, though nine of ten shots last 3 s.
    """
    measured = measure_cutting(make_shots([3] * 5 + [273] + [3] * 4))
    assert (measured.median_s, measured.mean_s, measured.median_to_mean) == (3.0, 30.0, 0.1)
    assert measured.interquartile_range_s == 0.0


@given(lengths=lengths_lists.filter(lambda lengths: len(set(lengths)) > 1))
def test_spread_agrees_with_scipy(lengths: list[int]) -> None:
    """Without shots all of one length, whose variation scipy refuses for its rounding."""
    seconds = np.array(lengths) * float(TIME_BASE)
    measured = measure_cutting(make_shots(lengths, time_base=TIME_BASE, start_pts=-77))
    expected = {
        "mean_s": stats.tmean(seconds),
        "median_s": stats.scoreatpercentile(seconds, 50),
        "first_quartile_s": stats.scoreatpercentile(seconds, 25),
        "third_quartile_s": stats.scoreatpercentile(seconds, 75),
        "interquartile_range_s": stats.iqr(seconds),
        "standard_deviation_s": stats.tstd(seconds),
        "coefficient_of_variation": stats.tstd(seconds) / stats.tmean(seconds),
        "cuts_per_minute": (len(lengths) - 1) / (seconds.sum() / 60),
    }
    found = {name: getattr(measured, name) for name in expected}
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_trend_of_three_shots_on_paper() -> None:
    """Lengths 1, 2, 3 s in 6 s of film, so middles at .5, 2 and 4.5 s.

    Time is x = middle / 3 - 1, in sixths -5, -2 and 3, with mean -4/3; about it -11/3, -2/3 and
    13/3. Lengths about their mean 2: -1, 0, 1. Slope = sum(dx dy) / sum(dx^2)
    = (11/3 + 13/3) / ((121 + 4 + 169) / 9) = 8 x 9 / 294 = 12/49 to the sixth, so 72/49.
    Intercept = 2 - 72/49 x (-4/3) / 6 = 2 + 16/49.
    """
    measured = measure_cutting(make_shots([1, 2, 3]), trend_degree=1)
    assert measured.trend_degree == 1
    assert measured.trend_coefficients == pytest.approx((2 + 16 / 49, 72 / 49), rel=1e-13)
    assert measured.trend_s(0) == pytest.approx(2 + 16 / 49 - 72 / 49)
    assert measured.trend_s(0.5) == pytest.approx(2 + 16 / 49)


def test_a_straight_trend_agrees_with_scipys_regression() -> None:
    lengths = [40, 12, 90, 7, 33, 21, 64, 5, 18, 50]
    ends = np.cumsum(lengths)
    middles = (ends - np.array(lengths) / 2) / ends[-1] * 2 - 1
    line = stats.linregress(middles, lengths)
    measured = measure_cutting(make_shots(lengths), trend_degree=1)
    assert measured.trend_coefficients == pytest.approx((line.intercept, line.slope), rel=1e-12)


def solve_exactly(rows: list[list[Fraction]]) -> list[Fraction]:
    """Solve (n, n + 1) linear equations by elimination, without rounding."""
    n = len(rows)
    for k in range(n):
        pivot = next(i for i in range(k, n) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(n):
            if i != k:
                factor = rows[i][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[n] for row in rows]


@pytest.mark.parametrize("degree", [2, 3, 6, 12])
@pytest.mark.parametrize("start_pts", [0, -90_000, 2**52 + 1])
def test_trends_agree_with_the_normal_equations_in_exact_fractions(
    degree: int, start_pts: int
) -> None:
    """Least squares: sum_j c_j sum_i x_i^(j + k) = sum_i y_i x_i^k for k = 0 to the degree."""
    rng = np.random.default_rng(degree)
    lengths = rng.integers(5, 300, 50).tolist()
    total, at, times = sum(lengths), Fraction(0), []
    for length in lengths:
        times.append(2 * (at + Fraction(length, 2)) / total - 1)
        at += length
    rows = [
        [
            *(sum((x ** (j + k) for x in times), Fraction(0)) for j in range(degree + 1)),
            sum((y * x**k for x, y in zip(times, lengths, strict=True)), Fraction(0)) / 24,
        ]
        for k in range(degree + 1)
    ]
    expected = [float(each) for each in solve_exactly(rows)]
    shots = make_shots(lengths, time_base=Fraction(1, 24), start_pts=start_pts)
    measured = measure_cutting(shots, trend_degree=degree)
    assert measured.trend_coefficients == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_a_trend_of_one_degree_less_than_shots_runs_through_all_of_them() -> None:
    """A polynomial of degree n - 1 has n coefficients, as many as there are points to meet."""
    lengths = [3, 1, 4, 1, 5]
    measured = measure_cutting(make_shots(lengths), trend_degree=4)
    middles = [1.5, 3.5, 6, 8.5, 11.5]  # sums up to each shot, and half of it
    found = [measured.trend_s(middle / 14) for middle in middles]
    assert found == pytest.approx(lengths, rel=1e-10)


@given(lengths=lengths_lists, half=st.integers(0, 40))
def test_the_moving_average_is_a_convolution_over_the_shots_there_are(
    lengths: list[int], half: int
) -> None:
    window = 2 * half + 1
    kernel, inside = np.ones(window), slice(half, half + len(lengths))
    sums = np.convolve(np.array(lengths) / 24, kernel)[inside]
    n_shots = np.convolve(np.ones(len(lengths)), kernel)[inside]
    shots = make_shots(lengths, time_base=Fraction(1, 24))
    measured = measure_cutting(shots, moving_average_shots=window)
    assert measured.moving_average_s == pytest.approx((sums / n_shots).tolist(), rel=1e-9)


def test_the_histogram_on_paper() -> None:
    """Longest 20 s, so 20 bins of 1 s: [0, 1), [1, 2), ... [19, 20]."""
    measured = measure_cutting(make_shots([1, 3, 1, 39, 40, 6], time_base=Fraction(1, 2)))
    assert measured.histogram_edges_s == pytest.approx(range(21))
    expected = [0] * 20
    expected[0] = 2  # twice 0.5 s
    expected[1] = 1  # 1.5 s
    expected[3] = 1  # 3 s lies on the bound, and belongs to the upper bin
    expected[19] = 2  # 19.5 s, and 20 s on the last bound
    assert list(measured.histogram) == expected


def test_the_cutting_rate_over_time_on_paper() -> None:
    """Cuts at 30, 60, 90, 100 and 150 s of 160 s: minutes [0, 60), [60, 120), [120, 160)."""
    measured = measure_cutting(make_shots([30, 30, 30, 10, 50, 10], start_pts=-1000))
    assert measured.cuts_in_minute == (1, 3, 1)


def test_a_gap_takes_time_in_the_course_but_not_in_the_lengths() -> None:
    """Two shots of 30 s, 4 minutes lost, and two more of 30 s: cuts at 30, 300 and 330 s of 360 s.

    Lengths add up to 2 minutes with 3 boundaries: 1.5 in a minute. Middles of the shots: 15, 45,
    315 and 345 s, by symmetry about 180 s with a level trend of 30 s.
    """
    measured = measure_cutting(make_shots([30] * 4, lost={2: 240}), trend_degree=1)
    assert measured.length_s == 120.0
    assert measured.cuts_in_minute == (1, 0, 0, 0, 0, 2)
    assert measured.cuts_per_minute == 1.5
    assert measured.trend_coefficients == pytest.approx((30.0, 0.0), abs=1e-12)


def test_trends_of_long_films_bear_every_degree() -> None:
    """200 log-normal lengths, as Redfern finds shot lengths to be roughly distributed."""
    lengths = np.random.default_rng(3).lognormal(4.3, 0.8, 200).astype(int) + 1
    assert choose_trend_degree(make_shots(lengths.tolist()), at_most=12) == 12
