"""Emotion rules: how they are written, and what contradicts itself."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.facs.codes import Intensity, Side
from cinefacs.facs.emotion_rules import (
    AuRequirement,
    EmotionRule,
    RuleTable,
    standard_rule_tables,
)

PAPER = standard_rule_tables()["paper"]

requirements = st.builds(
    AuRequirement,
    number=st.integers(1, 300),
    side=st.none() | st.sampled_from([side for side in Side if side is not Side.BOTH]),
    weakest=st.none() | st.sampled_from(Intensity),
)


def rule(emotion: str, *aus: str, number: int | None = None) -> EmotionRule:
    asked = tuple(AuRequirement.parse(au) for au in aus)
    return EmotionRule(emotion=emotion, number=number, requirements=asked)


def table(*rules: EmotionRule) -> RuleTable:
    return RuleTable(name="own", source="test", rules=rules)


@given(requirements)
def test_requirements_survive_writing_and_reading(asked: AuRequirement) -> None:
    assert AuRequirement.parse(str(asked)) == asked


def test_letters_before_are_sides_and_letters_after_strengths() -> None:
    asked = AuRequirement.parse("B25B")
    assert (asked.number, asked.side, asked.weakest) == (25, Side.BOTTOM, Intensity.B)


@pytest.mark.parametrize("text", ["", "AU12", "0", "012", "12F", "X12", "12 ", "12AB", "1.5"])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(SchemaError, match="expected an action unit such as") as caught:
        AuRequirement.parse(text)
    assert "side" in caught.value.hint


def test_a_rule_is_written_with_plus_signs() -> None:
    assert str(rule("contempt", "U12A", "U14A")) == "U12A+U14A"
    assert rule("contempt", "U12A", "U14A").aus == {12, 14}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rule("", "12"), "expected an emotion's name"),
        (lambda: rule(" joy", "12"), "expected an emotion's name"),
        (lambda: rule("joy"), "each once, got []"),
        (lambda: rule("joy", "12", "L12"), "each once, got [12, 12]"),
        (lambda: rule("joy", "12", number=100), "number of 0 to 99, got 100"),
        (
            lambda: EmotionRule(
                emotion="joy", requirements=(AuRequirement(number=12, side=Side.BOTH),)
            ),
            "expected a side or none, got both",
        ),
        (table, "at least one rule"),
        (
            lambda: table(rule("joy", "12", number=1), rule("joy", "6", "12", number=2)),
            "joy: expected one number, got 1 and 2",
        ),
        (
            lambda: table(rule("joy", "12", number=1), rule("awe", "5", number=1)),
            "expected number 1 for one emotion, got it for joy and awe",
        ),
        (
            lambda: table(rule("joy", "6", "12"), rule("bliss", "12", "6")),
            "expected 12+6 for one emotion",
        ),
    ],
)
def test_rules_that_contradict_are_refused(make: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(SchemaError, match=re.escape(message)):
        make()


def test_numbers_and_emotions_of_a_table() -> None:
    assert PAPER.number_of("contempt") == 6
    assert PAPER.emotion_of(6) == "contempt"
    assert PAPER.emotion_of(8) is None
    assert table(rule("joy", "12")).number_of("joy") is None
    with pytest.raises(SchemaError, match="got 'hapiness'") as caught:
        PAPER.number_of("hapiness")
    assert "happiness" in caught.value.hint


def test_an_emotion_may_have_several_rules_and_stands_once() -> None:
    own = table(rule("joy", "6", "12"), rule("awe", "1", "5"), rule("joy", "12", "25"))
    assert own.emotions == ("joy", "awe")
    assert own.vocabulary == {1, 5, 6, 12, 25}


def test_a_users_table_is_read() -> None:
    own = RuleTable.read(
        {"rules": [{"emotion": "joy", "number": 5, "aus": [6, "12B"]}]},
        name="own", where="own.yaml",
    )  # fmt: skip
    assert str(own.rules[0]) == "6+12B"
    assert (own.name, own.source) == ("own", "own.yaml")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "rules: expected a list, got None"),
        ({"rules": {}}, "rules: expected a list"),
        ({"rules": []}, "at least one rule"),
        ({"rules": ["joy"]}, "expected keys with values, got 'joy'"),
        ({"rules": [{"emotion": "joy"}]}, "rule 1: aus: expected a list"),
        ({"rules": [{"emotion": 3, "aus": [12]}]}, "rule 1: emotion: expected text"),
        ({"rules": [{"aus": [12]}]}, "rule 1: emotion: expected text, got None"),
        ({"rules": [{"emotion": "joy", "aus": [12], "nr": 1}]}, "got 'nr'"),
        ({"rules": [{"emotion": "joy", "aus": [12], "number": "1"}]}, "number: expected a whole"),
        ({"rules": [{"emotion": "joy", "aus": [12], "number": True}]}, "number: expected a whole"),
        ({"rules": [{"emotion": "joy", "aus": ["12Z"]}]}, "got '12Z'"),
        ({"rules": [{"emotion": "joy", "aus": [12]}], "author": "x"}, "got 'author'"),
        ({"rules": [{"emotion": "joy", "aus": [12]}], "source": 1}, "source: expected text"),
    ],
)
def test_a_users_table_that_is_wrong_is_one_clear_error(
    document: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        RuleTable.read(document, name="own", where="own.yaml")
    assert str(caught.value).startswith("own.yaml")
