"""The code book and the emotion rules against their sources.

Sources: the paper, section 4.1, for emotion types; Ekman, Friesen and Hager, *FACS: The Manual*,
2002, for names and for table 9-1 (head and eye positions that exclude each other); Friesen and
Ekman, EMFACS-7, 1983, as commonly tabulated, for the second table of rules.
"""

import pytest

from cinefacs.facs.code_book import CodeKind, Region, standard_code_book
from cinefacs.facs.codes import Side
from cinefacs.facs.emotion_rules import EmotionRule, standard_rule_tables
from cinefacs.facs.inference import ActiveAu, infer_emotion

BOOK = standard_code_book()
TABLES = standard_rule_tables()

MANUAL_NAMES = {
    1: "Inner brow raiser", 2: "Outer brow raiser", 4: "Brow lowerer", 5: "Upper lid raiser",
    6: "Cheek raiser", 7: "Lid tightener", 9: "Nose wrinkler", 10: "Upper lip raiser",
    12: "Lip corner puller", 14: "Dimpler", 15: "Lip corner depressor", 17: "Chin raiser",
    20: "Lip stretcher", 23: "Lip tightener", 24: "Lip pressor", 25: "Lips part",
    26: "Jaw drop", 27: "Mouth stretch", 28: "Lip suck", 43: "Eyes closed", 45: "Blink",
    51: "Head turn left", 52: "Head turn right", 53: "Head up", 54: "Head down",
    61: "Eyes turn left", 62: "Eyes turn right", 63: "Eyes up", 64: "Eyes down",
}  # fmt: skip
MANUAL_TABLE_9_1 = [
    (51, 52), (53, 54), (55, 56), (57, 58), (61, 62), (61, 65), (61, 66), (62, 65), (62, 66),
    (63, 64), (65, 66),
]  # fmt: skip
PAPER_TYPES = {
    1: ("disgust", "9+15+16"),
    2: ("anger", "4+7+21"),
    3: ("fear", "1+2+4+5+7+20+26"),
    4: ("sadness", "4+6+15"),
    5: ("happiness", "6+12"),
    6: ("contempt", "12+14"),
    7: ("surprise", "2+5+26"),
}
EMFACS = {
    "happiness": "6+12",
    "sadness": "1+4+15",
    "surprise": "1+2+5B+26",
    "fear": "1+2+4+5+7+20+26",
    "anger": "4+5+7+23",
    "disgust": "9+15+16",
    "contempt": "U12A+U14A",  # tabulated as R12A+R14A: an example of one side, either will do
}


def test_the_42_are_those_that_the_model_specification_lists() -> None:
    listed = {1, 2, *range(4, 29), 43, 45, 46, *range(51, 59), *range(61, 65)}
    assert len(listed) == 42
    assert set(BOOK.of_42) == listed


@pytest.mark.parametrize(("number", "name"), MANUAL_NAMES.items())
def test_names_are_the_manuals(number: int, name: str) -> None:
    assert BOOK.lookup(number).name == name


def test_what_the_paper_calls_eye_movements_are_cheek_and_lid() -> None:
    assert {BOOK.lookup(au).region for au in (6, 7)} == {Region.UPPER_FACE}
    assert all("orbicularis oculi" in BOOK.lookup(au).muscles[0] for au in (6, 7))


@pytest.mark.parametrize(("one", "other"), MANUAL_TABLE_9_1)
def test_positions_exclude_each_other_as_in_table_9_1(one: int, other: int) -> None:
    assert str(other) in BOOK.excludes(one)


def test_positions_exclude_nothing_that_table_9_1_does_not_name() -> None:
    positions = (CodeKind.HEAD_POSITION, CodeKind.EYE_POSITION)
    found = {
        frozenset({int(each.code), int(other)})
        for each in BOOK.codes
        if each.kind in positions
        for other in BOOK.excludes(each.code)
    }
    assert found == {frozenset(pair) for pair in MANUAL_TABLE_9_1}


def test_every_code_of_the_manual_is_known_so_that_foreign_labels_survive() -> None:
    descriptors = {*range(29, 40), 19}
    other = {0, 40, 50, 65, 66, 69, *range(70, 75), 80, 81, 82, 84, 85, 91, 92, 97, 98}
    movements = {"M55", "M56", "M57", "M59", "M60", "M61", "M62", "M68", "M69", "M83"}
    legacy = {41, 42, 44}
    assert all(code in BOOK for code in descriptors | other | movements | legacy)
    outside = (descriptors | other | legacy) - {19}
    assert not any(BOOK.lookup(code).is_of_42 for code in outside)


@pytest.mark.parametrize(("number", "type_"), PAPER_TYPES.items())
def test_the_papers_types(number: int, type_: tuple[str, str]) -> None:
    emotion, aus = type_
    (rule,) = [rule for rule in TABLES["paper"].rules if rule.number == number]
    assert (rule.emotion, str(rule)) == (emotion, aus)


def test_emfacs() -> None:
    assert {rule.emotion: str(rule) for rule in TABLES["emfacs"].rules} == EMFACS


def test_both_tables_number_emotions_as_the_paper_does() -> None:
    for table in TABLES.values():
        assert {table.number_of(name): name for name in table.emotions} == {
            number: emotion for number, (emotion, _) in PAPER_TYPES.items()
        }


@pytest.mark.parametrize(
    ("name", "rule"),
    [(name, rule) for name, table in TABLES.items() for rule in table.rules],
    ids=str,
)
def test_each_rule_finds_its_own_emotion(name: str, rule: EmotionRule) -> None:
    active = [
        ActiveAu(
            number=asked.number,
            side=Side.LEFT if asked.side is Side.UNILATERAL else Side.BOTH,
            intensity=asked.weakest,
        )
        for asked in rule.requirements
    ]
    reading = infer_emotion(active, TABLES[name])
    assert reading.emotion == rule.emotion
    assert reading.ranked[0].score == 1.0
