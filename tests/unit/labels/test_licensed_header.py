"""Headers: found by their words, or one clear error."""

import pytest

from cinefacs.errors import SchemaError
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.names import DataSetName
from tests.support.licensed_reading import AnyRows, casme2_row, read
from tests.support.licensed_sheets import (
    CAS_ME3,
    CASME,
    CASME2,
    DFME,
    Example,
)


def test_the_release_without_blank_columns_is_read_alike() -> None:
    pages = {"Sheet1": [[c for c in row if c is not None] for row in CASME2.pages["Sheet1"]]}
    plain, _ = read(DataSetName.CASME2, dict(CASME2.pages))
    dense, _ = read(DataSetName.CASME2, {"Sheet1": pages["Sheet1"]})

    assert dense.annotations == plain.annotations


def test_a_sheet_without_a_usable_row_says_what_is_wrong_with_its_rows() -> None:
    pages = {"S": [CASME2.pages["Sheet1"][0], casme2_row(onset=None), ["x"], ["y"]]}
    with pytest.raises(SchemaError, match=r"got note_row \(2\), onset_missing \(1\)"):
        read(DataSetName.CASME2, {"S": pages["S"]})
    with pytest.raises(SchemaError, match="got no row below the header"):
        read(DataSetName.CASME2, {"S": pages["S"][:1]})


def test_a_header_that_is_not_whole_says_what_is_missing() -> None:
    rows = [[c for c in row if c != "ApexFrame"] for row in CASME2.pages["Sheet1"]]
    with pytest.raises(SchemaError, match="got page Sheet1, row 1, without apex") as caught:
        read(DataSetName.CASME2, {"Sheet1": rows})
    assert "as it was released" in caught.value.hint
    with pytest.raises(SchemaError, match="got no row with any of them"):
        read(DataSetName.CASME2, {"Sheet1": [["x"]], "Empty": []})
    with pytest.raises(SchemaError, match="got no row with any of them"):
        read(DataSetName.CASME2, {})


def test_the_nearest_of_several_layouts_is_told() -> None:
    rows = [[c for c in row if c != "Expression type"] for row in CAS_ME3.pages["Sheet1"]]
    with pytest.raises(SchemaError, match=r"header of CAS\(ME\)\^3 part A, .*without emotion"):
        read(DataSetName.CAS_ME3, {"Sheet1": rows})


def test_two_columns_of_one_name_are_refused() -> None:
    rows = [[*row, "Onset Frame" if i == 0 else 5] for i, row in enumerate(CASME2.pages["Sheet1"])]
    with pytest.raises(SchemaError, match="one column for the onset, got 2: OnsetFrame, Onset Fr"):
        read(DataSetName.CASME2, {"Sheet1": rows})


def test_of_several_pages_the_data_sets_own_is_read_else_one_must_be_chosen() -> None:
    page = CASME2.pages["Sheet1"]
    own, _ = read(DataSetName.CASME2, {"Copy": page[:2], "Sheet1": page})
    assert own.rows.page == "Sheet1"

    pages: dict[str, AnyRows] = {"A": page, "B": page}
    with pytest.raises(SchemaError, match=r"expected one page with the columns .* got 2: A, B"):
        read(DataSetName.CASME2, pages)
    chosen, _ = read(DataSetName.CASME2, pages, LicensedConfig(page="B"))
    assert chosen.rows.page == "B"
    with pytest.raises(SchemaError, match="expected a page 'C', got A, B"):
        read(DataSetName.CASME2, pages, LicensedConfig(page="C"))


def test_cells_without_a_header_are_kept_under_the_columns_number() -> None:
    page = [[*row, "extra"] if i else row for i, row in enumerate(CASME2.pages["Sheet1"])]
    sheet, _ = read(DataSetName.CASME2, {"Sheet1": page})

    assert sheet.rows.rows[0].everything["column 10"] == "extra"


@pytest.mark.parametrize(
    ("name", "example", "column"),
    [
        (DataSetName.SMIC, CASME2, "action units"),
        (DataSetName.CASME2, DFME, "fps"),
        (DataSetName.MMEW, CASME, "second apex"),
    ],
)
def test_the_sheet_of_another_data_set_that_tells_more_is_refused(
    name: DataSetName, example: Example, column: str
) -> None:
    with pytest.raises(SchemaError, match=f"got one for the {column} besides") as caught:
        read(name, example.pages)
    assert caught.value.hint == "name the data set that the sheet belongs to"
