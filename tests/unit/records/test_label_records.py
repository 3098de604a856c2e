"""Labels are checked when they are made."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given

from cinefacs.errors import SchemaError
from cinefacs.facs.codes import Intensity
from cinefacs.records.labels import Labels
from tests.support.labels import AU_LABEL, CODED, EXPRESSION, WHEN, label_sets

AUTHORSHIP: list[tuple[str, object]] = [
    ("film_id", "xyz"),
    ("character_number", 0),
    ("coder", ""),
    ("coder", " ann"),
    ("label_set", ""),
    ("changed_at", "yesterday"),
    ("changed_at", "2026-11-25T10:00:00"),
]


@pytest.mark.parametrize(("field", "value"), AUTHORSHIP)
@pytest.mark.parametrize("record", [AU_LABEL, EXPRESSION, CODED], ids=lambda r: type(r).__name__)
def test_nobody_labels_without_a_name_and_a_time(record: Any, field: str, value: object) -> None:  # noqa: ANN401
    with pytest.raises(SchemaError, match=rf"{type(record).__name__}\.{field}"):
        dataclasses.replace(record, **{field: value})


@pytest.mark.parametrize(
    "changes",
    [
        {"au": -1},
        {"intensity": None, "intensity_high": Intensity.C},
        {"intensity_high": Intensity.B},
        {"intensity_high": Intensity.A},
        {"apex_pts": 9},
        {"apex_pts": 22},
        {"score": 1.5},
    ],
    ids=str,
)
def test_an_impossible_action_unit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match=r"AuLabel\."):
        dataclasses.replace(AU_LABEL, **changes)


def test_a_range_of_strengths_and_a_score_are_allowed() -> None:
    label = dataclasses.replace(AU_LABEL, intensity_high=Intensity.C, score=1.0, apex_pts=None)
    assert (label.intensity, label.intensity_high) == (Intensity.B, Intensity.C)


@pytest.mark.parametrize(
    "changes",
    [
        {"expression_id": ""},
        {"apex_pts": (15, 12)},
        {"apex_pts": (15, 15)},
        {"apex_pts": (9,)},
        {"emotions": ("",)},
        {"emotions": ("joy ",)},
    ],
    ids=str,
)
def test_an_impossible_expression_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match=r"ExpressionLabel\."):
        dataclasses.replace(EXPRESSION, **changes)


@pytest.mark.parametrize("aus", [(12, 4), (4, 4), (-1, 4), (4, 10_000), (4, 2**63)])
def test_what_was_looked_for_stands_in_order_and_once(aus: tuple[int, ...]) -> None:
    with pytest.raises(SchemaError, match=r"CodedSpan\.aus"):
        dataclasses.replace(CODED, aus=aus)


def test_an_action_unit_of_an_unknown_expression_is_refused() -> None:
    part = dataclasses.replace(AU_LABEL, expression_id="e1")
    assert len(Labels(aus=(part,), expressions=(EXPRESSION,))) == 2
    with pytest.raises(SchemaError, match="known expression"):
        Labels(aus=(part,))
    with pytest.raises(SchemaError, match="known expression"):
        Labels(aus=(dataclasses.replace(part, coder="ben"),), expressions=(EXPRESSION,))


def test_an_expression_stands_once() -> None:
    with pytest.raises(SchemaError, match="twice"):
        Labels(expressions=(EXPRESSION, EXPRESSION))


def test_labels_add_up_and_are_told_apart_by_coder() -> None:
    other = dataclasses.replace(AU_LABEL, coder="ben", changed_at=WHEN)
    labels = Labels(aus=(AU_LABEL,), coded=(CODED,)) + Labels(aus=(other,))
    assert labels.authors == (("ann", "round-1"), ("ben", "round-1"))
    assert labels.select(lambda label: label.coder == "ben") == Labels(aus=(other,))


@given(label_sets())
def test_selecting_everything_changes_nothing(labels: Labels) -> None:
    assert labels.select(lambda _label: True) == labels
