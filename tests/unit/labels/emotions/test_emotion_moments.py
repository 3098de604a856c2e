"""Moments at which emotions are read, and what is there then."""

from fractions import Fraction

import pytest

from cinefacs.facs.codes import Intensity, Side
from cinefacs.facs.emotion_rules import standard_rule_tables
from cinefacs.facs.inference import ActiveAu
from cinefacs.labels.emotions.moments import Moment, find_moments
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.labels import Labels
from tests.support.noisy_coders import make_clip, make_coded, make_expression, make_label

CLIP = make_clip(1, 0, 100)
RULES = standard_rule_tables()["paper"].vocabulary


def frame_s(frame: int) -> Fraction:
    return make_label(CLIP, "ann", 12, frame, frame + 1).span.start_s


def moments(*aus: AuLabel, coded: tuple[int, ...] | None = None, **others: object) -> list[Moment]:
    looked = sorted(RULES) if coded is None else list(coded)
    labels = Labels(
        aus=aus,
        coded=(make_coded(CLIP, "ann", looked),),
        **others,  # type: ignore[arg-type]
    )
    return list(find_moments(labels, RULES))


def test_an_expression_is_read_at_its_apex() -> None:
    expression = make_expression(CLIP, "ann", ["happiness"], 10, 40, apex_pts=(30,))
    found = moments(
        make_label(CLIP, "ann", 6, 10, 20),
        make_label(CLIP, "ann", 12, 15, 40, side=Side.LEFT, intensity=Intensity.B),
        make_label(CLIP, "ann", 45, 28, 32),
        expressions=(expression,),
    )
    (moment,) = found
    assert moment.at_s == frame_s(30)
    assert moment.said == ("happiness",)
    assert moment.active == (
        ActiveAu(number=12, side=Side.LEFT, intensity=Intensity.B),
        ActiveAu(number=45, side=Side.BOTH),
    )
    assert (moment.not_codable, moment.not_looked_for) == ((), ())


def test_without_apex_it_is_read_where_most_is_there() -> None:
    expression = make_expression(CLIP, "ann", ["happiness"], 10, 40, apex_pts=())
    (moment,) = moments(
        make_label(CLIP, "ann", 6, 30, 38, apex_pts=32),
        make_label(CLIP, "ann", 12, 11, 39, apex_pts=12),
        expressions=(expression,),
    )
    assert moment.at_s == frame_s(32)
    assert [each.number for each in moment.active] == [6, 12]


def test_an_expression_without_action_units_is_read_in_its_middle() -> None:
    expression = make_expression(CLIP, "ann", ["fear"], 10, 40, apex_pts=())
    (moment,) = moments(expressions=(expression,))
    assert moment.at_s == (frame_s(10) + frame_s(40)) / 2
    assert moment.active == ()


def test_two_apexes_are_two_moments() -> None:
    expression = make_expression(CLIP, "ann", ["fear"], 10, 40, apex_pts=(12, 30))
    assert [each.at_s for each in moments(expressions=(expression,))] == [frame_s(12), frame_s(30)]


def test_what_lies_within_no_expression_is_read_once_each() -> None:
    found = moments(
        make_label(CLIP, "ann", 12, 0, 50, apex_pts=5),
        make_label(CLIP, "ann", 6, 10, 20, apex_pts=12),
        make_label(CLIP, "ann", 4, 45, 60, apex_pts=55),
        make_label(CLIP, "ann", 45, 80, 82),  # a blink alone is no moment
    )
    assert [(each.at_s, [au.number for au in each.active]) for each in found] == [
        (frame_s(12), [6, 12]),
        (frame_s(55), [4]),
    ]
    assert [(each.onset_s, each.offset_s) for each in found] == [
        (frame_s(0), frame_s(50)),
        (frame_s(45), frame_s(60)),
    ]
    assert {each.expression_id for each in found} == {""}


def test_not_looked_for_and_not_codable_are_told_apart() -> None:
    (moment,) = moments(
        make_label(CLIP, "ann", 12, 10, 20, apex_pts=15),
        make_label(CLIP, "ann", 6, 0, 99, visibility=Visibility.NOT_CODABLE),
        coded=(6, 12, 14),
    )
    assert moment.not_codable == (6,)
    assert moment.not_looked_for == tuple(sorted(RULES - {6, 12, 14}))


def test_one_side_that_was_seen_counts_more_than_the_other_that_was_not() -> None:
    (moment,) = moments(
        make_label(CLIP, "ann", 12, 10, 20, side=Side.LEFT),
        make_label(CLIP, "ann", 12, 10, 20, side=Side.RIGHT, visibility=Visibility.NOT_CODABLE),
    )
    assert moment.not_codable == ()
    assert [each.side for each in moment.active] == [Side.LEFT]


@pytest.mark.parametrize("coder", ["bob", "ann"])
def test_coders_are_not_mixed(coder: str) -> None:
    labels = Labels(
        aus=(make_label(CLIP, "ann", 12, 10, 20), make_label(CLIP, "bob", 6, 10, 20)),
        coded=(make_coded(CLIP, "ann", [12]), make_coded(CLIP, "bob", [6])),
    )
    found = {each.coder: [au.number for au in each.active] for each in find_moments(labels, RULES)}
    assert found[coder] == {"ann": [12], "bob": [6]}[coder]
