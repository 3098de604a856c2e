"""CAS(ME)^2: a sheet without header, and two pages of codes."""

from collections.abc import Mapping

import pytest

from cinefacs.errors import SchemaError
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.names import DataSetName, UnknownOffset
from cinefacs.labels.licensed.rules import Rule, SkipReason
from tests.support.licensed_reading import AnyRows, read
from tests.support.licensed_sheets import (
    CAS_ME2,
    CASME2,
)


@pytest.mark.parametrize(
    ("choice", "offset", "rule"),
    [
        (UnknownOffset.APEX, 22, Rule.OFFSET_ZERO_IS_APEX),
        (UnknownOffset.MIRROR, 24, Rule.OFFSET_ZERO_IS_MIRRORED),
    ],
)
def test_an_unknown_offset_becomes_what_was_asked_for(
    choice: UnknownOffset, offset: int, rule: Rule
) -> None:
    config = LicensedConfig(unknown_offset=choice)
    sheet, tally = read(DataSetName.CAS_ME2, dict(CAS_ME2.pages), config)

    assert sheet.annotations[1].offset == offset
    assert rule in sheet.annotations[1].rules
    assert tally.n_skipped == 0
    assert sheet.layout.is_coded_throughout


def test_an_unknown_offset_is_left_out_unless_asked_for() -> None:
    sheet, tally = read(DataSetName.CAS_ME2, dict(CAS_ME2.pages))

    assert tally.skipped == {SkipReason.OFFSET_ZERO_IS_UNKNOWN: {"codes:2": ""}}
    assert sheet.torn_films == {("s15", "15_0411")}


def test_without_apex_an_unknown_offset_stays_unknown() -> None:
    row: list[str | int] = [
        1,
        "joy1_3",
        30,
        0,
        0,
        "12",
        "happiness",
        "micro-expression",
        "happiness",
    ]
    pages = {**CAS_ME2.pages, "codes": [*CAS_ME2.pages["codes"], row]}
    config = LicensedConfig(unknown_offset=UnknownOffset.MIRROR)
    _, tally = read(DataSetName.CAS_ME2, pages, config)

    assert tally.skipped == {SkipReason.OFFSET_ZERO_IS_UNKNOWN: {"codes:4": "no apex either"}}


def test_cas_me2_finds_subjects_and_videos_by_what_stands_in_the_pages() -> None:
    sheet, _ = read(DataSetName.CAS_ME2, dict(CAS_ME2.pages))
    turned: dict[str, AnyRows] = {
        "codes": CAS_ME2.pages["codes"],
        "videos": [["name", "code"], ["joy1", "0411", "x"], ["fear2", 512]],
        "subjects": [["s15", 1, 3], ["s22", 2, 9]],
    }
    again, _ = read(DataSetName.CAS_ME2, turned)

    assert [each.film_key for each in sheet.annotations] == [("s15", "15_0411"), ("s22", "22_0512")]
    assert again.annotations == sheet.annotations
    assert Rule.VIDEO_CODE_ZERO_FILLED not in sheet.annotations[0].rules
    assert Rule.VIDEO_CODE_ZERO_FILLED in sheet.annotations[1].rules


def test_cas_me2_tells_rows_whose_subject_or_video_has_no_folder() -> None:
    pages = {
        **CAS_ME2.pages,
        "codes": [
            *CAS_ME2.pages["codes"],
            [3, "joy1_4", 5, 8, 14, "12", "happiness", "micro-expression", "joy"],
            [1, "rage1_1", 5, 8, 14, "4", "anger", "micro-expression", "rage"],
            ["one", "joy1_5", 5, 8, 14, "12", "happiness", "micro-expression", "joy"],
        ],
    }  # fmt: skip
    sheet, tally = read(DataSetName.CAS_ME2, pages)

    assert tally.skipped[SkipReason.SUBJECT_UNKNOWN] == {"codes:4": "3", "codes:6": "one"}
    assert tally.skipped[SkipReason.VIDEO_UNKNOWN] == {"codes:5": "rage1_1"}
    assert not sheet.layout.is_coded_throughout  # such a row may belong to any film


@pytest.mark.parametrize(
    ("pages", "match"),
    [
        ({"codes": CASME2.pages["Sheet1"]}, "expected the columns subject, video"),
        ({"codes": []}, "got 0 of 0 rows"),
        ({"codes": CAS_ME2.pages["codes"]}, "a code such as 0101, got none"),
        (
            {"codes": CAS_ME2.pages["codes"], "videos": CAS_ME2.pages["videos"]},
            "folders such as s15, got none",
        ),
        (
            {**CAS_ME2.pages, "subjects": [[1, 15, 31], [2, 22, 32]]},
            "folders such as s15, got 2 that could be it",
        ),
        ({**CAS_ME2.pages, "subjects": [[1, "s15"], [1, "s16"]]}, "got none"),
    ],
)
def test_cas_me2_refuses_another_workbook(pages: Mapping[str, AnyRows], match: str) -> None:
    with pytest.raises(SchemaError, match=match):
        read(DataSetName.CAS_ME2, pages)
