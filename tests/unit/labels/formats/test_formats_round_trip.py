"""Every format gives back what it was given, but for the losses that its export names."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.labels.formats.boris import BORIS
from cinefacs.labels.formats.boris_table import BORIS_EVENTS
from cinefacs.labels.formats.contract import ImportOptions, LabelFormat
from cinefacs.labels.formats.csv_rows import CSV
from cinefacs.labels.formats.cvat import CVAT
from cinefacs.labels.formats.elan import ELAN
from cinefacs.labels.formats.label_studio import LABEL_STUDIO
from cinefacs.records.labels import Labels
from tests.support.labelled_films import film_of, frame_times, placed_labels, shelf
from tests.support.labels import WHEN

FULL = [CSV, CVAT, ELAN, LABEL_STUDIO, BORIS, BORIS_EVENTS]
by_disk = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
OPTIONS = ImportOptions(changed_at=WHEN)


def as_bags(labels: Labels) -> tuple[Counter[object], Counter[object], Counter[object]]:
    return Counter(labels.aus), Counter(labels.expressions), Counter(labels.coded)


@pytest.mark.parametrize("label_format", FULL, ids=lambda each: each.name)
@by_disk
@given(data=st.data(), number=st.integers(0, 10**9))
def test_a_full_format_gives_back_everything(
    tmp_path: Path, label_format: LabelFormat, data: st.DataObject, number: int
) -> None:
    times = data.draw(frame_times())
    labels = data.draw(placed_labels(times))
    films = shelf(film_of(times))
    written = label_format.export(labels, films, tmp_path / str(number))
    assert written.losses == ()
    read = label_format.read(written.paths[:1], films, OPTIONS)
    assert read.notes == ()
    assert as_bags(read.labels) == as_bags(labels)
