"""Agreement on disk: Parquet for programs, CSV for people."""

import csv
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pyarrow as pa

from cinefacs.labels.agreement.report import (
    AgreementReport,
    AuAgreement,
    Estimate,
    PairAgreement,
    flat_row,
)
from cinefacs.storage.atomic import atomic_path
from cinefacs.storage.tables import write_table

__all__ = ["agreement_schema", "write_agreement_tables", "write_csv"]

_PLAIN: dict[Any, pa.DataType] = {
    int: pa.int64(),
    str: pa.string(),
    float | None: pa.float64(),
}
_CSV_DIGITS = 6


def agreement_schema(record_type: type[AuAgreement] | type[PairAgreement]) -> pa.Schema:
    """Return the columns of a table of agreement; what is undefined is null.

    Parameters
    ----------
    record_type
        What a row holds.
    """
    columns: list[pa.Field] = []
    hints = get_type_hints(record_type)
    for each in fields(record_type):
        kind = hints[each.name]
        if kind is Estimate:
            prefix = "" if each.name == "kappa" else f"{each.name}_"
            names = (each.name, f"{prefix}low", f"{prefix}high")
            columns += [pa.field(name, pa.float64()) for name in names]
        else:
            is_nullable = kind not in {int, str}
            columns.append(pa.field(each.name, _PLAIN[kind], nullable=is_nullable))
    return pa.schema(columns)


def write_agreement_tables(report: AgreementReport, folder: Path) -> list[Path]:
    """Write ``agreement`` and ``pairs`` as ``.parquet`` and ``.csv``; return the paths.

    Parameters
    ----------
    report
        The figures.
    folder
        Where they go.

    Raises
    ------
    StorageError
        The disk refused.
    """
    paths: list[Path] = []
    tables: list[tuple[str, type[AuAgreement] | type[PairAgreement], list[dict[str, Any]]]] = [
        ("agreement", AuAgreement, [flat_row(row) for row in report.per_au]),
        ("pairs", PairAgreement, [flat_row(row) for row in report.pairs]),
    ]
    for name, record_type, rows in tables:
        schema = agreement_schema(record_type)
        write_table(folder / f"{name}.parquet", pa.Table.from_pylist(rows, schema=schema))
        write_csv(folder / f"{name}.csv", schema.names, rows)
        paths += [folder / f"{name}.parquet", folder / f"{name}.csv"]
    return paths


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as CSV with a header line; None is an empty cell.

    Parameters
    ----------
    path
        Where the file goes.
    columns
        Names and order of the columns.
    rows
        A value or None for each column.

    Raises
    ------
    StorageError
        The disk refused.
    """
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(row[name]) for name in columns})


def _cell(value: object) -> object:
    return round(value, _CSV_DIGITS) if isinstance(value, float) else value
