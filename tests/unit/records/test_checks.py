"""What records check about their fields: shape, type, order, range."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cinefacs.errors import SchemaError
from cinefacs.records.checks import freeze_array, require, require_steps, require_within


def test_a_broken_requirement_names_field_expected_and_got() -> None:
    end_frame = 0
    require(end_frame >= 0, "Shot.end_frame", "0 or more", end_frame)
    with pytest.raises(SchemaError, match=r"^Shot\.end_frame: expected 1 or more, got 0$"):
        require(end_frame >= 1, "Shot.end_frame", "1 or more", end_frame)


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3), elements=st.floats(-1e6, 1e6)))
def test_a_frozen_array_is_a_read_only_copy(source: npt.NDArray[np.float64]) -> None:
    frozen = freeze_array(source, "x", shape=source.shape, dtype=np.float32)
    np.testing.assert_array_equal(frozen, source.astype(np.float32))
    assert frozen.dtype == np.float32
    assert not frozen.flags.writeable
    assert not np.shares_memory(frozen, source)
    with pytest.raises(ValueError, match="read-only"):
        frozen[...] = 0


def test_none_lets_an_axis_be_of_any_length() -> None:
    assert freeze_array(np.zeros((7, 4)), "x", shape=(None, 4), dtype=np.float32).shape == (7, 4)


def test_an_empty_list_stands_for_no_rows() -> None:
    assert freeze_array([], "x", shape=(None, 4), dtype=np.float32).shape == (0, 4)
    assert freeze_array([], "x", shape=(0, 5, 2), dtype=np.float32).shape == (0, 5, 2)
    assert freeze_array([], "x", shape=(None,), dtype=np.int64).shape == (0,)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (np.zeros((7, 3)), (None, 4)),
        (np.zeros((0, 7)), (None, 4)),
        (np.zeros(4), (1, 4)),
        (np.zeros((2, 4)), (3, 4)),
        ([], (3, 4)),
    ],
)
def test_another_shape_is_refused(value: npt.ArrayLike, shape: tuple[int | None, ...]) -> None:
    with pytest.raises(SchemaError, match=r"x: expected shape .*, got"):
        freeze_array(value, "x", shape=shape, dtype=np.float32)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.array([1.5]), np.int64),
        (np.array([1, 2]), np.uint8),
        (np.array([0, 1]), np.bool_),
        (np.array(["1"]), np.float32),
        (np.array([1j]), np.float32),
    ],
)
def test_another_kind_of_values_is_refused(
    values: npt.NDArray[np.generic], dtype: npt.DTypeLike
) -> None:
    with pytest.raises(SchemaError, match="x: expected values of"):
        freeze_array(values, "x", shape=(None,), dtype=dtype)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5))
def test_an_integer_keeps_its_value_or_is_refused(numbers: list[int]) -> None:
    values = np.array(numbers, dtype=np.uint64)
    if max(numbers) < 2**63:
        assert freeze_array(values, "x", shape=(None,), dtype=np.int64).tolist() == numbers
    else:
        with pytest.raises(SchemaError, match="values that fit into int64"):
            freeze_array(values, "x", shape=(None,), dtype=np.int64)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300], ids=str)
def test_what_is_not_a_finite_number_is_refused(value: float) -> None:
    with pytest.raises(SchemaError, match="x: expected finite numbers"):
        freeze_array(np.array([0.0, value]), "x", shape=(2,), dtype=np.float32)


@given(st.lists(st.integers(-100, 100), max_size=8), st.sampled_from([None, 1, 3]))
def test_steps_are_refused_exactly_where_a_pair_is_wrong(
    numbers: list[int], at_most: int | None
) -> None:
    limit = 10**6 if at_most is None else at_most
    wrong = [k for k in range(len(numbers) - 1) if not 1 <= numbers[k + 1] - numbers[k] <= limit]
    values = np.array(numbers, dtype=np.int64)
    if wrong:
        k = wrong[0]
        pair = f"got {numbers[k]} then {numbers[k + 1]} in rows {k} and {k + 1}$"
        with pytest.raises(SchemaError, match=pair):
            require_steps(values, "x", at_most=at_most)
    else:
        require_steps(values, "x", at_most=at_most)


def test_a_range_includes_both_ends() -> None:
    require_within(np.array([0.0, 0.5, 1.0]), "x", low=0, high=1)
    require_within(np.zeros((0, 52)), "x", low=0, high=1)
    with pytest.raises(SchemaError, match=r"^x: expected 0 to 1, got 1\.25$"):
        require_within(np.array([[0.0, 1.25], [2.0, 0.0]]), "x", low=0, high=1)
    with pytest.raises(SchemaError, match=r"^x: expected 0 to 1, got -1\.0$"):
        require_within(np.array([-1.0]), "x", low=0, high=1)
