"""Labels of data sets: half-open times, and no claim that the coders did not make."""

from fractions import Fraction
from pathlib import Path

from cinefacs.facs.codes import Side
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.frames import find_films
from cinefacs.labels.licensed.make_labels import make_labels
from cinefacs.labels.licensed.names import DataSetName, UnknownOffset
from cinefacs.labels.licensed.read_sheet import read_sheet
from cinefacs.labels.licensed.tally import RowTally
from cinefacs.records.labels import Labels
from tests.support.labels import WHEN
from tests.support.licensed_sheets import (
    CAS_ME2,
    CASME,
    CASME2,
    FOUR_DME,
    SMIC,
    Example,
    Rows,
    header,
    workbook_of,
    write_pictures,
)

LONG: dict[str, Rows] = {
    "S": [
        header("Subject|Filename|Onset|Apex|Offset|AU|Expression type"),
        ["spNO.1", "a", 5, 7, 9, "4", "Micro-expression"],
        ["spNO.1", "a", 8, 10, 14, "L12+?", "Macro-expression"],
        ["spNO.2", "b", 5, 7, 9, "12", "Macro-expression"],
    ]
}
LONG_FOLDERS = {f"{name}/color": ("{}.jpg", range(1, 21)) for name in ("spNO.1/a", "spNO.2/b")}


def labels_of(
    name: DataSetName,
    root: Path,
    example: Example,
    *,
    pages: dict[str, Rows] | None = None,
    config: LicensedConfig | None = None,
) -> Labels:
    tally = RowTally()
    workbook = workbook_of(pages or example.pages)
    sheet = read_sheet(name, workbook, config or LicensedConfig(), tally)
    found = find_films(sheet, root, tally, lambda _step: None)
    return make_labels(found.films, sheet.layout, label_set="2019", changed_at=WHEN)


def long_labels(tmp_path: Path, rows: Rows) -> Labels:
    example = Example(pages={"S": rows}, folders=LONG_FOLDERS, n_rows=0, n_kept=0)
    root = write_pictures(tmp_path, LONG_FOLDERS)
    return labels_of(DataSetName.CAS_ME3, root, example)


def coded(labels: Labels, film_index: int) -> list[tuple[int, int, tuple[int, ...]]]:
    ids = list(dict.fromkeys(label.film_id for label in labels.expressions))
    return [
        (span.span.start_pts, span.span.end_pts, span.aus)
        for span in labels.coded
        if span.film_id == ids[film_index]
    ]


def test_inclusive_frames_become_half_open_spans(tmp_path: Path) -> None:
    root = write_pictures(tmp_path, CASME2.folders)
    labels = labels_of(DataSetName.CASME2, root, CASME2)
    first = labels.expressions[0]

    assert (first.span.start_pts, first.span.end_pts) == (3, 10)
    assert first.span.time_base == Fraction(1, 200)
    assert first.span.duration_s == Fraction(7, 200)  # frames 3 to 9, both of them shown
    assert first.apex_pts == (6,)
    assert labels.authors == (("casme2", "2019"),)
    assert first.source == "casme2"
    assert first.expression_id == "Sheet1:2"


def test_side_text_and_flags_of_action_units_are_kept(tmp_path: Path) -> None:
    root = write_pictures(tmp_path, CASME2.folders)
    labels = labels_of(DataSetName.CASME2, root, CASME2)

    found = [(label.expression_id, label.au, label.side, label.text) for label in labels.aus]
    assert found == [
        ("Sheet1:2", 4, Side.BOTH, "4"),
        ("Sheet1:2", 10, Side.LEFT, "L10"),
        ("Sheet1:3", 12, Side.BOTH, "12"),
    ]
    by_id = {label.expression_id: label for label in labels.expressions}
    assert by_id["Sheet1:4"].au_text == "?"
    flags = set(by_id["Sheet1:4"].flags)
    assert flags == {"apex_outside_is_none", "au_part_unread", "au_uncertain"}
    assert by_id["Sheet1:5"].au_text == "14 or 15"


def test_of_two_apexes_no_action_unit_has_one(tmp_path: Path) -> None:
    labels = labels_of(DataSetName.CASME, write_pictures(tmp_path, CASME.folders), CASME)

    assert labels.expressions[0].apex_pts == (5, 7)
    assert [label.apex_pts for label in labels.aus] == [None, None, 12]


def test_static_units_are_marked_and_a_repeated_one_stands_once(tmp_path: Path) -> None:
    page = [list(row) for row in FOUR_DME.pages["Micro"]]
    page[1][6] = "AU4(k)+L7+AU4(k)"
    root = write_pictures(tmp_path, FOUR_DME.folders)
    labels = labels_of(DataSetName.FOUR_DME, root, FOUR_DME, pages={"Micro": page})

    assert [(label.au, label.is_static) for label in labels.aus[:2]] == [(4, True), (7, False)]
    assert len(labels.aus) == 3


def test_codes_that_the_number_alone_does_not_tell_are_flagged(tmp_path: Path) -> None:
    page = [list(row) for row in FOUR_DME.pages["Micro"]]
    page[1][6] = "M59+3+l4"
    root = write_pictures(tmp_path, FOUR_DME.folders)
    labels = labels_of(DataSetName.FOUR_DME, root, FOUR_DME, pages={"Micro": page})

    found = [(label.au, label.text, label.flags) for label in labels.aus[:3]]
    assert found == [
        (59, "M59", ("movement_code",)),
        (3, "3", ("au_code_unknown",)),
        (4, "l4", ("letter_case",)),
    ]
    assert {span.aus for span in labels.coded} == {(4, 12)}


def test_of_clips_only_the_expressions_are_known(tmp_path: Path) -> None:
    root = write_pictures(tmp_path, CASME2.folders)
    labels = labels_of(DataSetName.CASME2, root, CASME2)

    assert [coded(labels, index) for index in range(4)] == [
        [(3, 10, (4, 10, 12))],
        [(2, 9, (4, 10, 12))],
        [(2, 9, ())],  # "?": nothing is known to be absent
        [(4, 10, ())],  # "14 or 15"
    ]
    assert all(span.has_emotions for span in labels.coded)
    assert all(span.source == "casme2 (assumed)" for span in labels.coded)


def test_a_set_without_action_units_says_nothing_about_any(tmp_path: Path) -> None:
    labels = labels_of(DataSetName.SMIC, write_pictures(tmp_path, SMIC.folders), SMIC)

    assert all(span.aus == () and span.has_emotions for span in labels.coded)


def test_of_whole_videos_the_rest_is_known_but_not_beside_what_was_not_read(
    tmp_path: Path,
) -> None:
    labels = long_labels(tmp_path, LONG["S"])

    assert coded(labels, 0) == [(1, 8, (4, 12)), (8, 15, ()), (15, 21, (4, 12))]
    assert coded(labels, 1) == [(1, 21, (4, 12))]
    assert not any(span.has_emotions for span in labels.coded)


def test_of_a_video_with_a_row_that_was_left_out_only_the_expressions_are_known(
    tmp_path: Path,
) -> None:
    labels = long_labels(tmp_path, [*LONG["S"], ["spNO.2", "b", 15, 16, 12, "12", "Micro"]])

    assert coded(labels, 1) == [(5, 10, (4, 12))]
    assert coded(labels, 0)[0] == (1, 8, (4, 12))


def test_a_row_of_an_unknown_video_leaves_only_the_expressions_known(tmp_path: Path) -> None:
    labels = long_labels(tmp_path, [*LONG["S"], [None, "b", 15, 16, 17, "12", "Micro"]])

    assert coded(labels, 1) == [(5, 10, (4, 12))]


def test_an_expression_without_emotion_was_not_coded_for_emotions(tmp_path: Path) -> None:
    codes = [list(row) for row in CAS_ME2.pages["codes"]]
    codes[0][6] = None
    config = LicensedConfig(unknown_offset=UnknownOffset.APEX)
    labels = labels_of(
        DataSetName.CAS_ME2,
        write_pictures(tmp_path, CAS_ME2.folders),
        CAS_ME2,
        pages={**CAS_ME2.pages, "codes": codes},
        config=config,
    )
    first_film = labels.expressions[0].film_id
    found = [
        (span.span.start_pts, span.span.end_pts, span.has_emotions)
        for span in labels.coded
        if span.film_id == first_film
    ]

    assert found == [(1, 5, True), (5, 15, False), (15, 41, True)]
