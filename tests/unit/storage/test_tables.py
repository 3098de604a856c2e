"""Tables: versions, pieces, atomicity, replacement of a film's rows."""

from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cinefacs.errors import SchemaError, StorageError, StudyError
from cinefacs.storage.tables import (
    TableWriter,
    iterate_table,
    read_table,
    replace_rows,
    write_table,
)

SCHEMA = pa.schema([
    pa.field("film_id", pa.dictionary(pa.int32(), pa.string()), nullable=False),
    pa.field("n", pa.int64(), nullable=False),
])  # fmt: skip


def rows(film_id: str, *values: int) -> pa.Table:
    films = pa.array([film_id] * len(values)).dictionary_encode()
    return pa.Table.from_arrays([films, pa.array(values, pa.int64())], schema=SCHEMA)


def plain(path: Path) -> list[tuple[str, int]]:
    return [(row["film_id"], row["n"]) for row in read_table(path, SCHEMA).to_pylist()]


def test_pieces_come_back_in_order_and_in_one_row_group(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    with TableWriter(path, SCHEMA) as writer:
        for film in "abc":
            writer.write(rows(film, 1, 2))
        assert not path.exists()
    assert plain(path) == [("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 1), ("c", 2)]
    assert pq.ParquetFile(path).num_row_groups == 1


def test_a_writer_holds_few_small_tables(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    with TableWriter(path, SCHEMA) as writer:
        for n in range(1_000):
            writer.write(rows(f"film {n % 3}", n))
            assert sum(table.column(0).num_chunks for table in writer._waiting) <= 64
    assert plain(path) == [(f"film {n % 3}", n) for n in range(1_000)]
    assert pq.ParquetFile(path).num_row_groups == 1


def test_a_long_table_is_read_in_bounded_pieces(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_table(path, rows("a", *range(600_000)))
    sizes = [piece.num_rows for piece in iterate_table(path, SCHEMA)]
    assert sum(sizes) == 600_000
    assert len(sizes) > 1
    assert max(sizes) < 250_000


def test_an_empty_table_has_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_table(path, SCHEMA.empty_table())
    assert read_table(path, SCHEMA).schema.names == ["film_id", "n"]


def test_an_error_leaves_no_table(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    with pytest.raises(RuntimeError, match="stop"), TableWriter(path, SCHEMA) as writer:
        writer.write(rows("a", 1))
        raise RuntimeError("stop")
    assert list(tmp_path.iterdir()) == []


def test_other_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    with (
        pytest.raises(SchemaError, match=r"expected columns \['film_id', 'n'\], got \['m'\]"),
        TableWriter(path, SCHEMA) as writer,
    ):
        writer.write(pa.table({"m": [1]}))


def test_a_closed_writer_refuses(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "t.parquet", SCHEMA)
    with pytest.raises(SchemaError, match="closed"):
        writer.write(rows("a", 1))


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_table(tmp_path / "file" / "t.parquet", rows("a", 1))


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="found no such file"):
        read_table(tmp_path / "none.parquet", SCHEMA)
    noise = tmp_path / "noise.parquet"
    noise.write_bytes(b"noise" * 100)
    with pytest.raises(SchemaError, match="expected a Parquet table"):
        read_table(noise, SCHEMA)
    foreign = tmp_path / "foreign.parquet"
    pq.write_table(pa.table({"n": [1]}), foreign)
    with pytest.raises(SchemaError, match="expected schema version 1, got none"):
        read_table(foreign, SCHEMA)


def damage(path: Path, column: int) -> None:
    """Flip a bit in the last page of a column."""
    chunk = pq.read_metadata(path).row_group(0).column(column)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    content = bytearray(path.read_bytes())
    content[start + chunk.total_compressed_size - 1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("column", [0, 1])
def test_a_damaged_page_is_noticed(tmp_path: Path, column: int) -> None:
    path = tmp_path / "t.parquet"
    write_table(path, rows("a", *range(1000)))
    damage(path, column)
    with pytest.raises(SchemaError, match="CRC checksum verification failed") as caught:
        read_table(path, SCHEMA)
    assert "damaged" in caught.value.hint


@pytest.mark.parametrize("n_bytes", [1, 2, 4, 8])
def test_no_damage_ends_in_another_error(tmp_path: Path, n_bytes: int) -> None:
    path = tmp_path / "t.parquet"
    write_table(path, rows("a", *range(100)))
    whole = path.read_bytes()
    start = pq.read_metadata(path).row_group(0).column(0).dictionary_page_offset
    for offset in range(start, len(whole), 16):
        content = bytearray(whole)
        content[offset : offset + n_bytes] = (byte ^ 0xFF for byte in content[offset:][:n_bytes])
        path.write_bytes(content)
        with suppress(SchemaError):  # some bytes, such as those of statistics, change nothing
            assert plain(path) == [("a", n) for n in range(100)]


def test_a_table_without_checksums_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = rows("a", 1, 2).replace_schema_metadata({"cinefacs.schema_version": "1"})
    pq.write_table(table, path, write_page_checksum=False)
    assert plain(path) == [("a", 1), ("a", 2)]


def test_a_file_that_may_not_be_read_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.parquet"
    write_table(path, rows("a", 1))

    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pq, "ParquetFile", refuse)
    with pytest.raises(StorageError, match="expected to read it, got: Permission denied"):
        read_table(path, SCHEMA)


def test_another_version_and_other_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    newer = rows("a", 1).replace_schema_metadata({"cinefacs.schema_version": "99"})
    pq.write_table(newer, path)
    with pytest.raises(SchemaError, match="expected schema version 1, got 99") as caught:
        read_table(path, SCHEMA)
    assert "another version" in caught.value.hint
    write_table(path, pa.table({"m": [1]}))
    with pytest.raises(SchemaError, match="expected columns"):
        read_table(path, SCHEMA)


def test_replacing_rows_twice_is_replacing_them_once(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    replace_rows(path, SCHEMA, film_id="a", pieces=[rows("a", 1), rows("a", 2)])
    replace_rows(path, SCHEMA, film_id="b", pieces=[rows("b", 3)])
    for _ in range(2):
        replace_rows(path, SCHEMA, film_id="a", pieces=[rows("a", 7)])
        assert plain(path) == [("b", 3), ("a", 7)]
    replace_rows(path, SCHEMA, film_id="b", pieces=[])
    assert plain(path) == [("a", 7)]
