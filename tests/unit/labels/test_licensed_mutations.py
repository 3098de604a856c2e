"""No sheet breaks an importer: a named reason for each row left out, or one clear error."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.labels.licensed.config import LicensedConfig
from cinefacs.labels.licensed.frames import find_films
from cinefacs.labels.licensed.make_labels import make_labels
from cinefacs.labels.licensed.names import UnknownOffset
from cinefacs.labels.licensed.read_sheet import read_sheet
from cinefacs.labels.licensed.report import make_report, source_rows
from cinefacs.labels.licensed.rules import SkipReason
from cinefacs.labels.licensed.tally import RowTally
from cinefacs.records.au_label import AuLabel
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.storage.record_tables import records_to_table
from tests.support.labels import WHEN
from tests.support.licensed_mutations import mutated_pages
from tests.support.licensed_sheets import EXAMPLES, workbook_of, write_pictures

N_SHEETS = 200


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Write the pictures of every data set once."""
    return {
        key: write_pictures(tmp_path_factory.mktemp("pictures"), example.folders)
        for key, (_, example) in EXAMPLES.items()
    }


@pytest.mark.parametrize("key", EXAMPLES)
@settings(max_examples=N_SHEETS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_importer_survives_mutated_sheets(
    key: str, roots: Mapping[str, Path], data: st.DataObject
) -> None:
    name, example = EXAMPLES[key]
    workbook = workbook_of(data.draw(mutated_pages(dict(example.pages))))
    config = LicensedConfig(unknown_offset=data.draw(st.sampled_from(UnknownOffset)))
    tally = RowTally()
    refusal: SchemaError | None = None
    try:
        sheet = read_sheet(name, workbook, config, tally)
    except SchemaError as error:
        refusal = error
    if refusal is not None:
        event("refused")
        assert re.match(r"sheet\.xlsx.*: expected .* got ", refusal.message, re.DOTALL)
        assert refusal.hint
        return
    found = find_films(sheet, roots[key], tally, lambda _step: None)
    kept = [placed.annotation for film in found.films for placed in film.annotations]
    report = make_report(sheet, kept, tally, sheet_path=workbook.path, label_set="x")
    labels = make_labels(found.films, sheet.layout, label_set="x", changed_at=WHEN)

    event("kept all" if report.n_kept == report.n_rows else "left rows out")
    places = [place for rows in report.skipped.values() for place in rows]
    assert sorted([*places, *(each.place for each in kept)]) == sorted(
        row.place for row in sheet.rows.rows
    )
    assert all(isinstance(reason, SkipReason) for reason in report.skipped)
    assert len(labels.expressions) == len(kept)
    assert records_to_table(ExpressionLabel, labels.expressions).num_rows == len(kept)
    assert records_to_table(AuLabel, labels.aus).num_rows == len(labels.aus)
    document = {**report.as_document(), "rows": source_rows(sheet, kept)}
    assert json.loads(json.dumps(document, allow_nan=False))["n_kept"] == len(kept)
    for label in labels.expressions:
        film = next(each for each in found.films if each.film_id == label.film_id)
        assert film.frame_pts[0] <= label.span.start_pts < label.span.end_pts
        assert label.span.end_pts <= film.frame_pts[-1] + 1
