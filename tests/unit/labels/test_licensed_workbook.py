"""Cells of spreadsheets in three formats."""

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from cinefacs.errors import ConfigError, SchemaError
from cinefacs.labels.licensed.cells import cell_text, is_blank, is_dash, read_whole_number
from cinefacs.labels.licensed.workbook import Cell, read_workbook
from tests.support.licensed_sheets import CASME2, Rows, write_xls, write_xlsx

PAGES: dict[str, Rows] = {
    "One": [["Subject", None, "A"], [1, 2.5, "01"], [None, True, " x "]],
    "Two": [["z"]],
}


def test_xlsx_and_xls_give_the_same_cells(tmp_path: Path) -> None:
    xlsx = read_workbook(write_xlsx(tmp_path / "a.xlsx", PAGES))
    xls = read_workbook(write_xls(tmp_path / "a.xls", PAGES))

    assert [sheet.title for sheet in xlsx.sheets] == ["One", "Two"]
    assert xlsx.sheets[0].rows == (("Subject", None, "A"), (1, 2.5, "01"), (None, True, " x "))
    assert xls.sheets[0].rows == xlsx.sheets[0].rows
    assert [type(cell) for cell in xls.sheets[0].rows[1]] == [int, float, str]
    assert len(xls.sha256) == 64
    assert xls.sha256 != xlsx.sha256


def test_the_content_and_not_the_name_tells_the_format(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "really_xlsx.xls", PAGES)
    assert read_workbook(path).sheets[1].rows == (("z",),)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_cells_are_text(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"\ufeffSubject{delimiter}AU\n01{delimiter}\n", encoding="utf-8")
    assert read_workbook(path).sheets[0].rows == (("Subject", "AU"), ("01", None))


def test_dates_and_errors_are_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append([dt.datetime(2026, 4, 7), "#REF!"])  # noqa: DTZ001
    book.save(tmp_path / "a.xlsx")
    old = xlwt.Workbook()
    page = old.add_sheet("Sheet")
    page.write(0, 0, dt.datetime(2026, 4, 7), xlwt.easyxf(num_format_str="YYYY-MM-DD"))  # noqa: DTZ001
    page.row(0).set_cell_error(1, "#REF!")
    old.save(str(tmp_path / "a.xls"))

    expected = ("2026-04-07 00:00:00", "#REF!")
    assert read_workbook(tmp_path / "a.xlsx").sheets[0].rows == (expected,)
    assert read_workbook(tmp_path / "a.xls").sheets[0].rows == (expected,)


def test_empty_rows_at_the_end_are_no_rows(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"One": [["a"], [None, None], ["b"], [None], []]})
    assert read_workbook(path).sheets[0].rows == (("a",), (), ("b",))


def test_a_sheet_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.xlsx: expected a spreadsheet, got"):
        read_workbook(tmp_path / "none.xlsx")


@pytest.mark.parametrize("content", [b"", b"Subject,AU\n", b"%PDF-1.7", b"PK\x03\x04rubbish"])
def test_what_is_no_spreadsheet_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(SchemaError, match=r"a\.xlsx: expected .*, got"):
        read_workbook(path)


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return a whole file in each format; written once, since xlsx files hold the time."""
    folder = tmp_path_factory.mktemp("whole")
    return {
        "xlsx": write_xlsx(folder / "a.xlsx", CASME2.pages).read_bytes(),
        "xls": write_xls(folder / "a.xls", CASME2.pages).read_bytes(),
    }


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    kept_share=st.just(1.0) | st.floats(0, 1),
)
def test_a_damaged_file_gives_cells_or_one_clear_error(
    suffix: str,
    whole_files: dict[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[float, int]],
    kept_share: float,
) -> None:
    content = bytearray(whole_files[suffix])
    for share, byte in changes:
        content[int(share * len(content))] = byte
    path = tmp_path_factory.mktemp("damaged") / f"a.{suffix}"
    path.write_bytes(content[: int(kept_share * len(content))])
    try:
        sheets = read_workbook(path).sheets
    except SchemaError as error:
        message = error.message
    else:
        message = f"{path}: expected and got {len(sheets)}"
    assert message.startswith(f"{path}: expected")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (46, (46, False)),
        (46.0, (46, False)),
        ("46", (46, True)),
        (" 046.0 ", (46, True)),
        ("-1", (-1, True)),
        (4.5, None),
        (float("nan"), None),
        (float("inf"), None),
        (1e300, None),
        (True, None),
        (None, None),
        ("", None),
        ("4_6", None),
        ("img46", None),
        ("9" * 400, None),
        ("\uff14", None),
    ],
)
def test_a_whole_number_is_read_and_nothing_else(cell: Cell, expected: object) -> None:
    assert read_whole_number(cell) == expected


def test_blanks_and_dashes_are_told_apart() -> None:
    blanks: list[Cell] = [None, "", " "]
    filled: list[Cell] = ["/", 0, False]
    assert all(map(is_blank, blanks))
    assert not any(map(is_blank, filled))
    dashes: list[Cell] = ["/", " N/A ", "-"]
    others: list[Cell] = ["4", None, 0]
    assert all(map(is_dash, dashes))
    assert not any(map(is_dash, others))


def test_a_cell_is_shown_as_a_spreadsheet_shows_it() -> None:
    shown = [cell_text(cell) for cell in (None, 4.0, 4.5, " a ", True)]
    assert shown == ["", "4", "4.5", "a", "True"]
