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

import numpy as np
from numpy.polynomial import Polynomial

from cinefacs.errors import ConfigError
from cinefacs.records.checks import require
from cinefacs.records.shot import Shot

__all__ = ["Cinemetrics", "measure_cutting"]

_HIGHEST_DEGREE = 12
_N_BINS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Cinemetrics:
    """The measures of one film. Lengths in seconds; `median_s` tells more than `mean_s`."""

    n_shots: int
    """Number of shots."""
    length_s: float
    """Length of the film."""
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
    """Boundaries between shots, by the minute."""
    trend_degree: int
    """Degree of the trendline."""
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
    """Cutting rate over time: boundaries in each minute of the film, the last one perhaps not
    whole."""

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


def measure_cutting(
    shots: Sequence[Shot], *, trend_degree: int | None = None, moving_average_shots: int = 9
) -> Cinemetrics:
    """Return the cinemetrics of a film.

    Parameters
    ----------
    shots
        All shots of one film, in order, at least one.
    trend_degree
        Degree of the trendline's polynomial, 1 to 12 and below the number of shots (0 for a
        single shot). None takes 6, or less where there are not three shots for each degree.
    moving_average_shots
        Window of the moving average, an odd number of shots.

    Raises
    ------
    SchemaError
        There is no shot.
    ConfigError
        A degree or a window out of its range.
    """
    n = len(shots)
    require(n > 0, "measure_cutting: shots", "at least one", n)
    degree = min(6, (n - 1) // 3) if trend_degree is None else trend_degree
    if trend_degree is not None and not 1 <= degree <= min(_HIGHEST_DEGREE, n - 1):
        raise ConfigError(
            f"trend_degree: expected 1 to {min(_HIGHEST_DEGREE, n - 1)} for {n} shots, got {degree}"
        )
    if moving_average_shots < 1 or moving_average_shots % 2 == 0:
        raise ConfigError(
            f"moving_average_shots: expected an odd number, got {moving_average_shots}"
        )
    lengths = np.array([float(shot.span.duration_s) for shot in shots])  # (n,) s
    total_s = sum((shot.span.duration_s for shot in shots), Fraction(0))
    quartiles = np.quantile(lengths, [0.25, 0.5, 0.75])
    mean, deviation = float(lengths.mean()), float(lengths.std(ddof=1)) if n > 1 else 0.0
    counts, edges = np.histogram(lengths, bins=_N_BINS, range=(0, float(lengths.max())))
    return Cinemetrics(
        n_shots=n,
        length_s=float(total_s),
        median_s=float(quartiles[1]),
        mean_s=mean,
        median_to_mean=float(quartiles[1]) / mean,
        shortest_s=float(lengths.min()),
        longest_s=float(lengths.max()),
        range_s=float(np.ptp(lengths)),
        standard_deviation_s=deviation,
        coefficient_of_variation=deviation / mean,
        first_quartile_s=float(quartiles[0]),
        third_quartile_s=float(quartiles[2]),
        interquartile_range_s=float(quartiles[2] - quartiles[0]),
        cuts_per_minute=(n - 1) / (float(total_s) / 60),
        trend_degree=degree,
        trend_coefficients=_fit_trend(shots, lengths.tolist(), degree),
        moving_average_shots=moving_average_shots,
        moving_average_s=_moving_average(lengths.tolist(), moving_average_shots),
        histogram_edges_s=tuple(edges.tolist()),
        histogram=tuple(counts.tolist()),
        cuts_in_minute=_cuts_in_minute(shots, total_s),
    )


def _fit_trend(shots: Sequence[Shot], lengths_s: Sequence[float], degree: int) -> tuple[float, ...]:
    """Return the least-squares polynomial through the shots' middles, over time in -1 to 1."""
    start_s = shots[0].span.start_s
    whole_s = shots[-1].span.end_s - start_s
    middles = [
        float(((shot.span.start_s + shot.span.end_s) / 2 - start_s) / whole_s) for shot in shots
    ]
    fit = Polynomial.fit(2 * np.array(middles) - 1, lengths_s, degree, domain=[-1, 1])
    return tuple(fit.coef.tolist())


def _moving_average(lengths_s: Sequence[float], window: int) -> tuple[float, ...]:
    """Return the mean over a centred window, narrower at both ends."""
    sums = np.concatenate([[0.0], np.cumsum(lengths_s)])
    position = np.arange(len(lengths_s))
    low = np.maximum(position - window // 2, 0)
    high = np.minimum(position + window // 2 + 1, len(lengths_s))
    return tuple(((sums[high] - sums[low]) / (high - low)).tolist())


def _cuts_in_minute(shots: Sequence[Shot], total_s: Fraction) -> tuple[int, ...]:
    """Return the boundaries in each minute."""
    start_s = shots[0].span.start_s
    counts = [0] * (int(total_s // 60) + (total_s % 60 > 0))
    for shot in shots[1:]:
        counts[min(int((shot.span.start_s - start_s) // 60), len(counts) - 1)] += 1
    return tuple(counts)
