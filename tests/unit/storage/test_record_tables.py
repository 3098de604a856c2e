"""Records go to disk and come back the same."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.records.au_label import AuLabel
from cinefacs.records.character import Character
from cinefacs.records.film import Film
from cinefacs.records.shot import Shot
from cinefacs.storage.record_tables import (
    read_records,
    record_schema,
    records_to_table,
    table_to_records,
    write_records,
)
from tests.support.labels import AU_LABEL, au_labels
from tests.support.records import FILM_ID, films, shots

by_disk = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@by_disk
@given(records=st.lists(films(), max_size=3))
def test_films_round_trip(tmp_path: Path, records: list[Film]) -> None:
    write_records(tmp_path / "films.parquet", Film, records)
    assert read_records(tmp_path / "films.parquet", Film) == records


@by_disk
@given(records=st.lists(shots(), max_size=3))
def test_shots_round_trip(tmp_path: Path, records: list[Shot]) -> None:
    write_records(tmp_path / "shots.parquet", Shot, records)
    assert read_records(tmp_path / "shots.parquet", Shot) == records


def test_lists_of_numbers_round_trip() -> None:
    character = Character(
        film_id=FILM_ID,
        character_number=3,
        name="Ada",
        is_under_study=True,
        track_ids=(1, 4, 9),
        n_face_frames=10,
        n_codable_frames=7,
    )
    table = records_to_table(Character, [character])
    assert table_to_records(Character, table) == [character]


def test_no_column_of_a_record_may_be_missing() -> None:
    assert not any(field.nullable for field in record_schema(Film))


def test_a_row_that_makes_no_record_is_refused() -> None:
    table = records_to_table(Character, [])
    row = dict.fromkeys(table.schema.names, 0) | {
        "film_id": FILM_ID, "name": "", "is_under_study": False, "track_ids": []}  # fmt: skip
    with pytest.raises(SchemaError, match="character_number"):
        table_to_records(Character, pa.Table.from_pylist([row], schema=table.schema))


def test_a_field_that_fits_no_column_is_refused() -> None:
    @dataclass
    class Odd:
        pairs: dict[str, int]

    with pytest.raises(SchemaError, match=r"Odd\.pairs"):
        record_schema(Odd)


@by_disk
@given(records=st.lists(au_labels(), max_size=4))
def test_what_may_be_missing_is_missing_and_not_a_number(
    tmp_path: Path, records: list[AuLabel]
) -> None:
    write_records(tmp_path / "labels.parquet", AuLabel, records)
    assert read_records(tmp_path / "labels.parquet", AuLabel) == records


def test_only_what_may_be_missing_has_a_column_that_says_so() -> None:
    nullable = {field.name for field in record_schema(AuLabel) if field.nullable}
    assert nullable == {"intensity", "intensity_high", "apex_pts", "score"}


@pytest.mark.parametrize(("column", "value"), [("side", "upside"), ("time_base", "1/0")])
def test_a_value_that_no_field_can_take_is_told(column: str, value: str) -> None:
    row = records_to_table(AuLabel, [AU_LABEL]).to_pylist()[0] | {column: value}
    table = pa.Table.from_pylist([row], schema=record_schema(AuLabel))
    with pytest.raises(SchemaError, match="AuLabel: expected valid fields"):
        table_to_records(AuLabel, table)
