"""A table for people, written as Markdown, LaTeX and CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["MINUS", "NONE", "TextTable", "as_csv", "as_latex", "as_markdown", "number", "spread"]

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
"""Stands where there is no number."""

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "±": r"$\pm$", MINUS: r"$-$", "<": r"$<$", ">": r"$>$",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class TextTable:
    """Cells as people read them."""

    name: str
    """Part of the file's name."""
    title: str
    """What it shows."""
    columns: tuple[str, ...]
    """Heads."""
    rows: tuple[tuple[str, ...], ...]
    """As many cells each as there are columns."""
    notes: tuple[str, ...] = ()
    """What must be said with it."""


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with so many decimals; a dash where there is none."""
    return NONE if value is None else f"{value:,.{digits}f}".replace("-", MINUS)


def spread(mean: float, deviation: float | None, digits: int = 3) -> str:
    """Return mean and standard deviation."""
    return (
        number(mean, digits)
        if deviation is None
        else f"{number(mean, digits)} ± {number(deviation, digits)}"
    )


def as_markdown(table: TextTable) -> str:
    """Return the table with its title and notes."""
    lines = [f"### {table.title}", "", _pipes(table.columns)]
    lines.append("|---|" + "---:|" * (len(table.columns) - 1))
    lines += [_pipes(row) for row in table.rows]
    if table.notes:
        lines += ["", *(f"- {note}" for note in table.notes)]
    return "\n".join(lines) + "\n"


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def as_latex(table: TextTable) -> str:
    """Return the table for the package booktabs, with title and notes."""
    lines = [
        r"\begin{table}", r"\centering", rf"\caption{{{_escape(table.title)}}}",
        rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}", r"\toprule",
        _latex_row(table.columns), r"\midrule", *(_latex_row(row) for row in table.rows),
        r"\bottomrule", r"\end{tabular}",
    ]  # fmt: skip
    lines += [rf"\par\footnotesize {_escape(note)}" for note in table.notes]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(_escape(cell) for cell in cells) + r" \\"


def _escape(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text).replace(NONE, "--")


def as_csv(table: TextTable) -> str:
    """Return head and rows."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return buffer.getvalue()
