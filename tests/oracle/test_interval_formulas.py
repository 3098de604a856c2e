"""Intervals against exact ones from scipy, and against published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cinefacs.errors import SchemaError
from cinefacs.metrics.intervals import median_interval, poisson_interval, wilson_interval


@pytest.mark.parametrize("count", [1, 2, 3, 5, 10, 30, 100, 1000])
def test_a_count_has_nearly_the_exact_interval(count: int) -> None:
    """Garwood's exact limits are quantiles of chi-squared; Byar's lie within 3 % or .03."""
    low, high = poisson_interval(count)
    assert low == pytest.approx(stats.chi2.ppf(0.025, 2 * count) / 2, rel=0.03, abs=0.03)
    assert high == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2, rel=0.03)


def test_a_count_of_none_may_still_be_some() -> None:
    """The exact upper limit is 3.69; Byar's for 0 is 3.66 at 95 %."""
    low, high = poisson_interval(0)
    assert low == 0
    assert high == pytest.approx(3.69, abs=0.1)


@given(st.integers(1, 500), st.data(), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_share_has_the_interval_of_scipy(n: int, data: st.DataObject, level: float) -> None:
    n_of = data.draw(st.integers(0, n))
    expected = stats.binomtest(n_of, n).proportion_ci(level, method="wilson")
    assert wilson_interval(n_of, n, level=level) == pytest.approx(tuple(expected), abs=1e-9)


@given(st.lists(st.floats(-1e3, 1e3), min_size=0, max_size=60))
def test_a_median_has_the_interval_of_the_binomial(values: list[float]) -> None:
    found = median_interval(values)
    n = len(values)
    r = int(stats.binom.ppf(0.025, n, 0.5)) if n else 0
    while r > 0 and stats.binom.cdf(r - 1, n, 0.5) > 0.025:
        r -= 1
    while r < n and stats.binom.cdf(r, n, 0.5) <= 0.025:
        r += 1
    if r == 0:
        assert found is None
    else:
        ordered = sorted(values)
        assert found == (ordered[r - 1], ordered[n - r])


def test_six_values_are_the_fewest_for_95_in_100() -> None:
    """2 / 2^6 = .031 is the chance that all six lie on one side of the median; 2 / 2^5 = .0625."""
    assert median_interval([1, 2, 3, 4, 5]) is None
    assert median_interval([3, 1, 2, 6, 5, 4]) == (1, 6)


@pytest.mark.parametrize("level", [0, 1, -0.1])
def test_a_senseless_level_is_refused(level: float) -> None:
    with pytest.raises(SchemaError, match="level"):
        median_interval([1.0, 2.0], level=level)


def test_senseless_counts_are_refused() -> None:
    with pytest.raises(SchemaError, match="count"):
        poisson_interval(-1)
    for n_of, n in ((3, 2), (0, 0), (-1, 4)):
        with pytest.raises(SchemaError, match="share"):
            wilson_interval(n_of, n)
