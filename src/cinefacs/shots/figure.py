"""The figure of a film: how long its shots are, over time, with the trend."""

import re
from collections.abc import Sequence
from fractions import Fraction
from html import escape
from math import ceil, floor, log10

from cinefacs.records.checks import require
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.shots.cinemetrics import Cinemetrics
from cinefacs.timing.clock import format_timecode

__all__ = ["draw_shot_lengths"]

_WIDTH, _HEIGHT = 960, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 36, 34, 44
_PLOT_WIDTH, _PLOT_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_TIME_STEPS_S = (
    *(Fraction(hundredths, 100) for hundredths in (1, 2, 5, 10, 20, 50)),
    *map(Fraction, (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)),
)
_N_TIME_STEPS = 9
_N_LENGTH_STEPS = 5
_N_TREND_POINTS = 120
_MARKED = (ShotStart.FADE, ShotStart.DISSOLVE, ShotStart.GAP)
_LETTER_PX, _TITLE_LETTER_PX = 6.3, 8.0
"""Usual width of a letter of 12 px, and of one of the title."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even escaped (W3C, XML 1.0, production 2)."""
_STYLE = """
.shot-lengths text { font: 12px system-ui, sans-serif; fill: #5b6675; }
.shot-lengths .name { font: 600 14px system-ui, sans-serif; fill: #1d2430; }
.shot-lengths .grid { stroke: #e3e7ed; } .shot-lengths .axis { stroke: #8a94a3; }
.shot-lengths .bar { fill: #a9c1de; }
.shot-lengths .median { stroke: #1d2430; stroke-dasharray: 5 4; }
.shot-lengths .average { fill: none; stroke: #1f5fae; stroke-width: 1.6; }
.shot-lengths .trend { fill: none; stroke: #c2410c; stroke-width: 2.2; }
.shot-lengths .fade { fill: #7c3aed; } .shot-lengths .dissolve { fill: #0f8a5f; }
.shot-lengths .gap { fill: #b91c1c; }
"""


class _Axes:
    """Where a time and a length lie in the figure."""

    def __init__(self, shots: Sequence[Shot], longest_s: float) -> None:
        self._start_s = shots[0].span.start_s
        self.whole_s = shots[-1].span.end_s - self._start_s
        self.length_step_s = _round_step(longest_s / _N_LENGTH_STEPS)
        self.n_length_steps = ceil(longest_s / self.length_step_s - 1e-9)
        self._top_s = self.n_length_steps * self.length_step_s

    def x(self, time_s: Fraction | float) -> float:
        """Return the place of a time since the film's start, s."""
        return _LEFT + _PLOT_WIDTH * float(time_s / self.whole_s)

    def y(self, length_s: float) -> float:
        """Return the place of a shot length, s; lines that leave the figure stay at its rim."""
        share = min(max(length_s / self._top_s, 0.0), 1.0)
        return _TOP + _PLOT_HEIGHT * (1 - share)

    def since_start(self, shot: Shot) -> tuple[Fraction, Fraction]:
        """Return a shot's start and end since the film's start, s.

        Exact, because a film's clock may start at a number so large that a float would lose the
        length of a frame.
        """
        return shot.span.start_s - self._start_s, shot.span.end_s - self._start_s


def draw_shot_lengths(shots: Sequence[Shot], cinemetrics: Cinemetrics, *, title: str) -> str:
    """Return an SVG that needs nothing else.

    A bar is a shot: as wide as it lasts and as high as it lasts. The dashed line is the median,
    the blue one the moving average, the orange one the trendline; marks below the bars are
    fades, dissolves and gaps.

    Parameters
    ----------
    shots
        All shots of one film, in order, at least one.
    cinemetrics
        Their measures.
    title
        What stands above; plain text, cut short where it would run into the legend.

    Raises
    ------
    SchemaError
        The measures are of another number of shots.
    """
    require(len(shots) == cinemetrics.n_shots, "shots", f"{cinemetrics.n_shots}", len(shots))
    axes = _Axes(shots, cinemetrics.longest_s)
    summary = (
        f"{_count_shots(cinemetrics.n_shots)} in {format_timecode(axes.whole_s)}, median length "
        f"{cinemetrics.median_s:.2f} s, average {cinemetrics.mean_s:.2f} s"
    )
    title = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", title)
    legend, legend_x = _draw_legend(cinemetrics, shots)
    shown = _shorten(title, int((legend_x - _LEFT) / _TITLE_LETTER_PX))
    parts = [
        (
            '<svg xmlns="http://www.w3.org/2000/svg" class="shot-lengths" role="img" '
            f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">'
        ),
        f"<title>{escape(title)}: shot lengths over time</title>",
        f"<desc>{escape(summary)}</desc>",
        f"<style>{_STYLE}</style>",
        f'<text class="name" x="{_LEFT}" y="18">{escape(shown)}</text>',
        *legend,
        *_draw_grid(axes),
        *(_draw_bar(axes, shot) for shot in shots),
        *(_draw_mark(axes, shot) for shot in shots if shot.starts_with in _MARKED),
        *_draw_lines(axes, shots, cinemetrics),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _draw_legend(cinemetrics: Cinemetrics, shots: Sequence[Shot]) -> tuple[list[str], float]:
    """Return the legend of what occurs, set from right to left, and its left edge, px."""
    entries = [("median", f"median {cinemetrics.median_s:.2f} s")]
    if len(shots) > 1:
        window = min(cinemetrics.moving_average_shots, len(shots))
        entries.append(("average", f"mean of {_count_shots(window)}"))
    if cinemetrics.trend_degree:
        entries.append(("trend", f"trend (degree {cinemetrics.trend_degree})"))
    entries += [
        (str(kind), str(kind)) for kind in _MARKED if any(s.starts_with is kind for s in shots)
    ]
    parts, x = [], float(_WIDTH - _RIGHT)
    for name, words in reversed(entries):
        x -= _LETTER_PX * len(words)
        parts.append(f'<text x="{x:.0f}" y="18">{words}</text>')
        x -= 24
        if name in _MARKED:
            parts.append(f'<circle class="{name}" cx="{x + 14:.0f}" cy="14" r="4"/>')
        else:
            parts.append(f'<line class="{name}" x1="{x:.0f}" y1="14" x2="{x + 18:.0f}" y2="14"/>')
        x -= 12
    return parts, x


def _draw_grid(axes: _Axes) -> list[str]:
    """Return axes, grid and their numbers."""
    parts, right, floor_y = [], _WIDTH - _RIGHT, _TOP + _PLOT_HEIGHT
    for k in range(axes.n_length_steps + 1):
        length_s = k * axes.length_step_s
        y = axes.y(length_s)
        parts += [
            f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>',
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{length_s:g}</text>',
        ]
    parts.append(f'<line class="axis" x1="{_LEFT}" y1="{floor_y}" x2="{right}" y2="{floor_y}"/>')
    step_s = _time_step(axes.whole_s)
    for k in range(axes.whole_s // step_s + 1):
        x = axes.x(k * step_s)
        label = format_timecode(k * step_s).removesuffix(".000")
        parts += [
            f'<line class="axis" x1="{x:.1f}" y1="{floor_y}" x2="{x:.1f}" y2="{floor_y + 4}"/>',
            f'<text x="{x:.1f}" y="{floor_y + 24}" text-anchor="middle">{label}</text>',
        ]
    middle = _TOP + _PLOT_HEIGHT / 2
    parts += [
        (
            f'<text x="{_LEFT + _PLOT_WIDTH / 2:.0f}" y="{_HEIGHT - 4}" '
            'text-anchor="middle">time (h:mm:ss)</text>'
        ),
        (
            f'<text x="13" y="{middle:.0f}" text-anchor="middle" '
            f'transform="rotate(-90 13 {middle:.0f})">shot length (s)</text>'
        ),
    ]
    return parts


def _draw_bar(axes: _Axes, shot: Shot) -> str:
    """Return a shot's bar; the browser shows its words when one points at it."""
    start_s, end_s = axes.since_start(shot)
    length_s = float(end_s - start_s)
    x, y = axes.x(start_s), axes.y(length_s)
    # A hair's breadth stays between bars as long as they are wide enough for it.
    width = axes.x(end_s) - x
    width = max(width - (0.8 if width > 3 else 0.0), 0.3)
    words = f"shot {shot.shot_index + 1}: {format_timecode(start_s)}, {length_s:.2f} s"
    return (
        f'<rect class="bar" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" '
        f'height="{_TOP + _PLOT_HEIGHT - y:.2f}"><title>{words}</title></rect>'
    )


def _draw_mark(axes: _Axes, shot: Shot) -> str:
    """Return the mark of a boundary that is no cut."""
    x = axes.x(axes.since_start(shot)[0])
    return (
        f'<circle class="{shot.starts_with}" cx="{x:.1f}" cy="{_TOP + _PLOT_HEIGHT + 8}" r="3.5">'
        f"<title>{shot.starts_with}</title></circle>"
    )


def _draw_lines(axes: _Axes, shots: Sequence[Shot], cinemetrics: Cinemetrics) -> list[str]:
    """Return median, moving average and trendline."""
    y = axes.y(cinemetrics.median_s)
    parts = [
        f'<line class="median" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
    ]
    if len(shots) == 1:  # one shot has a length, but no course over time
        return parts
    middles = [sum(axes.since_start(shot)) / 2 for shot in shots]
    averages = zip(middles, cinemetrics.moving_average_s, strict=True)
    parts.append(_polyline("average", [(axes.x(t), axes.y(length)) for t, length in averages]))
    if cinemetrics.trend_degree:
        # Beyond the first and the last middle the polynomial is not borne out by any shot.
        first, last = float(middles[0] / axes.whole_s), float(middles[-1] / axes.whole_s)
        shares = [first + (last - first) * k / _N_TREND_POINTS for k in range(_N_TREND_POINTS + 1)]
        points = [
            (_LEFT + _PLOT_WIDTH * share, axes.y(cinemetrics.trend_s(share))) for share in shares
        ]
        parts.append(_polyline("trend", points))
    return parts


def _polyline(name: str, points: Sequence[tuple[float, float]]) -> str:
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{name}" points="{drawn}"/>'


def _count_shots(n: int) -> str:
    return "1 shot" if n == 1 else f"{n:,} shots"


def _shorten(words: str, n_letters: int) -> str:
    return words if len(words) <= n_letters else words[: n_letters - 1].rstrip() + "…"


def _time_step(whole_s: Fraction) -> Fraction:
    """Return the least round step of which no more than nine fit into a time."""
    longest = _TIME_STEPS_S[-1]
    n_longest = ceil(whole_s / (_N_TIME_STEPS * longest))
    fitting = (step for step in _TIME_STEPS_S if whole_s / step <= _N_TIME_STEPS)
    return next(fitting, n_longest * longest)


def _round_step(rough: float) -> float:
    """Return the least 1, 2 or 5 times a power of ten that is no less than `rough`."""
    magnitude = 10.0 ** floor(log10(rough))
    return next(
        factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough * (1 - 1e-9)
    )
