"""Cinemetrics: how a film is cut, in the measures of film scholars.

Sources: Y. Tsivian, "Cinemetrics, part of the humanities' cyberinfrastructure", 2009 (average
shot length, trendline, cutting rate); N. Redfern, "Films and statistics: give and take", 2011
(the median and the interquartile range, since shot lengths are skewed and one long shot moves
the mean). Barry Salt's "cutting swing" has no published formula that we found; the standard
deviation, which it is said to follow, is given under its own name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from math import ceil
from statistics import stdev

import numpy as np
import numpy.typing as npt
from numpy.polynomial import Polynomial

from cinefacs.errors import ConfigError
from cinefacs.records.checks import require
from cinefacs.records.shot import Shot
from cinefacs.shots.config import ShotConfig

__all__ = ["Cinemetrics", "choose_trend_degree", "measure_cutting"]

_DEFAULTS = ShotConfig()
_HIGHEST_DEGREE = 12
_SHOTS_PER_DEGREE = 3
_N_BINS = 20
_SMALLEST_SINGULAR_VALUE = 1e-8
"""Of the trendline's equations, in shares of the largest: below it, where the shots' middles lie
in a few tight groups, fewer than half of the digits of the coefficients would be true."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cinemetrics:
    """The measures of one film. Lengths in seconds; `median_s` tells more than `mean_s`."""

    n_shots: int
    """Number of shots."""
    length_s: float
    """Length of the film: of all its shots, so that the time lost in gaps is left out."""
    median_s: float
    """Median shot length, MSL."""
    mean_s: float
    """Average shot length, ASL: one long shot moves it."""
    median_to_mean: float
    """MSL / ASL: 1 for symmetric, well below 1 for skewed lengths."""
    shortest_s: float
    """Shortest shot."""
    longest_s: float
    """Longest shot."""
    range_s: float
    """Longest less shortest."""
    standard_deviation_s: float
    """Of the shot lengths, with n - 1 in the divisor; 0 for one shot."""
    coefficient_of_variation: float
    """Standard deviation / ASL."""
    first_quartile_s: float
    """A quarter of the shots is shorter (linear interpolation)."""
    third_quartile_s: float
    """A quarter of the shots is longer."""
    interquartile_range_s: float
    """Third less first quartile."""
    cuts_per_minute: float
    """Boundaries between shots, gaps among them, by the minute of `length_s`."""
    trend_degree: int
    """Degree of the trendline; 0, a level line at the mean, where there are too few shots."""
    trend_coefficients: tuple[float, ...]
    """Of the trendline by rising power, over time scaled to -1 (start) to 1 (end): s."""
    moving_average_shots: int
    """Shots in the window of the moving average."""
    moving_average_s: tuple[float, ...]
    """Mean length of the shots in a window centred on each shot; at both ends the window is as
    wide as there are shots."""
    histogram_edges_s: tuple[float, ...]
    """Bounds of the histogram's bins."""
    histogram: tuple[int, ...]
    """Shots in each bin; the last bin includes its upper bound."""
    cuts_in_minute: tuple[int, ...]
    """Cutting rate over time: boundaries in each minute from the film's start to its end, gaps
    in the film included, the last minute perhaps not whole."""

    def describe(self) -> list[tuple[str, str]]:
        """Return name and value with unit of each single measure, the telling ones first."""
        return [
            ("median shot length (MSL)", f"{self.median_s:.2f} s"),
            ("interquartile range", (f"{self.interquartile_range_s:.2f} s "
             f"({self.first_quartile_s:.2f} to {self.third_quartile_s:.2f} s)")),
            ("average shot length (ASL)", f"{self.mean_s:.2f} s"),
            ("MSL / ASL", f"{self.median_to_mean:.2f}"),
            ("standard deviation", f"{self.standard_deviation_s:.2f} s"),
            ("coefficient of variation", f"{self.coefficient_of_variation:.2f}"),
            ("shortest shot", f"{self.shortest_s:.2f} s"),
            ("longest shot", f"{self.longest_s:.2f} s"),
            ("range", f"{self.range_s:.2f} s"),
            ("cuts per minute", f"{self.cuts_per_minute:.2f}"),
            ("number of shots", f"{self.n_shots:,}"),
            ("length", f"{self.length_s:.2f} s"),
            ("degree of the trendline", str(self.trend_degree)),
        ]  # fmt: skip

    def trend_s(self, share: float) -> float:
        """Return the trendline's shot length, s.

        Parameters
        ----------
        share
            Time over the film's length, 0 to 1.
        """
        return float(Polynomial(self.trend_coefficients)(2 * share - 1))


def choose_trend_degree(shots: Sequence[Shot], *, at_most: int = _DEFAULTS.trend_degree) -> int:
    """Return the highest degree, up to a limit, of a trendline that the shots bear.

    There must be three shots for each degree, since a polynomial with as many coefficients as
    there are shots runs through every one of them and shows no trend; and the times of the shots
    must tell the coefficients apart, which they do not where nearly all lie close together.

    Parameters
    ----------
    shots
        All shots of one film, in order, at least one.
    at_most
        The degree asked for, 1 to 12.

    Returns
    -------
    int, 0 to `at_most`
        0 for three shots or fewer.

    Raises
    ------
    SchemaError
        There is no shot, or they are not those of one film in order.
    ConfigError
        `at_most` is out of its range.
    """
    _require_one_film(shots)
    if not 1 <= at_most <= _HIGHEST_DEGREE:
        raise ConfigError(f"trend_degree: expected 1 to {_HIGHEST_DEGREE}, got {at_most}")
    lengths = np.array([float(shot.span.duration_s) for shot in shots])
    degree = min(at_most, (len(shots) - 1) // _SHOTS_PER_DEGREE)
    while _fit_trend(shots, lengths, degree) is None:
        degree -= 1
    return degree


def measure_cutting(
    shots: Sequence[Shot],
    *,
    trend_degree: int | None = None,
    moving_average_shots: int = _DEFAULTS.moving_average_shots,
) -> Cinemetrics:
    """Return the cinemetrics of a film.

    Parameters
    ----------
    shots
        All shots of one film, in order, at least one.
    trend_degree
        Degree of the trendline's polynomial, 0 to 12 and below the number of shots. None takes
        what `choose_trend_degree` says.
    moving_average_shots
        Window of the moving average, an odd number of shots; it may exceed their number.

    Raises
    ------
    SchemaError
        There is no shot, or they are not those of one film in order.
    ConfigError
        A degree or a window out of its range, or a degree that the shots do not determine.
    """
    _require_one_film(shots)
    if moving_average_shots < 1 or moving_average_shots % 2 == 0:
        raise ConfigError(
            f"moving_average_shots: expected an odd number of 1 or more, got {moving_average_shots}"
        )
    n = len(shots)
    # Sums of the exact lengths: shots of equal length deviate by 0, and no mean leaves its range.
    exact = [shot.span.duration_s for shot in shots]
    total_s = sum(exact, Fraction(0))
    lengths = np.array([float(length) for length in exact])  # (n,) s
    degree = choose_trend_degree(shots) if trend_degree is None else trend_degree
    first_quartile, median, third_quartile = np.quantile(lengths, [0.25, 0.5, 0.75]).tolist()
    mean = float(total_s / n)
    deviation = float(stdev(exact)) if n > 1 else 0.0
    counts, edges = np.histogram(lengths, bins=_N_BINS, range=(0, float(lengths.max())))
    return Cinemetrics(
        n_shots=n,
        length_s=float(total_s),
        median_s=median,
        mean_s=mean,
        median_to_mean=median / mean,
        shortest_s=float(lengths.min()),
        longest_s=float(lengths.max()),
        range_s=float(np.ptp(lengths)),
        standard_deviation_s=deviation,
        coefficient_of_variation=deviation / mean,
        first_quartile_s=first_quartile,
        third_quartile_s=third_quartile,
        interquartile_range_s=third_quartile - first_quartile,
        cuts_per_minute=float((n - 1) * 60 / total_s),
        trend_degree=degree,
        trend_coefficients=_require_trend(shots, lengths, degree),
        moving_average_shots=moving_average_shots,
        moving_average_s=_moving_average(exact, moving_average_shots),
        histogram_edges_s=tuple(edges.tolist()),
        histogram=tuple(counts.tolist()),
        cuts_in_minute=_cuts_in_minute(shots),
    )


def _require_one_film(shots: Sequence[Shot]) -> None:
    """Raise unless there are shots, all of one film, in order of time."""
    require(len(shots) > 0, "shots", "at least one", len(shots))
    n_films = len({shot.film_id for shot in shots})
    require(n_films == 1, "shots", "those of one film", f"shots of {n_films} films")
    for before, after in pairwise(shots):
        require(
            before.span.start_s < after.span.start_s,
            "shots",
            "ascending order of time",
            f"shot {after.shot_index} after shot {before.shot_index}",
        )


def _require_trend(
    shots: Sequence[Shot], lengths_s: npt.NDArray[np.float64], degree: int
) -> tuple[float, ...]:
    """Return the coefficients of the trendline, or raise where the degree is impossible."""
    highest = min(_HIGHEST_DEGREE, len(shots) - 1)
    if not 0 <= degree <= highest:
        raise ConfigError(
            f"trend_degree: expected 0 to {highest} for {len(shots)} shots, got {degree}"
        )
    coefficients = _fit_trend(shots, lengths_s, degree)
    if coefficients is None:
        raise ConfigError(
            "trend_degree: expected one that the times of the shots determine, "
            f"got {degree} for shots that lie close together",
            hint="choose_trend_degree says how high a degree the shots bear",
        )
    return coefficients


def _fit_trend(
    shots: Sequence[Shot], lengths_s: npt.NDArray[np.float64], degree: int
) -> tuple[float, ...] | None:
    """Return the least-squares polynomial through the shots' middles, over time in -1 to 1.

    None where the middles do not tell its coefficients apart.
    """
    start_s = shots[0].span.start_s
    whole_s = shots[-1].span.end_s - start_s
    times = [
        float((shot.span.start_s + shot.span.end_s - 2 * start_s) / whole_s - 1) for shot in shots
    ]
    fit, (_, rank, _, _) = Polynomial.fit(
        times, lengths_s, degree, domain=[-1, 1], rcond=_SMALLEST_SINGULAR_VALUE, full=True
    )
    return tuple(fit.coef.tolist()) if rank == degree + 1 else None


def _moving_average(lengths_s: Sequence[Fraction], window: int) -> tuple[float, ...]:
    """Return the mean over a centred window, narrower at both ends."""
    n, half = len(lengths_s), window // 2
    sums = list(accumulate(lengths_s, initial=Fraction(0)))  # (n + 1,) s
    bounds = [(max(k - half, 0), min(k + half + 1, n)) for k in range(n)]
    return tuple(float((sums[high] - sums[low]) / (high - low)) for low, high in bounds)


def _cuts_in_minute(shots: Sequence[Shot]) -> tuple[int, ...]:
    """Return the boundaries in each minute."""
    start_s = shots[0].span.start_s
    counts = [0] * ceil((shots[-1].span.end_s - start_s) / 60)
    for shot in shots[1:]:
        counts[(shot.span.start_s - start_s) // 60] += 1
    return tuple(counts)
