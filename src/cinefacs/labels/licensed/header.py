"""Find a sheet's header by its words, wherever it stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cinefacs.errors import SchemaError
from cinefacs.labels.licensed.cells import cell_text, is_blank
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.layout import Column, DataSetLayout, SheetRows, SourceRow
from cinefacs.labels.licensed.workbook import Cell, Sheet, Workbook

__all__ = ["choose_pages", "normalise_header", "read_by_header"]

ALIASES: Mapping[Column, frozenset[str]] = {
    Column.SUBJECT: frozenset({"subject", "sub", "subid", "subjectid", "subjectno"}),
    Column.SEQUENCE: frozenset({"filename", "file", "foldname", "foldername"}),
    Column.ONSET: frozenset({"onset", "onsetframe", "onsetf"}),
    Column.APEX: frozenset({"apex", "apexframe", "apexf", "apexf1", "apex1"}),
    Column.SECOND_APEX: frozenset({"apexf2", "apex2"}),
    Column.OFFSET: frozenset({"offset", "offsetframe", "offsetf"}),
    Column.DURATION: frozenset({"duration"}),
    Column.AUS: frozenset({"au", "aus", "actionunit", "actionunits"}),
    Column.EMOTION: frozenset({"emotion", "estimatedemotion"}),
    Column.KIND: frozenset({"type", "expressiontype"}),
    Column.FPS: frozenset({"fps", "framerate"}),
    Column.FIRST_FRAME: frozenset({"firstf", "firstframe"}),
}
"""Words by which a column is known, in small letters and digits without anything between."""

_TELLING = frozenset({Column.AUS, Column.FPS, Column.SECOND_APEX})
"""Columns that must not be passed over: a data set that has one is not one that has none."""

_SEARCHED_ROWS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class _Header:
    """A row that may be the header."""

    sheet: Sheet
    row_index: int
    positions: Mapping[Column, tuple[int, ...]]

    def missing(self, layout: DataSetLayout) -> list[Column]:
        return [column for column in Column if column in layout.required - self.positions.keys()]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Search:
    """What was found of one layout."""

    layout: DataSetLayout
    header: _Header | None
    nearest: _Header | None

    @property
    def n_missing(self) -> int:
        """Columns that the nearest row lacks."""
        missing = (
            self.layout.required if self.nearest is None else self.nearest.missing(self.layout)
        )
        return len(missing)


def normalise_header(cell: Cell) -> str:
    """Return a header's small letters and digits: ``Onset Frame`` is ``onsetframe``."""
    return "".join(char for char in cell_text(cell).lower() if char.isalnum())


def choose_pages(workbook: Workbook, layout: DataSetLayout, config: LicensedConfig) -> list[Sheet]:
    """Return the pages that may hold the labels, the likeliest first.

    Raises
    ------
    SchemaError
        The page that was asked for is not there.
    """
    if config.page:
        pages = [sheet for sheet in workbook.sheets if sheet.title == config.page]
        if not pages:
            titles = ", ".join(sheet.title for sheet in workbook.sheets)
            raise SchemaError(
                f"{workbook.path}: expected a page {config.page!r}, got {titles or 'none'}",
                hint="choose one of these with --page",
            )
        return pages
    return sorted(workbook.sheets, key=lambda sheet: sheet.title not in layout.pages)


def read_by_header(
    workbook: Workbook, layouts: Sequence[DataSetLayout], config: LicensedConfig
) -> tuple[DataSetLayout, SheetRows]:
    """Return the first of the layouts whose columns are there, and the rows below its header.

    Raises
    ------
    SchemaError
        No page has all columns, several pages have them, or two columns have one name.
    """
    searches = [_search(workbook, layout, config) for layout in layouts]
    whole = next((found for found in searches if found.header is not None), None)
    if whole is None or whole.header is None:
        raise _no_header(workbook, min(searches, key=lambda found: found.n_missing))
    foreign = (whole.header.positions.keys() & _TELLING) - whole.layout.columns
    if foreign:
        raise SchemaError(
            f"{workbook.path}, page {whole.header.sheet.title}: expected the columns of "
            f"{whole.layout.title}, got one for the {min(foreign)} besides",
            hint="name the data set that the sheet belongs to",
        )
    return whole.layout, _rows_below(workbook, whole.header)


def _rows_below(workbook: Workbook, header: _Header) -> SheetRows:
    positions = {}
    for column, found in header.positions.items():
        if len(found) > 1:
            words = [cell_text(header.sheet.rows[header.row_index][i]) for i in found]
            raise SchemaError(
                f"{workbook.path}, page {header.sheet.title}: expected one column for the "
                f"{column}, got {len(found)}: {', '.join(words)}",
                hint="delete or rename the column that does not belong to the data set",
            )
        positions[column] = found[0]
    labels = _column_labels(header.sheet.rows[header.row_index])
    rows = tuple(
        SourceRow(
            place=f"{header.sheet.title}:{index + 1}",
            cells={column: _cell(row, position) for column, position in positions.items()},
            everything={
                labels.get(position, f"column {position + 1}"): cell
                for position, cell in enumerate(row)
                if not is_blank(cell)
            },
        )
        for index, row in enumerate(header.sheet.rows)
        if index > header.row_index and not all(map(is_blank, row))
    )
    return SheetRows(
        page=header.sheet.title,
        header_row=header.row_index + 1,
        headers=tuple(labels.values()),
        rows=rows,
    )


def _search(workbook: Workbook, layout: DataSetLayout, config: LicensedConfig) -> _Search:
    pages = choose_pages(workbook, layout, config)
    candidates = [found for found in (_best_header(page, layout) for page in pages) if found]
    whole = [found for found in candidates if not found.missing(layout)]
    if len(whole) > 1 and whole[0].sheet.title not in layout.pages:
        titles = ", ".join(found.sheet.title for found in whole)
        raise SchemaError(
            f"{workbook.path}: expected one page with the columns of {layout.title}, "
            f"got {len(whole)}: {titles}",
            hint="choose one with --page",
        )
    nearest = min(candidates, key=lambda found: len(found.missing(layout)), default=None)
    return _Search(layout=layout, header=whole[0] if whole else None, nearest=nearest)


def _no_header(workbook: Workbook, search: _Search) -> SchemaError:
    layout, nearest = search.layout, search.nearest
    expected = ", ".join(column for column in Column if column in layout.required)
    got = "no row with any of them"
    if nearest is not None and nearest.positions:
        lacking = ", ".join(nearest.missing(layout))
        got = f"page {nearest.sheet.title}, row {nearest.row_index + 1}, without {lacking}"
    return SchemaError(
        f"{workbook.path}: expected a header of {layout.title} with {expected}; got {got}",
        hint="give the annotation sheet of this data set as it was released",
    )


def _best_header(sheet: Sheet, layout: DataSetLayout) -> _Header | None:
    """Return the first of the rows that have the most columns."""
    words = {
        word: column
        for column in layout.columns | _TELLING
        for word in layout.aliases.get(column, ALIASES[column])
    }
    rows = [
        _Header(sheet=sheet, row_index=index, positions=_positions(row, words))
        for index, row in enumerate(sheet.rows[:_SEARCHED_ROWS])
    ]
    return min(rows, key=lambda found: len(found.missing(layout)), default=None)


def _positions(row: Sequence[Cell], words: Mapping[str, Column]) -> dict[Column, tuple[int, ...]]:
    positions: dict[Column, tuple[int, ...]] = {}
    for position, cell in enumerate(row):
        column = words.get(normalise_header(cell)) if isinstance(cell, str) else None
        if column is not None:
            positions[column] = (*positions.get(column, ()), position)
    return positions


def _column_labels(row: Iterable[Cell]) -> dict[int, str]:
    """Return the header's words by position; a word that stands twice gets its number."""
    labels: dict[int, str] = {}
    for position, cell in enumerate(row):
        if not is_blank(cell):
            text = cell_text(cell)
            labels[position] = f"{text} ({position + 1})" if text in labels.values() else text
    return labels


def _cell(row: Sequence[Cell], position: int) -> Cell:
    return row[position] if position < len(row) else None
