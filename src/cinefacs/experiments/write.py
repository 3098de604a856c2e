"""Write what an experiment came to: one Parquet table, tables for people, figures, a page."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from cinefacs.experiments.figures import draw_figures
from cinefacs.experiments.make_tables import make_tables
from cinefacs.experiments.outcome import ExperimentOutcome
from cinefacs.experiments.tables import TextTable, as_csv, as_latex, as_markdown
from cinefacs.records.experiment import ExperimentRow
from cinefacs.reports.experiment_report import PageTable, write_experiment_report
from cinefacs.storage.atomic import disk_errors, write_json, write_text
from cinefacs.storage.record_tables import write_records

__all__ = ["write_outcome"]


def write_outcome(
    folder: Path, outcome: ExperimentOutcome, facts: Mapping[str, str]
) -> tuple[Path, Path, tuple[Path, ...]]:
    """Write everything, each file atomically; what is no longer made in its folders is deleted.

    Parameters
    ----------
    folder
        Made where it is missing.
    outcome
        What is written.
    facts
        How it was made: commit, data, processor.

    Returns
    -------
    table, page, figures
        Paths.

    Raises
    ------
    StorageError
        The disk refused.
    """
    table_path = folder / "table.parquet"
    write_records(table_path, ExperimentRow, outcome.rows)
    tables = make_tables(outcome)
    figure_dir, csv_dir = folder / "figures", folder / "tables"
    for own in (figure_dir, csv_dir):
        with disk_errors(own):
            shutil.rmtree(own, ignore_errors=True)
    _write_tables(folder, outcome, tables, facts)
    for table in tables:
        write_text(csv_dir / f"{table.name}.csv", as_csv(table))
    figures = draw_figures(outcome)
    paths = []
    for name, svg in figures.items():
        paths.append(figure_dir / f"{name}.svg")
        write_text(paths[-1], svg)
    page_path = folder / "index.html"
    write_experiment_report(
        page_path,
        title=_title(outcome),
        tables=[
            PageTable(title=t.title, columns=t.columns, rows=t.rows, notes=t.notes) for t in tables
        ],
        figures=figures,
        facts=facts,
        problems=_problems(outcome),
        warnings=outcome.warnings,
    )
    return table_path, page_path, tuple(paths)


def _title(outcome: ExperimentOutcome) -> str:
    return f"Experiment {outcome.name}, scale {outcome.scale}"


def _problems(outcome: ExperimentOutcome) -> list[str]:
    lines = [f"failed: {row.words}: {row.reason}" for row in outcome.failed]
    lines += [f"not run: {row.words}" for row in outcome.missing]
    return lines


def _write_tables(
    folder: Path, outcome: ExperimentOutcome, tables: list[TextTable], facts: Mapping[str, str]
) -> None:
    parts = [f"# {_title(outcome)}\n"]
    parts += [f"**{line}**\n" for line in outcome.warnings]
    if problems := _problems(outcome):
        parts.append("## Failed or not run\n\n" + "".join(f"- {line}\n" for line in problems))
    parts += [as_markdown(table) for table in tables]
    parts.append("### How it was made\n\n" + "".join(f"- {k}: {v}\n" for k, v in facts.items()))
    write_text(folder / "tables.md", "\n".join(parts))
    write_text(folder / "tables.tex", "\n".join(as_latex(table) for table in tables))
    statistics = {
        "facts": dict(facts),
        "arms": [
            {
                **asdict(each.arm),
                "n_done": each.n_done,
                "measures": {name: asdict(value) for name, value in each.measures.items()},
                "accuracy_interval": each.accuracy_interval,
                "map50_interval": each.map50_interval,
                "chance": each.chance,
                "map50_chance": each.map50_chance,
                "has_left_chance": each.has_left_chance,
            }
            for each in outcome.summaries
        ],
        "comparisons": [asdict(each) for each in outcome.comparisons],
        "effects": [asdict(each) for each in outcome.effects],
        "durations": None if outcome.durations is None else asdict(outcome.durations),
    }
    write_json(folder / "statistics.json", json.loads(json.dumps(statistics, default=str)))
