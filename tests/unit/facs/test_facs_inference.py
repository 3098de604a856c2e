"""From active action units to an emotion, or to none."""

import itertools

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.facs.codes import Intensity, Side
from cinefacs.facs.emotion_rules import AuRequirement, EmotionRule, RuleTable, standard_rule_tables
from cinefacs.facs.inference import (
    ActiveAu,
    EmotionMatch,
    EmotionOutcome,
    EmotionReading,
    infer_emotion,
)

PAPER = standard_rule_tables()["paper"]
EMFACS = standard_rule_tables()["emfacs"]
TABLES = [PAPER, EMFACS]

SIDES = st.sampled_from([None, *Side])
STRENGTHS = st.sampled_from([None, *Intensity])
AUS = sorted(PAPER.vocabulary | EMFACS.vocabulary | {25, 43, 45, 51})

actives = st.lists(
    st.builds(ActiveAu, number=st.sampled_from(AUS), side=SIDES, intensity=STRENGTHS),
    max_size=8,
    unique_by=lambda each: each.number,
)


def own_table(*rules: tuple[str, str]) -> RuleTable:
    """Return a table of ``(emotion, "6+12")``."""
    return RuleTable(
        name="own",
        source="test",
        rules=tuple(
            EmotionRule(
                emotion=emotion,
                requirements=tuple(AuRequirement.parse(au) for au in aus.split("+")),
            )
            for emotion, aus in rules
        ),
    )


@st.composite
def tables(draw: st.DrawFn) -> RuleTable:
    sets = draw(
        st.lists(
            st.frozensets(st.sampled_from([1, 2, 4, 5, 6, 7, 9, 12]), min_size=1, max_size=5),
            min_size=1,
            max_size=5,
            unique=True,
        )
    )
    return own_table(*((f"e{k}", "+".join(map(str, sorted(aus)))) for k, aus in enumerate(sets)))


def on(*numbers: int) -> list[ActiveAu]:
    return [ActiveAu(number=number) for number in numbers]


def match_of(reading: EmotionReading, emotion: str) -> EmotionMatch:
    return next(match for match in reading.ranked if match.emotion == emotion)


def test_the_papers_table_is_the_default() -> None:
    reading = infer_emotion(on(4, 7, 21))
    assert (reading.table, reading.emotion) == ("paper", "anger")


def test_nothing_active_is_none_and_not_neutral_by_force() -> None:
    reading = infer_emotion([])
    assert reading.outcome is EmotionOutcome.NONE
    assert reading.emotion is None
    assert reading.candidates == ()
    assert {match.score for match in reading.ranked} == {0.0}


def test_matched_missing_and_against_are_told() -> None:
    happiness = match_of(infer_emotion(on(6, 15, 45)), "happiness")
    assert (happiness.matched, happiness.missing, happiness.against) == ((6,), (12,), (15,))
    assert happiness.score == pytest.approx(1 / 3)  # one matched of three that count


def test_a_lip_corner_alone_is_no_emotion() -> None:
    reading = infer_emotion(on(12))
    assert reading.outcome is EmotionOutcome.NONE
    assert match_of(reading, "happiness").score == match_of(reading, "contempt").score == 0.5


def test_smile_and_dimple_together_are_ambiguous() -> None:
    reading = infer_emotion(on(6, 12, 14))
    assert reading.outcome is EmotionOutcome.AMBIGUOUS
    assert set(reading.candidates) == {"happiness", "contempt"}
    assert reading.emotion is None


def test_contempt_and_happiness_are_told_apart_by_cheek_and_dimple() -> None:
    assert infer_emotion(on(12, 14)).emotion == "contempt"
    assert infer_emotion(on(6, 12)).emotion == "happiness"


def test_sadness_holds_the_cheek_raiser_too() -> None:
    assert infer_emotion(on(4, 6, 15)).emotion == "sadness"
    blended = infer_emotion(on(4, 6, 12, 15))
    assert blended.outcome is EmotionOutcome.AMBIGUOUS
    assert blended.candidates == ("sadness", "happiness")


def test_the_larger_of_two_nested_rules_wins_where_it_is_whole() -> None:
    fear = infer_emotion(on(1, 2, 4, 5, 7, 20, 26))
    assert fear.emotion == "fear"
    assert match_of(fear, "surprise").missing == ()


def test_the_smaller_of_two_nested_rules_wins_where_it_alone_is_whole() -> None:
    reading = infer_emotion(on(2, 5, 26))
    assert reading.emotion == "surprise"
    assert match_of(reading, "fear").missing == (1, 4, 7, 20)


def test_two_whole_rules_side_by_side_are_ambiguous_even_where_one_scores_higher() -> None:
    reading = infer_emotion(on(9, 15, 16, 6, 12))
    assert match_of(reading, "disgust").score == pytest.approx(3 / 5)
    assert reading.outcome is EmotionOutcome.AMBIGUOUS
    assert reading.candidates == ("disgust", "happiness")


def test_too_much_against_a_whole_rule_leaves_none() -> None:
    reading = infer_emotion(on(6, 12, 1, 5, 20, 21))
    assert match_of(reading, "happiness").missing == ()
    assert reading.outcome is EmotionOutcome.NONE


def test_what_no_rule_asks_for_counts_neither_way() -> None:
    assert infer_emotion(on(6, 12, 25, 45, 51)).ranked[0].score == 1.0


def test_what_excludes_a_rules_action_unit_speaks_against_it() -> None:
    surprise = match_of(infer_emotion(on(2, 26, 43)), "surprise")  # 43: eyes closed, 5: raised lid
    assert surprise.against == (43,)
    assert surprise.missing == (5,)


def test_au_0_says_nothing() -> None:
    assert infer_emotion(on(0, 6, 12)) == infer_emotion(on(6, 12))


def test_an_action_unit_that_the_code_book_does_not_know_is_a_rule_like_any_other() -> None:
    reading = infer_emotion(on(200), own_table(("ears", "200"), ("joy", "6+12")))
    assert reading.emotion == "ears"


def test_an_m_code_of_a_users_book_excludes_no_action_unit_of_that_number() -> None:
    from cinefacs.facs.code_book import standard_code_book

    book = standard_code_book().merge(
        {"action_units": {"M59": {"excludes": ["M60", 12]}}}, where="own.yaml"
    )
    reading = infer_emotion(on(6, 12, 59), code_book=book)
    assert reading.ranked[0].score == 1.0


# --- sides and strengths


def test_contempt_asks_for_one_side_in_emfacs() -> None:
    def contempt(*sides: Side | None) -> EmotionReading:
        numbers = (12, 14)
        found = [ActiveAu(number=n, side=s) for n, s in zip(numbers, sides, strict=True)]
        return infer_emotion(found, EMFACS)

    for side in (Side.LEFT, Side.RIGHT, Side.UNILATERAL):
        assert contempt(side, side).emotion == "contempt"
    for side in (Side.BOTH, Side.ASYMMETRIC, Side.TOP):
        reading = contempt(side, side)
        assert reading.outcome is EmotionOutcome.NONE
        assert match_of(reading, "contempt").against == (12, 14)
    crossed = contempt(Side.LEFT, Side.RIGHT)
    assert crossed.outcome is EmotionOutcome.NONE
    assert match_of(crossed, "contempt").score == 0.0


def test_an_unknown_side_leaves_a_one_sided_rule_undetermined() -> None:
    reading = infer_emotion(on(12, 14), EMFACS)
    assert reading.outcome is EmotionOutcome.UNDETERMINED
    assert reading.candidates == ("contempt",)
    contempt = match_of(reading, "contempt")
    assert contempt.score is None
    assert (contempt.unseen, contempt.low, contempt.high) == ((12, 14), 0.0, 1.0)


@pytest.mark.parametrize(
    ("asked", "found", "outcome"),
    [
        ("L12", Side.LEFT, EmotionOutcome.NAMED),
        ("L12", Side.RIGHT, EmotionOutcome.NONE),
        ("L12", Side.BOTH, EmotionOutcome.NONE),
        ("L12", Side.UNILATERAL, EmotionOutcome.UNDETERMINED),
        ("L12", None, EmotionOutcome.UNDETERMINED),
        ("T12", Side.UNILATERAL, EmotionOutcome.NONE),
        ("A12", Side.ASYMMETRIC, EmotionOutcome.NAMED),
        ("12", Side.LEFT, EmotionOutcome.NAMED),
        ("12", None, EmotionOutcome.NAMED),
    ],
)
def test_sides_of_a_rule(asked: str, found: Side | None, outcome: EmotionOutcome) -> None:
    reading = infer_emotion([ActiveAu(number=12, side=found)], own_table(("smirk", asked)))
    assert reading.outcome is outcome


@pytest.mark.parametrize(
    ("asked", "found", "outcome"),
    [
        ("12B", Intensity.A, EmotionOutcome.NONE),
        ("12B", Intensity.B, EmotionOutcome.NAMED),
        ("12B", Intensity.E, EmotionOutcome.NAMED),
        ("12B", None, EmotionOutcome.UNDETERMINED),
        ("12A", None, EmotionOutcome.NAMED),  # what is there is there at least as a trace
        ("12", None, EmotionOutcome.NAMED),
    ],
)
def test_strengths_of_a_rule(asked: str, found: Intensity | None, outcome: EmotionOutcome) -> None:
    reading = infer_emotion([ActiveAu(number=12, intensity=found)], own_table(("smirk", asked)))
    assert reading.outcome is outcome


@pytest.mark.parametrize(
    ("parts", "emotion"),
    [
        ([(Side.LEFT, None), (Side.LEFT, None)], "left"),
        ([(Side.LEFT, None), (Side.RIGHT, None)], None),  # both sides alike, as far as is known
        ([(Side.LEFT, Intensity.A), (Side.RIGHT, Intensity.C)], "uneven"),
        ([(Side.LEFT, None), (Side.ASYMMETRIC, None)], "uneven"),
        ([(Side.TOP, None), (Side.BOTTOM, None)], None),
    ],
)
def test_an_action_unit_seen_in_parts_is_joined(
    parts: list[tuple[Side, Intensity | None]], emotion: str | None
) -> None:
    table = own_table(("left", "L12"), ("uneven", "A12"))
    found = [ActiveAu(number=12, side=side, intensity=strength) for side, strength in parts]
    assert infer_emotion(found, table).emotion == emotion


def test_a_part_with_an_unknown_side_leaves_the_side_unknown() -> None:
    found = [ActiveAu(number=12, side=Side.LEFT), ActiveAu(number=12)]
    reading = infer_emotion(found, own_table(("left", "L12")))
    assert reading.outcome is EmotionOutcome.UNDETERMINED


def test_the_stronger_part_counts() -> None:
    found = [
        ActiveAu(number=12, side=Side.LEFT, intensity=Intensity.A),
        ActiveAu(number=12, side=Side.RIGHT, intensity=Intensity.D),
    ]
    assert infer_emotion(found, own_table(("joy", "12C"))).emotion == "joy"


# --- what was not seen


def test_what_was_not_seen_counts_neither_for_nor_against() -> None:
    happiness = match_of(infer_emotion(on(6), unseen=[12]), "happiness")
    assert happiness.score == 1.0
    assert (happiness.low, happiness.high) == (0.5, 1.0)
    assert happiness.unseen == (12,)


def test_a_hidden_mouth_leaves_a_smile_undetermined() -> None:
    reading = infer_emotion(on(6), unseen=[9, 12, 14, 15, 16, 20, 21, 26])
    assert reading.outcome is EmotionOutcome.UNDETERMINED
    assert "happiness" in reading.candidates
    assert reading.emotion is None


def test_what_was_not_seen_and_cannot_matter_leaves_the_emotion_named() -> None:
    assert infer_emotion(on(1, 2, 4, 5, 7, 20, 26), unseen=[16]).emotion == "fear"
    assert infer_emotion([], unseen=[26]).outcome is EmotionOutcome.NONE


def test_where_nothing_was_seen_nothing_is_known() -> None:
    reading = infer_emotion([], unseen=PAPER.vocabulary)
    assert reading.outcome is EmotionOutcome.UNDETERMINED
    assert set(reading.candidates) == set(PAPER.emotions)
    assert {match.score for match in reading.ranked} == {None}


def test_seen_and_unseen_at_once_is_an_error() -> None:
    with pytest.raises(SchemaError, match=r"seen or unseen, got both for \[12\]"):
        infer_emotion(on(6, 12), unseen=[12])


@pytest.mark.parametrize(("least", "margin"), [(0, 0.1), (1.1, 0.1), (0.6, -0.1), (0.6, 1.1)])
def test_limits_out_of_range_are_an_error(least: float, margin: float) -> None:
    with pytest.raises(ConfigError, match="0 < min_score <= 1"):
        infer_emotion([], min_score=least, margin=margin)


def test_an_emotion_with_two_rules_is_judged_by_the_better_one() -> None:
    table = own_table(("joy", "6+12"), ("joy", "12+25"), ("awe", "1+5"))
    reading = infer_emotion(on(12, 25), table)
    assert reading.emotion == "joy"
    assert str(match_of(reading, "joy").rule) == "12+25"
    assert len(reading.ranked) == 2


# --- properties


@given(tables(), st.data())
def test_an_exact_match_wins(table: RuleTable, data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(table.rules))
    reading = infer_emotion(on(*rule.aus), table)
    assert reading.outcome is EmotionOutcome.NAMED
    assert reading.emotion == rule.emotion
    assert reading.ranked[0].score == 1.0


@given(st.sampled_from(TABLES), actives, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    table: RuleTable, active: list[ActiveAu], random: object
) -> None:
    shuffled = list(active)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert infer_emotion(shuffled, table) == infer_emotion(active, table)


@given(tables(), st.data())
def test_the_order_of_the_rules_does_not_matter(table: RuleTable, data: st.DataObject) -> None:
    rules = data.draw(st.permutations(table.rules))
    other = RuleTable(name=table.name, source=table.source, rules=tuple(rules))
    active = on(*data.draw(st.sets(st.sampled_from(AUS), max_size=6)))
    assert infer_emotion(active, table) == infer_emotion(active, other)


@given(tables(), st.sets(st.sampled_from(AUS)), st.data())
def test_a_further_matched_action_unit_raises_the_score(
    table: RuleTable, numbers: set[int], data: st.DataObject
) -> None:
    rule = data.draw(st.sampled_from(table.rules))
    missing = sorted(rule.aus - numbers)
    assume(missing)
    more = data.draw(st.sampled_from(missing))
    before = match_of(infer_emotion(on(*numbers), table), rule.emotion).score
    after = match_of(infer_emotion(on(*numbers, more), table), rule.emotion).score
    assert before is not None
    assert after is not None
    assert after > before


@given(tables(), st.sets(st.sampled_from(AUS)), st.data())
def test_a_further_opposing_action_unit_never_raises_the_score(
    table: RuleTable, numbers: set[int], data: st.DataObject
) -> None:
    rule = data.draw(st.sampled_from(table.rules))
    others = sorted(set(AUS) - rule.aus - numbers)
    assume(others)
    more = data.draw(st.sampled_from(others))
    before = match_of(infer_emotion(on(*numbers), table), rule.emotion).score
    after = match_of(infer_emotion(on(*numbers, more), table), rule.emotion).score
    assert before is not None
    assert after is not None
    assert after <= before


@given(st.sampled_from(TABLES), actives, st.sets(st.sampled_from(AUS)))
def test_every_action_unit_of_a_rule_is_told_once_and_scores_lie_within_bounds(
    table: RuleTable, active: list[ActiveAu], unseen: set[int]
) -> None:
    hidden = unseen - {each.number for each in active}
    reading = infer_emotion(active, table, unseen=hidden)
    assert {match.emotion for match in reading.ranked} == set(table.emotions)
    scores = [match.score for match in reading.ranked if match.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert (reading.emotion is not None) == (reading.outcome is EmotionOutcome.NAMED)
    assert bool(reading.candidates) == (reading.outcome is not EmotionOutcome.NONE)
    for match in reading.ranked:
        told = [*match.matched, *match.missing, *match.unseen]
        misfit = set(match.against) & match.rule.aus
        assert sorted([*told, *misfit]) == sorted(match.rule.aus)
        assert 0 <= match.low <= match.high <= 1
        if match.score is not None:
            assert match.low <= match.score <= match.high


def completions(unseen: set[int]) -> list[list[ActiveAu]]:
    """Return every way in which the unseen action units could have been."""
    ways = [
        [[], [ActiveAu(number=number, side=Side.BOTH, intensity=Intensity.E)],
         [ActiveAu(number=number, side=Side.LEFT, intensity=Intensity.A)]]
        for number in sorted(unseen)
    ]  # fmt: skip
    return [list(itertools.chain(*way)) for way in itertools.product(*ways)]


@settings(max_examples=150)
@given(
    st.sampled_from(TABLES) | tables(),
    actives,
    st.sets(st.sampled_from(AUS), min_size=1, max_size=4),
)
def test_what_was_not_seen_never_changes_an_outcome_that_was_given(
    table: RuleTable, active: list[ActiveAu], unseen: set[int]
) -> None:
    hidden = unseen - {each.number for each in active}
    reading = infer_emotion(active, table, unseen=hidden)
    if reading.outcome is EmotionOutcome.UNDETERMINED:
        assert reading.emotion is None
        return
    for seen in completions(hidden):
        full = infer_emotion([*active, *seen], table)
        if full.outcome is EmotionOutcome.UNDETERMINED:  # a known side or strength is missing
            continue
        assert (full.outcome, full.emotion) == (reading.outcome, reading.emotion)
