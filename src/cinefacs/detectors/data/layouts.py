"""Read data sets that lie on disk: our own manifest, YOLO's layout, COCO's layout."""

import json
from pathlib import Path
from typing import Any

from cinefacs.detectors.data.coco_layout import read_coco
from cinefacs.detectors.data.labelled_set import LabelledSet
from cinefacs.detectors.data.manifest import read_manifest
from cinefacs.detectors.data.yolo_layout import read_yolo
from cinefacs.errors import SchemaError

__all__ = ["read_labelled_set"]

_HINT = "give a YOLO data.yaml, a COCO .json, or the manifest.json of a cinefacs data set"


def read_labelled_set(path: Path, split: str, *, pictures: Path | None = None) -> LabelledSet:
    """Return one split of a data set.

    Parameters
    ----------
    path
        ``data.yaml`` (YOLO), ``instances.json`` (COCO, one file a split) or ``manifest.json``;
        a folder stands for the one of them that lies in it.
    split
        ``train``, ``val`` or ``test``. A COCO file is one split whatever stands here.
    pictures
        Folder of the pictures of a COCO file; None takes the file's own.

    Raises
    ------
    SchemaError
        The file is missing, is something else, or contradicts itself; says where.
    """
    file = _find_file(path)
    if file.suffix in {".yaml", ".yml"}:
        return read_yolo(file, split)
    document = _read_json(file)
    if "class_space" in document:
        return read_manifest(file, split)
    return read_coco(file, document, pictures=pictures)


def _find_file(path: Path) -> Path:
    if path.is_dir():
        for name in ("manifest.json", "data.yaml"):
            if (path / name).is_file():
                return path / name
        raise SchemaError(f"{path}: expected manifest.json or data.yaml in it", hint=_HINT)
    if not path.is_file():
        raise SchemaError(f"{path}: expected a data set, got no such file", hint=_HINT)
    return path


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaError(f"{path}: expected JSON, got: {error}", hint=_HINT) from error
    if not isinstance(document, dict):
        raise SchemaError(f"{path}: expected a data set, got {type(document).__name__}", hint=_HINT)
    return document
