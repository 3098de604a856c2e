"""What a cell says: a frame number, a name, or nothing."""

import re

from cinefacs.labels.licensed.workbook import Cell

__all__ = ["cell_text", "is_blank", "is_dash", "read_whole_number"]

_WHOLE = re.compile(r"([+-]?[0-9]{1,15})(?:\.0+)?")
_LARGEST = 10**15
_DASHES = {"/", "\\", "-", "--", "?", "n/a", "na", "none", "nan"}


def is_blank(cell: Cell) -> bool:
    """Return whether there is nothing in a cell but blanks."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_dash(cell: Cell) -> bool:
    """Return whether a cell holds a mark for nothing, such as ``/``."""
    return isinstance(cell, str) and cell.strip().lower() in _DASHES


def cell_text(cell: Cell) -> str:
    """Return a cell as a spreadsheet shows it, without blanks around it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def read_whole_number(cell: Cell) -> tuple[int, bool] | None:
    """Return the whole number in a cell, and whether it stood there as text.

    Returns
    -------
    tuple or None
        None for what is no whole number: a fraction, a truth value, other text, an empty cell.
    """
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, str):
        match = _WHOLE.fullmatch(cell.strip())
        return (int(match[1]), True) if match else None
    if isinstance(cell, float) and not cell.is_integer():  # nan and inf are no integers either
        return None
    number = int(cell)
    return (number, False) if abs(number) < _LARGEST else None
