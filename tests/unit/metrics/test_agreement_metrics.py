"""Measures of agreement: their bounds, what is undefined, and what is refused."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.metrics.agreement import (
    Weighting,
    cohen_kappa,
    cohen_kappas,
    fleiss_kappa,
    fleiss_kappas,
    light_kappas,
    wexler_ratio,
)
from cinefacs.metrics.agreement_alpha import Level, krippendorff_alpha, krippendorff_alphas
from cinefacs.metrics.agreement_counts import (
    MISSING,
    coincidence_table,
    confusion_table,
    none_for_nan,
    value_counts,
)

tables_of_ratings = st.integers(2, 4).flatmap(
    lambda n_coders: st.lists(
        st.lists(st.integers(MISSING, 2), min_size=n_coders, max_size=n_coders),
        min_size=1,
        max_size=15,
    ).map(lambda units: np.array(units).T)
)


class TestUndefined:
    """Where nothing varies, nothing is known of agreement: None, and neither 0, 1 nor NaN."""

    @pytest.mark.parametrize("weighting", list(Weighting))
    @pytest.mark.parametrize("table", [[[0, 0], [0, 0]], [[7, 0], [0, 0]], [[0, 0], [0, 3]]])
    def test_cohen(self, table: list[list[int]], weighting: Weighting) -> None:
        assert cohen_kappa(np.array(table), weighting) is None

    def test_cohen_is_0_where_only_one_coder_never_varies(self) -> None:
        assert cohen_kappa(np.array([[8, 0], [2, 0]])) == 0.0

    def test_fleiss(self) -> None:
        assert fleiss_kappa(np.array([[3, 0], [3, 0]])) is None
        assert fleiss_kappa(np.zeros((0, 2), dtype=int)) is None

    @pytest.mark.parametrize("level", list(Level))
    @pytest.mark.parametrize(
        "ratings",
        [
            [[1, 1, 1], [1, 1, 1]],
            [[0, 1, -1], [-1, -1, 1]],
            [[0, 1, 0, 0], [0, -1, 0, -1]],
            [[-1], [-1]],
        ],
        ids=["one-value", "no-pair", "one-paired-value", "nothing"],
    )
    def test_alpha(self, ratings: list[list[int]], level: Level) -> None:
        assert krippendorff_alpha(np.array(ratings), level, n_values=2) is None

    def test_wexler(self) -> None:
        assert wexler_ratio(0, 0) is None

    def test_light_leaves_out_pairs_without_a_kappa(self) -> None:
        means = light_kappas(np.array([[0.5, np.nan], [np.nan, np.nan], [0.7, np.nan]]))
        assert none_for_nan(means[0]) == pytest.approx(0.6)
        assert none_for_nan(means[1]) is None


class TestPerfect:
    @pytest.mark.parametrize("level", list(Level))
    def test_all_measures_are_1_where_all_agree_and_something_varies(self, level: Level) -> None:
        ratings = np.array([[0, 1, 2, 1, 0]] * 3)
        assert krippendorff_alpha(ratings, level) == 1.0
        assert cohen_kappa(confusion_table(ratings[0], ratings[1], 3)) == 1.0
        assert fleiss_kappa(value_counts(ratings, 3)) == 1.0


class TestRelations:
    @given(ratings=tables_of_ratings)
    def test_alpha_does_not_hang_on_the_order_of_coders_and_units(
        self, ratings: npt.NDArray[np.int64]
    ) -> None:
        for level in Level:
            forward = krippendorff_alpha(ratings, level, n_values=3)
            backward = krippendorff_alpha(ratings[::-1, ::-1], level, n_values=3)
            assert (forward is None) == (backward is None)
            if forward is not None and backward is not None:
                assert forward == pytest.approx(backward, rel=1e-9, abs=1e-9)
                assert forward <= 1 + 1e-12

    @given(ratings=tables_of_ratings)
    def test_a_binary_alpha_is_the_same_at_each_level(self, ratings: npt.NDArray[np.int64]) -> None:
        """With two values there is one distance only, so every level gives the same."""
        binary = np.minimum(ratings, 1)
        found = [krippendorff_alpha(binary, level, n_values=2) for level in Level]
        if None in found:
            assert found == [None] * len(found)
        else:
            assert found == pytest.approx([found[0]] * len(found), rel=1e-9, abs=1e-9)

    @given(ratings=tables_of_ratings, n_values=st.just(3))
    def test_fleiss_is_alpha_without_its_correction_for_small_samples(
        self, ratings: npt.NDArray[np.int64], n_values: int
    ) -> None:
        """1 - alpha = (1 - kappa) (n - 1) / n for complete ratings (Krippendorff 2004, 11.5)."""
        counts = value_counts(np.maximum(ratings, 0), n_values)
        kappa = fleiss_kappa(counts)
        alpha = krippendorff_alphas(coincidence_table(counts), Level.NOMINAL).item()
        n = counts.sum()
        if kappa is None:
            assert np.isnan(alpha)
        else:
            assert 1 - alpha == pytest.approx((1 - kappa) * (n - 1) / n, rel=1e-9, abs=1e-9)

    @given(
        stack=st.lists(
            st.lists(st.integers(0, 9), min_size=9, max_size=9), min_size=1, max_size=4
        ).map(lambda flat: np.array(flat).reshape(-1, 3, 3))
    )
    def test_many_tables_at_a_time_give_what_each_gives(self, stack: npt.NDArray[np.int64]) -> None:
        for weighting in Weighting:
            singly = [cohen_kappa(table, weighting) for table in stack]
            assert [none_for_nan(k) for k in cohen_kappas(stack, weighting)] == singly
        symmetric = stack + stack.transpose(0, 2, 1)
        one_by_one = [none_for_nan(fleiss_kappas(table).item()) for table in symmetric]
        assert [none_for_nan(k) for k in fleiss_kappas(symmetric)] == one_by_one
        for level in Level:
            alphas = [krippendorff_alphas(table, level).item() for table in symmetric]
            np.testing.assert_allclose(krippendorff_alphas(symmetric, level), alphas, rtol=1e-12)

    @given(ratings=tables_of_ratings)
    def test_each_paired_rating_counts_once(self, ratings: npt.NDArray[np.int64]) -> None:
        counts = value_counts(ratings, 3)
        table = coincidence_table(counts)
        assert table == pytest.approx(table.T)
        expected = counts[counts.sum(axis=1) > 1].sum(axis=0)
        assert table.sum(axis=1) == pytest.approx(expected)

    def test_a_missing_rating_is_not_an_absent_one(self) -> None:
        known = np.array([[0, 1, 1, 0], [0, 1, 0, 1]])
        missing = np.array([[0, 1, 1, 0, 1, 1], [0, 1, 0, 1, -1, -1]])
        table = confusion_table(known[0], known[1], 2)
        assert (confusion_table(missing[0], missing[1], 2) == table).all()
        nominal = krippendorff_alpha(known, Level.NOMINAL)
        assert krippendorff_alpha(missing, Level.NOMINAL) == nominal


class TestRefused:
    def test_ratings_that_are_none_of_the_values(self) -> None:
        with pytest.raises(SchemaError, match=r"second: expected -1 to 1, got 2"):
            confusion_table([0, 1], [0, 2], 2)
        with pytest.raises(SchemaError, match=r"ratings: expected -1 to 1, got -2"):
            value_counts(np.array([[-2, 0]]), 2)
        with pytest.raises(SchemaError, match="integer positions"):
            value_counts(np.array([[0.5, 1.0]]), 2)

    def test_shapes(self) -> None:
        with pytest.raises(SchemaError, match="two rows of one length"):
            confusion_table([0, 1], [0], 2)
        with pytest.raises(SchemaError, match="coders, units"):
            value_counts(np.array([0, 1]), 2)
        with pytest.raises(SchemaError, match=r"table: expected shape \(K, K\)"):
            cohen_kappa(np.zeros((2, 3)))
        with pytest.raises(SchemaError, match="counts of 0 or more"):
            cohen_kappa(np.array([[1, -1], [0, 1]]))
        with pytest.raises(SchemaError, match="units, values"):
            fleiss_kappa([1, 2])

    @pytest.mark.parametrize("counts", [[[2, 1], [2, 2]], [[1, 0], [0, 1]]])
    def test_fleiss_wants_as_many_coders_everywhere(self, counts: list[list[int]]) -> None:
        with pytest.raises(SchemaError, match="one number of coders"):
            fleiss_kappa(counts)

    def test_values_of_the_interval_and_ratio_level(self) -> None:
        with pytest.raises(SchemaError, match="expected 2 numbers"):
            krippendorff_alphas(np.eye(2), Level.INTERVAL, values=[1, 2, 3])
        with pytest.raises(SchemaError, match="expected 0 or more, got -1"):
            krippendorff_alphas(np.eye(2), Level.RATIO, values=[-1, 2])

    def test_more_agreement_than_scores(self) -> None:
        with pytest.raises(SchemaError, match="n_agreed"):
            wexler_ratio(4, 7)
