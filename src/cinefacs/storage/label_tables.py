"""Labels on disk: three tables, to which whole label sets are added and of which none is altered.

A label set is one coder's work under one name. What the coder went through is written last: with
it the set counts as written. Rows of a set that was being written when the process was killed are
passed over by readers and replaced by the next writer.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from cinefacs.errors import StudyError
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.storage.record_tables import record_schema, records_to_table, table_to_records
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import TableWriter, iterate_table

__all__ = ["add_labels", "read_authors", "read_labels"]

Row = TypeVar("Row", AuLabel, ExpressionLabel, CodedSpan)
Author = tuple[str, str]


def read_authors(layout: StudyLayout) -> tuple[Author, ...]:
    """Return coder and label set of everything that was labelled, in the order of names.

    Raises
    ------
    SchemaError
        The table is damaged, of another version, or of other columns.
    """
    found: set[Author] = set()
    for piece in _pieces(layout.coded_spans_path, CodedSpan):
        found |= set(_authors_of(piece))
    return tuple(sorted(found))


def read_labels(layout: StudyLayout, *, authors: Iterable[Author] | None = None) -> Labels:
    """Return the labels of a study; none where nobody has labelled it.

    Parameters
    ----------
    layout
        The study.
    authors
        Coder and label set of what is wanted; all when None.

    Raises
    ------
    StudyError
        A label set that was asked for is not there, or a table is missing.
    SchemaError
        A table is damaged, of another version, or of other columns.
    """
    _require_tables(layout)
    there = read_authors(layout)
    wanted = set(there if authors is None else authors)
    for coder, label_set in sorted(wanted - set(there)):
        known = ", ".join(f"{name}/{version}" for name, version in there) or "none"
        raise StudyError(
            f"{layout.root}: expected labels by {coder} in set {label_set}, found none",
            hint=f"the study has: {known}",
        )
    return Labels(
        aus=tuple(_rows_of(layout.labels_path, AuLabel, wanted)),
        expressions=tuple(_rows_of(layout.expression_labels_path, ExpressionLabel, wanted)),
        coded=tuple(_rows_of(layout.coded_spans_path, CodedSpan, wanted)),
    )


def add_labels(layout: StudyLayout, labels: Labels, *, replace: bool = False) -> None:
    """Add whole label sets to a study; what is there stays as it is.

    The caller holds the study (`cinefacs.storage.study.lock_study`).

    Parameters
    ----------
    layout
        The study.
    labels
        One or several label sets, each with at least one `CodedSpan`.
    replace
        Put sets that are there already anew; only for what a program makes again, since a kill
        on the way leaves neither the old set nor the new one.

    Raises
    ------
    StudyError
        A set is there already, it is not said what its coder went through, or a table is missing.
    StorageError
        The disk refused; other label sets read as before.
    """
    new = set(labels.authors)
    uncoded = new - {(span.coder, span.label_set) for span in labels.coded}
    if uncoded:
        coder, label_set = min(uncoded)
        raise StudyError(
            f"labels by {coder} in set {label_set}: expected at least one coded span, got none",
            hint="say what the coder went through: absent is not the same as not looked at",
        )
    _require_tables(layout)
    there = new & set(read_authors(layout))
    if there and not replace:
        coder, label_set = min(there)
        raise StudyError(
            f"{layout.root}: expected a new label set, got {label_set!r} by {coder!r}, which is "
            "there already",
            hint="choose another --label-set; labels are never overwritten",
        )
    kept = set(read_authors(layout)) - new
    if there:  # from here on the old sets do not count, until the new ones are whole
        _write(layout.coded_spans_path, CodedSpan, kept, ())
    _write(layout.labels_path, AuLabel, kept, labels.aus)
    _write(layout.expression_labels_path, ExpressionLabel, kept, labels.expressions)
    _write(layout.coded_spans_path, CodedSpan, kept, labels.coded)


def _require_tables(layout: StudyLayout) -> None:
    """Raise where a table of labels was lost: what stood in it would read as absent.

    What coders went through is written last, so where it is there both others were, whenever a
    process was killed.
    """
    for path in (layout.labels_path, layout.expression_labels_path):
        if layout.coded_spans_path.exists() and not path.exists():
            raise StudyError(
                f"{path}: expected it beside {layout.coded_spans_path.name}, found no such file",
                hint=f"restore it, or delete {layout.coded_spans_path.name} too and import the "
                "labels anew",
            )


def _pieces(path: Path, record_type: type) -> Iterable[pa.Table]:
    return iterate_table(path, record_schema(record_type)) if path.exists() else ()


def _authors_of(piece: pa.Table) -> list[Author]:
    coders, sets = (piece.column(name).to_pylist() for name in ("coder", "label_set"))
    return list(zip(coders, sets, strict=True))


def _keep(piece: pa.Table, authors: set[Author]) -> pa.Table:
    """Return the rows of a table that are by these authors."""
    mask = pa.array([author in authors for author in _authors_of(piece)], pa.bool_())
    return piece.filter(mask) if piece.num_rows and not pc.all(mask).as_py() else piece


def _rows_of(path: Path, record_type: type[Row], authors: set[Author]) -> Iterable[Row]:
    for piece in _pieces(path, record_type):
        yield from table_to_records(record_type, _keep(piece, authors))


def _write(path: Path, record_type: type[Row], kept: set[Author], rows: Iterable[Row]) -> None:
    with TableWriter(path, record_schema(record_type)) as writer:
        for piece in _pieces(path, record_type):
            writer.write(_keep(piece, kept))
        writer.write(records_to_table(record_type, rows))
