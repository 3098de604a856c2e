"""The code book: what it knows, what it says of what it does not know, and a user's own file."""

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.facs.code_book import CodeBook, CodeKind, FacsCode, Region, standard_code_book
from cinefacs.facs.codes import Side

BOOK = standard_code_book()


def code(number: str, **changes: Any) -> FacsCode:  # noqa: ANN401
    fields: dict[str, Any] = {
        "code": number, "kind": CodeKind.ACTION_UNIT, "is_of_42": False, "name": f"Move {number}",
        "region": Region.LOWER_FACE,
    }  # fmt: skip
    return FacsCode(**(fields | changes))


@pytest.mark.parametrize("asked", [12, "12", "AU12", "au12", "012", " 12 ", "Lip corner puller"])
def test_a_code_is_found_by_number_and_name(asked: int | str) -> None:
    assert BOOK.lookup(asked).name == "Lip corner puller"


def test_descriptors_and_movements_are_found() -> None:
    assert BOOK.lookup("AD29").name == "Jaw thrust"
    assert BOOK.lookup("m59").is_movement
    assert BOOK.lookup("M55") != BOOK.lookup(55)
    assert BOOK.lookup("M55").number == BOOK.lookup(55).number == 55


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("cheek raser", "did you mean 6 (Cheek raiser)?"),
        ("AU122", "12 (Lip corner puller)"),
        ("M58", "58 (Head back)"),
        ("qqqqqqqq", "docs/facs.md"),
    ],
)
def test_what_is_unknown_is_an_error_with_a_hint(asked: str, hint: str) -> None:
    with pytest.raises(SchemaError, match=re.escape(repr(asked))) as caught:
        BOOK.lookup(asked)
    assert hint in caught.value.hint


def test_membership() -> None:
    assert 12 in BOOK
    assert "AU12" in BOOK
    assert "M59" in BOOK
    assert 3 not in BOOK
    assert None not in BOOK


def test_left_and_right_turns_exclude_each_other_both_ways() -> None:
    assert BOOK.excludes(51) == {"52"}
    assert BOOK.excludes("52") == {"51"}
    assert BOOK.excludes(12) == frozenset()


@given(st.sampled_from([each.code for each in BOOK.codes]))
def test_exclusion_is_mutual_and_never_of_itself(one: str) -> None:
    for other in BOOK.excludes(one):
        assert one in BOOK.excludes(other)
        assert one != other


@pytest.mark.parametrize(
    ("asked", "side", "is_allowed"),
    [
        (12, Side.LEFT, True),
        (12, Side.UNILATERAL, True),
        (12, Side.ASYMMETRIC, True),
        (12, Side.BOTH, True),
        (12, Side.TOP, False),
        (28, Side.TOP, True),
        (26, Side.LEFT, False),
        (26, Side.UNILATERAL, False),
        (26, Side.BOTH, True),
        (51, Side.LEFT, False),  # the side is in the number
    ],
)
def test_sides(asked: int, side: Side, *, is_allowed: bool) -> None:
    assert BOOK.lookup(asked).allows(side) is is_allowed


def test_codes_stand_in_order_with_movements_last() -> None:
    codes = [each.code for each in BOOK.codes]
    assert codes[:3] == ["0", "1", "2"]
    assert codes[-1] == "M83"
    assert len(BOOK) == len(codes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "07"}, "number or M and a number, got '07'"),
        ({"code": "Q7"}, "got 'Q7'"),
        ({"code": ""}, "got ''"),
        ({"code": "-7"}, "got '-7'"),
        ({"code": "\u0667"}, "expected a number"),
        ({"name": " "}, "expected a name"),
        ({"sides": frozenset({Side.BOTH})}, "expected sides of left, right"),
    ],
)
def test_a_code_that_says_nonsense_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=re.escape(message)):
        code("7", **changes)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([code("7"), code("7", name="Other")], "got 7 twice"),
        ([code("7", name="Same"), code("8", name="same")], "got same twice"),
        ([code("7", excludes=frozenset({"7"}))], "expected to exclude other known codes, got '7'"),
        ([code("7", excludes=frozenset({"9"}))], "expected to exclude other known codes, got '9'"),
    ],
)
def test_a_book_that_contradicts_itself_is_refused(codes: list[FacsCode], message: str) -> None:
    with pytest.raises(SchemaError, match=re.escape(message)):
        CodeBook(codes, source="test")


def test_a_users_file_changes_and_adds_codes() -> None:
    book = BOOK.merge(
        {
            "action_units": {
                12: {"weak": "Ann waits for the cheek."},
                "AU29": {"of_42": True},
                200: {
                    "name": "Ear wiggle", "region": "head", "kind": "action_descriptor",
                    "muscles": ["auricularis posterior"], "sides": ["left", "right"],
                    "excludes": [0],
                },
            }
        },
        where="own.yaml",
    )  # fmt: skip
    assert book.lookup(12).weak == "Ann waits for the cheek."
    assert book.lookup(12).name == BOOK.lookup(12).name
    assert 29 in book.of_42
    assert 29 not in BOOK.of_42
    assert book.lookup("ear wiggle").number == 200
    assert book.lookup(200).allows(Side.LEFT)
    assert book.excludes(0) == {"200"}
    assert len(book) == len(BOOK) + 1
    assert "own.yaml" in book.source


def test_a_new_code_needs_no_more_than_name_and_region() -> None:
    book = BOOK.merge(
        {"action_units": {200: {"name": "Ear wiggle", "region": "head"}}}, where="own.yaml"
    )
    assert book.lookup(200).kind is CodeKind.ACTION_UNIT
    assert 200 not in book.of_42


def test_an_empty_file_changes_nothing() -> None:
    assert BOOK.merge({}, where="own.yaml").codes == BOOK.codes


@pytest.mark.parametrize(
    ("document", "message", "hint"),
    [
        ({"action_unit": {}}, "got 'action_unit'", "action_units"),
        ({"action_units": []}, "expected keys with values", ""),
        ({"action_units": {12: "smile"}}, "12: expected keys with values", ""),
        ({"action_units": {12: {"nme": "x"}}}, "got 'nme'", "name"),
        ({"action_units": {12: {"name": 3}}}, "name: expected text, got 3", ""),
        ({"action_units": {12: {"name": " "}}}, "expected a name", ""),
        ({"action_units": {12: {"of_42": "yes"}}}, "expected true or false", ""),
        ({"action_units": {12: {"sides": "left"}}}, "expected a list", ""),
        ({"action_units": {12: {"sides": ["lft"]}}}, "got 'lft'", "left"),
        ({"action_units": {12: {"muscles": [1.5]}}}, "expected a list", ""),
        ({"action_units": {12: {"region": "nose"}}}, "got 'nose'", "upper_face"),
        ({"action_units": {12: {"region": 3}}}, "got 3", ""),
        ({"action_units": {12: {"kind": "unit"}}}, "got 'unit'", ""),
        ({"action_units": {12: {"excludes": [999]}}}, "got '999'", ""),
        ({"action_units": {200: {"name": "Ear wiggle"}}}, "expected region for a new code", ""),
        ({"action_units": {200: {}}}, "expected name and region", ""),
        ({"action_units": {12.5: {"name": "x", "region": "head"}}}, "got '12.5'", ""),
        ({"action_units": {"Q1": {"name": "x", "region": "head"}}}, "got 'Q1'", ""),
        ({"action_units": {12: {"name": "Dimpler"}}}, "got dimpler twice", ""),
    ],
)
def test_a_users_file_that_is_wrong_is_one_clear_error(
    document: dict[Any, Any], message: str, hint: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        BOOK.merge(document, where="own.yaml")
    assert str(caught.value).startswith("own.yaml")
    assert hint in caught.value.hint


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.integers(-5, 300)
            | st.sampled_from(["action_units", "name", "region", "sides", "M5"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["action_units", "x"]), json_values, max_size=2))
def test_rubbish_is_refused_or_read_and_never_crashes(document: dict[str, Any]) -> None:
    n_codes = 0
    with suppress(ConfigError):
        n_codes = len(BOOK.merge(document, where="own.yaml"))
    assert n_codes == 0 or n_codes >= len(BOOK)
