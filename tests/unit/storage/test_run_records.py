"""run.json comes back as it was, or says why not."""

import json
from pathlib import Path

import pytest

from cinefacs.errors import SchemaError
from cinefacs.records.run_record import RunRecord
from cinefacs.storage.run_records import read_run_record, write_run_record

RECORD = RunRecord(
    verb="collect", code_version="1.2", config={"a": {"b": 1}}, config_digest="0" * 64,
    inputs={"film.mp4": "f" * 64}, models={}, libraries={"av": "18"}, seed=0, device="CPU",
    started_at="2026-01-01T00:00:00+00:00", finished_at="2026-01-01T00:01:00+00:00",
    notes=["a note"], failed={"x": "y"},
)  # fmt: skip


def test_a_record_round_trips(tmp_path: Path) -> None:
    assert read_run_record(tmp_path / "run.json") is None
    write_run_record(tmp_path / "run.json", RECORD)
    assert read_run_record(tmp_path / "run.json") == RECORD


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected JSON"),
        ("[]", "schema version 1, got None"),
        ('{"schema_version": 9}', "schema version 1, got 9"),
        ('{"schema_version": 1}', "expected the fields"),
    ],
)
def test_what_is_no_record_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(SchemaError, match=message):
        read_run_record(tmp_path / "run.json")


def test_the_file_says_its_version(tmp_path: Path) -> None:
    write_run_record(tmp_path / "run.json", RECORD)
    assert json.loads((tmp_path / "run.json").read_text())["schema_version"] == 1
