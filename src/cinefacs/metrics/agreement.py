"""How far coders agree beyond chance: Cohen's, Light's and Fleiss' kappa, Wexler's ratio.

Every measure here follows from counts that add up over clips, so that a bootstrap by clip needs
the ratings only once. The functions in the plural take many sets of counts at a time and mark an
undefined value as NaN; those in the singular return None. Nothing that is undefined is ever 0
or 1: coders who always say the same of everything show no agreement, since they show nothing.
"""

from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.metrics.agreement_counts import coincidence_table, divide_or_nan, none_for_nan

__all__ = [
    "Weighting",
    "cohen_kappa",
    "cohen_kappas",
    "disagreement_weights",
    "fleiss_kappa",
    "fleiss_kappas",
    "light_kappas",
    "wexler_ratio",
    "wexler_ratios",
]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]  # integers, or sums of them in floats


class Weighting(StrEnum):
    """How much a disagreement counts by the number of steps between the two values."""

    NOMINAL = "nominal"
    """Every disagreement the same: Cohen 1960."""
    LINEAR = "linear"
    """By the number of steps: Cicchetti and Allison 1971."""
    QUADRATIC = "quadratic"
    """By its square: Fleiss and Cohen 1973."""


def disagreement_weights(n_values: int, weighting: Weighting) -> Floats:
    """Return how much each pair of values disagrees; 0 where they are the same.

    Parameters
    ----------
    n_values
        Number K of values, in their order.
    weighting
        Which rule.

    Returns
    -------
    (K, K) float64
        Not divided by the largest: a constant factor cancels in kappa, and whole numbers are
        added up exactly.
    """
    steps = np.abs(np.subtract.outer(np.arange(n_values), np.arange(n_values)))
    match weighting:
        case Weighting.NOMINAL:
            return (steps > 0).astype(np.float64)
        case Weighting.LINEAR:
            return steps.astype(np.float64)
        case Weighting.QUADRATIC:
            return steps.astype(np.float64) ** 2


def cohen_kappas(tables: Counts, weighting: Weighting = Weighting.NOMINAL) -> Floats:
    """Return Cohen's kappa of each table, weighted on demand.

    kappa = 1 - n * sum(w_ij n_ij) / sum(w_ij n_i. n_.j), with w the disagreement of two values:
    for the nominal weighting this is (p_o - p_e) / (1 - p_e).

    Parameters
    ----------
    tables : (..., K, K), 0 or more
        As `confusion_table` counts them, or sums of such.
    weighting
        What a disagreement weighs.

    Returns
    -------
    (...) float64, at most 1
        NaN where it is undefined: no unit, or both coders gave one and the same value to all.

    References
    ----------
    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological
    Measurement 20, 1960; J. Cohen, "Weighted kappa", Psychological Bulletin 70, 1968.
    """
    counts = np.asarray(tables, np.float64)  # (..., K, K)
    weights = disagreement_weights(counts.shape[-1], weighting)
    n = counts.sum(axis=(-2, -1))
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)  # (..., K)
    observed = (counts * weights).sum(axis=(-2, -1))
    by_chance = ((rows @ weights) * columns).sum(axis=-1)
    return 1 - divide_or_nan(n * observed, by_chance)


def cohen_kappa(table: Counts, weighting: Weighting = Weighting.NOMINAL) -> float | None:
    """Return Cohen's kappa of one table; None where it is undefined.

    Parameters
    ----------
    table : (K, K)
        As `confusion_table` counts it.
    weighting
        What a disagreement weighs.

    Raises
    ------
    SchemaError
        The table is not square, or a count is below 0.
    """
    counts = np.asarray(table)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise SchemaError(f"table: expected shape (K, K), got {counts.shape}")
    if (counts < 0).any():
        raise SchemaError(f"table: expected counts of 0 or more, got {counts.min()}")
    return none_for_nan(cohen_kappas(counts, weighting).item())


def light_kappas(pairwise: Floats) -> Floats:
    """Return Light's kappa: the mean of Cohen's over all pairs of coders for whom it is defined.

    Parameters
    ----------
    pairwise : (P, ...) float64
        Cohen's kappa of each pair; NaN where undefined.

    Returns
    -------
    (...) float64
        NaN where it is defined for no pair.

    References
    ----------
    R. J. Light, "Measures of response agreement for qualitative data", Psychological Bulletin 76,
    1971. Differs from it: there every pair is defined.
    """
    is_defined = ~np.isnan(pairwise)
    return divide_or_nan(np.where(is_defined, pairwise, 0.0).sum(axis=0), is_defined.sum(axis=0))


def fleiss_kappas(coincidences: Counts) -> Floats:
    """Return Fleiss' kappa from coincidences of units that all coders judged.

    With the same number of coders for each unit, the shares of agreeing pairs and of values are
    those of the coincidence matrix o: P = sum(o_jj) / n, p_j = n_j / n.

    Parameters
    ----------
    coincidences : (..., K, K)
        As `agreement_counts.coincidence_table` gives them for units with one number of coders.

    Returns
    -------
    (...) float64
        NaN where it is undefined: no unit, or one value only.
    """
    pairs = np.asarray(coincidences, np.float64)  # (..., K, K)
    n_values = pairs.sum(axis=-1)  # (..., K)
    n = n_values.sum(axis=-1)
    is_varied = (n_values > 0).sum(axis=-1) > 1
    agreeing = np.trace(pairs, axis1=-2, axis2=-1)
    # (P - P_e) / (1 - P_e), both multiplied by n squared
    chance = (n_values**2).sum(axis=-1)
    return divide_or_nan(n * agreeing - chance, np.where(is_varied, n**2 - chance, 0.0))


def fleiss_kappa(counts: npt.ArrayLike) -> float | None:
    """Return Fleiss' kappa; None where it is undefined.

    Parameters
    ----------
    counts : (U, K) integers
        How many coders gave each value to each unit; as many in all for each unit. The coders
        may be others for each unit.

    Raises
    ------
    SchemaError
        Units differ in the number of coders, or it is below 2.

    References
    ----------
    J. L. Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin
    76, 1971.
    """
    given = np.asarray(counts)
    if given.ndim != 2:
        raise SchemaError(f"counts: expected shape (units, values), got {given.shape}")
    n_coders = np.unique(given.sum(axis=1))
    if n_coders.size > 1 or (n_coders < 2).any():
        raise SchemaError(
            f"counts: expected one number of coders for all units, 2 or more, got {n_coders}",
            hint="leave out units that not all coders judged, or use Krippendorff's alpha",
        )
    if not n_coders.size:
        return None
    return none_for_nan(fleiss_kappas(coincidence_table(given)).item())


def wexler_ratios(n_agreed: npt.ArrayLike, n_scored: npt.ArrayLike) -> Floats:
    """Return 2 * agreed / scored, the ratio by which FACS coders are certified.

    Parameters
    ----------
    n_agreed
        Action units that both coders scored.
    n_scored
        Action units that the one scored plus those that the other did.

    Returns
    -------
    float64, 0 to 1
        NaN where neither scored any.

    References
    ----------
    P. Ekman, W. V. Friesen and J. C. Hager, "FACS Investigator's Guide", 2002, after D. Wexler,
    "Methods for unitizing protocols of descriptions of emotional states", 1972.
    """
    return divide_or_nan(2 * np.asarray(n_agreed, np.float64), n_scored)


def wexler_ratio(n_agreed: int, n_scored: int) -> float | None:
    """Return 2 * agreed / scored; None where neither coder scored any.

    Parameters
    ----------
    n_agreed, n_scored
        As `wexler_ratios`.

    Raises
    ------
    SchemaError
        More are agreed upon than both scored.
    """
    if not 0 <= 2 * n_agreed <= n_scored:
        raise SchemaError(f"n_agreed: expected 0 to {n_scored / 2:g}, got {n_agreed}")
    return none_for_nan(wexler_ratios(n_agreed, n_scored).item())
