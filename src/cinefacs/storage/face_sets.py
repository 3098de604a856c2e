"""Face sets on disk: for each part one array of crops and one table of faces.

``face_set.json`` names the parts and the split that each belongs to; ``NAME.npy`` holds a part's
crops, as numpy writes arrays without pickle, so that they can be read where they lie;
``NAME.parquet`` says which crops belong to which face, and what it shows.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from cinefacs.errors import SchemaError
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.face_set import FaceSet
from cinefacs.storage.atomic import atomic_path, write_json
from cinefacs.storage.tables import read_table, write_table

__all__ = [
    "FACE_SET_NAME",
    "FacePart",
    "has_part",
    "read_face_facts",
    "read_face_part",
    "read_face_set",
    "write_face_part",
    "write_face_set",
]

FACE_SET_NAME = "face_set.json"
FORMAT = "cinefacs-face-set"
SCHEMA_VERSION = 1
_NUMBERS = {
    "now": pa.int32(), "before": pa.int32(), "after": pa.int32(), "neutral": pa.int32(),
    "intensity": pa.float32(), "face_px": pa.float32(), "person": pa.int64(),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class FacePart:
    """A part of a face set: its files' name, and which split it belongs to."""

    name: str
    """Such as ``train-003``."""
    split: str
    """``train``, ``val`` or ``test``."""


def has_part(folder: Path, name: str) -> bool:
    """Return whether a part was written; its table is written last."""
    return (folder / f"{name}.parquet").is_file()


def write_face_part(folder: Path, name: str, faces: FaceSet) -> None:
    """Write one part: the crops, then the table.

    Parameters
    ----------
    folder
        Of the face set.
    name
        Of the part.
    faces
        What is written.

    Raises
    ------
    StorageError
        The disk refused.
    """
    with atomic_path(folder / f"{name}.npy") as temporary, temporary.open("wb") as file:
        np.save(file, faces.crops, allow_pickle=False)
    k = len(faces.class_space)
    columns = {key: pa.array(getattr(faces, key), kind) for key, kind in _NUMBERS.items()}
    columns["box_xyxy"] = pa.FixedSizeListArray.from_arrays(pa.array(faces.box_xyxy.ravel()), 4)
    columns["labels"] = pa.FixedSizeListArray.from_arrays(pa.array(faces.labels.ravel()), k)
    write_table(folder / f"{name}.parquet", pa.table(columns, schema=_schema(k)))


def write_face_set(
    folder: Path,
    parts: Sequence[FacePart],
    class_space: ClassSpace,
    *,
    crop_scale: float,
    step_ms: int,
    facts: Mapping[str, Any],
) -> None:
    """Write the page that names the parts; without it the folder is no face set.

    Parameters
    ----------
    folder
        Where the parts lie.
    parts
        All of them.
    class_space, crop_scale, step_ms
        Of all parts.
    facts
        What the set was made from.

    Raises
    ------
    StorageError
        The disk refused.
    """
    write_json(
        folder / FACE_SET_NAME,
        {
            "format": FORMAT,
            "schema_version": SCHEMA_VERSION,
            "class_space": class_space.as_document(),
            "crop_scale": crop_scale,
            "step_ms": step_ms,
            "parts": [{"name": part.name, "split": part.split} for part in parts],
            "facts": dict(facts),
        },
    )


def read_face_facts(path: Path) -> dict[str, Any]:
    """Return what a face set was made from, as its page says.

    Raises
    ------
    SchemaError
        It is no face set.
    """
    facts = _read_page(path).get("facts")
    if not isinstance(facts, dict):
        raise SchemaError(f"{path}: expected the facts of a face set, got {facts!r}")
    return facts


def _read_page(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaError(f"{path}: expected a face set, got: {error}") from error
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != SCHEMA_VERSION or document.get("format") != FORMAT:
        raise SchemaError(f"{path}: expected a face set of schema version 1, got {version!r}")
    return dict(document)


def read_face_set(folder: Path, split: str) -> tuple[FaceSet, ...]:
    """Return the parts of one split; crops stay on the disk until they are looked at.

    Parameters
    ----------
    folder
        With ``face_set.json``.
    split
        ``train``, ``val`` or ``test``.

    Raises
    ------
    SchemaError
        It is no face set, a part is missing, or the split has none.
    """
    path = folder / FACE_SET_NAME
    document = _read_page(path)
    try:
        names = [part["name"] for part in document["parts"] if part["split"] == split]
        page = {key: document[key] for key in ("class_space", "crop_scale", "step_ms")}
    except (KeyError, TypeError) as error:
        raise SchemaError(f"{path}: expected a face set, got: {error}") from error
    if not names:
        known = sorted({part["split"] for part in document["parts"]})
        raise SchemaError(f"{path}: expected the split {split!r}, got {', '.join(known) or 'none'}")
    return tuple(read_face_part(folder, name, page) for name in names)


def read_face_part(folder: Path, name: str, page: Mapping[str, Any]) -> FaceSet:
    """Return one part.

    Parameters
    ----------
    folder
        Of the face set.
    name
        Of the part.
    page
        ``class_space``, ``crop_scale`` and ``step_ms`` of the set.

    Raises
    ------
    SchemaError
        A file is missing or something else.
    """
    space = ClassSpace.from_document(page["class_space"])
    table = read_table(folder / f"{name}.parquet", _schema(len(space)))
    try:
        crops = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SchemaError(f"{folder / name}.npy: expected crops, got: {error}") from error
    numbers: dict[str, Any] = {key: table.column(key).to_numpy() for key in _NUMBERS}
    flat = {
        key: table.column(key).combine_chunks().flatten().to_numpy()
        for key in ("box_xyxy", "labels")
    }
    return FaceSet(
        class_space=space,
        crop_scale=float(page["crop_scale"]),
        step_ms=int(page["step_ms"]),
        crops=crops,
        box_xyxy=flat["box_xyxy"].reshape(-1, 4),
        labels=flat["labels"].reshape(-1, len(space)),
        **numbers,
    )


def _schema(n_classes: int) -> pa.Schema:
    fields = [pa.field(key, kind) for key, kind in _NUMBERS.items()]
    fields.append(pa.field("box_xyxy", pa.list_(pa.float32(), 4)))
    fields.append(pa.field("labels", pa.list_(pa.uint8(), n_classes)))
    return pa.schema(fields)
