"""``events.csv`` has a row per event, and its columns are those that the page documents."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from cinefacs.records.found_event import FoundEvent
from cinefacs.reports.event_rows import EVENT_COLUMNS, EventRow, write_event_rows
from tests.support.analysis import analysed_character
from tests.support.media import REPOSITORY
from tests.support.scores import plateau

N = 240
SMILE = plateau(N, (50, 55, 0.9), (150, 200, 0.95))
EVENTS = [
    panel.event
    for panel in analysed_character(
        {"AU6": SMILE, "AU12": SMILE, "AU51": plateau(N, (150, 190, 0.9))}
    ).events
]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_says_everything_of_an_event(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    write_event_rows(
        path,
        [
            EventRow(
                found=FoundEvent(
                    film_number=2, character_number=3 + k, name='Ada, "the" first', shot_index=4,
                    event=event,
                ),
                onset_frame=1, apex_frame=2, offset_frame=3,
            )
            for k, event in enumerate(EVENTS)
        ],
    )  # fmt: skip
    rows = rows_of(path)
    assert list(rows[0]) == list(EVENT_COLUMNS)
    assert len(rows) == len(EVENTS) == 2
    for event, row in zip(EVENTS, rows, strict=True):
        time_base = Fraction(row["time_base_s"])
        assert int(row["start_pts"]) * time_base == event.span.start_s
        assert int(row["end_pts"]) * time_base == event.span.end_s
        assert int(row["apex_pts"]) * time_base == event.apex_s
        assert float(row["onset_s"]) == pytest.approx(float(event.span.start_s), abs=1e-6)
        assert float(row["offset_s"]) == pytest.approx(float(event.span.end_s), abs=1e-6)
        assert float(row["duration_ms"]) == pytest.approx(
            1000 * float(event.span.duration_s), abs=1e-3
        )
        assert [int(au) for au in row["aus"].split(";")] == [each.au for each in event.aus]
        scores = [float(score) for score in row["au_scores"].split(";")]
        assert scores == pytest.approx([each.score for each in event.aus], abs=1e-4)
        assert row["kind"] == event.kind
        assert row["emotion"] == event.emotion == "happiness"
    assert [row["character_number"] for row in rows] == ["3", "4"]
    assert (rows[0]["film_number"], rows[0]["shot_index"]) == ("2", "4")
    assert rows[0]["character_name"] == 'Ada, "the" first'
    assert rows[1]["context_aus"] == "51"


def test_the_page_documents_each_column() -> None:
    page = (REPOSITORY / "docs/annotated-films.md").read_text(encoding="utf-8")
    table = [line for line in page.splitlines() if line.startswith("| `")]
    documented = dict(line.strip("|").split("|", 1) for line in table)
    documented = {
        name.strip().strip("`"): meaning.strip() for name, meaning in documented.items()
    }  # fmt: skip
    assert documented == dict(EVENT_COLUMNS)
