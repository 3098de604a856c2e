"""``run.json``: read and write the record of a run."""

import dataclasses
import json
from pathlib import Path

from cinefacs.errors import SchemaError
from cinefacs.records.run_record import RunRecord
from cinefacs.storage.atomic import write_json
from cinefacs.storage.tables import SCHEMA_VERSION

__all__ = ["read_run_record", "write_run_record"]


def write_run_record(path: Path, record: RunRecord) -> None:
    """Write ``run.json`` atomically.

    Raises
    ------
    StorageError
        The disk refused.
    """
    write_json(path, {"schema_version": SCHEMA_VERSION, **dataclasses.asdict(record)})


def read_run_record(path: Path) -> RunRecord | None:
    """Return the record, or None where there is no such file.

    Raises
    ------
    SchemaError
        The file is not a run record of this version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise SchemaError(f"{path}: expected JSON, got: {error}") from error
    version = document.pop("schema_version", None) if isinstance(document, dict) else None
    if version != SCHEMA_VERSION:
        raise SchemaError(
            f"{path}: expected a run record of schema version {SCHEMA_VERSION}, got {version!r}",
            hint="it was written by another version of cinefacs: use that version, "
            "or choose another --out",
        )
    try:
        return RunRecord(**document)
    except TypeError as error:
        raise SchemaError(f"{path}: expected the fields of a run record, got: {error}") from error
