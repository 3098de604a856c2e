"""``results.csv``: one row an epoch, as users of YOLO know it."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from cinefacs.storage.atomic import write_text

__all__ = ["write_results"]


def write_results(path: Path, rows: Sequence[Mapping[str, float | None]]) -> None:
    """Write all rows anew, atomically.

    Parameters
    ----------
    path
        The file.
    rows
        All with the same keys, which become the header. None is an empty cell.

    Raises
    ------
    StorageError
        The disk refused.
    """
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {name: "" if value is None else f"{value:.9g}" for name, value in row.items()}
        )
    write_text(path, buffer.getvalue())
