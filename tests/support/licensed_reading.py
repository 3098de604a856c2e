"""Read invented sheets of licensed data sets as the importer does."""

from collections.abc import Mapping, Sequence
from typing import Any

from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.read_sheet import ReadSheet, read_sheet
from cinefacs.labels.licensed.tally import RowTally
from cinefacs.labels.licensed.workbook import Cell
from tests.support.licensed_sheets import workbook_of

AnyRows = Sequence[Sequence[Any]]


def read(
    name: DataSetName, pages: Mapping[str, AnyRows], config: LicensedConfig | None = None
) -> tuple[ReadSheet, RowTally]:
    tally = RowTally()
    return read_sheet(name, workbook_of(pages), config or LicensedConfig(), tally), tally


def casme2_row(**cells: Cell) -> list[Cell]:
    """Return a row of CASME II in which nothing is amiss but what is given."""
    usual: dict[str, Cell] = {
        "subject": "01", "name": "EP09_09", "onset": 3, "apex": 6, "offset": 9, "au": "4",
        "emotion": "disgust",
    }  # fmt: skip
    all_cells = {**usual, **cells}
    subject, name, onset, apex, offset, au, emotion = all_cells.values()
    return [subject, name, None, onset, apex, offset, None, au, emotion]
