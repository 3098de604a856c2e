"""Our own data sets: ``manifest.json`` with the class space, ``samples.parquet`` with the boxes.

``samples.parquet`` has a row for each box: ``split``, ``picture`` (path from the manifest),
``x1, y1, x2, y2`` (px) and ``classes`` (list of names). A picture without a box has one row whose
corners are missing and whose list is empty.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet
from cinefacs.errors import SchemaError
from cinefacs.records.class_space import FACE, ClassSpace
from cinefacs.storage.atomic import atomic_path, write_json

__all__ = ["MANIFEST_FORMAT", "SAMPLES_NAME", "read_manifest", "write_manifest"]

MANIFEST_FORMAT = "cinefacs-dataset"
SCHEMA_VERSION = 1
SAMPLES_NAME = "samples.parquet"
_SCHEMA = pa.schema(
    [
        ("split", pa.string()),
        ("picture", pa.string()),
        *((name, pa.float32()) for name in ("x1", "y1", "x2", "y2")),
        ("classes", pa.list_(pa.string())),
    ]
)


def read_manifest(path: Path, document: Mapping[str, Any], split: str) -> LabelledSet:
    """Return one split of a data set of our own.

    Parameters
    ----------
    path
        ``manifest.json``.
    document
        Its content.
    split
        ``train``, ``val`` or ``test``.

    Raises
    ------
    SchemaError
        Another version, a table of another shape, an unknown class, or no such split.
    """
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise SchemaError(f"{path}: expected schema version {SCHEMA_VERSION}, got {version!r}")
    space = ClassSpace.from_document(document.get("class_space", {}))
    table_path = path.parent / SAMPLES_NAME
    try:
        table = pq.read_table(table_path)
    except (OSError, pa.ArrowInvalid) as error:
        raise SchemaError(f"{table_path}: expected a table of samples, got: {error}") from error
    missing = [name for name in _SCHEMA.names if name not in table.column_names]
    if missing:
        raise SchemaError(f"{table_path}: expected the columns {missing}, got none such")
    rows = [row for row in table.to_pylist() if row["split"] == split]
    if not rows:
        known = sorted(set(table.column("split").to_pylist()))
        raise SchemaError(f"{path}: expected the split {split!r}, got {', '.join(known) or 'none'}")
    by_picture: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_picture.setdefault(row["picture"], []).append(row)
    pictures = [_picture(path.parent / name, group, space) for name, group in by_picture.items()]
    return LabelledSet(class_space=space, pictures=tuple(pictures))


def _picture(path: Path, rows: Iterable[Mapping[str, Any]], space: ClassSpace) -> LabelledPicture:
    boxes, labels = [], []
    for row in rows:
        if row["x1"] is None:
            continue
        boxes.append([row[name] for name in ("x1", "y1", "x2", "y2")])
        one = np.zeros(len(space), dtype=np.uint8)
        for name in (*row["classes"], *((FACE,) if space.multi_label else ())):
            one[space.index(name)] = 1
        labels.append(one)
    return LabelledPicture(
        path=path,
        boxes_xyxy=np.array(boxes, dtype=np.float32).reshape(-1, 4),
        labels=np.array(labels, dtype=np.uint8).reshape(len(labels), len(space)),
    )


def write_manifest(folder: Path, splits: Mapping[str, LabelledSet]) -> Path:
    """Write a data set of our own beside its pictures, and return the manifest.

    Parameters
    ----------
    folder
        Where the two files go; the pictures' paths are written from there.
    splits
        By name, all of one class space.

    Raises
    ------
    SchemaError
        The splits have different class spaces, or there is none.
    StorageError
        The disk refused.
    """
    spaces = {item.class_space for item in splits.values()}
    if len(spaces) != 1:
        raise SchemaError(f"splits: expected one class space, got {len(spaces)}")
    (space,) = spaces
    rows = []
    for split, items in splits.items():
        for picture in items.pictures:
            name = str(picture.path.relative_to(folder))
            if not len(picture.boxes_xyxy):
                rows.append({"split": split, "picture": name, "classes": []})
            for box, label in zip(picture.boxes_xyxy.tolist(), picture.labels, strict=True):
                rows.append(
                    {
                        "split": split,
                        "picture": name,
                        **dict(zip(("x1", "y1", "x2", "y2"), box, strict=True)),
                        "classes": [space.names[i] for i in np.flatnonzero(label)],
                    }
                )
    with atomic_path(folder / SAMPLES_NAME) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), temporary)
    path = folder / "manifest.json"
    write_json(
        path,
        {
            "format": MANIFEST_FORMAT,
            "schema_version": SCHEMA_VERSION,
            "class_space": space.as_document(),
        },
    )
    return path
