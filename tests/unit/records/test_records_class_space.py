"""Class spaces: their names, their mirror images, what they refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.records.class_space import (
    ACTION_UNITS,
    FACE,
    ClassSpace,
    action_unit_space,
    combination_name,
    combination_space,
    named_class_space,
)


def test_there_are_42_action_units() -> None:
    assert len(ACTION_UNITS) == len(set(ACTION_UNITS)) == 42
    assert 3 not in ACTION_UNITS


@pytest.mark.parametrize(
    ("name", "n_classes", "is_multi_label"),
    [("emotion", 8, False), ("emotion7", 7, False), ("au", 43, True), ("emotion+au", 51, True),
     ("face", 1, False)],
)  # fmt: skip
def test_the_named_spaces(name: str, n_classes: int, is_multi_label: bool) -> None:
    space = named_class_space(name)
    assert (space.name, len(space), space.is_multi_label) == (name, n_classes, is_multi_label)
    if is_multi_label:
        assert space.face_index == n_classes - 1
    else:
        assert space.face_index is None


def test_an_unknown_name_is_an_error_that_says_where_combinations_come_from() -> None:
    with pytest.raises(ConfigError, match="got 'combination'") as caught:
        named_class_space("combination")
    assert "training samples" in caught.value.hint


def test_the_mirror_swaps_numbers_and_sides() -> None:
    space = ClassSpace(
        name="x", classes=("AU51", "AU52", "AU12L", "AU12R", "AU4", "happiness", "AU4+AU61",
                           "AU4+AU62", "AU55"),
    )  # fmt: skip
    assert space.mirrored() == (1, 0, 3, 2, 4, 5, 7, 6, None)


def test_the_mirror_of_all_action_units_is_complete() -> None:
    space = action_unit_space()
    mirror = space.mirrored()
    moved = {space.classes[i] for i, j in enumerate(mirror) if i != j}
    assert moved == {"AU51", "AU52", "AU55", "AU56", "AU61", "AU62"}
    assert [mirror[j] for j in mirror if j is not None] == list(range(len(space)))


@given(st.lists(st.sets(st.sampled_from(ACTION_UNITS), max_size=4), max_size=60))
def test_combinations_that_are_frequent_are_classes_and_no_others(sets: list[set[int]]) -> None:
    space = combination_space(sets, fewest_samples=3)
    names = [combination_name(aus) for aus in sets]
    assert set(space.classes) == {n for n in names if names.count(n) >= 3} | {"other"}
    assert space.classes[-1] == "other"


def test_a_combination_sorts_its_units_and_none_is_neutral() -> None:
    assert combination_name([12, 6]) == "AU6+AU12"
    assert combination_name([]) == "neutral"


def test_a_space_comes_back_from_its_document() -> None:
    for name in ("emotion", "emotion+au"):
        space = named_class_space(name)
        assert ClassSpace.from_document(space.as_document()) == space


@pytest.mark.parametrize(
    "change",
    [{"classes": "AU1"}, {"classes": ["AU1", 2]}, {"is_multi_label": 1}, {"name": 3}, {"more": 1}],
)
def test_a_wrong_document_is_refused(change: dict[str, object]) -> None:
    document = {**named_class_space("emotion").as_document(), **change}
    with pytest.raises(SchemaError, match="class space"):
        ClassSpace.from_document(document)


@pytest.mark.parametrize(
    ("classes", "is_multi_label"),
    [((), False), (("a", "a"), False), (("a", ""), False), (("AU1", "AU2"), True)],
)
def test_a_space_that_makes_no_sense_is_refused(
    classes: tuple[str, ...], is_multi_label: bool
) -> None:
    with pytest.raises(SchemaError, match=r"ClassSpace\.classes"):
        ClassSpace(name="x", classes=classes, is_multi_label=is_multi_label)


def test_a_class_is_found_by_name() -> None:
    space = named_class_space("au")
    assert space.index(FACE) == 42
    with pytest.raises(SchemaError, match="got 'AU3'"):
        space.index("AU3")
