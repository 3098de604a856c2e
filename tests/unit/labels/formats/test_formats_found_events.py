"""Events go through the formats of labels and come back, but for what is named as lost."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cinefacs.errors import ConfigError
from cinefacs.labels.formats.catalog import FORMATS
from cinefacs.labels.formats.contract import ImportOptions, Tally
from cinefacs.labels.found_events import export_found_events, labels_of_events
from cinefacs.records.expression_label import ExpressionKind
from cinefacs.records.found_event import FoundEvent
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan
from tests.support.analysis import analysed_character
from tests.support.labelled_films import film_of, shelf, times_of
from tests.support.labels import WHEN
from tests.support.records import FILM_ID
from tests.support.scores import plateau

N = 240
TIMES = times_of([100] * N, film_id=FILM_ID, time_base=Fraction(1, 2400))
FILMS = shelf(film_of(TIMES))
SMILE = plateau(N, (50, 55, 0.9), (150, 200, 0.95))
SEEN = [(FILM_ID, 1, TimeSpan(start_pts=0, end_pts=100 * N, time_base=Fraction(1, 2400)))]


CHARACTER = analysed_character(
    {"AU6": SMILE, "AU12": SMILE, "AU51": plateau(N, (150, 190, 0.9)),
     "AU45": plateau(N, (100, 104, 0.9)), "AU4": plateau(N, (220, N, 0.8))}
)  # fmt: skip
EVENTS = [
    FoundEvent(
        film_number=1, character_number=1, name="", shot_index=0,
        event=replace(panel.event, track_id=1),  # `film_of` gives track 1 to character 1
    )
    for panel in CHARACTER.events
]  # fmt: skip


def expected() -> Labels:
    return labels_of_events(
        EVENTS, seen=SEEN, aus=(4, 6, 12, 45, 51), changed_at=WHEN,
        label_set="analysis", tally=Tally(),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["csv", "cvat", "elan", "label-studio", "boris", "boris-events"])
def test_a_full_format_gives_events_back_as_labels(tmp_path: Path, name: str) -> None:
    exported = export_found_events(
        EVENTS, FILMS, format_name=name, out=tmp_path / "out", seen=SEEN,
        aus=(4, 6, 12, 45, 51), changed_at=WHEN,
    )  # fmt: skip
    read = FORMATS[name].read(exported.paths[:1], FILMS, ImportOptions(changed_at=WHEN))
    labels = expected()
    assert len(labels.expressions) == 4
    assert Counter(read.labels.expressions) == Counter(labels.expressions)
    assert Counter(read.labels.aus) == Counter(labels.aus)
    assert Counter(read.labels.coded) == Counter(labels.coded)
    lost = {loss.what: loss.n for loss in exported.losses}
    assert lost["rise above the person's own neutral"] == len(labels.aus)
    assert lost["duration class of 200 ms"] == 4


def test_labels_say_what_was_not_seen_and_what_is_no_expression() -> None:
    by_start = sorted(expected().expressions, key=lambda each: each.span.start_pts)
    smile, blink, long_smile, frown = by_start
    assert (smile.emotions, smile.kind, smile.flags) == (("happiness",), ExpressionKind.MICRO, ())
    assert long_smile.kind is ExpressionKind.MACRO
    assert "kind_blink" in blink.flags
    assert blink.kind is None
    assert "offset_unseen" in frown.flags
    assert all(each.coder == "suggested" for each in by_start)
    contexts = [each for each in expected().aus if "context" in each.flags]
    assert [each.au for each in contexts] == [51]


def test_elan_has_tiers_of_the_character_and_plays_the_film(tmp_path: Path) -> None:
    (path,) = export_found_events(
        EVENTS, FILMS, format_name="elan", out=tmp_path / "events.eaf", seen=SEEN,
        aus=(12,), changed_at=WHEN,
    ).paths  # fmt: skip
    root = ET.parse(path).getroot()  # noqa: S314  (our own)
    media = root.find("HEADER/MEDIA_DESCRIPTOR")
    assert media is not None
    assert media.attrib["RELATIVE_MEDIA_URL"] == "./film.mp4"
    tiers = {tier.attrib["TIER_ID"]: tier for tier in root.iter("TIER")}
    expressions = tiers["expression c1 suggested/analysis"]
    assert expressions.attrib["PARTICIPANT"] == "character 1"
    assert "happiness" in [value.text for value in expressions.iter("ANNOTATION_VALUE")]
    assert {"AU12 c1 suggested/analysis", "AU6 c1 suggested/analysis"} <= set(tiers)


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected one of csv"):
        export_found_events(
            EVENTS, FILMS, format_name="doc", out=tmp_path, seen=SEEN, aus=(), changed_at=WHEN
        )
