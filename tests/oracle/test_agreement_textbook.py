"""Measures of agreement against published worked examples and the textbook's formulas.

Where each expected number comes from stands in its test. No number is copied from our own output.
"""

from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.metrics.agreement import (
    Weighting,
    cohen_kappa,
    cohen_kappas,
    fleiss_kappa,
    light_kappas,
    wexler_ratio,
)
from cinefacs.metrics.agreement_alpha import Level, krippendorff_alpha
from cinefacs.metrics.agreement_counts import confusion_table, value_counts

Ratings = npt.NDArray[np.int64]


def rows(*lines: str, values: str) -> Ratings:
    """Return (R, U) positions in `values`; a dot is a missing rating."""
    return np.array([[values.find(letter) for letter in line.split()] for line in lines])


RADIOLOGISTS = np.array([[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]])
"""85 xeromammograms by two radiologists: normal, benign, suspected, cancer.

D. G. Altman, "Practical Statistics for Medical Research", 1991, p. 403; also in the Stata manual
under ``kap``, which prints the figures used below.
"""

DIAGNOSES = """
444444 222555 233335 555555 222444 113333 333355 113334 114444 555555
144444 124444 222333 144444 224445 333335 111455 111112 224444 133555
555555 244444 224555 114444 144445 222224 111155 224444 133333 555555
"""
"""30 patients by six psychiatrists each: depression 1, personality disorder 2, schizophrenia 3,
neurosis 4, other 5. Fleiss 1971, table 1.
"""

WIKIPEDIA_FLEISS = """
0 0 0 0 14  0 2 6 4 2  0 0 3 5 6  0 3 9 2 0  2 2 8 1 1
7 7 0 0 0   3 2 6 3 0  2 5 3 2 2  6 5 2 1 0  0 2 2 3 7
"""
"""Ten subjects by 14 raters in five categories: Wikipedia, "Fleiss' kappa", worked example."""

ANXIETY = np.array(
    [
        [3, 3, 3, 4, 5, 5, 2, 3, 5, 2, 2, 6, 1, 5, 2, 2, 1, 2, 4, 3],
        [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4],
        [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2],
    ]
)
"""20 subjects by three raters on a scale of 1 to 6: data set ``anxiety`` of the R package irr."""


class TestCohen:
    def test_altmans_radiologists(self) -> None:
        """Stata: agreement 63.53 %, expected 30.82 %, kappa .4728."""
        assert np.trace(RADIOLOGISTS) / 85 == pytest.approx(0.6353, abs=5e-5)
        assert cohen_kappa(RADIOLOGISTS) == pytest.approx(0.4728, abs=5e-5)

    def test_altmans_radiologists_weighted(self) -> None:
        """Stata, weights 1 - |i - j| / (k - 1): agreement 86.67 %, expected 69.11 %, .5684."""
        assert cohen_kappa(RADIOLOGISTS, Weighting.LINEAR) == pytest.approx(0.5684, abs=5e-5)

    @pytest.mark.parametrize(
        ("weighting", "expected"),
        [
            (Weighting.NOMINAL, -0.006289308),
            (Weighting.LINEAR, 0.1459075),
            (Weighting.QUADRATIC, 0.2520325),
        ],
    )
    def test_anxiety(self, weighting: Weighting, expected: float) -> None:
        """R: irr::kappa2(anxiety[, 2:3], "unweighted" / "equal" / "squared").

        irr takes the five values that these two raters used (1, 2, 3, 4, 6) as five steps.
        """
        codes = np.searchsorted([1, 2, 3, 4, 6], ANXIETY[1:])
        table = confusion_table(codes[0], codes[1], 5)
        assert cohen_kappa(table, weighting) == pytest.approx(expected, abs=5e-8)

    def test_wikipedias_grant_proposals(self) -> None:
        """Wikipedia, "Cohen's kappa", simple example: 20, 5, 10, 15 give p_o .7, p_e .5, .4."""
        assert cohen_kappa(np.array([[20, 5], [10, 15]])) == pytest.approx(0.4)

    @pytest.mark.parametrize(
        ("table", "expected"), [([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)]
    )
    def test_same_agreement_other_margins(self, table: list[list[int]], expected: float) -> None:
        """Wikipedia, "Cohen's kappa": two tables with p_o = .6 but kappa .1304 and .2593."""
        assert cohen_kappa(np.array(table)) == pytest.approx(expected, abs=5e-5)

    @given(
        table=st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=4, max_size=4)
    )
    def test_the_textbooks_formula_in_exact_fractions(self, table: list[list[int]]) -> None:
        """kappa_w = 1 - sum(w p_o) / sum(w p_e), Cohen 1968, formula 9; weights as there."""
        n = sum(map(sum, table))
        columns = [sum(row[j] for row in table) for j in range(4)]
        for weighting, power in ((Weighting.NOMINAL, 0), (Weighting.LINEAR, 1), ("quadratic", 2)):
            observed = by_chance = Fraction(0)
            for i, j in permutations(range(4), 2):
                weight = Fraction(abs(i - j) ** power, 3**power)
                observed += weight * table[i][j]
                by_chance += weight * sum(table[i]) * columns[j]
            found = cohen_kappa(np.array(table), Weighting(weighting))
            if not by_chance:
                assert found is None
            else:
                expected = float(1 - observed * n / by_chance)
                assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)

    def test_lights_kappa_is_the_mean_over_pairs(self) -> None:
        """Light 1971 for three raters: the mean of Cohen's over the three pairs.

        R: irr::kappam.light(anxiety) prints the mean of kappa2 of the pairs; the two other pairs
        are worked out by the formula in exact fractions above.
        """
        codes = ANXIETY - 1
        pairs = [
            cohen_kappas(confusion_table(codes[a], codes[b], 6))
            for a, b in combinations(range(3), 2)
        ]
        mean = sum(float(each) for each in pairs) / 3
        assert light_kappas(np.array(pairs)).item() == pytest.approx(mean, rel=1e-14)


class TestFleiss:
    def test_fleiss_psychiatrists(self) -> None:
        """Fleiss 1971, p. 379: kappa = .430. R's irr prints .4302445 for the same table."""
        ratings = np.array(
            [[int(digit) - 1 for digit in patient] for patient in DIAGNOSES.split()]
        ).T
        counts = value_counts(ratings, 5)
        # Fleiss gives p_j = .144, .144, .167, .306, .239 of 180 diagnoses.
        assert counts.sum(axis=0).tolist() == [26, 26, 30, 55, 43]
        assert fleiss_kappa(counts) == pytest.approx(0.4302445, abs=5e-8)

    @pytest.mark.parametrize(
        ("category", "expected"), [(0, 0.245), (1, 0.245), (2, 0.520), (3, 0.471), (4, 0.566)]
    )
    def test_each_diagnosis_against_all_others(self, category: int, expected: float) -> None:
        """Fleiss 1971, table 2: kappa of each category, as irr::kappam.fleiss(detail = TRUE)."""
        ratings = np.array(
            [[int(digit) - 1 for digit in patient] for patient in DIAGNOSES.split()]
        ).T
        is_category = (ratings == category).astype(int)
        assert fleiss_kappa(value_counts(is_category, 2)) == pytest.approx(expected, abs=5e-4)

    def test_wikipedias_fourteen_raters(self) -> None:
        """Wikipedia: P = .378, P_e = .213, kappa = .210."""
        counts = np.array(WIKIPEDIA_FLEISS.split(), dtype=int).reshape(10, 5)
        assert fleiss_kappa(counts) == pytest.approx((0.378 - 0.213) / (1 - 0.213), abs=1e-3)
        assert fleiss_kappa(counts) == pytest.approx(0.210, abs=5e-4)


class TestKrippendorff:
    """K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011."""

    def test_a_two_observers_binary(self) -> None:
        """Section A: Meg and Owen, ten units; alpha = .095."""
        data = rows("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0", values="01")
        assert krippendorff_alpha(data, Level.NOMINAL) == pytest.approx(0.095, abs=5e-4)

    def test_b_two_observers_nominal(self) -> None:
        """Section B: Ben and Gerry, twelve units, categories a to e; alpha = .692."""
        data = rows("a a b b d c c c e d d a", "b a b b b c c c e d d d", values="abcde")
        assert krippendorff_alpha(data, Level.NOMINAL) == pytest.approx(0.692, abs=5e-4)

    @pytest.mark.parametrize(
        ("level", "expected"),
        [
            (Level.NOMINAL, 0.743),
            (Level.ORDINAL, 0.815),
            (Level.INTERVAL, 0.849),
            (Level.RATIO, 0.797),
        ],
    )
    def test_c_d_four_observers_with_missing_data(self, level: Level, expected: float) -> None:
        """Sections C and D: four observers, twelve units, the last judged by one only."""
        data = rows(
            "1 2 3 3 2 1 4 1 2 . . .",
            "1 2 3 3 2 2 4 1 2 5 . 3",
            ". 3 3 3 2 3 4 2 2 5 1 .",
            "1 2 3 3 2 4 4 1 2 5 1 .",
            values="12345",
        )
        found = krippendorff_alpha(data, level, values=[1, 2, 3, 4, 5])
        assert found == pytest.approx(expected, abs=5e-4)

    def test_wikipedias_three_coders(self) -> None:
        """Wikipedia, "Krippendorff's alpha", computational example: nominal .691, interval .811."""
        data = rows(
            ". . . . . 3 4 1 2 1 1 3 3 . 3",
            "1 . 2 1 3 3 4 3 . . . . . . .",
            ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
            values="1234",
        )
        assert krippendorff_alpha(data, Level.NOMINAL) == pytest.approx(0.691, abs=5e-4)
        assert krippendorff_alpha(data, Level.INTERVAL) == pytest.approx(0.811, abs=5e-4)

    @given(
        ratings=st.lists(st.tuples(*[st.integers(-1, 3)] * 3), min_size=1, max_size=12),
        level=st.sampled_from(Level),
    )
    def test_disagreement_pair_by_pair(
        self, ratings: list[tuple[int, int, int]], level: Level
    ) -> None:
        """The definition: mean distance within units over mean distance of all paired values.

        Krippendorff 2004, section 11.3: D_o averages over pairs within units, each unit weighed
        by its number of values; D_e over all pairs of values, whatever their unit.
        """
        units = [[v for v in unit if v >= 0] for unit in ratings]
        units = [unit for unit in units if len(unit) > 1]
        pool = [value for unit in units for value in unit]

        def distance(a: int, b: int) -> Fraction:
            low, high = sorted((a, b))
            between = Fraction(sum(low <= v <= high for v in pool))
            between -= Fraction(pool.count(a) + pool.count(b), 2)
            return {
                Level.NOMINAL: Fraction(a != b),
                Level.ORDINAL: between**2 if a != b else Fraction(0),
                Level.INTERVAL: Fraction(a - b) ** 2,
                Level.RATIO: Fraction(a - b, a + b) ** 2 if a + b else Fraction(0),
            }[level]

        found = krippendorff_alpha(np.array(ratings).T, level, n_values=4)
        if len(set(pool)) < 2:
            assert found is None
            return
        n = len(pool)
        within = sum(
            sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1)
            for unit in units
        ) / Fraction(n)
        overall = sum(distance(a, b) for a, b in permutations(pool, 2)) / Fraction(n * (n - 1))
        assert found == pytest.approx(float(1 - within / overall), rel=1e-9, abs=1e-9)


def test_wexler_on_paper() -> None:
    """Coder one scores 1+2+5+26, coder two 1+2+26: agreed on 3 of 4 and 3, so 2 x 3 / 7.

    The formula of the FACS Investigator's Guide: the number of action units on which both agree
    times 2, over the total number of action units that both scored.
    """
    one, two = {1, 2, 5, 26}, {1, 2, 26}
    assert wexler_ratio(len(one & two), len(one) + len(two)) == pytest.approx(6 / 7)
    assert wexler_ratio(0, 7) == 0.0
