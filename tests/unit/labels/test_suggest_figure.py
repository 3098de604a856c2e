"""The figure is an SVG that needs nothing else and shows what it was given."""

import dataclasses
from fractions import Fraction
from xml.etree import ElementTree as ET

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.labels.suggest.figure import AuCurve, draw_suggestions
from cinefacs.records.time_span import TimeSpan
from tests.support.labels import AU_LABEL

SPAN = TimeSpan(start_pts=100, end_pts=340, time_base=Fraction(1, 24))
SEEN = [TimeSpan(start_pts=100, end_pts=220, time_base=Fraction(1, 24))]
SUGGESTED = dataclasses.replace(
    AU_LABEL, span=TimeSpan(start_pts=160, end_pts=184, time_base=Fraction(1, 24)), apex_pts=None
)
SVG = "{http://www.w3.org/2000/svg}"
LEGEND_END = 50


def curve(au: int = 12, n: int = 120) -> AuCurve:
    return AuCurve(
        au=au, is_direct=au == 12, pts=np.arange(100, 100 + n),
        rise=np.linspace(0, 1, n, dtype=np.float32),
    )  # fmt: skip


def draw(*curves: AuCurve, title: str = "Film 001", by_coders: bool = False) -> ET.Element:
    figure = draw_suggestions(
        curves, span=SPAN, seen=SEEN, suggested=[SUGGESTED],
        by_coders=[SUGGESTED] if by_coders else [], title=title,
    )  # fmt: skip
    return ET.fromstring(figure)  # noqa: S314  (our own)


def parts(figure: ET.Element, tag: str, kind: str) -> list[ET.Element]:
    return [each for each in figure.iter(SVG + tag) if each.get("class") == kind]


def boxes(figure: ET.Element, kind: str) -> list[tuple[float, float]]:
    """Return start and width of the boxes below the legend."""
    return [
        (float(each.attrib["x"]), float(each.attrib["width"]))
        for each in parts(figure, "rect", kind)
        if float(each.attrib["y"]) > LEGEND_END
    ]


def texts(figure: ET.Element) -> list[str | None]:
    return [each.text for each in figure.iter(SVG + "text")]


def test_bars_lie_where_the_labels_do() -> None:
    figure = draw(curve())
    ((left, width),) = boxes(figure, "unseen")
    ((start, length),) = boxes(figure, "suggested")
    ((_, seen),) = boxes(figure, "seen")
    # The label starts a quarter into the film and lasts a tenth of it; half of it was seen.
    assert abs(start - (left + width / 4)) < 0.1
    assert abs(length - width / 10) < 0.1
    assert abs(seen - width / 2) < 0.1


def test_each_action_unit_has_a_row_with_its_name() -> None:
    figure = draw(curve(12), curve(45), curve(999))
    names = [each.text for each in parts(figure, "text", "au")]
    assert names == ["12 Lip corner puller", "45 Blink", "999 "]
    assert len(parts(figure, "polygon", "approximate")) == 2
    assert len(parts(figure, "polygon", "direct")) == 1


def test_coders_are_shown_where_there_are_any() -> None:
    assert len(boxes(draw(curve(), by_coders=True), "coder")) == 1
    assert "coders" in texts(draw(curve(), by_coders=True))
    assert "coders" not in texts(draw(curve()))


def test_nothing_to_show_is_said() -> None:
    assert "nothing is suggested" in texts(draw())


def test_a_curve_of_a_stretch_without_frames_is_left_out() -> None:
    late = dataclasses.replace(curve(), pts=np.arange(300, 420))
    assert list(draw(late).iter(SVG + "polygon")) == []


@given(st.text())
def test_any_title_makes_a_figure(title: str) -> None:
    assert draw(curve(), title=title).tag == SVG + "svg"


@given(st.fractions(Fraction(1, 10**5), 10**5))
def test_any_length_makes_a_few_marks_of_time(length_s: Fraction) -> None:
    span = TimeSpan(start_pts=100, end_pts=340, time_base=length_s / 240)
    figure = draw_suggestions([curve()], span=span, seen=[span], suggested=[], title="Film")
    marks = [
        each
        for each in ET.fromstring(figure).iter(SVG + "text")  # noqa: S314
        if each.get("text-anchor") == "middle"
    ]
    assert 1 <= len(marks) <= 40
