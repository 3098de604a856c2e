"""Confidence intervals in closed form for counts, shares and medians."""

import math
from collections.abc import Sequence
from statistics import NormalDist

from cinefacs.errors import SchemaError

__all__ = ["median_interval", "poisson_interval", "wilson_interval"]

_LEVEL = 0.95


def _normal_quantile(level: float) -> float:
    """Return the two-sided quantile of the normal distribution: 1.96 for 0.95."""
    if not 0 < level < 1:
        raise SchemaError(f"confidence level: expected between 0 and 1, got {level}")
    return NormalDist().inv_cdf(0.5 + level / 2)


def poisson_interval(count: int, *, level: float = _LEVEL) -> tuple[float, float]:
    """Return the interval of a Poisson mean by Byar's approximation, which is near the exact one.

    Parameters
    ----------
    count : 0 or more
    level : above 0, below 1

    Returns
    -------
    low, high
        In the unit of the count; the low end for a count of 0 is 0.

    Raises
    ------
    SchemaError
        Count or level is out of range.

    References
    ----------
    N. E. Breslow, N. E. Day, *Statistical Methods in Cancer Research II*, IARC, 1987, eq. 2.13.
    """
    if count < 0:
        raise SchemaError(f"count: expected 0 or more, got {count}")
    z = _normal_quantile(level)
    low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3 if count else 0.0
    above = count + 1
    high = above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3
    return low, high


def wilson_interval(n_of: int, n: int, *, level: float = _LEVEL) -> tuple[float, float]:
    """Return the score interval of a share.

    Parameters
    ----------
    n_of : 0 to n
    n : 1 or more
    level : above 0, below 1

    Returns
    -------
    low, high : 0 to 1

    Raises
    ------
    SchemaError
        A count or the level is out of range.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22, 1927.
    """
    if not 0 <= n_of <= n or n < 1:
        raise SchemaError(f"share: expected 0 <= part <= whole and a whole of 1, got {n_of}, {n}")
    z = _normal_quantile(level)
    share = n_of / n
    middle = share + z**2 / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    return max((middle - spread) / scale, 0.0), min((middle + spread) / scale, 1.0)


def median_interval(
    values: Sequence[float], *, level: float = _LEVEL
) -> tuple[float, float] | None:
    """Return the distribution-free interval of a median, between two of the values.

    Parameters
    ----------
    values
        In any order.
    level : above 0, below 1

    Returns
    -------
    low, high
        In the unit of the values; None where there are fewer than the level asks for (6 for 0.95).

    Raises
    ------
    SchemaError
        The level is out of range.

    References
    ----------
    W. J. Conover, *Practical Nonparametric Statistics*, 3rd ed., 1999, section 3.2: the r-th
    smallest and largest with the greatest r for which P(Binomial(n, 1/2) < r) <= (1 - level) / 2.
    """
    _normal_quantile(level)  # checks the level
    n = len(values)
    tail, r = 0.0, 0
    while r < n and tail + math.comb(n, r) / 2**n <= (1 - level) / 2:
        tail += math.comb(n, r) / 2**n
        r += 1
    if r == 0:
        return None
    ordered = sorted(values)
    return ordered[r - 1], ordered[n - r]
