"""The figure of suggested labels: each action unit's score over time, and what came of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape

import numpy as np
import numpy.typing as npt

from cinefacs.facs.code_book import standard_code_book
from cinefacs.records.au_label import AuLabel
from cinefacs.records.time_span import TimeSpan
from cinefacs.timing.clock import format_timecode

__all__ = ["AuCurve", "draw_suggestions"]

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 960, 196, 20, 56, 34
_PLOT_WIDTH = _WIDTH - _LEFT - _RIGHT
_ROW_HEIGHT, _CURVE_HEIGHT = 44, 28
_N_TIME_STEPS = 8
_TIME_STEPS_S = (
    *(Fraction(tenths, 10) for tenths in (1, 2, 5)),
    *map(Fraction, (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)),
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even escaped (W3C, XML 1.0, production 2)."""
_STYLE = """
.suggestions text { font: 12px system-ui, sans-serif; fill: #5b6675; }
.suggestions .name { font: 600 14px system-ui, sans-serif; fill: #1d2430; }
.suggestions .au { fill: #1d2430; }
.suggestions .unseen { fill: #e3e7ed; } .suggestions .seen { fill: #fff; }
.suggestions .grid { stroke: #dfe4ea; } .suggestions .axis { stroke: #8a94a3; }
.suggestions .direct { fill: #a9c1de; stroke: #1f5fae; }
.suggestions .approximate { fill: #e3d3f6; stroke: #7c3aed; }
.suggestions .suggested { fill: #c2410c; } .suggestions .coder { fill: #0f8a5f; }
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuCurve:
    """One action unit's scores of one character."""

    au: int
    """The action unit."""
    is_direct: bool
    """Whether its scores mean the same, and not only something near."""
    pts: npt.NDArray[np.int64]
    """(N,) start of each frame in which the face was seen, ticks."""
    rise: npt.NDArray[np.float32]
    """(N,) 0 to 1, above the person's own neutral."""


class _Axis:
    """Where a tick of the film lies in the figure."""

    def __init__(self, span: TimeSpan) -> None:
        self._span = span
        self.whole_s = span.duration_s

    def x(self, pts: int) -> float:
        """Return the place of a tick; what lies outside stays at the rim."""
        share = (pts - self._span.start_pts) / (self._span.end_pts - self._span.start_pts)
        return _LEFT + _PLOT_WIDTH * min(max(share, 0.0), 1.0)

    def time_x(self, time_s: Fraction) -> float:
        """Return the place of a time since the film's start, s."""
        return _LEFT + _PLOT_WIDTH * float(time_s / self.whole_s)


def draw_suggestions(
    curves: Sequence[AuCurve],
    *,
    span: TimeSpan,
    seen: Sequence[TimeSpan],
    suggested: Sequence[AuLabel],
    by_coders: Sequence[AuLabel] = (),
    title: str,
) -> str:
    """Return an SVG that needs nothing else.

    A row is an action unit. The curve is its score above the person's own neutral, the bars below
    it what is suggested, the bars above it what coders labelled. Where the face could not be read
    the ground is grey.

    Parameters
    ----------
    curves
        Those to draw, in order.
    span
        Of the film.
    seen
        Where the face could be read.
    suggested, by_coders
        Labels of this character.
    title
        What stands above; plain text.
    """
    axis = _Axis(span)
    rows_end = _TOP + _ROW_HEIGHT * max(len(curves), 1)
    height = rows_end + _BOTTOM
    shown = escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", title))
    summary = f"{len(suggested)} suggestions in {len(curves)} action units"
    parts = [
        (
            '<svg xmlns="http://www.w3.org/2000/svg" class="suggestions" role="img" '
            f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}">'
        ),
        f"<title>{shown}: suggested action units over time</title>",
        f"<desc>{summary}</desc>",
        f"<style>{_STYLE}</style>",
        f'<text class="name" x="12" y="20">{shown}</text>',
        *_draw_legend(has_coders=bool(by_coders)),
        _draw_box("unseen", _LEFT, _TOP, _PLOT_WIDTH, rows_end - _TOP),
        *(_draw_bar(axis, each, _TOP, rows_end - _TOP, "seen") for each in seen),
        *_draw_time(axis, rows_end),
    ]
    for row, curve in enumerate(curves):
        top = _TOP + row * _ROW_HEIGHT
        parts += [
            *_draw_curve(axis, curve, top, seen),
            *(_draw_bar(axis, each.span, top + 2, 4, "coder")
              for each in by_coders if each.au == curve.au),
            *(_draw_bar(axis, each.span, top + 10 + _CURVE_HEIGHT, 4, "suggested")
              for each in suggested if each.au == curve.au),
        ]  # fmt: skip
    if not curves:
        parts.append(f'<text x="{_LEFT + 10}" y="{_TOP + 26}">nothing is suggested</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _draw_curve(axis: _Axis, curve: AuCurve, top: float, seen: Sequence[TimeSpan]) -> list[str]:
    """Return an action unit's name and its filled curve, the largest score of each pixel."""
    book = standard_code_book()
    name = f"{curve.au} {book.lookup(curve.au).name if curve.au in book else ''}"
    base = top + 8 + _CURVE_HEIGHT
    kind = "direct" if curve.is_direct else "approximate"
    parts = [
        f'<text class="au" x="12" y="{base - 8}">{escape(name)}</text>',
        f'<line class="grid" x1="{_LEFT}" y1="{base}" x2="{_WIDTH - _RIGHT}" y2="{base}"/>',
    ]
    for stretch in seen:
        rows = (curve.pts >= stretch.start_pts) & (curve.pts < stretch.end_pts)
        highest: dict[int, float] = {}
        for pts, rise in zip(curve.pts[rows].tolist(), curve.rise[rows].tolist(), strict=True):
            column = round(axis.x(pts))
            highest[column] = max(highest.get(column, 0.0), rise)
        if highest:
            points = [f"{x},{base - _CURVE_HEIGHT * rise:.1f}" for x, rise in highest.items()]
            last = points[-1].partition(",")[2]
            end = f"{axis.x(stretch.end_pts):.1f}"
            outline = f"{min(highest)},{base} {' '.join(points)} {end},{last} {end},{base}"
            parts.append(f'<polygon class="{kind}" points="{outline}"/>')
    return parts


def _draw_bar(axis: _Axis, span: TimeSpan, top: float, height: float, kind: str) -> str:
    start, end = axis.x(span.start_pts), axis.x(span.end_pts)
    return _draw_box(kind, start, top, max(end - start, 1), height)


def _draw_box(kind: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
    )


def _draw_time(axis: _Axis, bottom: float) -> list[str]:
    """Return the axis of time with its marks."""
    fitting = [step for step in _TIME_STEPS_S if axis.whole_s / step <= _N_TIME_STEPS]
    step = fitting[0] if fitting else _TIME_STEPS_S[-1]
    parts = [
        f'<line class="axis" x1="{_LEFT}" y1="{bottom}" x2="{_WIDTH - _RIGHT}" y2="{bottom}"/>'
    ]
    for k in range(int(axis.whole_s / step) + 1):
        x = axis.time_x(k * step)
        text = format_timecode(k * step)
        text = text if step < 1 else text.partition(".")[0]
        parts += [
            f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}"/>',
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{text}</text>',
        ]
    return parts


def _draw_legend(*, has_coders: bool) -> list[str]:
    entries = [
        ("direct", "score, direct"),
        ("approximate", "score, approximate"),
        ("suggested", "suggested"),
        *([("coder", "coders")] if has_coders else []),
        ("unseen", "not codable"),
    ]
    parts, x = [], 12.0
    for kind, text in entries:
        parts += [
            f'<rect class="{kind}" x="{x}" y="32" width="14" height="9"/>',
            f'<text x="{x + 19}" y="41">{text}</text>',
        ]
        x += 44 + 6.6 * len(text)
    return parts
