"""The figures of each experiment, as SVG that is the same for the same numbers."""

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cinefacs.experiments.outcome import ExperimentOutcome
from cinefacs.experiments.statistics import ArmSummary
from cinefacs.records.experiment import CellState

__all__ = ["draw_figures"]

Floats = npt.NDArray[np.float64]
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "cinefacs",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_COLOURS = ("#1f5fae", "#e08a1e", "#0f8a5f", "#8a4b9c", "#c2410c", "#5b6675")
_CHANCE: dict[str, Any] = {"color": "#c2410c", "linestyle": "--", "linewidth": 1}
_MEASURES = {
    "attention": {"accuracy_all": "accuracy, all faces", "map50": "mAP50"},
    "compare": {"precision": "precision", "recall": "recall", "f1": "F1", "map50": "mAP50"},
}
"""Bars of each experiment's histogram."""


def draw_figures(outcome: ExperimentOutcome) -> dict[str, str]:
    """Return SVG documents by name.

    Parameters
    ----------
    outcome
        What the experiment came to; what was not run is not drawn.
    """
    with mpl.rc_context(_STYLE):
        return {name: _as_svg(figure) for name, figure in _figures(outcome)}


def _as_svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _figures(outcome: ExperimentOutcome) -> Iterator[tuple[str, Figure]]:
    if outcome.name == "confusion":
        if facts := _all_facts(outcome):
            yield "confusion", _confusion(facts)
            yield "curves", _curves(facts, _thresholds(outcome))
        return
    if outcome.name == "robustness":
        if any(each.arm.condition and each.n_done for each in outcome.summaries):
            yield "robustness", _strengths(outcome)
        return
    draw: Callable[[list[ArmSummary], ExperimentOutcome, str], Figure] = _DRAWN[outcome.name]
    for table in outcome.config.tables:
        if arms := _done(outcome, table):
            yield f"{outcome.name}-{table}", draw(arms, outcome, table)


def _done(outcome: ExperimentOutcome, table: str) -> list[ArmSummary]:
    return [each for each in outcome.summaries_of(table) if each.n_done]


def _frame(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    return figure, axes


def _chance_of(arms: Sequence[ArmSummary], measure: str) -> float | None:
    """Return what blind answers reach: for mAP random classes, else the most frequent class."""
    is_map = measure == "map50"
    values = [each.map50_chance if is_map else each.chance for each in arms]
    known = [value for value in values if value is not None]
    return max(known) if known else None


def _histogram(arms: Sequence[ArmSummary], outcome: ExperimentOutcome, table: str) -> Figure:
    """Return bars grouped by measure, with the standard deviation and every repeat."""
    measures = _MEASURES[outcome.name]
    figure, axes = _frame(2.2 + 1.6 * len(measures) * max(1, len(arms) / 4), 4.2)
    width = 0.8 / len(arms)
    for k, each in enumerate(arms):
        for j, name in enumerate(measures):
            found = each.measures.get(name)
            if found is None:
                continue
            x = j - 0.4 + width * (k + 0.5)
            colour = _COLOURS[k % len(_COLOURS)]
            label = each.arm.network if j == 0 else None
            axes.bar(x, found.mean, width * 0.92, color=colour, alpha=0.85, label=label)
            if found.deviation is not None:
                axes.errorbar(
                    x, found.mean, found.deviation, color="#1d2430", capsize=2, linewidth=1
                )
            axes.plot([x] * len(found.values), found.values, "o", color="#1d2430", markersize=2.5)
    blind = {j: _chance_of(arms, name) for j, name in enumerate(measures)}
    for j, value in blind.items():
        if value is not None:
            label = "chance: blind answers" if j == 0 else None
            axes.plot([j - 0.45, j + 0.45], [value, value], label=label, zorder=3, **_CHANCE)
    axes.set_xticks(range(len(measures)), list(measures.values()))
    axes.set_ylim(0, 1)
    axes.set_title(f"Table {table}: mean, standard deviation and each repeat", fontsize=10)
    figure.legend(loc="outside right upper", frameon=False, fontsize=9)
    return figure


def _boxes(arms: Sequence[ArmSummary], outcome: ExperimentOutcome, _table: str) -> Figure:
    """Return a box plot of mAP50 for each division, with the paper's mean beside it."""
    figure, axes = _frame(2.0 + 1.6 * len(arms), 4.2)
    values = [list(each.measures["map50"].values) for each in arms]
    drawn = axes.boxplot(values, widths=0.5, patch_artist=True, medianprops={"color": "#1d2430"})
    for k, (patch, own) in enumerate(zip(drawn["boxes"], values, strict=True)):
        patch.set_facecolor(_COLOURS[k % len(_COLOURS)])
        patch.set_alpha(0.45)
        axes.plot([k + 1] * len(own), own, "o", color="#1d2430", markersize=3)
    axes.set_xticks(
        range(1, len(arms) + 1),
        [f"{each.arm.network}\n{each.arm.protocol}, n = {each.n_done}" for each in arms],
    )
    for ((mean, deviation),) in outcome.paper.rows.values():
        axes.axhline(mean, color="#5b6675", linestyle=":", linewidth=1)
        axes.annotate(
            f"the paper's mean,\nother pictures: {mean:g} ± {deviation:g}",
            (0.02, mean), xycoords=("axes fraction", "data"), va="bottom", fontsize=8,
            color="#5b6675",
        )  # fmt: skip
    blind = _chance_of(arms, "map50")
    if blind is not None:
        axes.axhline(blind, label="chance: random classes", **_CHANCE)
    axes.set_ylabel("mAP50")
    axes.set_ylim(0, 1)
    figure.legend(loc="outside right upper", frameon=False, fontsize=9)
    return figure


def _all_facts(outcome: ExperimentOutcome) -> list[dict[str, Any]]:
    """Return the facts of the first network's repeats."""
    network = outcome.rows[0].network
    return [
        outcome.facts[row.cell]
        for row in outcome.rows
        if row.network == network and row.state is CellState.DONE and not row.condition
        and row.cell in outcome.facts
    ]  # fmt: skip


def _thresholds(outcome: ExperimentOutcome) -> list[float]:
    """Return what was chosen on the validation part in each repeat of the first network."""
    network = outcome.rows[0].network
    return [
        row.threshold
        for row in outcome.rows
        if row.network == network and not row.condition and row.threshold is not None
    ]


def _confusion(facts: Sequence[dict[str, Any]]) -> Figure:
    """Return the confusion matrix of all repeats together, rows in shares."""
    counts = np.sum([each["confusion"] for each in facts], axis=0)
    names = facts[0]["classes"]
    columns, rows = [*names, "not found"], [*names, "no such face"]
    figure, axes = _frame(7.2, 6.2)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    shown = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row in range(len(rows)):
        for column in range(len(columns)):
            n = int(counts[row, column])
            if n:
                is_dark = shares[row, column] > 0.55
                axes.text(
                    column, row, f"{shares[row, column]:.2f}\n{n}", ha="center", va="center",
                    fontsize=7, color="white" if is_dark else "#1d2430",
                )  # fmt: skip
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xlabel("called, at the threshold (not found: no box reaches it)")
    axes.set_ylabel("true (no such face: boxes beside faces, and second boxes on one)")
    axes.spines[:].set_visible(False)
    figure.colorbar(shown, ax=axes, shrink=0.7, label="share of the true class")
    return figure


def _curves(facts: Sequence[dict[str, Any]], chosen: Sequence[float]) -> Figure:
    """Return precision, recall and F1 over the score, by class and all together.

    Means over the repeats; there is no precision where no box is found.
    """
    figure = Figure(figsize=(11, 3.8), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    thresholds = facts[0]["curves"]["thresholds"]
    palette = mpl.colormaps["tab10"]
    for axes, name in zip(panels, ("precision", "recall", "f1"), strict=True):
        by_class = _mean_line(facts, name, "_by_class")
        for k, (label, line) in enumerate(zip(facts[0]["classes"], by_class, strict=True)):
            own = label if name == "f1" else None
            axes.plot(thresholds, line, color=palette(k % 10), linewidth=0.9, label=own)
        label = "all (micro)" if name == "f1" else None
        both = _mean_line(facts, name)
        axes.plot(thresholds, both, color="#1d2430", linewidth=2.2, label=label)
        for k, value in enumerate(chosen):
            label = "thresholds chosen" if name == "f1" and k == 0 else None
            axes.axvline(value, color="#5b6675", linestyle=":", linewidth=1, label=label)
        axes.set_xlabel("score")
        axes.set_title("F1" if name == "f1" else name, fontsize=10)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
    figure.legend(loc="outside right center", frameon=False, fontsize=8)
    return figure


def _mean_line(facts: Sequence[dict[str, Any]], name: str, suffix: str = "") -> Floats:
    """Return the mean over repeats of a curve, of those repeats that have a value there."""
    lines = []
    for each in facts:
        curves = each["curves"]
        line = np.array(curves[f"{name}{suffix}"], np.float64)
        if name == "precision":  # stored as 1 where nothing is found: no right box, none wrong
            recall = np.array(curves[f"recall{suffix}"], np.float64)
            line = np.where((line == 1) & (recall == 0), np.nan, line)
        lines.append(line)
    known = np.sum(~np.isnan(lines), axis=0)
    total = np.nansum(lines, axis=0)
    mean: Floats = np.divide(total, known, out=np.full(total.shape, np.nan), where=known > 0)
    return mean


def _dots(arms: Sequence[ArmSummary], _outcome: ExperimentOutcome, table: str) -> Figure:
    """Return every arm as a line with its repeats, mean and interval."""
    figure, axes = _frame(7.5, 1.2 + 0.42 * len(arms))
    for k, each in enumerate(arms):
        found = each.measures["map50"]
        y = len(arms) - 1 - k
        if each.map50_interval is not None:
            axes.plot(each.map50_interval, [y, y], color="#9db6d6", linewidth=5, zorder=1)
        axes.plot(found.values, [y] * len(found.values), "o", color="#5b6675", markersize=3)
        axes.plot(found.mean, y, "D", color=_COLOURS[0], markersize=6)
    blind = _chance_of(arms, "map50")
    if blind is not None:
        axes.axvline(blind, **_CHANCE)
        axes.annotate(
            "chance", (blind, 1.0), xycoords=("data", "axes fraction"), rotation=90,
            ha="right", va="top", color=_CHANCE["color"], fontsize=8,
        )  # fmt: skip
    axes.set_yticks(range(len(arms)), [each.arm.network for each in reversed(arms)])
    axes.set_xlim(0, 1)
    axes.set_xlabel("mAP50: mean (diamond), repeats (dots), 95 % with people resampled (bar)")
    axes.set_title(f"Table {table}", fontsize=10)
    return figure


_DRAWN = {"attention": _histogram, "compare": _histogram, "repeat": _boxes, "ablate": _dots}


def _strengths(outcome: ExperimentOutcome) -> Figure:
    """Return a panel for each condition: accuracy against strength."""
    conditions = list(dict.fromkeys(
        each.arm.condition for each in outcome.summaries if each.arm.condition not in {"", "plain"}
    ))  # fmt: skip
    networks = list(dict.fromkeys(each.arm.network for each in outcome.summaries))
    n_columns = min(5, len(conditions))
    n_rows = -(-len(conditions) // n_columns)
    figure = Figure(figsize=(2.4 * n_columns + 1.6, 2.3 * n_rows + 0.6), layout="constrained")
    panels = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(conditions) :]:
        axes.set_visible(False)
    for number, (axes, condition) in enumerate(zip(panels.flat, conditions, strict=False)):
        for k, network in enumerate(networks):
            own = [
                each
                for each in outcome.summaries
                if each.arm.network == network
                and each.arm.condition in {"plain", condition}
                and each.n_done
            ]
            label = network if number == 0 else None
            _strength_line(axes, own, colour=_COLOURS[k % len(_COLOURS)], label=label)
        arms = [each for each in outcome.summaries if each.arm.condition == condition]
        blind = [each.chance for each in arms if each.chance is not None]
        if blind:
            axes.axhline(max(blind), **_CHANCE)
        axes.set_title(condition.replace("_", " "), fontsize=9)
        axes.set_ylim(0, 1)
    figure.supxlabel("strength of the condition", fontsize=9)
    figure.supylabel("accuracy, all faces (dashed: chance)", fontsize=9)
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    return figure


def _strength_line(
    axes: Axes, summaries: Sequence[ArmSummary], *, colour: str, label: str | None
) -> None:
    """Draw one network: the plain set at 0, then the condition's strengths."""
    own = sorted(summaries, key=lambda each: each.arm.strength)
    x = [each.arm.strength for each in own]
    means = [each.measures["accuracy_all"].mean for each in own]
    axes.plot(x, means, "o-", color=colour, markersize=3.5, linewidth=1.3, label=label)
    bands = [(each.arm.strength, *each.accuracy_interval) for each in own if each.accuracy_interval]
    if bands:
        axes.fill_between(*np.transpose(bands), color=colour, alpha=0.15, linewidth=0)
