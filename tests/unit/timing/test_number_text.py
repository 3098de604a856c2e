"""Numbers as texts are read exactly, and those beyond bounds are none."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.timing.number_text import (
    LARGEST_NUMBER,
    LARGEST_WHOLE,
    read_number,
    read_ratio,
    read_whole,
)

NONE_OF_ANY_KIND = ["", " ", "x", "1 2", "1_0", "--1", "1/", "/1", "nan", "inf", "1e", "1e999",
                    "1e99999999", "9" * 400, "9" * 5000]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7.208", Fraction(901, 125)),
        (" +7. ", Fraction(7)),
        ("-.5", Fraction(-1, 2)),
        ("4.1e-05", Fraction(41, 10**6)),
        ("1E3", Fraction(1000)),
        ("1000000000", Fraction(LARGEST_NUMBER)),
        ("-1e9", Fraction(-LARGEST_NUMBER)),
        ("0e99", Fraction(0)),
    ],
)
def test_decimal_numbers_are_exact(text: str, number: Fraction) -> None:
    assert read_number(text) == read_ratio(text) == number


@pytest.mark.parametrize(
    "text", [*NONE_OF_ANY_KIND, ".", "1,5", "1000000000.1", "1e10", "1e-100", "1/24", "0x1"]
)
def test_other_texts_are_no_decimal_numbers(text: str) -> None:
    assert read_number(text) is None


@given(st.floats(-LARGEST_NUMBER, LARGEST_NUMBER).filter(lambda x: not 0 < abs(x) < 1e-99))
def test_floats_are_read_as_programs_write_them(number: float) -> None:
    read = read_number(repr(number))
    assert read is not None
    assert float(read) == number


@given(st.fractions(0, max_denominator=10**18).filter(lambda x: x.numerator < 10**18))
def test_fractions_lead_back(number: Fraction) -> None:
    assert read_ratio(f" {number.numerator}/{number.denominator} ") == number


@pytest.mark.parametrize(
    "text", [*NONE_OF_ANY_KIND, "1/0", "-1/2", "1/-2", "1.5/2", "1/" + "9" * 20, "1/2/3"]
)
def test_other_texts_are_no_ratios(text: str) -> None:
    assert read_ratio(text) is None


@pytest.mark.parametrize(
    "number", [0, 7, -7, 10**18, LARGEST_WHOLE, LARGEST_WHOLE + 1, -LARGEST_WHOLE - 1, 10**19]
)
def test_whole_numbers_are_read_as_far_as_tables_hold_them(number: int) -> None:
    expected = number if abs(number) <= LARGEST_WHOLE else None
    assert read_whole(f" {number} ") == expected
    assert expected is not None or abs(number) > LARGEST_WHOLE


@pytest.mark.parametrize("text", [*NONE_OF_ANY_KIND, "1.0", "1e3", "1/2"])
def test_other_texts_are_no_whole_numbers(text: str) -> None:
    assert read_whole(text) is None
