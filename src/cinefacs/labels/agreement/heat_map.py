"""The figure of agreement: Cohen's kappa by action unit and pair of coders."""

import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from cinefacs.errors import SchemaError
from cinefacs.labels.agreement.report import AgreementReport, AuAgreement, PairAgreement

__all__ = ["draw_heat_map", "kappa_colour"]

_CELL_WIDTH, _CELL_HEIGHT = 46, 20
_LEFT, _TOP, _BOTTOM, _GAP = 64, 70, 46, 12
_LETTER_PX = 6.2
_LARGEST_NAME_PX = 120
_SUMMARY_COLUMNS = ("mean", "prev.")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even escaped."""
_STOPS = (
    (-1.0, (153, 27, 27)),
    (0.0, (254, 226, 205)),
    (0.5, (199, 223, 241)),
    (1.0, (23, 78, 142)),
)
"""Colours of kappa: red where coders contradict each other, pale at chance, blue for agreement."""
_STYLE = """
.agreement text { font: 11px system-ui, sans-serif; fill: #1d2430; }
.agreement .name { font: 600 14px system-ui, sans-serif; }
.agreement .small { fill: #5b6675; }
.agreement .light { fill: #ffffff; }
.agreement .none { fill: #f1f3f6; stroke: #d3d9e1; stroke-width: 0.5; }
"""


def kappa_colour(kappa: float) -> tuple[int, int, int]:
    """Return red, green and blue of a kappa, 0 to 255 each.

    Parameters
    ----------
    kappa : -1 to 1

    Raises
    ------
    SchemaError
        It lies outside.
    """
    if not -1 <= kappa <= 1:
        raise SchemaError(f"kappa: expected -1 to 1, got {kappa}")
    for (low, below), (high, above) in pairwise(_STOPS):
        if kappa <= high:
            share = (kappa - low) / (high - low)
            return (
                round(below[0] + share * (above[0] - below[0])),
                round(below[1] + share * (above[1] - below[1])),
                round(below[2] + share * (above[2] - below[2])),
            )
    raise SchemaError(f"kappa: expected -1 to 1, got {kappa}")  # pragma: no cover


def draw_heat_map(report: AgreementReport, *, title: str) -> str:
    """Return an SVG that needs nothing else.

    A row is an action unit, a column a pair of coders; to the right stand the mean over pairs and
    the prevalence, without which no kappa can be read. Grey cells have no kappa: the action unit
    was not coded by both, or neither ever said anything but the one same thing.

    Parameters
    ----------
    report
        The figures.
    title
        What stands above; plain text.
    """
    pairs = list(dict.fromkeys((row.first, row.second) for row in report.pairs))
    names = [f"{first} \N{MULTIPLICATION SIGN} {second}" for first, second in pairs]
    head_px = min(_LARGEST_NAME_PX, max((_text_px(name) for name in names), default=0))
    top = _TOP + head_px * 0.71  # names are turned by 45 degrees
    n_columns = len(pairs) + len(_SUMMARY_COLUMNS)
    width = _LEFT + n_columns * _CELL_WIDTH + _GAP + head_px * 0.71 + 16
    width = max(width, 420.0, _text_px(title) * 1.4 + 32)
    height = top + len(report.per_au) * _CELL_HEIGHT + _BOTTOM
    cells = {(row.au, row.first, row.second): row for row in report.pairs}
    parts = [
        (
            '<svg xmlns="http://www.w3.org/2000/svg" class="agreement" role="img" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">'
        ),
        f"<title>{_plain(title)}</title>",
        f"<desc>{_plain(_summary(report))}</desc>",
        f"<style>{_STYLE}</style>",
        f'<text class="name" x="16" y="22">{_plain(title)}</text>',
        f'<text class="small" x="16" y="40">{_plain(_summary(report))}</text>',
        *_draw_heads(names, top),
    ]
    for position, row in enumerate(report.per_au):
        y = top + position * _CELL_HEIGHT
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 14:.1f}" text-anchor="end">AU {row.au}</text>')
        parts += [
            _draw_pair(_LEFT + column * _CELL_WIDTH, y, cells[row.au, first, second])
            for column, (first, second) in enumerate(pairs)
        ]
        parts += _draw_summary(_LEFT + len(pairs) * _CELL_WIDTH + _GAP, y, row)
    parts += _draw_legend(height - _BOTTOM + 18)
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _summary(report: AgreementReport) -> str:
    mean = report.overall.kappa
    found = "no kappa is defined" if mean.value is None else f"mean kappa {mean.value:.2f}"
    if mean.low is not None and mean.high is not None:
        found += f" ({report.interval_level:.0%} interval {mean.low:.2f} to {mean.high:.2f})"
    return f"{len(report.coders)} coders, {report.n_clips} clips: {found}"


def _draw_heads(names: Sequence[str], top: float) -> list[str]:
    """Return the names of the columns, turned."""
    xs = [_LEFT + (column + 0.5) * _CELL_WIDTH for column in range(len(names))]
    first = _LEFT + len(names) * _CELL_WIDTH + _GAP
    xs += [first + (column + 0.5) * _CELL_WIDTH for column in range(len(_SUMMARY_COLUMNS))]
    n_letters = int(_LARGEST_NAME_PX / _LETTER_PX)
    return [
        f'<text class="small" x="{x:.1f}" y="{top - 6:.1f}" '
        f'transform="rotate(-45 {x:.1f} {top - 6:.1f})">{_plain(_shorten(name, n_letters))}</text>'
        for x, name in zip(xs, [*names, *_SUMMARY_COLUMNS], strict=True)
    ]


def _draw_pair(x: float, y: float, row: PairAgreement) -> str:
    words = f"AU {row.au}, {row.first} and {row.second}: {_words(row.kappa.value)}"
    if row.kappa.low is not None and row.kappa.high is not None:
        words += f" ({row.kappa.low:.2f} to {row.kappa.high:.2f})"
    words += f", {row.n_frames:,} frames, present in {_percent(row.prevalence_first)} and "
    words += _percent(row.prevalence_second)
    return _draw_cell(x, y, row.kappa.value, words)


def _draw_summary(x: float, y: float, row: AuAgreement) -> list[str]:
    """Return mean and prevalence of an action unit."""
    words = f"AU {row.au}, mean over {row.n_pairs} pairs: {_words(row.kappa.value)}"
    middle = x + 1.5 * _CELL_WIDTH
    return [
        _draw_cell(x, y, row.kappa.value, words),
        (
            f'<text class="small" x="{middle:.1f}" y="{y + 14:.1f}" text-anchor="middle">'
            f"{_percent(row.prevalence)}</text>"
        ),
    ]


def _draw_cell(x: float, y: float, kappa: float | None, words: str) -> str:
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{_CELL_WIDTH - 1}" height="{_CELL_HEIGHT - 1}"'
    tip = f"<title>{_plain(words)}</title>"
    if kappa is None:
        return f'<rect class="none" {shape}>{tip}</rect>'
    red, green, blue = kappa_colour(kappa)
    is_dark = 0.299 * red + 0.587 * green + 0.114 * blue < 140
    style = ' class="light"' if is_dark else ""
    middle = x + (_CELL_WIDTH - 1) / 2
    return (
        f'<g>{tip}<rect {shape} fill="rgb({red},{green},{blue})"/>'
        f'<text{style} x="{middle:.1f}" y="{y + 14:.1f}" text-anchor="middle">{kappa:.2f}</text>'
        "</g>"
    )


def _draw_legend(y: float) -> list[str]:
    """Return the scale of colours."""
    parts, x = [], float(_LEFT)
    for kappa in (-1.0, -0.5, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        red, green, blue = kappa_colour(kappa)
        parts += [
            (
                f'<rect x="{x:.1f}" y="{y:.1f}" width="22" height="10" '
                f'fill="rgb({red},{green},{blue})"/>'
            ),
            (
                f'<text class="small" x="{x + 11:.1f}" y="{y + 22:.1f}" text-anchor="middle">'
                f"{kappa:g}</text>"
            ),
        ]
        x += 26
    parts += [
        f'<rect class="none" x="{x + 12:.1f}" y="{y:.1f}" width="22" height="10"/>',
        f'<text class="small" x="{x + 38:.1f}" y="{y + 9:.1f}">undefined</text>',
    ]
    return parts


def _words(kappa: float | None) -> str:
    return "kappa undefined" if kappa is None else f"kappa {kappa:.3f}"


def _percent(share: float | None) -> str:
    return "\N{EN DASH}" if share is None else f"{share:.1%}"


def _shorten(words: str, n_letters: int) -> str:
    return words if len(words) <= n_letters else words[: n_letters - 1].rstrip() + "…"


def _text_px(words: str) -> float:
    return len(words) * _LETTER_PX


def _plain(words: str) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words))
