"""YOLO's layout on disk: what lies where, and what a line of a label file means.

::

    data.yaml            path, train, val, test, names; `multi_label: true` for several labels
    images/train/a.jpg
    labels/train/a.txt   one line a label: class, centre x, centre y, width, height, 0 to 1

Data sets are imported from it and detectors are trained on it: both read it here.

References
----------
Ultralytics, "Object Detection Datasets Overview", documentation, 2023 to 2026: the layout only.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.config import read_yaml
from cinefacs.errors import SchemaError
from cinefacs.records.picture_suffixes import PICTURE_SUFFIXES

__all__ = [
    "YoloPage",
    "as_corners",
    "find_yolo_pictures",
    "label_path_of",
    "read_yolo_labels",
    "read_yolo_page",
]

_ROUNDING = 0.01
"""How far outside of the picture a share may lie: programs round boxes at the border."""


@dataclass(frozen=True, kw_only=True, slots=True)
class YoloPage:
    """What a ``data.yaml`` says."""

    path: Path
    """The file."""
    root: Path
    """What its folders are relative to."""
    names: tuple[str, ...]
    """Classes, by their number."""
    multi_label: bool
    """Whether equal boxes are one face with several labels."""
    places: Mapping[str, tuple[str, ...]]
    """Folders and lists of pictures of each part that is named."""


def read_yolo_page(path: Path) -> YoloPage:
    """Return what a ``data.yaml`` says.

    Parameters
    ----------
    path
        The file, or the folder that holds it.

    Raises
    ------
    ConfigError
        There is no such file, or it is not YAML.
    SchemaError
        A key is missing or wrong.
    """
    file = path / "data.yaml" if path.is_dir() else path
    document = read_yaml(file)
    names = _names(document, file)
    n_told = document.get("nc", len(names))
    if n_told != len(names):
        raise SchemaError(f"{file}: nc: expected {len(names)}, the number of names, got {n_told}")
    flag = document.get("multi_label", False)
    if not isinstance(flag, bool):
        raise SchemaError(f"{file}: multi_label: expected true or false, got {flag!r}")
    places = {}
    for part in ("train", "val", "test"):
        entry = document.get(part)
        items = entry if isinstance(entry, list) else [entry] if entry else []
        if items:
            places[part] = tuple(str(item) for item in items)
    root = file.parent / str(document.get("path") or ".")  # an absolute path stays as it is
    return YoloPage(path=file, root=root, names=names, multi_label=flag, places=places)


def _names(document: Mapping[str, Any], file: Path) -> tuple[str, ...]:
    names = document.get("names")
    if isinstance(names, Mapping):
        if set(names) != set(range(len(names))):
            raise SchemaError(f"{file}: names: expected the keys 0, 1, 2..., got {list(names)}")
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or not all(isinstance(n, str) and n for n in names) or not names:
        raise SchemaError(f"{file}: names: expected a list of class names, got {names!r}")
    return tuple(names)


def find_yolo_pictures(page: YoloPage, part: str) -> list[Path]:
    """Return the pictures of a part, sorted; none where it is not named.

    Parameters
    ----------
    page
        Of the data set.
    part
        ``train``, ``val`` or ``test``.

    Raises
    ------
    SchemaError
        What is named is neither a folder nor a text file in UTF-8.
    """
    found: list[Path] = []
    for item in page.places.get(part, ()):
        place = page.root / item
        if place.is_dir():
            found += [p for p in place.rglob("*") if p.suffix.lower() in PICTURE_SUFFIXES]
        elif place.is_file() and place.suffix == ".txt":
            lines = (line.strip() for line in _read_lines(place))
            found += [_listed(line, page, place) for line in lines if line]
        else:
            raise SchemaError(f"{page.path}: {part}: expected a folder or a .txt file, got {place}")
    return sorted(set(found))


def _read_lines(path: Path) -> list[str]:
    """Return the lines of a text file.

    Raises
    ------
    SchemaError
        It cannot be read, or is not in UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise SchemaError(
            f"{path}: expected a text file in UTF-8, got other bytes", hint="save it as UTF-8"
        ) from error
    except OSError as error:
        raise SchemaError(f"{path}: expected a readable file, got: {error.strerror}") from error


def _listed(line: str, page: YoloPage, place: Path) -> Path:
    """Return a picture that a list names, from the list's own folder or from the data set's."""
    beside = place.parent / line
    return beside if beside.is_file() else page.root / line


def label_path_of(picture: Path) -> Path:
    """Return the text file of a picture: ``labels`` in place of the last folder ``images``.

    Without such a folder it lies beside the picture.
    """
    parts = list(picture.parent.parts)
    for place in reversed(range(len(parts))):
        if parts[place] == "images":
            parts[place] = "labels"
            break
    return Path(*parts) / f"{picture.stem}.txt"


def read_yolo_labels(picture: Path, n_classes: int) -> npt.NDArray[np.float64]:
    """Return the labels of a picture; none where it has no label file.

    Parameters
    ----------
    picture
        Whose labels.
    n_classes
        Classes that are named.

    Returns
    -------
    (N, 5) float64
        Class, centre x, centre y, width and height; the latter as shares of the picture.

    Raises
    ------
    SchemaError
        The file is not in UTF-8, or a line is not of this form or names a class that is not
        there; says which.
    """
    path = label_path_of(picture)
    rows = []
    if path.is_file():
        for number, line in enumerate(_read_lines(path), start=1):
            if line.strip():
                rows.append(_read_line(line, n_classes, f"{path}, line {number}"))
    return np.array(rows, dtype=np.float64).reshape(-1, 5)


def _read_line(line: str, n_classes: int, where: str) -> list[float]:
    try:
        values = [float(word) for word in line.split()]
    except ValueError as error:
        raise SchemaError(f"{where}: expected five numbers, got {line!r}") from error
    if len(values) != 5 or not all(math.isfinite(value) for value in values):
        raise SchemaError(
            f"{where}: expected class, x, y, width, height, got {line!r}",
            hint="outlines (segmentation) and points (pose) are not boxes",
        )
    if values[0] not in range(n_classes):
        raise SchemaError(f"{where}: expected a class from 0 to {n_classes - 1}, got {line!r}")
    is_inside = all(-_ROUNDING <= value <= 1 + _ROUNDING for value in values[1:])
    if not is_inside or min(values[3:]) <= 0:
        raise SchemaError(
            f"{where}: expected a box with an area inside 0 to 1, got {line!r}",
            hint="YOLO's numbers are shares of the picture's width and height",
        )
    return values


def as_corners(
    rows: npt.NDArray[np.float64], picture_wh: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """Return the boxes of label rows.

    Parameters
    ----------
    rows : (N, 5)
        As `read_yolo_labels` returns them.
    picture_wh
        Size of the picture, px.

    Returns
    -------
    (N, 4) float32, px
        ``x1, y1, x2, y2``.
    """
    centre, wh = rows[:, 1:3] * picture_wh, rows[:, 3:5] * picture_wh
    return np.concatenate([centre - wh / 2, centre + wh / 2], axis=1).astype(np.float32)
