"""What cinemetrics promise of any film: ranges, degrees, errors, and numbers that JSON can hold."""

import dataclasses
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.pipeline.sheet import measure_shots
from cinefacs.records.shot import ShotStart
from cinefacs.shots.cinemetrics import Cinemetrics, choose_trend_degree, measure_cutting
from cinefacs.shots.config import ShotConfig
from tests.support.records import time_bases
from tests.support.shots import make_shots

CLUSTERED = [1] * 39 + [3_000_000]
"""39 single frames, then one long shot: all middles but the last lie within d = 2.6e-5 of the time.

One far point gives one coefficient; those of degree k - 1 within d are told apart by about
d^(k - 1): 2.6e-5 for degree 2, 7e-10 for degree 3, which is below the limit of 1e-8.
"""


def check_ranges(measured: Cinemetrics, n: int) -> None:
    json.dumps(dataclasses.asdict(measured), allow_nan=False)
    assert measured.n_shots == n
    assert 0 < measured.shortest_s <= measured.first_quartile_s <= measured.median_s
    assert measured.median_s <= measured.third_quartile_s <= measured.longest_s
    assert measured.shortest_s <= measured.mean_s <= measured.longest_s <= measured.length_s
    assert measured.range_s == measured.longest_s - measured.shortest_s
    assert 0 <= measured.interquartile_range_s <= measured.range_s
    assert measured.standard_deviation_s >= 0
    assert measured.median_to_mean > 0
    assert measured.cuts_per_minute >= 0
    assert len(measured.trend_coefficients) == measured.trend_degree + 1
    assert len(measured.moving_average_s) == n
    assert min(measured.moving_average_s) >= measured.shortest_s
    assert max(measured.moving_average_s) <= measured.longest_s
    assert len(measured.histogram_edges_s) == len(measured.histogram) + 1 == 21
    assert sum(measured.histogram) == n
    assert sum(measured.cuts_in_minute) == n - 1


@given(
    lengths=st.lists(st.integers(1, 2**22), min_size=1, max_size=40),
    start_pts=st.integers(-(2**50), 2**50),
    time_base=time_bases,
    degree=st.integers(1, 12),
    half=st.integers(0, 20),
)
def test_every_number_of_any_film_is_in_its_range(
    lengths: list[int], start_pts: int, time_base: Fraction, degree: int, half: int
) -> None:
    shots = make_shots(lengths, time_base=time_base, start_pts=start_pts)
    measured = measure_cutting(
        shots,
        trend_degree=choose_trend_degree(shots, at_most=degree),
        moving_average_shots=2 * half + 1,
    )
    check_ranges(measured, len(lengths))
    assert measured.trend_degree <= degree
    at_zero = make_shots(lengths, time_base=time_base)
    again = measure_cutting(
        at_zero, trend_degree=measured.trend_degree, moving_average_shots=2 * half + 1
    )
    assert measured == again, "where the clock starts tells nothing about the cutting"


@pytest.mark.parametrize("n", [1, 2, 7, 30, 1000])
@pytest.mark.parametrize("length", [1, 3, 7, 48])
def test_shots_of_equal_length_do_not_vary(n: int, length: int) -> None:
    time_base = Fraction(1001, 30000)  # no binary fraction: sums of floats would round
    measured = measure_cutting(make_shots([length] * n, time_base=time_base))
    each_s = float(length * time_base)
    assert (measured.standard_deviation_s, measured.coefficient_of_variation) == (0.0, 0.0)
    assert (measured.median_to_mean, measured.interquartile_range_s) == (1.0, 0.0)
    assert set(measured.moving_average_s) == {each_s}
    assert measured.histogram[-1] == n
    assert measured.trend_s(0.3) == pytest.approx(each_s)


def test_a_film_of_one_shot_has_no_spread_no_cut_and_no_trend() -> None:
    measured = measure_cutting(make_shots([48], time_base=Fraction(1, 24), start_pts=-5))
    check_ranges(measured, 1)
    assert (measured.length_s, measured.mean_s, measured.median_s) == (2.0, 2.0, 2.0)
    assert (measured.standard_deviation_s, measured.cuts_per_minute) == (0.0, 0.0)
    assert (measured.trend_degree, measured.cuts_in_minute) == (0, (0,))
    assert measured.trend_coefficients == pytest.approx((2.0,))
    assert measured.moving_average_s == (2.0,)


def test_a_film_of_two_thousand_shots_is_measured_whole() -> None:
    lengths = np.random.default_rng(1).integers(1, 400, 2000).tolist()
    shots = make_shots(lengths, time_base=Fraction(1, 24), start_pts=10**12)
    measured = measure_cutting(shots, trend_degree=12)
    check_ranges(measured, 2000)
    assert len(measured.cuts_in_minute) == -(-sum(lengths) // (24 * 60))


def test_a_film_of_exactly_a_minute_has_one_minute() -> None:
    assert measure_cutting(make_shots([30, 30])).cuts_in_minute == (1,)
    assert measure_cutting(make_shots([30, 31])).cuts_in_minute == (1, 0)


@pytest.mark.parametrize(
    ("n", "at_most", "expected"),
    [
        (1, 3, 0),
        (3, 3, 0),
        (4, 3, 1),
        (9, 3, 2),
        (10, 3, 3),
        (500, 3, 3),
        (37, 12, 12),
        (36, 12, 11),
    ],
)
def test_a_degree_asks_for_three_shots_each(n: int, at_most: int, expected: int) -> None:
    shots = make_shots([24] * n)
    assert choose_trend_degree(shots, at_most=at_most) == expected
    assert measure_cutting(shots, trend_degree=expected).trend_degree == expected


def test_the_degree_is_lowered_where_the_shots_lie_too_close_together() -> None:
    shots = make_shots(CLUSTERED)
    assert choose_trend_degree(shots, at_most=12) == 2
    assert choose_trend_degree(shots, at_most=1) == 1
    assert measure_cutting(shots).trend_degree == 2
    check_ranges(measure_cutting(shots, trend_degree=2), 40)
    with pytest.raises(ConfigError, match="the times of the shots determine, got 3") as caught:
        measure_cutting(shots, trend_degree=3)
    assert "choose_trend_degree" in caught.value.hint


def test_what_is_not_asked_for_is_as_configured() -> None:
    shots, config = make_shots([5, 9, 7] * 10), ShotConfig()
    measured = measure_cutting(shots)
    assert measured.trend_degree == choose_trend_degree(shots) == config.trend_degree
    assert measured.moving_average_shots == config.moving_average_shots


@pytest.mark.parametrize(("n", "degree"), [(1, 1), (5, 5), (5, -1), (40, 13)])
def test_an_impossible_degree_is_refused(n: int, degree: int) -> None:
    expected = f"trend_degree: expected 0 to {min(12, n - 1)} for {n} shots, got {degree}"
    with pytest.raises(ConfigError, match=expected):
        measure_cutting(make_shots([24] * n), trend_degree=degree)


@pytest.mark.parametrize("at_most", [0, 13])
def test_a_wish_out_of_range_is_refused(at_most: int) -> None:
    with pytest.raises(ConfigError, match=f"trend_degree: expected 1 to 12, got {at_most}"):
        choose_trend_degree(make_shots([24] * 50), at_most=at_most)


@pytest.mark.parametrize("window", [0, -1, 8])
def test_a_window_without_a_middle_is_refused(window: int) -> None:
    with pytest.raises(ConfigError, match=f"an odd number of 1 or more, got {window}"):
        measure_cutting(make_shots([24] * 50), moving_average_shots=window)


def test_a_window_of_one_shot_averages_nothing_and_a_wide_one_everything() -> None:
    shots = make_shots([2, 4, 9])
    assert measure_cutting(shots, moving_average_shots=1).moving_average_s == (2.0, 4.0, 9.0)
    assert measure_cutting(shots, moving_average_shots=99).moving_average_s == (5.0, 5.0, 5.0)


def test_no_shots_are_refused() -> None:
    with pytest.raises(SchemaError, match="shots: expected at least one, got 0"):
        measure_cutting([])
    with pytest.raises(SchemaError, match="shots: expected at least one, got 0"):
        choose_trend_degree([])


def test_shots_of_two_films_and_shots_out_of_order_are_refused() -> None:
    shots = make_shots([24, 24])
    with pytest.raises(SchemaError, match="those of one film, got 'shots of 2 films'"):
        measure_cutting([*shots, *make_shots([24], film_id="cd" * 32, start_pts=48)])
    with pytest.raises(SchemaError, match="order of time, got 'shot 0 after shot 1'"):
        measure_cutting(shots[::-1])


def test_the_description_leads_with_the_median_and_names_units() -> None:
    words = measure_cutting(make_shots([4, 2, 10, 4]), trend_degree=2).describe()
    assert words[0] == ("median shot length (MSL)", "4.00 s")
    assert dict(words)["interquartile range"] == "2.00 s (3.50 to 5.50 s)"
    assert dict(words)["standard deviation"] == "3.46 s"
    assert dict(words)["cuts per minute"] == "9.00"
    assert dict(words)["degree of the trendline"] == "2"
    assert len(dict(words)) == len(words) == 13


def test_a_study_takes_the_configured_measures_as_a_wish() -> None:
    config = ShotConfig(trend_degree=5, moving_average_shots=3)
    starts = {2: ShotStart.FADE}
    long = measure_shots(make_shots([4, 2, 10, 4] * 5, starts=starts), config)
    assert (long.trend_degree, long.moving_average_shots) == (5, 3)
    assert long.moving_average_s[1] == pytest.approx(16 / 3)
    short = measure_shots(make_shots([4, 2, 10, 4], starts=starts), config)
    assert (short.trend_degree, short.moving_average_shots) == (1, 3)
    assert measure_shots(make_shots([4]), config).trend_degree == 0
