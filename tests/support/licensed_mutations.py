"""Hypothesis strategies that spoil a data set's sheet as hands and programs do."""

import math
from collections.abc import Callable

from hypothesis import strategies as st

from cinefacs.facs.au_text import format_au_text
from cinefacs.labels.licensed.workbook import Cell
from tests.support.au_texts import au_tokens, odd_texts
from tests.support.licensed_sheets import Rows

Table = list[list[Cell]]
Mutation = Callable[[st.DrawFn, Table], Table]

odd_cells: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**17), 10**17),
    st.integers(-3, 60),
    st.sampled_from([math.nan, math.inf, -math.inf, 4.5, 1e300, 7.0, -0.0]),
    st.floats(),
    st.sampled_from([
        "", " ", "/", "-", "?", "n/a", "#REF!", "12", " 7 ", "7.0", "007", "1e3", "twelve", "4_0",
        "2019-07-01 00:00:00", "9" * 400, "\uff14", "\u200b", "Onset", "sub01", "macro", "micro",
    ]),
    st.text(max_size=6),
)  # fmt: skip
"""Whatever may stand in a cell."""

au_cells: st.SearchStrategy[Cell] = st.one_of(
    odd_texts, st.lists(au_tokens(), max_size=4).map(format_au_text), odd_cells
)


def _column(draw: st.DrawFn, table: Table) -> int:
    return draw(st.integers(0, max(1, max(map(len, table), default=1)) - 1))


def _row(draw: st.DrawFn, table: Table) -> int:
    return draw(st.integers(0, len(table) - 1))


def drop_column(draw: st.DrawFn, table: Table) -> Table:
    column = _column(draw, table)
    return [row[:column] + row[column + 1 :] for row in table]


def double_column(draw: st.DrawFn, table: Table) -> Table:
    column = _column(draw, table)
    return [row + row[column : column + 1] for row in table]


def swap_columns(draw: st.DrawFn, table: Table) -> Table:
    """Exchange two columns but not their headers: reversed times among others."""
    a, b = _column(draw, table), _column(draw, table)
    start = draw(st.integers(0, len(table)))
    for row in table[start:]:
        if max(a, b) < len(row):
            row[a], row[b] = row[b], row[a]
    return table


def spoil_cells(draw: st.DrawFn, table: Table) -> Table:
    for _ in range(draw(st.integers(1, 6))):
        row = table[_row(draw, table)]
        if row:
            row[draw(st.integers(0, len(row) - 1))] = draw(au_cells)
    return table


def spoil_column(draw: st.DrawFn, table: Table) -> Table:
    column = _column(draw, table)
    for row in table[draw(st.integers(0, 1)) :]:
        if column < len(row):
            row[column] = draw(au_cells)
    return table


def numbers_as_text(draw: st.DrawFn, table: Table) -> Table:
    form = draw(st.sampled_from(["{}", " {} ", "{}.0", "0{}", "{}f"]))
    return [[form.format(c) if isinstance(c, int) else c for c in row] for row in table]


def reverse_times(draw: st.DrawFn, table: Table) -> Table:
    row = table[_row(draw, table)]
    numbers = [i for i, cell in enumerate(row) if isinstance(cell, int)]
    for i, cell in zip(numbers, [row[i] for i in reversed(numbers)], strict=True):
        row[i] = cell
    return table


def add_rows(draw: st.DrawFn, table: Table) -> Table:
    extra: Table = draw(
        st.sampled_from([[[None]], [["a remark"]], [[]], [["1", "2"]], [list(table[-1])]])
    )
    position = draw(st.integers(0, len(table)))
    return [*table[:position], *extra, *table[position:]]


def cut_rows(draw: st.DrawFn, table: Table) -> Table:
    return table[: draw(st.integers(1, len(table)))]


def shorten_row(draw: st.DrawFn, table: Table) -> Table:
    row = table[_row(draw, table)]
    del row[draw(st.integers(0, len(row))) :]
    return table


MUTATIONS: tuple[Mutation, ...] = (
    drop_column, double_column, swap_columns, spoil_cells, spoil_cells, spoil_column,
    numbers_as_text, reverse_times, add_rows, cut_rows, shorten_row,
)  # fmt: skip


@st.composite
def mutated_pages(draw: st.DrawFn, pages: dict[str, Rows]) -> dict[str, Rows]:
    """Draw a workbook with one to three mutations of one of its pages."""
    tables: dict[str, Table] = {title: [list(row) for row in rows] for title, rows in pages.items()}
    title = draw(st.sampled_from(sorted(tables)))
    for _ in range(draw(st.integers(1, 3))):
        mutate = draw(st.sampled_from(MUTATIONS))
        tables[title] = mutate(draw, tables[title]) or [[]]
    return dict(tables)
