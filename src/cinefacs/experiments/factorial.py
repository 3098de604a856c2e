"""What each part of SMART does, averaged over the presence and absence of the other parts.

In a full grid of parts every network tells something about every part: half of them have it, half
have not. That is a sharper answer than adding parts one by one (R. A. Fisher, *The Design of
Experiments*, 1935, chapter 6).
"""

import dataclasses
import itertools
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cinefacs.detectors.networks.config import NetworkConfig, find_network
from cinefacs.experiments.statistics import SEED, cluster_of
from cinefacs.experiments.store import Answers
from cinefacs.metrics.paired import compare_paired, holm
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
class PartEffect:
    """One part, or several together, over the whole grid."""

    table: str
    """Table of the grid."""
    parts: tuple[str, ...]
    """One: what it adds on average. Two: half of what one adds more where the other is, and so
    on for three."""
    n_repeats: int
    """Repeats of which the whole grid was run."""
    difference: float
    """Of the accuracy over all faces."""
    by_repeat: tuple[float, ...]
    """The same in each repeat."""
    low: float
    """Of its 95 % interval, people resampled."""
    high: float
    """Of its 95 % interval."""
    effect_size: float | None
    """Cohen's d_z over people."""
    p_value: float
    """Of the sign-flip test over people."""
    p_corrected: float
    """By Holm over all effects of the grid."""
    map50_difference: float
    """Of mAP50, mean over repeats."""
    n_clusters: int
    """People, or films, that were resampled."""


def part_effects(
    rows: Iterable[ExperimentRow],
    read: Callable[[ExperimentRow], Answers],
    *,
    cluster: str,
    n_resamples: int,
) -> list[PartEffect]:
    """Return the effects and interactions of SMART's parts in each table that has all eight.

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
    grids: dict[tuple[str, int], dict[Level, ExperimentRow]] = {}
    for row in rows:
        level = _level(row.network)
        if row.state is CellState.DONE and not row.condition and level is not None:
            grids.setdefault((row.table, row.repeat), {})[level] = row
    by_table: dict[str, list[dict[Level, ExperimentRow]]] = {}
    for (table, _), grid in sorted(grids.items(), key=lambda item: item[0]):
        if len(grid) == 2 ** len(PARTS):
            by_table.setdefault(table, []).append(grid)
    return [
        effect
        for table, whole in by_table.items()
        for effect in _effects(table, whole, read, cluster, n_resamples)
    ]


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


def _effects(
    table: str,
    grids: Sequence[dict[Level, ExperimentRow]],
    read: Callable[[ExperimentRow], Answers],
    cluster: str,
    n_resamples: int,
) -> list[PartEffect]:
    names = list(PARTS)
    found = []
    for n in range(1, len(names) + 1):
        for chosen in itertools.combinations(range(len(names)), n):
            effect = _effect(table, chosen, grids, read, cluster=cluster, n_resamples=n_resamples)
            if effect is not None:
                found.append(effect)
    corrected = holm([each.p_value for each in found])
    return [
        dataclasses.replace(each, p_corrected=value)
        for each, value in zip(found, corrected, strict=True)
    ]


def _effect(
    table: str,
    chosen: Sequence[int],
    grids: Sequence[dict[Level, ExperimentRow]],
    read: Callable[[ExperimentRow], Answers],
    *,
    cluster: str,
    n_resamples: int,
) -> PartEffect | None:
    """Return the mean over networks of one sign of the contrast less that over the others."""
    left: list[bool] = []
    right: list[bool] = []
    people: list[str] = []
    by_repeat, map50s = [], []
    for grid in grids:
        plus, minus = _sides(grid, chosen)
        ours = [face for row in plus for face in read(row).faces]
        theirs = [face for row in minus for face in read(row).faces]
        if [face.sample_id for face in ours] != [face.sample_id for face in theirs]:
            return None  # measured on other faces: no pair
        left += [face.is_right for face in ours]
        right += [face.is_right for face in theirs]
        people += [cluster_of(face, cluster) for face in ours]
        n_more = sum(f.is_right for f in ours) - sum(f.is_right for f in theirs)
        by_repeat.append(n_more / max(1, len(ours)))
        map50s.append(_mean_map50(plus) - _mean_map50(minus))
    paired = compare_paired(left, right, people, seed=SEED, n_resamples=n_resamples)
    if paired is None:
        return None
    names = list(PARTS)
    return PartEffect(
        table=table,
        parts=tuple(names[k] for k in chosen),
        n_repeats=len(grids),
        difference=paired.difference,
        by_repeat=tuple(by_repeat),
        low=paired.low,
        high=paired.high,
        effect_size=paired.effect_size,
        p_value=paired.p_value,
        p_corrected=paired.p_value,
        map50_difference=statistics.fmean(map50s),
        n_clusters=paired.n_clusters,
    )


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


def _mean_map50(rows: Sequence[ExperimentRow]) -> float:
    return statistics.fmean(row.map50 for row in rows if row.map50 is not None)
