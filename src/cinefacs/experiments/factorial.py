"""What each part of SMART does, averaged over the presence and absence of the other parts.

In a full grid of parts every network tells something about every part: half of them have it, half
have not. That is a sharper answer than adding parts one by one (R. A. Fisher, *The Design of
Experiments*, 1935, chapter 6).
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cinefacs.detectors.networks.config import NetworkConfig, find_network
from cinefacs.experiments.statistics import Difference, correct, find_difference
from cinefacs.experiments.store import Answers
from cinefacs.records.experiment import CellState, ExperimentRow

__all__ = ["PartEffect", "part_effects"]

PARTS = {
    "VoVGSCSP": {"vovgscsp": "neck"},
    "MCA": {"attention": "mca"},
    "MPDIoU": {"box_loss": "mpdiou"},
}
"""Switches of `NetworkConfig` that make up SMART."""
Level = tuple[bool, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PartEffect(Difference):
    """One part, or several together, over the whole grid."""

    table: str
    """Table of the grid."""
    protocol: str
    """Division."""
    parts: tuple[str, ...]
    """One: what it adds on average. Two: half of what one adds more where the other is, and so
    on for three."""


def part_effects(
    rows: Iterable[ExperimentRow],
    read: Callable[[ExperimentRow], Answers],
    *,
    cluster: str,
    n_resamples: int,
) -> list[PartEffect]:
    """Return the effects and interactions of SMART's parts in each table that has all eight.

    Grids of several sizes count like repeats: one's networks are never held against another's.

    Parameters
    ----------
    rows
        Of one experiment.
    read
        Returns the answers of a row that was run.
    cluster
        ``character`` or ``film``.
    n_resamples
        Draws of a bootstrap.
    """
    grids: dict[tuple[str, str, int, str], dict[Level, ExperimentRow]] = {}
    for row in rows:
        level = _level(row.network)
        if row.state is CellState.DONE and not row.condition and level is not None:
            config = find_network(row.network)
            size = f"{config.scale} {config.width_share}"
            grids.setdefault((row.table, row.protocol, row.repeat, size), {})[level] = row
    whole: dict[tuple[str, str], list[dict[Level, ExperimentRow]]] = {}
    for (table, protocol, *_), grid in sorted(grids.items(), key=lambda item: item[0]):
        if len(grid) == 2 ** len(PARTS):
            whole.setdefault((table, protocol), []).append(grid)
    found: list[PartEffect] = []
    for (table, protocol), own in whole.items():
        effects = []
        for chosen in _subsets():
            effect = find_difference(
                [_sides(grid, chosen) for grid in own], read,
                cluster=cluster, n_resamples=n_resamples,
            )  # fmt: skip
            if effect is not None:
                parts = tuple(list(PARTS)[k] for k in chosen)
                values = dataclasses.asdict(effect)
                effects.append(PartEffect(table=table, protocol=protocol, parts=parts, **values))
        found += correct(effects)
    return found


def _subsets() -> Iterator[tuple[int, ...]]:
    """Yield each part, each two of them, and all three, by their positions."""
    for n in range(1, len(PARTS) + 1):
        yield from itertools.combinations(range(len(PARTS)), n)


def _level(network: str) -> Level | None:
    """Return which parts a network has; None where it differs from YOLOv8 in more than those."""
    config = find_network(network)
    if config.family != "yolov8":
        return None
    for level in itertools.product((False, True), repeat=len(PARTS)):
        has = [switches for is_in, switches in zip(level, PARTS.values(), strict=True) if is_in]
        switches = {name: value for each in has for name, value in each.items()}
        built = NetworkConfig(scale=config.scale, width_share=config.width_share, **switches)  # type: ignore[arg-type]
        if built == config:
            return level
    return None


def _sides(
    grid: dict[Level, ExperimentRow], chosen: Sequence[int]
) -> tuple[list[ExperimentRow], list[ExperimentRow]]:
    """Return the networks that count for and against: an even number of chosen parts missing."""
    plus: list[ExperimentRow] = []
    minus: list[ExperimentRow] = []
    for level, row in sorted(grid.items()):
        n_missing = sum(1 for k in chosen if not level[k])
        (minus if n_missing % 2 else plus).append(row)
    return plus, minus
