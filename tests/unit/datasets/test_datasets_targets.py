"""What coders say becomes classes, and what nobody said stays unknown."""

import dataclasses
from fractions import Fraction

import pytest

from cinefacs.datasets.emotion_words import emotion_of_word
from cinefacs.datasets.emotions import emotion_reader
from cinefacs.datasets.moments import CharacterLabels, Moment, labels_by_character
from cinefacs.datasets.targets import Target, aim, au_codes
from cinefacs.errors import ConfigError
from cinefacs.facs.codes import Intensity, Side
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.class_space import (
    ClassSpace,
    au_space,
    combination_space,
    emotion7_space,
    emotion_au_space,
    emotion_space,
)
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan
from tests.support.labels import AU_LABEL, CODED, EXPRESSION

FACE_BASE = Fraction(1, 24)
WORDS = emotion_reader("labels", "paper")
RULES = emotion_reader("rules", "paper")
EITHER = emotion_reader("labels-or-rules", "paper")
PAPER_AUS = (1, 2, 4, 5, 6, 7, 9, 12, 14, 15, 16, 20, 21, 26)


def au(number: int, **changes: object) -> AuLabel:
    plain = dataclasses.replace(AU_LABEL, au=number, side=Side.BOTH)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def moment(
    *aus: AuLabel,
    words: tuple[str, ...] | None = None,
    looked_for: tuple[int, ...] = PAPER_AUS,
    has_emotions: bool = True,
    is_coded: bool = True,
) -> Moment:
    """Return what is said at tick 15 of the plain labels' film."""
    coded = dataclasses.replace(CODED, aus=looked_for, has_emotions=has_emotions)
    expression = dataclasses.replace(EXPRESSION, emotions=words or ())
    labels = Labels(
        aus=aus,
        expressions=() if words is None else (expression,),
        coded=(coded,) if is_coded else (),
    )
    return CharacterLabels(labels, time_base=FACE_BASE).at(15)


def test_labels_of_another_clock_cover_the_same_frames() -> None:
    fine = CharacterLabels(Labels(aus=(AU_LABEL,)), time_base=Fraction(1, 24 * 512))
    start, end = AU_LABEL.span.start_pts * 512, AU_LABEL.span.end_pts * 512
    seen = [pts for pts in (start - 512, start, end - 512, end) if fine.at(pts).aus]
    assert seen == [start, end - 512]
    (event,) = fine.events()
    assert (event.start_pts, event.end_pts, event.apex_pts) == (start, end, (15 * 512,))
    assert fine.labelled_ranges() == ((start, end),)


def test_frames_between_the_ticks_of_a_label_are_rounded_up() -> None:
    span = TimeSpan(start_pts=1, end_pts=2, time_base=Fraction(1, 2))
    late = CharacterLabels(
        Labels(aus=(dataclasses.replace(AU_LABEL, span=span, apex_pts=None),)),
        time_base=Fraction(1, 3),
    )
    # half a second to a second, in thirds: the frame at 2/3 s is inside, those at 1/3 and 1 not
    assert [bool(late.at(pts).aus) for pts in (1, 2, 3)] == [False, True, False]


def test_events_are_expressions_and_action_units_of_none() -> None:
    part_of_one = dataclasses.replace(AU_LABEL, expression_id=EXPRESSION.expression_id)
    hidden = dataclasses.replace(AU_LABEL, visibility=Visibility.HIDDEN)
    labels = Labels(aus=(AU_LABEL, part_of_one, hidden), expressions=(EXPRESSION,))
    events = CharacterLabels(labels, time_base=FACE_BASE).events()
    assert [event.event_id for event in events] == ["AU12-left-10", "e1"]


def test_labels_are_grouped_by_film_and_character() -> None:
    other = dataclasses.replace(CODED, character_number=2)
    grouped = labels_by_character(Labels(aus=(AU_LABEL,), coded=(CODED, other)))
    assert [number for _, number in grouped] == [1, 2]
    assert grouped[AU_LABEL.film_id, 2].aus == ()


@pytest.mark.parametrize(
    ("word", "emotion"),
    [("Happiness", "happiness"), (" JOY ", "happiness"), ("repression", None), ("others", None)],
)
def test_words_of_the_sources(word: str, emotion: str | None) -> None:
    assert emotion_of_word(word) == emotion


@pytest.mark.parametrize(
    ("said", "space", "expected"),
    [
        (moment(au(6), au(12), words=("Happy",)), emotion_space(), "happiness"),
        (moment(), emotion_space(), "neutral"),
        (moment(au(45), au(57)), emotion_space(), "neutral"),
        (moment(), emotion7_space(), "!neutral has no class"),
        (moment(words=("happiness", "surprise")), emotion_space(), "!several emotions"),
        (moment(words=("repression",)), emotion_space(), "!repression has no class"),
        (moment(words=()), emotion_space(), "!emotion not known"),
        (moment(has_emotions=False), emotion_space(), "!emotion not known"),
        (moment(au(12)), emotion_space(), "!action units without an emotion"),
        (
            moment(au(12, visibility=Visibility.NOT_CODABLE)),
            emotion_space(),
            "!action units without an emotion",
        ),
    ],
)
def test_one_emotion_or_why_there_is_none(said: Moment, space: ClassSpace, expected: str) -> None:
    target = aim(space, said, WORDS)
    if expected.startswith("!"):
        assert target == Target(unknown=space.names, reason=expected[1:])
    else:
        assert target == Target(classes=(expected,), intensities=(0,))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (moment(au(6), au(12)), "happiness"),
        (moment(au(2), au(5), au(26)), "surprise"),
        (moment(), "neutral"),
        (moment(au(9)), "!action units without an emotion"),
        (moment(au(6), au(12), looked_for=()), "!emotion not known"),
        (moment(au(6), au(12, visibility=Visibility.HIDDEN)), "!emotion not known"),
    ],
)
def test_emotions_by_rule(said: Moment, expected: str) -> None:
    target = aim(emotion_space(), said, RULES)
    assert (target.classes or (f"!{target.reason}",)) == (expected,)


def test_rules_stand_in_where_the_coders_say_nothing() -> None:
    unnamed = moment(au(6), au(12), words=())
    assert aim(emotion_space(), unnamed, EITHER).classes == ("happiness",)
    named = moment(au(6), au(12), words=("contempt",))
    assert aim(emotion_space(), named, EITHER).classes == ("contempt",)
    assert aim(emotion_space(), named, RULES).classes == ("happiness",)
    with pytest.raises(ConfigError, match="expected a table of rules, got 'papers'"):
        emotion_reader("rules", "papers")


def test_several_classes_tell_present_absent_and_unknown_apart() -> None:
    space = au_space((4, 6, 12, 14, 17))
    said = moment(
        au(12, intensity=Intensity.D),
        au(4, visibility=Visibility.HIDDEN),
        au(6, visibility=Visibility.NOT_CODABLE),
    )
    target = aim(space, said, WORDS)
    assert target.classes == ("AU12", "face")
    assert target.intensities == (4, 0)
    assert target.unknown == ("AU4", "AU6", "AU17")  # 14 was looked for, 17 was not
    assert target.hidden == ("AU4",)


def test_the_stronger_side_counts() -> None:
    left = au(12, side=Side.LEFT, intensity=Intensity.B)
    right = au(12, side=Side.RIGHT, intensity=Intensity.E)
    assert aim(au_space((12,)), moment(left, right), WORDS).intensities == (5, 0)


def test_emotions_beside_action_units() -> None:
    space = emotion_au_space((6, 12))
    happy = aim(space, moment(au(6), au(12), words=("happiness",)), WORDS)
    assert happy.classes == ("happiness", "AU6", "AU12", "face")
    assert happy.unknown == ()
    neutral = aim(space, moment(), WORDS)
    assert neutral.classes == ("neutral", "face")
    silent = aim(space, moment(au(6), has_emotions=False), WORDS)
    assert silent.classes == ("AU6", "face")
    assert silent.unknown == emotion_space().names
    lone = aim(space, moment(au(6)), WORDS)
    assert (lone.classes, lone.unknown) == (("AU6", "face"), ())
    nobody = aim(space, moment(is_coded=False), WORDS)
    assert nobody.classes == ("face",)
    assert len(nobody.unknown) == len(space) - 1


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (moment(au(12), au(6)), "AU6+AU12"),
        (moment(au(9)), "other"),
        (moment(), "neutral"),
        (moment(looked_for=()), "!no action units looked for"),
        (
            moment(au(4, visibility=Visibility.HIDDEN)),
            "!an action unit hidden or not codable",
        ),
    ],
)
def test_exact_combinations(said: Moment, expected: str) -> None:
    target = aim(combination_space([(6, 12)], has_neutral=True), said, WORDS)
    assert (target.classes or (f"!{target.reason}",)) == (expected,)
    bare = aim(combination_space([(6, 12)]), moment(), WORDS)
    assert bare.reason == "neutral has no class"


def test_codes_are_written_as_coders_write_them() -> None:
    labels = [
        au(4),
        au(12, side=Side.LEFT, intensity=Intensity.B, intensity_high=Intensity.C),
        au(14, side=Side.UNILATERAL, intensity=None),
    ]
    assert au_codes(labels) == ("4B", "L12B/C", "U14")
