"""Parquet tables with a name and a schema version, written atomically in row groups.

Every page has a checksum, since a damaged one can read as other values. Tables that were written
without checksums are read all the same.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cinefacs.errors import SchemaError, StorageError, StudyError
from cinefacs.storage.atomic import atomic_path
from cinefacs.storage.memory import release_memory

__all__ = [
    "SCHEMA_VERSION",
    "TableWriter",
    "iterate_table",
    "read_column_names",
    "read_table",
    "replace_rows",
    "write_table",
]

SCHEMA_VERSION = 1
"""Version of every table's layout; a reader refuses any other."""

_VERSION_KEY = b"cinefacs.schema_version"
_DAMAGE = (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError, OSError)
_GROUP_BYTES = 2 << 20  # size of a row group: bounds the memory of writers and readers
_MOST_WAITING = 64  # tables of a row or two take far more memory than their bytes: 10 kB each


def _versioned(schema: pa.Schema) -> pa.Schema:
    return schema.with_metadata({_VERSION_KEY: str(SCHEMA_VERSION).encode()})


class TableWriter:
    """Write a table piece by piece; it appears under its name when the block succeeds.

    Parameters
    ----------
    path
        Where the table goes.
    schema
        Its columns; every batch must have exactly these.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = _versioned(schema)
        self._atomic = atomic_path(path)
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._n_waiting_bytes = 0

    def __enter__(self) -> Self:
        temporary = self._atomic.__enter__()
        try:
            self._writer = pq.ParquetWriter(
                temporary, self._schema, compression="zstd", write_page_checksum=True
            )
        except OSError as error:
            self._atomic.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def write(self, table: pa.Table) -> None:
        """Append the rows of `table`; small tables are gathered into one row group.

        Raises
        ------
        SchemaError
            The columns differ.
        """
        if not table.schema.equals(self._schema, check_metadata=False):
            raise SchemaError(
                f"table: expected columns {self._schema.names}, got {table.schema.names}"
            )
        if self._writer is None:
            raise SchemaError("table: expected an open writer, got a closed one")
        if table.num_rows == 0:
            return
        self._waiting.append(table.replace_schema_metadata(self._schema.metadata))
        self._n_waiting_bytes += table.nbytes
        if self._n_waiting_bytes >= _GROUP_BYTES:
            self._flush(self._writer)
        elif len(self._waiting) >= _MOST_WAITING:
            self._waiting = [self._join_waiting()]

    def _join_waiting(self) -> pa.Table:
        return pa.concat_tables(self._waiting).unify_dictionaries().combine_chunks()

    def _flush(self, writer: pq.ParquetWriter) -> None:
        rows = self._join_waiting()
        self._waiting.clear()
        self._n_waiting_bytes = 0
        bytes_a_row = max(1, rows.nbytes // max(1, rows.num_rows))
        writer.write_table(rows, row_group_size=max(1, _GROUP_BYTES // bytes_a_row))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._writer is not None:
                if self._waiting and error is None:
                    self._flush(self._writer)
                self._writer.close()
        except OSError as closing:
            kind, error, trace = type(closing), closing, closing.__traceback__
            self._atomic.__exit__(kind, error, trace)
            raise
        finally:
            self._writer = None
        self._atomic.__exit__(kind, error, trace)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a whole table atomically.

    Raises
    ------
    StorageError
        The disk refused.
    """
    with TableWriter(path, table.schema) as writer:
        writer.write(table)


def iterate_table(
    path: Path, schema: pa.Schema, *, columns: list[str] | None = None
) -> Iterator[pa.Table]:
    """Yield a table's rows in pieces of bounded size.

    Parameters
    ----------
    path
        A table that `TableWriter` wrote.
    schema
        The columns that it must have.
    columns
        Those to read; all when None.

    Raises
    ------
    StudyError
        There is no such file.
    SchemaError
        It is not a Parquet file, is damaged, has another version, or other columns.
    StorageError
        The disk or a permission refused.
    """
    with _opened(path) as file:
        _check(path, file.schema_arrow, schema)
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=columns)


def read_column_names(path: Path) -> list[str]:
    """Return what the columns of a table are called, for one whose columns are not known before.

    Raises
    ------
    StudyError
        There is no such file.
    SchemaError
        It is not a Parquet file, is damaged, or has another version.
    StorageError
        The disk or a permission refused.
    """
    with _opened(path) as file:
        _check_version(path, file.schema_arrow)
        return list(file.schema_arrow.names)


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a table that must be there and whole."""
    if not path.is_file():
        raise StudyError(
            f"{path}: expected a table, found no such file",
            hint="run `cinefacs collect` first, or check the folder",
        )
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            yield file
    except _DAMAGE as error:
        # Only what the operating system says has a number; damage that Arrow finds has none.
        if isinstance(error, OSError) and error.errno is not None:
            raise StorageError(
                f"{path}: expected to read it, got: {error.strerror or error}",
                hint="check the permissions of the file, and the disk",
            ) from error
        raise SchemaError(
            f"{path}: expected a Parquet table, got: {' '.join(str(error).split())}",
            hint="the file is damaged: restore it or run again with --force",
        ) from error


def read_table(path: Path, schema: pa.Schema) -> pa.Table:
    """Return a whole table; for those that are small however long the film is.

    Raises
    ------
    StudyError
        There is no such file.
    SchemaError
        It is not a Parquet file, is damaged, has another version, or other columns.
    StorageError
        The disk or a permission refused.
    """
    pieces = [piece.cast(schema) for piece in iterate_table(path, schema)]
    return pa.concat_tables(pieces) if pieces else schema.empty_table()


def replace_rows(
    path: Path, schema: pa.Schema, *, film_id: str, pieces: Iterable[pa.Table]
) -> None:
    """Put a film's rows at the end of a table in place of those that it had there.

    Done twice, it gives the same table: a run that was killed half-way does it again. Memory
    holds a few pieces, whatever the length of the table.

    Parameters
    ----------
    path
        The table; made where it is missing.
    schema
        Its columns, with a ``film_id`` among them.
    film_id
        Film whose rows are replaced.
    pieces
        The film's rows.

    Raises
    ------
    SchemaError, StorageError
        As `iterate_table` and `atomic_path`.
    """
    with TableWriter(path, schema) as writer:
        for piece in iterate_table(path, schema) if path.exists() else ():
            others = pc.not_equal(piece.column("film_id").cast(pa.string()), film_id)
            writer.write(piece.filter(others))
        for piece in pieces:
            writer.write(piece)
    release_memory()


def _check(path: Path, found: pa.Schema, expected: pa.Schema) -> None:
    _check_version(path, found)
    if not found.equals(expected, check_metadata=False):
        raise SchemaError(
            f"{path}: expected columns {expected.names}, got {found.names}",
            hint="another version of cinefacs wrote it: make it anew with --force",
        )


def _check_version(path: Path, found: pa.Schema) -> None:
    version = (found.metadata or {}).get(_VERSION_KEY, b"none").decode()
    if version != str(SCHEMA_VERSION):
        raise SchemaError(
            f"{path}: expected schema version {SCHEMA_VERSION}, got {version}",
            hint="it was written by another version of cinefacs: use that version, "
            "or make the study anew",
        )
