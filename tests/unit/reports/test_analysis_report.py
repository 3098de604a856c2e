"""The report holds all that it shows, says how far it carries, and counts rightly."""

import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from cinefacs.events.config import EventConfig
from cinefacs.records.event import DurationClass, EventKind
from cinefacs.reports.analysis_facts import AnalysedFilm, AuCurve, count_rows, expressions_of
from cinefacs.reports.analysis_report import write_analysis_report
from cinefacs.reports.analysis_words import is_thin, summarise_character, tell_event
from cinefacs.reports.timeline import draw_timeline
from tests.support.analysis import (
    AU_NAMES,
    MODEL,
    analysed_character,
    analysed_film,
    shots_of,
    span_of,
    unseen_character,
)
from tests.support.scores import plateau

N = 480
SMILES = plateau(N, (50, 55, 0.9), (200, 260, 0.95))
FROWN = plateau(N, (400, 410, 0.8))
BLINK = plateau(N, (120, 125, 0.9))
ADA = analysed_character(
    {"AU6": SMILES, "AU12": SMILES, "AU4": FROWN, "AU45": BLINK}, name="Ada <b>"
)
BRIEF = analysed_character({"AU12": plateau(48, (10, 15, 0.9))}, number=2)
NOBODY = unseen_character(3)
CALM = analysed_character({"AU12": [0.1] * N}, number=4)


def page(tmp_path: Path, *films: AnalysedFilm) -> str:
    path = tmp_path / "report.html"
    write_analysis_report(
        path, films=films, model=MODEL, au_names=AU_NAMES, version="9.9.9", notes=["note on all"]
    )
    return path.read_text(encoding="utf-8")


@pytest.fixture
def html(tmp_path: Path) -> str:
    return page(tmp_path, analysed_film(ADA, BRIEF, NOBODY, CALM))


def test_the_page_needs_no_other_file(html: str) -> None:
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(addresses) > 10
    assert all(each.startswith(("data:image/jpeg;base64,", "#")) for each in addresses)
    assert "http" not in html.replace("http-equiv", "")


def test_every_link_leads_to_a_card_or_a_character(html: str) -> None:
    targets = set(re.findall(r'href="#([^"]+)"', html))
    blinks = {f"e1-1-{k}" for k, panel in enumerate(ADA.events) if panel.event.kind == "blink"}
    assert targets - set(re.findall(r'id="([^"]+)"', html)) == blinks


def test_names_are_escaped(html: str) -> None:
    assert "Ada <b>" not in html
    assert "Ada &lt;b&gt;" in html


def test_it_says_what_it_is_not_and_what_was_not_seen(html: str) -> None:
    for words in (
        "no diagnosis",
        "note on all",
        "film 001: a note",
        "unknown, not neutral",
        "too dark",
        "60.0 %",
        "Trained on nothing",
        "0.91",
        "9.9.9",
    ):
        assert words in html


def test_events_have_cards_and_blinks_have_none(html: str) -> None:
    assert len(re.findall('<article class="card"', html)) == len(
        expressions_of(ADA)
    ) + len(expressions_of(BRIEF))  # fmt: skip
    assert html.count("<figcaption>apex</figcaption>") == 4


def test_a_film_without_people_says_so(tmp_path: Path) -> None:
    empty = replace(analysed_film(), n_face_frames=0, not_codable=[], notes=())
    html = page(tmp_path, empty)
    assert "No character" in html
    assert "no face" in html


def test_pictures_may_be_left_out(tmp_path: Path) -> None:
    bare = analysed_character({"AU12": SMILES}, with_pictures=False)
    assert '<div class="moments">' not in page(tmp_path, analysed_film(bare))


@pytest.mark.parametrize(
    ("character", "words"),
    [
        (ADA, "3 expressions were found: 2 micro and 1 macro. By rule they look like happiness"),
        (BRIEF, "Indeterminate: the face could be read for 2.0 s only"),
        (NOBODY, "could not be read in any frame"),
        (CALM, "In 20.0 s in which the face could be read, no expression was found"),
    ],
    ids=["several", "thin", "unseen", "calm"],
)
def test_a_character_is_summed_up_in_words(character: object, words: str) -> None:
    assert words in summarise_character(character)  # type: ignore[arg-type]


def test_what_fits_no_rule_is_said_to_fit_none() -> None:
    frowning = analysed_character({"AU4": FROWN})
    assert "1 expression was found: 1 micro. None of them fits" in summarise_character(frowning)


def test_long_looks_are_told_in_minutes() -> None:
    calm = analysed_character({"AU12": [0.1] * 24 * 90})
    assert "In 1.5 min" in summarise_character(calm)


def test_thin_evidence_is_not_counted(tmp_path: Path) -> None:
    assert is_thin(BRIEF)
    assert not is_thin(ADA)
    assert "per minute" not in page(tmp_path, analysed_film(BRIEF))


def test_lengths_are_told_with_their_error() -> None:
    brief, long_one, frown = (panel.event for panel in ADA.events if panel.event.kind != "blink")
    assert tell_event(brief).startswith("208 ms, give or take 42 ms (200 ms lies within")
    assert "(over 200 ms)" in tell_event(long_one)
    low = replace(frown, duration_class=DurationClass.LOW)
    assert "(under 200 ms)" in tell_event(low)
    assert tell_event(replace(frown, is_offset_seen=False)).endswith("offset not seen")
    unseen = replace(frown, is_offset_seen=False, is_onset_seen=False)
    assert tell_event(unseen) == "at least 417 ms: onset and offset not seen"


def test_counts_are_rates_of_the_time_seen_with_intervals() -> None:
    """Two smiles in a third of a minute: 6 a minute; the Poisson interval of 2 is .24 to 7.2."""
    by_au, by_emotion, by_scored = count_rows(expressions_of(ADA), seen_s=20, au_names=AU_NAMES)
    assert [row.name for row in by_au] == [
        "AU4 brow lowerer",
        "AU6 cheek raiser",
        "AU12 lip corner puller",
    ]
    smiles = by_au[2]
    assert smiles.count == smiles.n_whole == 2
    assert smiles.per_minute == pytest.approx((6, 3 * 0.24, 3 * 7.2), rel=0.1)
    assert smiles.median_s == pytest.approx((5 + 60) / 2 / 24, abs=0.1)
    assert smiles.median_interval_s is None
    assert [(row.name, row.count) for row in by_emotion] == [("happiness", 2), ("none", 1)]
    assert by_scored == []


def test_what_was_not_seen_whole_has_no_part_in_medians(tmp_path: Path) -> None:
    cut_off = analysed_character({"AU12": plateau(N, (470, N, 0.9))})
    by_au, *_ = count_rows(expressions_of(cut_off), seen_s=20, au_names={})
    assert (by_au[0].name, by_au[0].n_whole, by_au[0].median_s) == ("AU12", 0, None)
    assert "none seen whole" in page(tmp_path, analysed_film(cut_off))
    mixed = analysed_character({"AU12": plateau(N, (100, 110, 0.9), (470, N, 0.9))})
    assert "of 1 seen whole" in page(tmp_path, analysed_film(mixed))


def test_enough_events_have_an_interval_of_their_median(tmp_path: Path) -> None:
    bumps = [(30 + 60 * k, 36 + 60 * k + k, 0.9) for k in range(7)]
    often = analysed_character({"AU12": plateau(N, *bumps)}, config=EventConfig(smoothing_ms=0))
    assert "375 ms (250 to 500)" in page(tmp_path, analysed_film(often))


def test_positions_of_the_head_are_told_beside_the_event(tmp_path: Path) -> None:
    turned = analysed_character({"AU12": SMILES, "AU51": plateau(N, (190, 300, 0.9))})
    assert "meanwhile AU51" in page(tmp_path, analysed_film(turned))


class TestTimeline:
    def drawing(self, curves: list[AuCurve] | None = None) -> ET.Element:
        character = ADA if curves is None else replace(ADA, curves=curves)
        text = draw_timeline(character, shots_of(0, 240, N), span_of(0, N), anchor="e")
        return ET.fromstring(text)  # noqa: S314  (our own)

    def test_events_lie_where_they_happened(self) -> None:
        bars = {
            link.attrib["href"]: link[0].attrib for link in self.drawing().iter("a")
        }  # fmt: skip
        assert len(bars) == len(ADA.events)
        for number, panel in enumerate(ADA.events):
            left = float(bars[f"#e-{number}"]["x"])
            assert left == pytest.approx(1000 * float(panel.event.span.start_s) / 20, abs=0.01)

    def test_a_glimpse_in_a_long_film_can_still_be_seen(self) -> None:
        text = draw_timeline(ADA, shots_of(0, N), span_of(0, 24 * 7200), anchor="e")
        widths = [float(rect.attrib["width"]) for link in
                  ET.fromstring(text).iter("a") for rect in link]  # noqa: S314  # fmt: skip
        assert min(widths) >= 1.5

    def test_a_curve_is_broken_where_the_face_could_not_be_read(self) -> None:
        rise = np.full(100, 0.5)
        rise[40:60] = np.nan
        curve = AuCurve(au=12, name="x", time_s=np.arange(100) / 24, rise=rise)
        (path,) = (p for p in self.drawing([curve]).iter("path") if p.attrib["class"] == "curve")
        assert path.attrib["d"].count("M") == 2

    def test_a_long_curve_keeps_its_peaks(self) -> None:
        rise = np.zeros(50_000)
        rise[31_234] = 1.0
        curve = AuCurve(au=12, name="x", time_s=np.linspace(0, 20, 50_000), rise=rise)
        (path,) = (p for p in self.drawing([curve]).iter("path") if p.attrib["class"] == "curve")
        heights = [
            float(point.split()[1]) for point in re.split("[MLZ]", path.attrib["d"]) if point
        ]
        assert len(heights) < 4100
        assert max(heights) - min(heights) == pytest.approx(22, abs=0.1)


def test_every_kind_of_event_has_its_colour() -> None:
    """Micro-expressions have the colour of whatever has none of its own."""
    styles = files("cinefacs.reports").joinpath("templates/analysis.html.jinja").read_text("utf-8")
    kinds = set(EventKind) - {EventKind.MICRO}
    assert {
        kind for kind in kinds if f".event.{kind} " in styles or f".event.{kind}," in styles
    } == kinds
