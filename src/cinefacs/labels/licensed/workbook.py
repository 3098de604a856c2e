"""Read a spreadsheet's cells: ``.xlsx``, ``.xls`` and ``.csv``, told apart by their content."""

import csv
import hashlib
import io
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cinefacs.errors import ConfigError, SchemaError

__all__ = ["Cell", "Sheet", "Workbook", "read_workbook"]

Cell = str | int | float | bool | None
"""Content of a cell; a date is text, since no sheet of ours means one; None: an empty cell."""

_XLSX_MAGIC = b"PK\x03\x04"
_XLS_MAGIC = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One page of a workbook."""

    title: str
    """Name on its tab."""
    rows: tuple[tuple[Cell, ...], ...]
    """Cells by row, from the sheet's first row on; rows may differ in length."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workbook:
    """A spreadsheet file."""

    path: Path
    """File."""
    sha256: str
    """SHA-256 of the file."""
    sheets: tuple[Sheet, ...]
    """In the order of the tabs."""


def read_workbook(path: Path) -> Workbook:
    """Return all cells of a spreadsheet; formulas by the value that was stored for them.

    Raises
    ------
    ConfigError
        The file is missing or cannot be opened.
    SchemaError
        It is no spreadsheet, or a damaged one.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: expected a spreadsheet, got: {error.strerror}") from error
    read = _reader(content, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which are not read
            sheets = tuple(read(content))
    except Exception as error:  # the libraries let some twenty kinds of error out of a bad file
        raise SchemaError(
            f"{path}: expected a whole spreadsheet, got: {type(error).__name__}: {error}",
            hint="open it in a spreadsheet program and save it anew as .xlsx",
        ) from error
    return Workbook(path=path, sha256=hashlib.sha256(content).hexdigest(), sheets=sheets)


def _reader(content: bytes, path: Path) -> Callable[[bytes], Iterable[Sheet]]:
    if content.startswith(_XLSX_MAGIC):
        return _read_xlsx
    if content.startswith(_XLS_MAGIC):
        return _read_xls
    if path.suffix.lower() == ".csv":
        return _read_csv
    raise SchemaError(
        f"{path}: expected .xlsx, .xls or .csv, got a file that begins with {content[:8]!r}",
        hint="give the annotation sheet of the data set as it was released",
    )


def _read_xlsx(content: bytes) -> Iterable[Sheet]:
    import openpyxl  # noqa: PLC0415  (0.2 s to import, and only this needs it)

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    for page in book.worksheets:
        page.reset_dimensions()  # some programs write down a wrong size
        rows = [tuple(map(_as_cell, row)) for row in page.iter_rows(values_only=True)]
        yield Sheet(title=page.title, rows=_without_empty_end(rows))
    book.close()


def _read_xls(content: bytes) -> Iterable[Sheet]:
    import xlrd  # noqa: PLC0415

    # Without a log file of its own, xlrd prints its complaints on stdout.
    book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO())
    for page in book.sheets():
        rows = [
            tuple(_as_xls_cell(cell, book.datemode) for cell in page.row(index))
            for index in range(page.nrows)
        ]
        yield Sheet(title=page.name, rows=_without_empty_end(rows))


def _read_csv(content: bytes) -> Iterable[Sheet]:
    text = content.decode("utf-8-sig")
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    rows = [tuple(map(_as_cell, row)) for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    yield Sheet(title="csv", rows=_without_empty_end(rows))


def _as_cell(value: Any) -> Cell:  # noqa: ANN401  (dates, times and errors among them)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value) or None


def _as_xls_cell(cell: Any, datemode: Literal[0, 1]) -> Cell:  # noqa: ANN401
    import xlrd  # noqa: PLC0415

    if cell.ctype in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
        return None
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR"))
    if cell.ctype == xlrd.XL_CELL_DATE:
        return str(xlrd.xldate_as_datetime(cell.value, datemode))
    value = cell.value  # the format knows no whole numbers
    return int(value) if isinstance(value, float) and value.is_integer() else _as_cell(value)


def _without_empty_end(rows: list[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows up to the last that holds something."""
    last = max((i for i, row in enumerate(rows) if any(c is not None for c in row)), default=-1)
    return tuple(rows[: last + 1])
