"""What the mapping says of each of the 42, and how an expression is read."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.facs.code_book import standard_code_book
from cinefacs.facs.codes import Side
from cinefacs.labels.suggest.blendshape_mapping import (
    AuMapping,
    MappingMark,
    OnlyWhen,
    ScoreTerm,
    standard_mappings,
)
from cinefacs.records.blendshape_names import BLENDSHAPE_NAMES

MAPPINGS = standard_mappings()
NOWHERE = np.zeros((1, 3), np.float32)


def scores(**values: float) -> npt.NDArray[np.float32]:
    row = np.zeros((1, 52), np.float32)
    for name, value in values.items():
        row[0, BLENDSHAPE_NAMES.index(name)] = value
    return row


def name_of(mapping: AuMapping) -> str:
    return f"AU{mapping.au}"


def test_every_one_of_the_42_is_marked_with_a_reason() -> None:
    assert tuple(each.au for each in MAPPINGS) == standard_code_book().of_42
    assert all(each.reason for each in MAPPINGS)
    assert {each.mark for each in MAPPINGS} == set(MappingMark)


@pytest.mark.parametrize("mapping", MAPPINGS, ids=name_of)
def test_none_has_no_scores_and_the_others_have(mapping: AuMapping) -> None:
    assert bool(mapping.terms) == (mapping.mark is not MappingMark.NONE)


@pytest.mark.parametrize("mapping", MAPPINGS, ids=name_of)
def test_sides_are_those_that_the_code_book_allows(mapping: AuMapping) -> None:
    sides = {side for side, _ in mapping.terms}
    if mapping.only is OnlyWhen.SHORT_BOTH:  # a blink: its two scores tell it from a wink
        assert sides == {Side.LEFT, Side.RIGHT}
    else:
        assert all(standard_code_book().lookup(mapping.au).allows(side) for side in sides)


def test_what_is_direct_takes_nothing_away_and_is_limited_to_nothing() -> None:
    direct = [each for each in MAPPINGS if each.mark is MappingMark.DIRECT]
    assert all(each.only is OnlyWhen.ALWAYS for each in direct)
    assert all(not term.less and term.angle is None for e in direct for _, term in e.terms)


def test_left_names_are_for_the_left_side() -> None:
    for mapping in MAPPINGS:
        for side, term in mapping.terms:
            names = {BLENDSHAPE_NAMES[column] for column in term.columns}
            if side in {Side.LEFT, Side.RIGHT}:
                assert all(name.endswith(side.title()) for name in names)


def test_only_angles_of_the_head_have_no_neutral() -> None:
    assert {each.au for each in MAPPINGS if not each.has_neutral} == set(range(51, 57))


def test_a_mean_the_largest_and_a_difference() -> None:
    face = scores(eyeLookOutLeft=0.2, eyeLookInRight=0.6, mouthSmileLeft=0.5)
    mean = ScoreTerm.parse("eyeLookOutLeft+eyeLookInRight")
    largest = ScoreTerm.parse("eyeLookOutLeft|eyeLookInRight")
    less = ScoreTerm.parse("eyeLookInRight-mouthSmileLeft")
    assert mean.evaluate(face, NOWHERE, full=1) == pytest.approx([0.4])
    assert largest.evaluate(face, NOWHERE, full=1) == pytest.approx([0.6])
    assert less.evaluate(face, NOWHERE, full=1) == pytest.approx([0.1])
    assert less.evaluate(face, NOWHERE, full=0.2) == pytest.approx([0.5])
    assert less.evaluate(scores(mouthSmileLeft=1.0), NOWHERE, full=1) == pytest.approx([0])


@pytest.mark.parametrize(("text", "expected"), [("yaw+", 0.5), ("yaw-", 0), ("pitch-", 0.25)])
def test_angles(text: str, expected: float) -> None:
    pose = np.array([[20, -10, 0]], np.float32)
    assert ScoreTerm.parse(text).evaluate(scores(), pose, full=40) == pytest.approx([expected])


@pytest.mark.parametrize(
    "text", ["", "smile", "_neutral", "jawOpen-", "jawOpen-x", "jawOpen+", "yaw", "yaw*"]
)
def test_other_expressions_are_refused(text: str) -> None:
    with pytest.raises(SchemaError, match="expected the name of a blendshape"):
        ScoreTerm.parse(text)


@given(
    st.sampled_from([term for each in MAPPINGS for _, term in each.terms]),
    st.integers(0, 2**32 - 1),
    st.floats(0.1, 60),
)
def test_values_lie_between_0_and_1(term: ScoreTerm, seed: int, full: float) -> None:
    rng = np.random.default_rng(seed)
    face, pose = rng.random((5, 52), np.float32), rng.uniform(-90, 90, (5, 3))
    values = term.evaluate(face, pose.astype(np.float32), full=full)
    assert values.shape == (5,)
    assert ((values >= 0) & (values <= 1)).all()
