"""The page on formats says what the code does, and every loss is named as the page names it."""

import dataclasses
import re
from fractions import Fraction
from pathlib import Path

import pytest

from cinefacs.cli.labels_io import FormatName
from cinefacs.facs.codes import Intensity
from cinefacs.labels.formats.catalog import FORMATS
from cinefacs.labels.formats.contract import Tally
from cinefacs.labels.formats.held import TITLES, tally_unheld
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.labels import Labels
from tests.support.labelled_films import film_of, shelf, times_of
from tests.support.labels import AU_LABEL, CODED, EXPRESSION
from tests.support.media import REPOSITORY

PAGE = (REPOSITORY / "docs/label-formats.md").read_text(encoding="utf-8")
TIMES = times_of([1] * 240, film_id=AU_LABEL.film_id, time_base=Fraction(1, 24))


def table() -> dict[str, dict[str, str]]:
    """Return the page's table: where each format holds each field."""
    lines = PAGE.split("<!-- holds -->\n")[1].split("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(rows[0][1:], row[1:], strict=True)) for row in rows[2:]}


def test_the_page_and_the_command_name_every_format() -> None:
    assert list(next(iter(table().values()))) == list(FORMATS)
    assert list(FormatName.__args__) == list(FORMATS)  # type: ignore[attr-defined]
    for name in FORMATS:
        assert re.search(rf"^\*\*{name}\*\*|; \*\*{name}\*\*", PAGE, re.MULTILINE), name


def test_the_page_says_what_each_format_cannot_hold() -> None:
    assert list(table()) == list(TITLES.values())
    for key, title in TITLES.items():
        lost = {name for name, place in table()[title].items() if place == "-"}
        assert lost == {name for name, each in FORMATS.items() if key in each.not_held}, title


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_of_everything_loses_what_the_page_says(tmp_path: Path, name: str) -> None:
    full = dataclasses.replace(
        AU_LABEL, intensity_high=Intensity.D, is_static=True, visibility=Visibility.HIDDEN,
        score=0.25, text="?", flags=("odd",), expression_id="e1",
    )  # fmt: skip
    labels = Labels(aus=(full,), expressions=(EXPRESSION,), coded=(CODED,))
    pictures = {frame: (f"001-01-0001-{frame + 1:04d}",) for frame in range(240)}
    written = FORMATS[name].export(
        labels, shelf(film_of(TIMES, pictures=pictures)), tmp_path / "out"
    )
    expected = {title for title, places in table().items() if places[name] == "-"}
    assert {loss.what.partition(": the format")[0] for loss in written.losses} == expected
    assert all(loss.n == 1 for loss in written.losses)


def test_what_says_nothing_is_no_loss() -> None:
    plain = AuLabel(
        **{field.name: getattr(AU_LABEL, field.name) for field in dataclasses.fields(AU_LABEL)}
        | {"side": "both", "intensity": None, "apex_pts": None}
    )
    tally = Tally()
    tally_unheld(Labels(aus=(plain,)), FORMATS["yolo"].not_held, tally)
    lost = {loss.what.partition(":")[0] for loss in tally.losses}
    assert lost == {"coder", "label set", "origin", "time of change"}


def test_labels_beyond_the_study_are_named(tmp_path: Path) -> None:
    films = shelf(film_of(TIMES))
    elsewhere = dataclasses.replace(AU_LABEL, film_id="cd" * 32)
    later = dataclasses.replace(
        AU_LABEL, span=dataclasses.replace(AU_LABEL.span, start_pts=500, end_pts=501), apex_pts=None
    )
    halves = dataclasses.replace(
        AU_LABEL,
        span=dataclasses.replace(
            AU_LABEL.span, start_pts=21, end_pts=44, time_base=Fraction(1, 48)
        ),
        apex_pts=31,
    )
    odd = dataclasses.replace(AU_LABEL, au=100)
    labels = Labels(aus=(elsewhere, later, halves, odd), coded=(CODED,))
    written = FORMATS["coco"].export(labels, films, tmp_path / "a.json")
    lost = {loss.what for loss in written.losses}
    assert {
        "label of a film that is not in the study",
        "time within a frame: moved to the whole frame",
        "action unit above 99: left out",
    } < lost
    assert any(what.startswith("label outside its film: span: expected") for what in lost)
    in_csv = FORMATS["csv"].export(labels, films, tmp_path / "a.csv")
    assert {loss.what.partition(":")[0] for loss in in_csv.losses} == {
        "columns of frames and seconds, though ticks hold it all"
    }
