"""Rows of a table for records of plain fields, and back.

One rule per type of field: a `TimeSpan` takes the three columns ``start_pts``, ``end_pts`` and
``time_base``; a `Fraction` is written as text such as ``1001/24000``; a `StrEnum` as its value;
a field that may be None is a column that may be null, and no other is.
"""

import dataclasses
from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_type_hints

import pyarrow as pa

from cinefacs.errors import SchemaError
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.tables import iterate_table, write_table

__all__ = ["read_records", "record_schema", "records_to_table", "table_to_records", "write_records"]

T = TypeVar("T")

_PLAIN: dict[Any, pa.DataType] = {
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    str: pa.string(),
    bytes: pa.binary(),
    Fraction: pa.string(),
    tuple[float, ...]: pa.list_(pa.float64()),
    tuple[int, ...]: pa.list_(pa.int64()),
    tuple[str, ...]: pa.list_(pa.string()),
}
_SPAN_COLUMNS = (("start_pts", pa.int64()), ("end_pts", pa.int64()), ("time_base", pa.string()))


def _is_enum(kind: Any) -> bool:  # noqa: ANN401
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _strip_none(kind: Any) -> tuple[Any, bool]:  # noqa: ANN401
    """Return the type without its None, and whether it had one."""
    if not isinstance(kind, UnionType):
        return kind, False
    others = [part for part in get_args(kind) if part is not NoneType]
    return (others[0] if len(others) == 1 else kind), True


def record_schema(record_type: type) -> pa.Schema:
    """Return the columns of a table that holds records of this type.

    Raises
    ------
    SchemaError
        A field has a type that has no column.
    """
    columns: list[pa.Field] = []
    for name, full_kind in get_type_hints(record_type).items():
        kind, is_nullable = _strip_none(full_kind)
        if full_kind is TimeSpan:
            columns += [pa.field(column, typ, nullable=False) for column, typ in _SPAN_COLUMNS]
        elif kind in _PLAIN or _is_enum(kind):
            typ = _PLAIN.get(kind, pa.string())
            columns.append(pa.field(name, typ, nullable=is_nullable))
        else:
            got = f"{record_type.__name__}.{name}: expected a plain type, got {full_kind}"
            raise SchemaError(got)
    return pa.schema(columns)


def records_to_table(record_type: type[T], records: Iterable[T]) -> pa.Table:
    """Return a table with one row per record.

    Parameters
    ----------
    record_type
        A frozen dataclass of plain fields.
    records
        All of that type.
    """
    rows: list[dict[str, Any]] = []
    for record in records:
        row: dict[str, Any] = {}
        for field in dataclasses.fields(record_type):  # type: ignore[arg-type]
            value = getattr(record, field.name)
            if isinstance(value, TimeSpan):
                row |= {
                    "start_pts": value.start_pts,
                    "end_pts": value.end_pts,
                    "time_base": str(value.time_base),
                }
            else:
                row[field.name] = str(value) if isinstance(value, Fraction | StrEnum) else value
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=record_schema(record_type))


def table_to_records(record_type: type[T], table: pa.Table) -> list[T]:
    """Return one record per row; each is checked as at its birth.

    Raises
    ------
    SchemaError
        A row makes no valid record.
    """
    kinds = {name: _strip_none(kind)[0] for name, kind in get_type_hints(record_type).items()}
    converted = {name for name, kind in kinds.items() if kind is Fraction or _is_enum(kind)}
    rows = table.to_pylist()
    try:
        return [record_type(**_fields(kinds, converted, row)) for row in rows]
    except (ValueError, ZeroDivisionError) as error:  # an enum's value, or a fraction
        raise SchemaError(f"{record_type.__name__}: expected valid fields, got: {error}") from error


@lru_cache(maxsize=256)
def _fraction(text: str) -> Fraction:
    """Return the number; a table has few different ones, and parsing takes its time."""
    return Fraction(text)


def _fields(kinds: dict[str, Any], converted: set[str], row: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, kind in kinds.items():
        if kind is TimeSpan:
            values[name] = TimeSpan(
                start_pts=row["start_pts"],
                end_pts=row["end_pts"],
                time_base=_fraction(row["time_base"]),
            )
            continue
        value = row[name]
        if name in converted and value is not None:
            values[name] = _fraction(value) if kind is Fraction else kind(value)
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
    return values


def write_records(path: Path, record_type: type[T], records: Iterable[T]) -> None:
    """Write records as a table, atomically.

    Raises
    ------
    StorageError
        The disk refused.
    """
    write_table(path, records_to_table(record_type, records))


def read_records(path: Path, record_type: type[T]) -> list[T]:
    """Return all records of a table.

    Raises
    ------
    StudyError
        There is no such file.
    SchemaError
        The table is damaged, of another version, or of other columns.
    """
    schema = record_schema(record_type)
    return [
        record
        for piece in iterate_table(path, schema)
        for record in table_to_records(record_type, piece)
    ]
