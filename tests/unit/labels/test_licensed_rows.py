"""The named rules of each data set, one row each."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cinefacs.errors import ConfigError
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.layout import Annotation
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.rules import Rule, SkipReason
from cinefacs.labels.licensed.workbook import Cell
from cinefacs.records.expression_label import ExpressionKind
from tests.support.licensed_reading import AnyRows, casme2_row, read
from tests.support.licensed_sheets import (
    CAS_ME3,
    CAS_ME3_MICRO,
    CASME,
    CASME2,
    DFME,
    EXAMPLES,
    FOUR_DME,
    SAMM,
    SAMM_LV,
    SMIC,
    Example,
    write_xlsx,
)


def read_rows(
    name: DataSetName, example: Example, rows: AnyRows, config: LicensedConfig | None = None
) -> tuple[Sequence[Annotation], dict[SkipReason, dict[str, str]]]:
    """Read the example's header with other rows, and one row more that is always fine."""
    title, page = next(iter(example.pages.items()))
    n_before = next(i for i, row in enumerate(page) if len(row) > 3)
    pages = {**example.pages, title: [*page[: n_before + 1], *rows, page[-1]]}
    sheet, tally = read(name, pages, config)
    return sheet.annotations[:-1], tally.skipped


@pytest.mark.parametrize("key", EXAMPLES)
def test_each_layout_is_read(key: str) -> None:
    name, example = EXAMPLES[key]
    sheet, tally = read(name, dict(example.pages))
    n_fps_missing = len(tally.skipped.get(SkipReason.FPS_MISSING, {}))

    assert len(sheet.rows.rows) == example.n_rows
    assert len(sheet.annotations) == example.n_kept
    assert tally.n_skipped == example.n_rows - example.n_kept
    assert n_fps_missing == (name is DataSetName.DFME)


def test_a_plain_row_needs_no_rule() -> None:
    (annotation,), skipped = read_rows(DataSetName.CASME2, CASME2, [casme2_row()])

    assert skipped == {}
    assert annotation.rules == ()
    assert (annotation.subject, annotation.sequence) == ("sub01", "EP09_09")
    assert (annotation.onset, annotation.apexes, annotation.offset) == (3, (6,), 9)
    assert annotation.kind is ExpressionKind.MICRO
    assert annotation.emotions == ("disgust",)
    assert annotation.rate_fps == 200
    assert annotation.place == "Sheet1:2"


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"subject": 1}, Rule.SUBJECT_TEXT_OR_NUMBER),
        ({"subject": 1.0}, Rule.SUBJECT_TEXT_OR_NUMBER),
        ({"subject": "1"}, Rule.SUBJECT_TEXT_OR_NUMBER),
        ({"subject": "SUB1"}, Rule.SUBJECT_TEXT_OR_NUMBER),
        ({"name": 7}, Rule.FILENAME_AS_NUMBER),
        ({"onset": "3"}, Rule.NUMBER_AS_TEXT),
        ({"apex": " 6 "}, Rule.NUMBER_AS_TEXT),
        ({"offset": "9.0"}, Rule.NUMBER_AS_TEXT),
        ({"apex": "/"}, Rule.APEX_SLASH_IS_NONE),
        ({"apex": 0}, Rule.APEX_ZERO_IS_NONE),
        ({"apex": -1}, Rule.APEX_ZERO_IS_NONE),
        ({"apex": -7}, Rule.APEX_UNREADABLE_IS_NONE),
        ({"apex": "six"}, Rule.APEX_UNREADABLE_IS_NONE),
        ({"apex": 10}, Rule.APEX_OUTSIDE_IS_NONE),
        ({"apex": 2}, Rule.APEX_OUTSIDE_IS_NONE),
        ({"au": None}, Rule.AU_BLANK),
        ({"au": "?"}, Rule.AU_PART_UNREAD),
        ({"au": "4+4"}, Rule.AU_REPEATED_ONCE),
        ({"au": "4+3"}, Rule.AU_CODE_UNKNOWN),
        ({"au": "M12"}, Rule.AU_CODE_UNKNOWN),
        ({"emotion": " "}, Rule.EMOTION_BLANK_IS_NONE),
        ({"emotion": "/"}, Rule.EMOTION_BLANK_IS_NONE),
    ],
)
def test_what_can_be_mended_is_mended_by_a_named_rule(
    cells: dict[str, Cell], rule: Rule
) -> None:  # fmt: skip
    (annotation,), skipped = read_rows(DataSetName.CASME2, CASME2, [casme2_row(**cells)])

    assert annotation.rules == (rule,)
    assert rule.meaning
    assert skipped == {}
    if "subject" in cells:
        assert annotation.subject == "sub01"
    if rule in {Rule.APEX_ZERO_IS_NONE, Rule.APEX_SLASH_IS_NONE, Rule.APEX_OUTSIDE_IS_NONE}:
        assert annotation.apexes == ()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["a remark"], SkipReason.NOTE_ROW),
        (CASME2.pages["Sheet1"][0], SkipReason.HEADER_AGAIN),
        (casme2_row(subject=None), SkipReason.SUBJECT_MISSING),
        (casme2_row(name="/"), SkipReason.FILENAME_MISSING),
        (casme2_row(onset=None), SkipReason.ONSET_MISSING),
        (casme2_row(onset="three"), SkipReason.ONSET_UNREADABLE),
        (casme2_row(onset=-3), SkipReason.ONSET_UNREADABLE),
        (casme2_row(onset=3.5), SkipReason.ONSET_UNREADABLE),
        (casme2_row(offset=" "), SkipReason.OFFSET_MISSING),
        (casme2_row(offset=True), SkipReason.OFFSET_UNREADABLE),
        (casme2_row(offset=2), SkipReason.OFFSET_BEFORE_ONSET),
        (casme2_row(offset=1003), SkipReason.DURATION_IMPOSSIBLE),
        (casme2_row(subject="02", name="EP02_03f", onset=4, apex=5, au="4"), None),
    ],
)
def test_what_cannot_be_mended_is_left_out_for_a_named_reason(
    row: Sequence[Any], reason: SkipReason | None
) -> None:
    annotations, skipped = read_rows(DataSetName.CASME2, CASME2, [row])

    assert list(skipped) == ([] if reason is None else [reason])
    assert len(annotations) == (reason is None)
    assert reason is None or reason.meaning


def test_an_expression_of_five_seconds_is_believed_and_one_frame_more_is_not() -> None:
    rows = [casme2_row(offset=1002), casme2_row(name="b", offset=1003)]
    annotations, skipped = read_rows(DataSetName.CASME2, CASME2, rows)

    assert [each.offset for each in annotations] == [1002]
    assert skipped == {SkipReason.DURATION_IMPOSSIBLE: {"Sheet1:3": "3 to 1003: 5.0 s"}}


def test_a_row_that_stands_twice_is_taken_once() -> None:
    rows = [casme2_row(), casme2_row(subject=1), casme2_row(offset=10)]
    annotations, skipped = read_rows(DataSetName.CASME2, CASME2, rows)

    assert [each.offset for each in annotations] == [9, 10]
    assert skipped == {SkipReason.DUPLICATE_ROW: {"Sheet1:3": "as Sheet1:2"}}


def test_two_apexes_are_kept_and_no_action_unit_has_one() -> None:
    sheet, _ = read(DataSetName.CASME, dict(CASME.pages))
    first = sheet.annotations[0]

    assert first.apexes == (5, 7)
    assert Rule.APEX_OF_TWO in first.rules


def test_samm_is_read_below_its_remarks() -> None:
    sheet, tally = read(DataSetName.SAMM, dict(SAMM.pages))

    assert sheet.rows.header_row == 14
    assert tally.n_skipped == 0
    assert [each.subject for each in sheet.annotations] == ["041", "042"]
    assert Rule.DURATION_DISAGREES not in sheet.annotations[0].rules
    assert Rule.DURATION_DISAGREES in sheet.annotations[1].rules
    assert sheet.annotations[0].au_text.flags == ("au_alternative",)


def test_smic_takes_the_emotion_from_the_name_where_the_cell_is_blank() -> None:
    sheet, tally = read(DataSetName.SMIC, dict(SMIC.pages))
    negative, positive, surprise = sheet.annotations

    assert negative.emotions == ("negative",)
    assert positive.emotions == ("positive",)
    assert Rule.EMOTION_FROM_FILENAME in positive.rules
    assert surprise.emotions == ("surprise",)
    assert Rule.EMOTION_CODE_SPELT_OUT in surprise.rules
    assert Rule.AU_BLANK not in surprise.rules
    assert list(tally.skipped) == [SkipReason.NOTE_ROW]


def test_smic_keeps_the_emotion_of_the_sheet_where_the_name_says_another() -> None:
    rows = [[31, "s31_ne_01", 9100, 9130, 9200, "positive", 9100]]
    pages = {"Sheet1": [SMIC.pages["Sheet1"][0], *rows]}
    sheet, _ = read(DataSetName.SMIC, {"Sheet1": pages["Sheet1"]})

    assert sheet.annotations[0].emotions == ("positive",)
    assert Rule.EMOTION_DISAGREES_WITH_FILENAME in sheet.annotations[0].rules


def test_smic_without_a_code_in_the_name_has_the_emotion_of_the_sheet_alone() -> None:
    rows = [[31, "first", 9100, 9130, 9200, None, 9100]]
    sheet, _ = read(DataSetName.SMIC_VIS, {"S": [SMIC.pages["Sheet1"][0], *rows]})

    assert sheet.annotations[0].emotions == ()
    assert sheet.annotations[0].rate_fps == 25


def test_a_macro_expression_with_onset_0_began_before_the_film() -> None:
    sheet, _ = read(DataSetName.SAMM_LV, dict(SAMM_LV.pages))
    unbounded, micro, macro = sheet.annotations

    assert unbounded.is_unbounded
    assert Rule.ONSET_ZERO_MACRO_UNBOUNDED in unbounded.rules
    assert unbounded.film_name == micro.film_name == "041_1"
    assert macro.film_name == "041_2"
    assert micro.kind is ExpressionKind.MICRO
    assert Rule.KIND_SAYS_MORE in micro.rules
    assert sheet.layout.is_coded_throughout


def test_samm_long_videos_without_offset_or_type() -> None:
    rows = [
        [41, "041_1_1", 3, 5, 7, 0, 3, "Macro", "12", None],
        [41, "041_1_1", 3, 0, 7, 9, 10, "unclear", "12", None],
    ]
    annotations, skipped = read_rows(DataSetName.SAMM_LV, SAMM_LV, rows)

    assert list(skipped) == [SkipReason.OFFSET_ZERO_IS_UNKNOWN]
    assert annotations[0].kind is None
    assert Rule.KIND_UNREADABLE_IS_NONE in annotations[0].rules


def test_samm_long_videos_take_emotions_from_samm_by_sequence_and_type(tmp_path: Path) -> None:
    samm = {"MICRO_ONLY": [*SAMM.pages["MICRO_ONLY"]]}
    row = list(samm["MICRO_ONLY"][-1])
    samm["MICRO_ONLY"] += [
        [*row[:1], "041_2_1", *row[2:]],
        [*row[:1], "041_3_1", *row[2:]],
        [*row[:1], "041_3_1", 3, 6, 7, 8, *row[6:9], "Anger", *row[10:]],
    ]
    config = LicensedConfig(emotions_from=write_xlsx(tmp_path / "samm.xlsx", samm))
    extra = [41, "041_3_1", 3, 20, 24, 29, 10, "Micro", "14", None]
    pages = {"Sheet1": [*SAMM_LV.pages["Sheet1"], extra]}
    sheet, _ = read(DataSetName.SAMM_LV, {"Sheet1": pages["Sheet1"]}, config)
    by_name = {each.sequence: each for each in sheet.annotations}

    assert by_name["041_1_2"].emotions == ("Contempt",)
    assert Rule.EMOTION_JOINED in by_name["041_1_2"].rules
    assert by_name["041_2_1"].emotions == ()  # SAMM's is micro, this one is macro
    assert by_name["041_3_1"].emotions == ()
    assert Rule.EMOTION_JOIN_AMBIGUOUS in by_name["041_3_1"].rules
    assert sheet.layout.has_emotions


def test_only_samm_long_videos_take_emotions_from_another_sheet() -> None:
    config = LicensedConfig(emotions_from=Path("x.xlsx"))
    with pytest.raises(ConfigError, match="expected it with samm-lv only, got casme2"):
        read(DataSetName.CASME2, dict(CASME2.pages), config)


def test_cas_me3_tells_reversed_and_impossible_times() -> None:
    sheet, tally = read(DataSetName.CAS_ME3, dict(CAS_ME3.pages))

    assert list(tally.skipped) == [SkipReason.OFFSET_BEFORE_ONSET, SkipReason.DURATION_IMPOSSIBLE]
    assert sheet.layout.is_coded_throughout
    assert sheet.torn_films == {("spNO.2", "c")}
    assert [token.au for token in sheet.annotations[0].au_text.tokens] == [4, 7]


def test_cas_me3_takes_the_page_of_micro_expressions_for_what_it_is() -> None:
    sheet, _ = read(DataSetName.CAS_ME3, {**CAS_ME3_MICRO.pages, "notes": [["x"]]})

    assert sheet.rows.page == "label"
    assert not sheet.layout.is_coded_throughout
    assert all(Rule.NUMBER_AS_TEXT in each.rules for each in sheet.annotations)
    assert sheet.annotations[0].kind is ExpressionKind.MICRO


def test_a_sheet_of_one_kind_says_nothing_about_the_rest_of_the_video() -> None:
    pages = {"Sheet1": CAS_ME3.pages["Sheet1"][:2]}
    sheet, _ = read(DataSetName.CAS_ME3, {"Sheet1": pages["Sheet1"]})

    assert not sheet.layout.is_coded_throughout


def test_4dme_has_several_emotions_and_static_units() -> None:
    sheet, _ = read(DataSetName.FOUR_DME, dict(FOUR_DME.pages))
    first = sheet.annotations[0]

    assert first.emotions == ("Surprise", "Positive")
    assert [token.is_static for token in first.au_text.tokens] == [True, False]
    assert sheet.rows.rows[0].everything["AU4"] == 1


def dfme_row(name: str, fps: Cell) -> list[Cell]:
    return [9, name, 2, 5, 9, "fear", 3, fps, "4"]


def test_dfme_has_a_rate_in_each_row() -> None:
    rows: list[list[Cell]] = [
        dfme_row("a", 500),
        dfme_row("b", "fast"),
        dfme_row("c", 0),
        dfme_row("d", 200),
        [9, "d", 12, 15, 19, "fear", 3, 300, "4"],
        [9, "d", 22, 25, 29, "fear", 3, 200, "4"],
        [9, "e", 22, 25, 29, "fear", 3, 1e9, "4"],
    ]
    title, page = next(iter(DFME.pages.items()))
    sheet, tally = read(DataSetName.DFME, {title: [page[0], *rows]})

    assert [each.rate_fps for each in sheet.annotations] == [500, 200, 200]
    assert tally.skipped == {
        SkipReason.FPS_UNREADABLE: {"Sheet1:3": "fast", "Sheet1:4": "0", "Sheet1:8": "1000000000"},
        SkipReason.FPS_DIFFERS: {"Sheet1:6": "300 in the place of 200"},
    }


def test_a_rate_that_was_asked_for_takes_the_place_of_the_data_sets_own() -> None:
    config = LicensedConfig(fps=29.97)
    sheet, _ = read(DataSetName.DFME, dict(DFME.pages), config)

    assert {each.rate_fps for each in sheet.annotations} == {config.rate_fps}
    assert str(config.rate_fps) == "2997/100"
    assert len(sheet.annotations) == 3
    assert all(Rule.FPS_OVERRIDDEN in each.rules for each in sheet.annotations)


@pytest.mark.parametrize("fps", [0, -1, 10_001, float("nan"), float("inf")])
def test_a_rate_that_cannot_be_is_refused(fps: float) -> None:
    with pytest.raises(ConfigError, match="fps: expected above 0"):
        LicensedConfig(fps=fps)


def test_a_label_set_with_blanks_around_it_is_refused() -> None:
    with pytest.raises(ConfigError, match="label_set: expected a name without blanks"):
        LicensedConfig(label_set=" a")


def test_annotations_are_values() -> None:
    sheet, _ = read(DataSetName.CASME2, dict(CASME2.pages))
    first = sheet.annotations[0]
    assert dataclasses.replace(first) == first
    assert first.film_key == ("sub01", "EP01_01")
