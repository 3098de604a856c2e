"""YOLO's layout: ``data.yaml``, folders of pictures, a text file of labels for each.

::

    data.yaml            path, train, val, test, names; `multi_label: true` for several labels
    images/train/a.jpg
    labels/train/a.txt   one line a label: class, centre x, centre y, width, height, 0 to 1
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.config import read_yaml
from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet, group_by_box
from cinefacs.errors import SchemaError
from cinefacs.media.picture_files import PICTURE_SUFFIXES, read_picture_file
from cinefacs.records.class_space import FACE, ClassSpace

__all__ = ["class_space_of", "read_yolo"]


def class_space_of(names: list[str], *, name: str, is_multi_label: bool) -> ClassSpace:
    """Return the class space of a foreign data set.

    Parameters
    ----------
    names
        Its classes.
    name
        What to call the space.
    is_multi_label
        Whether a box may have several; `FACE` is added then where it is missing.
    """
    if is_multi_label and FACE not in names:
        names = [*names, FACE]
    return ClassSpace(name=name, names=tuple(names), multi_label=is_multi_label)


def read_yolo(path: Path, split: str) -> LabelledSet:
    """Return one split of a data set in YOLO's layout.

    Parameters
    ----------
    path
        ``data.yaml``.
    split
        ``train``, ``val`` or ``test``.

    Raises
    ------
    SchemaError
        A key or a folder is missing, or a label line is none; says which file and line.
    """
    document = read_yaml(path)
    names = _names(document, path)
    flag = document.get("multi_label", False)
    if not isinstance(flag, bool):
        raise SchemaError(f"{path}: multi_label: expected true or false, got {flag!r}")
    space = class_space_of(names, name=path.parent.name or "data", is_multi_label=flag)
    files = _pictures(document, path, split)
    read = [_read_picture(file, len(names), space) for file in files]
    notes = tuple(f"no label file for {file.name}: taken as a picture without a face"
                  for file in files if not _label_path(file).is_file())  # fmt: skip
    return LabelledSet(class_space=space, pictures=tuple(read), notes=notes)


def _names(document: Mapping[str, Any], path: Path) -> list[str]:
    names = document.get("names")
    if isinstance(names, Mapping):
        if sorted(names) != list(range(len(names))):
            raise SchemaError(f"{path}: names: expected the keys 0, 1, 2..., got {list(names)}")
        names = [names[i] for i in range(len(names))]
    if not isinstance(names, list) or not all(isinstance(n, str) and n for n in names) or not names:
        raise SchemaError(f"{path}: names: expected a list of class names, got {names!r}")
    return names


def _pictures(document: Mapping[str, Any], path: Path, split: str) -> list[Path]:
    """Return the pictures of a split: a folder, a text file of paths, or a list of either."""
    entry = document.get(split)
    if not entry:
        known = [key for key in ("train", "val", "test") if document.get(key)]
        raise SchemaError(f"{path}: expected the split {split!r}, got {', '.join(known) or 'none'}")
    root = Path(str(document.get("path") or "."))
    root = root if root.is_absolute() else path.parent / root
    found: list[Path] = []
    for item in entry if isinstance(entry, list) else [entry]:
        place = root / str(item)
        if place.is_dir():
            found += [f for f in place.rglob("*") if f.suffix.lower() in PICTURE_SUFFIXES]
        elif place.is_file() and place.suffix == ".txt":
            lines = place.read_text(encoding="utf-8").split("\n")
            found += [root / line.strip() for line in lines if line.strip()]
        else:
            raise SchemaError(f"{path}: {split}: expected a folder or a .txt file, got {place}")
    if not found:
        raise SchemaError(f"{path}: {split}: expected pictures in {entry}, got none")
    return sorted(set(found))


def _label_path(picture: Path) -> Path:
    """Return the label file of a picture: the last folder ``images`` becomes ``labels``."""
    parts = list(picture.parent.parts)
    for place in reversed(range(len(parts))):
        if parts[place] == "images":
            parts[place] = "labels"
            break
    return Path(*parts) / f"{picture.stem}.txt"


def _read_picture(picture: Path, n_names: int, space: ClassSpace) -> LabelledPicture:
    path = _label_path(picture)
    rows = _read_rows(path, n_names) if path.is_file() else np.zeros((0, 5))
    width, height = _size_wh(picture)
    centre, wh = rows[:, 1:3] * (width, height), rows[:, 3:5] * (width, height)
    boxes = np.concatenate([centre - wh / 2, centre + wh / 2], axis=1).astype(np.float32)
    grouped, labels = group_by_box(boxes, rows[:, 0].astype(np.int64), space)
    return LabelledPicture(path=picture, boxes_xyxy=grouped, labels=labels)


def _size_wh(picture: Path) -> tuple[int, int]:
    """Return the size of a picture as it will be read, px."""
    height, width = read_picture_file(picture).shape[:2]
    return width, height


def _read_rows(path: Path, n_names: int) -> npt.NDArray[np.float64]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            values = [float(word) for word in line.split()]
        except ValueError as error:
            raise SchemaError(f"{where}: expected five numbers, got {line!r}") from error
        if len(values) != 5 or not all(math.isfinite(v) for v in values):
            raise SchemaError(
                f"{where}: expected class, x, y, width, height, got {line!r}",
                hint="outlines (segmentation) and points (pose) are not boxes",
            )
        if values[0] not in range(n_names):
            raise SchemaError(f"{where}: expected a class from 0 to {n_names - 1}, got {line!r}")
        is_box = all(-0.01 <= v <= 1.01 for v in values[1:]) and min(values[3:]) > 0
        if not is_box:
            raise SchemaError(
                f"{where}: expected a box with an area inside 0 to 1, got {line!r}",
                hint="YOLO's numbers are shares of the picture's width and height",
            )
        rows.append(values)
    return np.array(rows, dtype=np.float64).reshape(-1, 5)
