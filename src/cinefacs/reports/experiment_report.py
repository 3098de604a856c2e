"""The page of an experiment: every table and figure, and how it was made, in one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cinefacs.reports.page import make_environment
from cinefacs.storage.atomic import write_text

__all__ = ["PageTable", "write_experiment_report"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PageTable:
    """A table as it is shown."""

    title: str
    """What it shows."""
    columns: tuple[str, ...]
    """Heads."""
    rows: tuple[tuple[str, ...], ...]
    """Cells."""
    notes: tuple[str, ...]
    """What must be said with it."""


def write_experiment_report(
    path: Path,
    *,
    title: str,
    tables: Sequence[PageTable],
    figures: Mapping[str, str],
    facts: Mapping[str, str],
    problems: Sequence[str],
    warnings: Sequence[str],
) -> None:
    """Write the page atomically; it needs no other file and no network.

    Parameters
    ----------
    path
        The HTML file.
    title
        Of the page.
    tables
        In order.
    figures
        SVG documents of our own, by name.
    facts
        How it was made, by name: commit, data, processor.
    problems
        Cells that failed or were not run, a line each.
    warnings
        What must be said with every number.

    Raises
    ------
    StorageError
        The disk refused.
    """
    template = make_environment().get_template("experiment.html.jinja")
    page = template.render(
        title=title,
        tables=tables,
        figures={name: _inline(svg, name) for name, svg in figures.items()},
        facts=facts,
        problems=problems,
        warnings=warnings,
    )
    write_text(path, page)


def _inline(svg: str, name: str) -> str:
    """Return the drawing without its head, with identifiers of its own on the page."""
    body = svg[svg.index("<svg") :]
    for mark in ('id="', 'href="#', "url(#"):
        body = body.replace(mark, f"{mark}{name}-")
    return body
