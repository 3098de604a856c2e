"""The paper's own numbers: shown beside ours, labelled as the paper's, never mixed with them."""

import json
from dataclasses import dataclass
from importlib import resources

__all__ = ["PaperNumbers", "paper_numbers"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperNumbers:
    """What the paper says about one experiment."""

    source: str
    """Where and how it was measured."""
    columns: tuple[str, ...]
    """What the numbers are."""
    rows: dict[str, tuple[tuple[float, ...], ...]]
    """By network: one row of numbers for each repetition."""
    notes: tuple[str, ...]
    """What is wrong with them, or open."""


def paper_numbers(experiment: str) -> PaperNumbers:
    """Return what the paper says about an experiment.

    Parameters
    ----------
    experiment
        One of `cinefacs.experiments.config.ExperimentName`.
    """
    file = resources.files("cinefacs.experiments").joinpath("paper.json")
    document = json.loads(file.read_text(encoding="utf-8"))
    own = document[experiment]
    rows = {}
    for name, values in own["rows"].items():
        repeats = values if isinstance(values[0], list) else [values]
        rows[name] = tuple(tuple(float(value) for value in row) for row in repeats)
    return PaperNumbers(
        source=document["source"],
        columns=tuple(own["columns"]),
        rows=rows,
        notes=tuple(own["notes"]),
    )
