"""The figure of shot lengths: valid XML, everything inside, everything where it belongs."""

from collections.abc import Sequence
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.records.shot import Shot, ShotStart
from cinefacs.shots.cinemetrics import choose_trend_degree, measure_cutting
from cinefacs.shots.figure import draw_shot_lengths
from tests.support.records import time_bases
from tests.support.shots import make_shots

SVG = "{http://www.w3.org/2000/svg}"
LEFT, RIGHT, TOP, FLOOR = 52, 924, 34, 256  # of the plot, px
FRAME = Fraction(1, 24)


def draw(shots: Sequence[Shot], *, title: str = "Film 001", trend_degree: int = 12) -> ET.Element:
    degree = choose_trend_degree(shots, at_most=trend_degree)
    measured = measure_cutting(shots, trend_degree=degree)
    return ET.fromstring(draw_shot_lengths(shots, measured, title=title))  # noqa: S314  (our own)


def by_class(root: ET.Element, name: str, tag: str) -> list[ET.Element]:
    return [each for each in root.iter(SVG + tag) if each.get("class") == name]


def numbers(element: ET.Element, *names: str) -> tuple[float, ...]:
    return tuple(float(element.attrib[name]) for name in names)


def points(element: ET.Element) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in element.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


def texts(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(SVG + "text")]


def time_labels(root: ET.Element) -> list[str]:
    return [words for words in texts(root) if words.count(":") == 2 and words[0].isdigit()]


def check_inside(root: ET.Element) -> None:
    """Check that every shape and every anchor of a text lies in the picture."""
    for bar in root.iter(SVG + "rect"):
        x, y, width, height = numbers(bar, "x", "y", "width", "height")
        assert LEFT <= x < x + width <= RIGHT + 0.31
        assert height >= 0
        assert y >= TOP
        assert y + height == pytest.approx(FLOOR, abs=0.011)
    for line in root.iter(SVG + "polyline"):
        assert all(LEFT <= x <= RIGHT and TOP <= y <= FLOOR for x, y in points(line))
    for mark in root.iter(SVG + "circle"):
        x, y = numbers(mark, "cx", "cy")
        assert 0 <= x <= RIGHT
        assert 0 <= y <= 300
    for words in root.iter(SVG + "text"):
        x, y = numbers(words, "x", "y")
        assert 0 <= x <= 960
        assert 0 <= y <= 300


@given(
    lengths=st.lists(st.integers(1, 2**24), min_size=1, max_size=40),
    start_pts=st.integers(-(2**50), 2**50),
    time_base=time_bases,
    title=st.text(max_size=80),
    data=st.data(),
)
def test_any_film_and_any_title_make_a_valid_figure(
    lengths: list[int], start_pts: int, time_base: Fraction, title: str, data: st.DataObject
) -> None:
    positions = st.integers(1, len(lengths))
    kinds = st.sampled_from([ShotStart.FADE, ShotStart.DISSOLVE, ShotStart.GAP])
    starts = data.draw(st.dictionaries(positions, kinds, max_size=5))
    lost = data.draw(st.dictionaries(positions, st.integers(1, 2**24), max_size=3))
    root = draw(
        make_shots(lengths, time_base=time_base, start_pts=start_pts, starts=starts, lost=lost),
        title=title,
    )
    check_inside(root)
    assert len(by_class(root, "bar", "rect")) == len(lengths)
    assert 1 <= len(time_labels(root)) <= 10


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ('a < b & "c"', 'a < b & "c"'),
        ("it's ]]> <script>", "it's ]]> <script>"),
        ("Amélie 千と千尋 🎬", "Amélie 千と千尋 🎬"),
        ("nul \x00 bell \x07 half \ud800 none \uffff", "nul � bell � half � none �"),
    ],
)
def test_odd_titles_come_through(title: str, expected: str) -> None:
    root = draw(make_shots([24, 48]), title=title)
    assert root.findtext(f"{SVG}title") == f"{expected}: shot lengths over time"
    assert by_class(root, "name", "text")[0].text == expected


def test_a_long_title_does_not_run_into_the_legend() -> None:
    title = "The Assassination of Jesse James by the Coward Robert Ford " * 3
    starts = {1: ShotStart.FADE, 2: ShotStart.DISSOLVE, 3: ShotStart.GAP}
    root = draw(make_shots([24] * 50, starts=starts), title=title)
    shown = by_class(root, "name", "text")[0].text or ""
    assert shown.endswith("…")
    assert title.startswith(shown[:-1])
    legend_x = [
        float(line.attrib["x1"])
        for line in by_class(root, "median", "line")
        if line.attrib["y1"] == "14"
    ]
    assert 10 * 8 < len(shown) * 8 < legend_x[0] - LEFT
    assert root.findtext(f"{SVG}title") == f"{title}: shot lengths over time"


def test_a_bar_stands_where_its_shot_is_and_is_as_high_as_it_is_long() -> None:
    """6 s are 872 px wide; the longest shot, 3 s, fits into 3 steps of 1 s: 222 px high."""
    root = draw(make_shots([24, 48, 72], time_base=FRAME, start_pts=-100))
    found = [numbers(b, "x", "y", "width", "height") for b in by_class(root, "bar", "rect")]
    expected = [
        (52, 182, 872 / 6 - 0.8, 74),
        (52 + 872 / 6, 108, 872 / 3 - 0.8, 148),
        (52 + 872 / 2, 34, 872 / 2 - 0.8, 222),
    ]
    assert found == [pytest.approx(each, abs=0.006) for each in expected]
    words = [bar.findtext(f"{SVG}title") for bar in by_class(root, "bar", "rect")]
    assert words[1] == "shot 2: 0:00:01.000, 2.00 s"


@pytest.mark.parametrize("start_pts", [-5000, 10**17])
def test_where_the_clock_starts_does_not_show(start_pts: int) -> None:
    """At 10^17 ticks a float of seconds is off by 8 ms and more, a third of a frame."""
    time_base, lengths = Fraction(1, 1000), [417, 42, 1001, 83, 42]
    at_zero, later = (
        draw(make_shots(lengths, time_base=time_base, start_pts=start)) for start in (0, start_pts)
    )
    assert ET.tostring(later) == ET.tostring(at_zero)


def test_the_median_the_average_and_the_trend_are_drawn() -> None:
    """Lengths 2 and 4 s in turn: the median, 3 s, lies at 3/4 of the 4 s that the axis shows."""
    shots = make_shots([2, 4] * 10)
    root = draw(shots, trend_degree=3)
    median = next(e for e in by_class(root, "median", "line") if e.get("x2") == str(RIGHT))
    assert numbers(median, "y1", "y2") == (89.5, 89.5)  # 256 - 222 x 3/4
    average = points(by_class(root, "average", "polyline")[0])
    assert len(average) == 20
    assert average[0][0] == pytest.approx(LEFT + 872 / 60, abs=0.06)  # the first shot's middle
    trend = points(by_class(root, "trend", "polyline")[0])
    assert (trend[0][0], trend[-1][0]) == (average[0][0], average[-1][0])
    assert {"median 3.00 s", "mean of 15 shots", "trend (degree 3)"} <= set(texts(root))


def test_a_trend_that_leaves_the_figure_stays_at_its_rim() -> None:
    """A polynomial through all shots swings far below 0 and above the longest between them."""
    shots = make_shots([1, 90, 1, 1, 80, 1, 2, 70, 1])
    measured = measure_cutting(shots, trend_degree=8)
    lengths = [measured.trend_s(share / 100) for share in range(100)]
    assert min(lengths) < 0
    root = ET.fromstring(draw_shot_lengths(shots, measured, title="x"))  # noqa: S314  (our own)
    check_inside(root)


def test_a_film_of_one_shot_has_a_bar_and_a_median_only() -> None:
    root = draw(make_shots([1], time_base=FRAME))
    check_inside(root)
    assert len(by_class(root, "bar", "rect")) == 1
    assert not list(root.iter(SVG + "polyline"))
    assert "median 0.04 s" in texts(root)
    assert not [words for words in texts(root) if words.startswith(("mean", "trend"))]
    summary = "1 shot in 0:00:00.042, median length 0.04 s, average 0.04 s"
    assert root.findtext(f"{SVG}desc") == summary


def test_few_shots_have_an_average_of_as_many_and_no_trend() -> None:
    root = draw(make_shots([24, 48, 12]))
    assert "mean of 3 shots" in texts(root)
    assert not by_class(root, "trend", "polyline")


def test_marks_stand_where_shots_begin_gradually_and_only_then_in_the_legend() -> None:
    starts = {1: ShotStart.FADE, 3: ShotStart.GAP}
    root = draw(make_shots([10, 10, 10, 10], starts=starts))
    for kind, x in (("fade", LEFT + 872 / 4), ("gap", LEFT + 872 * 3 / 4)):
        in_legend, on_axis = by_class(root, kind, "circle")
        assert in_legend.attrib["cy"] == "14"
        assert float(on_axis.attrib["cx"]) == pytest.approx(x, abs=0.06)
        assert on_axis.findtext(f"{SVG}title") == kind
    assert "dissolve" not in texts(root)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (Fraction(1, 2), ["0:00:00", "0:00:00.100", "0:00:00.500"]),
        (Fraction(8), ["0:00:00", "0:00:01", "0:00:08"]),
        (Fraction(60), ["0:00:00", "0:00:10", "0:01:00"]),
        (Fraction(7200), ["0:00:00", "0:15:00", "2:00:00"]),
        (Fraction(7200 * 9), ["0:00:00", "2:00:00", "18:00:00"]),
        (Fraction(7200 * 9 + 1), ["0:00:00", "4:00:00", "16:00:00"]),
        (Fraction(3600 * 5000), ["0:00:00", "556:00:00", "4448:00:00"]),
    ],
)
def test_time_is_marked_in_at_most_nine_round_steps(seconds: Fraction, expected: list[str]) -> None:
    """The first two labels and the last; 5,000 hours are 9 times 555.6, so steps of 2 x 278."""
    root = draw(make_shots([1], time_base=seconds))
    labels = time_labels(root)
    assert [labels[0], labels[1], labels[-1]] == expected
    anchors = [e for e in root.iter(SVG + "text") if e.text in labels]
    half_px = max(len(words) for words in labels) * 6.3 / 2
    assert all(float(each.attrib["x"]) + half_px <= 960 for each in anchors)


@pytest.mark.parametrize(
    ("longest", "labels"),
    [
        (Fraction(1), ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (Fraction(3, 10), ["0", "0.1", "0.2", "0.3"]),
        (Fraction(101), ["0", "50", "100", "150"]),
        (Fraction(9), ["0", "2", "4", "6", "8", "10"]),
        (Fraction(10), ["0", "2", "4", "6", "8", "10"]),
        (Fraction(30), ["0", "10", "20", "30"]),
        (Fraction(1, 90000), ["0", "5e-06", "1e-05", "1.5e-05"]),
    ],
)
def test_lengths_are_marked_in_round_steps_that_reach_the_longest(
    longest: Fraction, labels: list[str]
) -> None:
    """The least of 1, 2 and 5 times a power of ten that is a fifth of the longest or more."""
    root = draw(make_shots([1], time_base=longest))
    found = [e.text for e in root.iter(SVG + "text") if e.get("text-anchor") == "end"]
    assert found == labels


def test_two_thousand_shots_are_drawn_each() -> None:
    root = draw(make_shots([30, 2, 9, 400] * 500, time_base=FRAME, start_pts=90_000))
    check_inside(root)
    assert len(by_class(root, "bar", "rect")) == 2000
    assert (root.findtext(f"{SVG}desc") or "").startswith("2,000 shots in 2:33:07.500")


def test_measures_of_other_shots_are_refused() -> None:
    measured = measure_cutting(make_shots([24, 24]))
    with pytest.raises(SchemaError, match="shots: expected 2, got 1"):
        draw_shot_lengths(make_shots([24]), measured, title="x")
