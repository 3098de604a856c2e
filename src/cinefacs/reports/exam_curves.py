"""Figures of an exam: where it was missed, and by how much."""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cinefacs.errors import ModelError
from cinefacs.reports.exam_tables import is_in_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_exam_curves"]

_BLUE, _ORANGE, _GREY = "#1f5fae", "#c2410c", "#8a94a3"
_SHADES = ("#9dbfe6", "#5a8fd0", "#1f5fae", "#123a6d")


def draw_exam_curves(document: Mapping[str, Any]) -> dict[str, str]:
    """Return SVG figures by file name; those for which the exam has numbers.

    Parameters
    ----------
    document
        What ``exam.json`` holds.

    Raises
    ------
    ModelError
        matplotlib is not installed.
    """
    figures: dict[str, str] = {}
    units = (document["faces_read"]["action_units"] or {}).get("per_au", [])
    if any(row["auroc"]["value"] is not None for row in units):
        figures["action-units.svg"] = _draw_action_units(document)
    if any(row["recall"]["n"] for row in document["faces_found"]["groups"]):
        figures["faces-found.svg"] = _draw_found(document["faces_found"])
    if document["events"] is not None and document["events"]["recalls"]:
        figures["events-recall.svg"] = _draw_recalls(document["events"])
    if document["sweep"] is not None:
        figures["events-limits.svg"] = _draw_sweep(document["sweep"])
    return figures


def _figure(width: float, height: float, *, n_axes: int = 1) -> "tuple[Figure, Sequence[Axes]]":
    try:
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415  (a second to import)
    except ModuleNotFoundError as error:
        raise ModelError(
            f"figures of the exam: expected matplotlib, got: {error}",
            hint="pip install 'cinefacs[synth]'",
        ) from error
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    axes = [figure.add_subplot(1, n_axes, k + 1) for k in range(n_axes)]
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(visible=True, color="#e3e7ed", linewidth=0.8)
        each.set_axisbelow(True)
    return figure, axes


def _as_svg(figure: "Figure") -> str:
    import matplotlib as mpl  # noqa: PLC0415

    buffer = io.StringIO()
    # the same numbers must give the same bytes: no date, no random names
    with mpl.rc_context({"svg.hashsalt": "cinefacs", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _ends(score: Mapping[str, Any]) -> tuple[float, float]:
    """Return how far the interval reaches below and above the value."""
    if score["low"] is None:
        return 0.0, 0.0
    value = score["value"]
    return max(value - score["low"], 0.0), max(score["high"] - value, 0.0)


def _draw_action_units(document: Mapping[str, Any]) -> str:
    units = document["faces_read"]["action_units"]
    rows = [row for row in units["per_au"] if row["auroc"]["value"] is not None]
    figure, (axes,) = _figure(9.6, 0.24 * len(rows) + 1.4)
    places = range(len(rows))
    ends = [_ends(row["auroc"]) for row in rows]
    values = [row["auroc"]["value"] for row in rows]
    colours = [_BLUE if is_in_mean(row, units) else _GREY for row in rows]
    axes.barh(places, values, height=0.62, color=colours)
    axes.errorbar(
        values, places, xerr=list(zip(*ends, strict=True)), fmt="none", ecolor="#1d2430",
        elinewidth=1, capsize=2,
    )  # fmt: skip
    weak = [(row["weak_auroc"], k) for k, row in enumerate(rows) if row["weak_auroc"] is not None]
    if weak:
        axes.plot(
            [value for value, _ in weak], [k for _, k in weak], "D", color=_ORANGE, markersize=4,
            label="intensity 0.2 to 0.5",
        )  # fmt: skip
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False)
    axes.axvline(0.5, color="#1d2430", linestyle="--", linewidth=1)
    axes.set_yticks(list(places), [f"{row['name']} ({row['n_positive']})" for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel(
        "AUROC with its 95 % interval over people; dashed: chance.\n"
        "Blue: counted in the mean. (n): faces that show it"
    )
    return _as_svg(figure)


def _draw_found(found: Mapping[str, Any]) -> str:
    rows = [row for row in found["groups"] if row["recall"]["value"] is not None]
    names = [f"{row['facet']}: {row['value']} ({row['recall']['n']})" for row in rows]
    return _as_svg(
        _bars(
            names,
            [row["recall"] for row in rows],
            label=f"share of visible faces found, with its 95 % interval; \n"
            f"dashed: the {found['wanted']} that is wanted. (n): faces",
            line=found["wanted"],
        )
    )


def _draw_recalls(events: Mapping[str, Any]) -> str:
    rows = events["recalls"]
    names = [f"{row['facet']}: {row['value']} ({row['overlap']['n']})" for row in rows]
    figure = _bars(
        names,
        [row["overlap"] for row in rows],
        label=f"share of visible expressions spotted at an overlap of {events['min_iou']},\nwith "
        "its 95 % interval over films. (n): expressions",
        second=[row["apex"]["value"] for row in rows],
    )
    return _as_svg(figure)


def _bars(
    names: Sequence[str],
    scores: Sequence[Mapping[str, Any]],
    *,
    label: str,
    line: float | None = None,
    second: Sequence[float | None] = (),
) -> "Figure":
    figure, (axes,) = _figure(9.6, 0.28 * len(names) + 1.4)
    places = range(len(names))
    values = [score["value"] or 0.0 for score in scores]
    axes.barh(places, values, height=0.6, color=_BLUE)
    axes.errorbar(
        values, places, xerr=list(zip(*map(_ends, scores), strict=True)), fmt="none",
        ecolor="#1d2430", elinewidth=1, capsize=2,
    )  # fmt: skip
    by_chance = [(s["chance"], k) for k, s in enumerate(scores) if s["chance"] is not None]
    if by_chance:
        axes.plot(
            [value for value, _ in by_chance], [k for _, k in by_chance], "|", color=_ORANGE,
            markersize=12, markeredgewidth=2, label="chance",
        )  # fmt: skip
    by_apex = [(value, k) for k, value in enumerate(second) if value is not None]
    if by_apex:
        axes.plot(
            [value for value, _ in by_apex], [k for _, k in by_apex], "o", color="#0f8a5f",
            markersize=5, label="spotted by its apex",
        )  # fmt: skip
    if line is not None:
        axes.axvline(line, color="#1d2430", linestyle="--", linewidth=1)
    if by_chance or by_apex:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False, ncols=2)
    axes.set_yticks(list(places), list(names))
    axes.invert_yaxis()
    axes.set_xlim(0, 1.02)
    axes.set_xlabel(label)
    return figure


def _draw_sweep(sweep: Mapping[str, Any]) -> str:
    """Return F1 and false alarms against the threshold, a line for each other combination."""
    figure, (left, right) = _figure(9.6, 3.8, n_axes=2)
    on, off, rows = sweep["on"], sweep["off"], sweep["rows"]
    keys = [
        (round(row[off] / row[on], 3), row["smoothing_ms"], row["min_duration_ms"]) for row in rows
    ]
    for n, key in enumerate(dict.fromkeys(keys)):
        own = [row for row, of in zip(rows, keys, strict=True) if of == key]
        own.sort(key=lambda row: row[on])
        x = [row[on] for row in own]
        colour = _SHADES[n % 4]
        name = f"smoothing {key[1]:g} ms, end at {key[0]:g}, shortest {key[2]:g} ms"
        left.plot(x, [row["f1"] for row in own], "o-", color=colour, markersize=3, label=name)
        right.plot(
            x, [row["false_alarms_a_film_minute"] for row in own], "o-", color=colour, markersize=3
        )
    chosen = sweep["chosen"]
    for axes, label in ((left, "F1 of spotting"), (right, "false alarms a minute of film")):
        axes.set_xlabel(f"rise that starts an expression ({on})")
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
        if chosen is not None:
            axes.axvline(chosen[on], color=_ORANGE, linestyle="--", linewidth=1)
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper left", frameon=False,
                  ncols=2, fontsize="small")  # fmt: skip
    return _as_svg(figure)
