"""The one parser of notations of action units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.facs.au_text import (
    AuPrefix,
    AuToken,
    TokenFlag,
    UnreadPart,
    UnreadReason,
    format_au_text,
    parse_au_text,
)
from cinefacs.facs.codes import Intensity, Side
from tests.support.au_texts import ODD_PARTS, au_tokens, odd_texts

anything = st.text("0123456789ABCDEklrtuLRTBAUMor()/?+,\uff0c. \n4", max_size=14) | st.text(
    max_size=8
)


def only_token(text: str | float) -> AuToken:
    (token,) = parse_au_text(text).parts
    assert isinstance(token, AuToken)
    return token


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4", AuToken(au=4)),
        (4, AuToken(au=4)),
        (4.0, AuToken(au=4)),
        ("AU12", AuToken(au=12, prefix=AuPrefix.ACTION_UNIT)),
        ("AD 38", AuToken(au=38, prefix=AuPrefix.ACTION_DESCRIPTOR)),
        ("M55", AuToken(au=55, prefix=AuPrefix.MOVEMENT)),
        ("L12", AuToken(au=12, side=Side.LEFT)),
        ("R 14 B", AuToken(au=14, side=Side.RIGHT, intensity=Intensity.B)),
        ("AUL14", AuToken(au=14, side=Side.LEFT, prefix=AuPrefix.ACTION_UNIT)),
        ("RAU14", AuToken(au=14, side=Side.RIGHT, prefix=AuPrefix.ACTION_UNIT)),
        ("T10", AuToken(au=10, side=Side.TOP)),
        ("B23", AuToken(au=23, side=Side.BOTTOM)),
        ("U14", AuToken(au=14, side=Side.UNILATERAL)),
        ("A12", AuToken(au=12, side=Side.ASYMMETRIC)),
        ("AAU12", AuToken(au=12, side=Side.ASYMMETRIC, prefix=AuPrefix.ACTION_UNIT)),
        ("12B/C", AuToken(au=12, intensity=Intensity.B, intensity_high=Intensity.C)),
        ("AU4(k)", AuToken(au=4, prefix=AuPrefix.ACTION_UNIT, is_static=True)),
        ("\uff10\uff14", AuToken(au=4, flags=("leading_zero",))),
        ("4.0", AuToken(au=4, flags=("decimal",))),
        ("l12b", AuToken(au=12, side=Side.LEFT, intensity=Intensity.B, flags=("letter_case",))),
        ("4(K)", AuToken(au=4, is_static=True, flags=("letter_case",))),
        (
            "12C/B",
            AuToken(
                au=12,
                intensity=Intensity.B,
                intensity_high=Intensity.C,
                flags=("intensity_range_unordered",),
            ),
        ),
        (
            "12B/B",
            AuToken(au=12, intensity=Intensity.B, flags=("intensity_range_unordered",)),
        ),
    ],
)
def test_a_token_is_read(text: str | float, expected: AuToken) -> None:
    assert only_token(text) == expected


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_an_empty_cell_has_no_parts(text: str | None) -> None:
    assert parse_au_text(text).parts == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("?", UnreadReason.UNCERTAIN),
        ("4?", UnreadReason.UNCERTAIN),
        ("/", UnreadReason.SLASH),
        ("ref(4+7)", UnreadReason.REFERENCE),
        ("L14 or R14", UnreadReason.ALTERNATIVE),
        ("4 + L14 OR R14", UnreadReason.ALTERNATIVE),
        ("4(B/C)", UnreadReason.BRACKETED),
        ("(R6+R12", UnreadReason.BRACKETED),
        ("4 7", UnreadReason.SPLIT_NUMBER),
        ("LAUR12", UnreadReason.SIDE_TWICE),
        ("124", UnreadReason.UNKNOWN_NUMBER),
        ("9" * 5000, UnreadReason.UNKNOWN_NUMBER),
        ("4;7", UnreadReason.UNKNOWN_NOTATION),
        ("12AB", UnreadReason.UNKNOWN_NOTATION),
        ("4²", UnreadReason.UNKNOWN_NOTATION),
        (4.12, UnreadReason.UNKNOWN_NOTATION),
        (-4, UnreadReason.UNKNOWN_NOTATION),
        (float("nan"), UnreadReason.UNKNOWN_NOTATION),
        (True, UnreadReason.UNKNOWN_NOTATION),
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason(
    text: str | float, reason: UnreadReason
) -> None:
    read = parse_au_text(text)

    assert read.parts == (UnreadPart(verbatim=str(text), reason=reason),)
    assert read.flags == (str(reason),)


def test_what_stands_beside_an_unread_part_is_read() -> None:
    read = parse_au_text("(R6 or R12)+R15\uff0c AU4(k) +L7,4?")

    assert [token.verbatim for token in read.tokens] == ["R15", "AU4(k)", "L7"]
    assert [part.verbatim for part in read.unread] == ["(R6 or R12)", "4?"]
    assert read.flags == ("au_alternative", "au_uncertain")


def test_each_separator_parts_and_an_empty_part_is_told() -> None:
    read = parse_au_text("1+2,4\uff0c+")

    assert [token.au for token in read.tokens] == [1, 2, 4]
    assert [part.reason for part in read.unread] == [UnreadReason.EMPTY, UnreadReason.EMPTY]


def test_a_bracket_too_many_closes_nothing() -> None:
    read = parse_au_text("4)+7")

    assert [part.verbatim for part in read.unread] == ["4)"]
    assert [token.au for token in read.tokens] == [7]


def test_a_repeated_token_is_flagged_and_another_side_is_no_repetition() -> None:
    read = parse_au_text("L14+R14+l14+4?+L14")

    flags = [token.flags for token in read.tokens]
    assert flags == [
        (),
        (),
        (TokenFlag.LETTER_CASE, TokenFlag.REPEATED),
        (TokenFlag.REPEATED,),
    ]


def test_the_text_is_kept_as_it_was() -> None:
    assert parse_au_text(" L12 + ?").verbatim == " L12 + ?"
    assert parse_au_text(12.0).verbatim == "12"


@given(st.lists(au_tokens(), max_size=5, unique=True))
def test_writing_then_reading_gives_the_same_tokens(tokens: list[AuToken]) -> None:
    read = parse_au_text(format_au_text(tokens))

    assert list(read.tokens) == tokens
    assert read.unread == ()


@given(st.lists(au_tokens() | st.sampled_from(ODD_PARTS), min_size=1, max_size=5))
def test_reading_then_writing_gives_the_same_parts(pieces: list[AuToken | str]) -> None:
    text = "+".join(
        piece if isinstance(piece, str) else format_au_text([piece]) for piece in pieces
    )

    read = parse_au_text(text)

    assert format_au_text(read.parts) == text.strip()


@given(anything)
def test_no_text_breaks_it_and_none_is_lost(text: str) -> None:
    read = parse_au_text(text)

    assert read.verbatim == text
    if read.flags != (UnreadReason.ALTERNATIVE,):
        kept = "".join(part.verbatim for part in read.parts)
        without = [char for char in text if char not in "+,\uff0c\uff0b" and not char.isspace()]
        inside = [char for char in kept if char not in "+,\uff0c\uff0b" and not char.isspace()]
        assert inside == without
    again = parse_au_text(format_au_text(read.parts))
    assert format_au_text(again.parts) == format_au_text(read.parts)


@given(odd_texts)
def test_nothing_is_read_from_odd_texts(text: str) -> None:
    assert parse_au_text(text).tokens == ()


@pytest.mark.parametrize(("text", "code"), [("AU59", "59"), ("M59", "M59"), ("AD29", "29")])
def test_a_movement_is_another_code_than_its_number(text: str, code: str) -> None:
    assert only_token(text).facs_code == code
