"""The timeline of a character: shots, when the face could be read, events, action units."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

import numpy as np

from cinefacs.records.event import Event
from cinefacs.records.shot import Shot
from cinefacs.records.time_span import TimeSpan
from cinefacs.reports.analysis_facts import AnalysedCharacter, AuCurve
from cinefacs.reports.analysis_words import tell_emotion
from cinefacs.timing.clock import format_timecode

__all__ = ["draw_timeline"]

XOf = Callable[[float], float]

_WIDTH = 1000.0
"""Width of the time axis in the drawing's own units; the page stretches it."""
_LABEL_WIDTH = 190.0
_ROW, _EVENT_ROW, _SHOT_ROW = 26, 20, 14
_MIN_WIDTH = 1.5  # a micro-expression in a long film must still be seen
_MAX_POINTS = 4000
"""Points of a curve: 24 a second of three minutes; of more, the highest of each stretch is kept."""


def draw_timeline(
    character: AnalysedCharacter, shots: Sequence[Shot], span: TimeSpan, *, anchor: str
) -> str:
    """Return an SVG whose time axis the page can zoom.

    Parameters
    ----------
    character
        With its events and curves.
    shots
        Of the film.
    span
        Of the film.
    anchor
        Prefix of the identities of the event cards that bars link to.

    Returns
    -------
    str
        ``<svg class="timeline" data-start=... data-end=...>``; bars are links to
        ``#<anchor>-<k>`` for the k-th event.
    """
    start_s, whole_s = float(span.start_s), float(span.duration_s)

    def x(time_s: float) -> float:
        return _WIDTH * (time_s - start_s) / whole_s

    rows = [*_shots(shots, x_of=x), *_seen(character.seen, x_of=x)]
    y = _SHOT_ROW + 6
    labels = [_label("shots", 0, _SHOT_ROW), _label("events", y, _EVENT_ROW)]
    for number, panel in enumerate(character.events):
        rows.append(_event(panel.event, y, anchor=f"{anchor}-{number}", x_of=x))
    y += _EVENT_ROW + 6
    for curve in character.curves:
        labels.append(_label(f"AU{curve.au} {curve.name}", y, _ROW))
        rows.append(f'<path class="ground" d="M0 {y + _ROW - 2}H{_WIDTH:.0f}"/>')
        rows.append(_curve(curve, y, x_of=x))
        y += _ROW + 2
    height = y + 4
    return (
        f'<div class="timeline-box"><svg class="labels" width="{_LABEL_WIDTH:.0f}" '
        f'height="{height}" aria-hidden="true">{"".join(labels)}</svg>'
        f'<svg class="timeline" viewBox="0 0 {_WIDTH:.0f} {height}" height="{height}" '
        f'preserveAspectRatio="none" data-start="{start_s:.6f}" data-length="{whole_s:.6f}" '
        f'role="img" aria-label="timeline">{"".join(rows)}</svg></div>'
    )


def _label(text: str, y: float, height: float) -> str:
    return f'<text x="0" y="{y + height / 2 + 4:.0f}">{escape(text)}</text>'


def _shots(shots: Sequence[Shot], *, x_of: XOf) -> Iterator[str]:
    for shot in shots:
        left, right = x_of(float(shot.span.start_s)), x_of(float(shot.span.end_s))
        kind = "odd" if shot.shot_index % 2 else "even"
        title = f"shot {shot.shot_index + 1}, {format_timecode(shot.span.start_s)}"
        yield (
            f'<rect class="shot {kind}" x="{left:.2f}" y="0" width="{right - left:.2f}" '
            f'height="{_SHOT_ROW - 5}"><title>{title}</title></rect>'
        )


def _seen(spans: Sequence[TimeSpan], *, x_of: XOf) -> Iterator[str]:
    for span in spans:
        left, right = x_of(float(span.start_s)), x_of(float(span.end_s))
        width = max(right - left, 0.3)
        yield (
            f'<rect class="seen" x="{left:.2f}" y="{_SHOT_ROW - 4}" width="{width:.2f}" '
            'height="3"><title>the face could be read</title></rect>'
        )


def _event(event: Event, y: float, *, anchor: str, x_of: XOf) -> str:
    left, right = x_of(float(event.span.start_s)), x_of(float(event.span.end_s))
    width = max(right - left, _MIN_WIDTH)
    aus = "+".join(str(each.au) for each in event.aus)
    title = f"{format_timecode(event.span.start_s)} {event.kind}: AU {aus}"
    if event.kind.is_expression:
        title += f", {tell_emotion(event)}"
    return (
        f'<a href="#{escape(anchor, quote=True)}"><rect class="event {event.kind}" x="{left:.2f}" '
        f'y="{y}" width="{width:.2f}" height="{_EVENT_ROW}"><title>{escape(title)}</title>'
        "</rect></a>"
    )


def _curve(curve: AuCurve, y: float, *, x_of: XOf) -> str:
    """Return the curve as an area, broken where the face could not be read."""
    parts = []
    is_read = np.isfinite(curve.rise)
    edges = np.flatnonzero(np.diff(is_read, prepend=False, append=False))
    stride = max(1, -(-len(curve.rise) // _MAX_POINTS))
    base = y + _ROW - 2
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        points = []
        for block in range(first, end, stride):
            rows = slice(block, min(block + stride, end))
            best = block + int(curve.rise[rows].argmax())
            height = (_ROW - 4) * float(curve.rise[best])
            points.append(f"{x_of(float(curve.time_s[best])):.2f} {base - height:.1f}")
        left = x_of(float(curve.time_s[first]))
        right = x_of(float(curve.time_s[end - 1]))
        parts.append(f"M{left:.2f} {base}L{'L'.join(points)}L{right:.2f} {base}Z")
    return f'<path class="curve" d="{"".join(parts)}"/>'
