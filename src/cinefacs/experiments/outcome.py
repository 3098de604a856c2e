"""Everything that an experiment came to, before it is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cinefacs.experiments.config import ExperimentConfig
from cinefacs.experiments.durations import DurationEffect
from cinefacs.experiments.factorial import PartEffect
from cinefacs.experiments.paper import PaperNumbers
from cinefacs.experiments.speed import Speed
from cinefacs.experiments.statistics import ArmSummary, Comparison
from cinefacs.records.experiment import CellState, ExperimentRow

__all__ = ["ExperimentOutcome"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExperimentOutcome:
    """Rows, what they come to, and what must be said with them."""

    name: str
    """Of the experiment."""
    scale: str
    """``smoke``, ``bench`` or ``paper``."""
    config: ExperimentConfig
    """How it was run."""
    rows: Sequence[ExperimentRow]
    """Every cell, run or not."""
    summaries: Sequence[ArmSummary]
    """Every arm over its repeats."""
    comparisons: Sequence[Comparison]
    """Every arm against the first one of its table."""
    paper: PaperNumbers
    """What the paper says."""
    facts: dict[str, dict[str, Any]]
    """Curves and confusion by the cell's address."""
    speeds: dict[str, Speed] = field(default_factory=dict)
    """Times by network."""
    effects: Sequence[PartEffect] = ()
    """What SMART's parts do, where a table has all their combinations."""
    durations: DurationEffect | None = None
    """What the rule of 200 ms does."""
    warnings: tuple[str, ...] = ()
    """What the data sets ask to be said."""

    @property
    def failed(self) -> list[ExperimentRow]:
        """Return the cells that failed."""
        return [row for row in self.rows if row.state is CellState.FAILED]

    @property
    def missing(self) -> list[ExperimentRow]:
        """Return the cells that were not run."""
        return [row for row in self.rows if row.state is CellState.MISSING]

    def summaries_of(self, table: str, protocol: str | None = None) -> list[ArmSummary]:
        """Return the arms of a table on its own test part."""
        return [
            each
            for each in self.summaries
            if each.arm.table == table
            and not each.arm.condition
            and protocol in {None, each.arm.protocol}
        ]
