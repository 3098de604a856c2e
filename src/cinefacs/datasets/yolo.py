"""The layout that YOLO trainers read: ``data.yaml``, ``images/PART``, ``labels/PART``.

One text file a picture, one line a box and class: ``class cx cy width height`` in shares of the
picture. A face of several classes has as many lines of the same numbers. The layout holds
pictures, boxes within them, classes and parts, and nothing else.

References
----------
Ultralytics, "Object Detection Datasets Overview", documentation, 2023 to 2026: the layout only.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from cinefacs.datasets.image_files import read_rgb
from cinefacs.datasets.image_groups import ImageGroup, exportable, images_of
from cinefacs.datasets.imported import FoundImage, group_boxes
from cinefacs.datasets.placing import Placing, place_image
from cinefacs.errors import SchemaError, StudyError
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.sample import Part
from cinefacs.storage.atomic import write_text
from cinefacs.storage.yolo_files import (
    as_corners,
    find_yolo_pictures,
    read_yolo_labels,
    read_yolo_page,
)

__all__ = ["read_yolo", "write_yolo"]

_PARTS = (Part.TRAIN, Part.VAL, Part.TEST)


def write_yolo(
    manifest: DatasetManifest, base: Path, out: Path, *, fold: int, placing: Placing
) -> Counter[str]:
    """Write one fold of a data set.

    Parameters
    ----------
    manifest
        A data set that is split.
    base
        What its pictures' paths are relative to.
    out
        Empty folder.
    fold
        Position in ``fold_names``.
    placing
        Copy pictures, or link to them.

    Returns
    -------
    Counter
        What the layout cannot hold, by reason.

    Raises
    ------
    StudyError
        The data set is not split.
    SchemaError, StorageError
        A picture is missing; the disk refused.
    """
    if not manifest.is_split:
        raise StudyError(
            f"data set {manifest.name}: expected a split one for YOLO, got none",
            hint="run `cinefacs datasets split` first",
        )
    left_out: Counter[str] = Counter()
    for image in images_of(manifest, fold=fold):
        lines = _lines(image, manifest.class_space, left_out)
        name = Path(image.name)
        place_image(base / image.path, out / "images" / image.part / name, placing)
        label_path = out / "labels" / image.part / f"{name.stem}.txt"
        write_text(label_path, "".join(f"{line}\n" for line in lines))
    document: dict[str, Any] = {}  # without a path, the folder of the file is meant
    for part in _PARTS:
        if (out / "images" / part).is_dir():
            document[str(part)] = f"images/{part}"
    document["names"] = dict(enumerate(manifest.class_space.names))
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    write_text(out / "data.yaml", _comment(manifest) + text)
    return left_out


def _comment(manifest: DatasetManifest) -> str:
    lines = [f"cinefacs data set {manifest.name}, {manifest.class_space.name}", *manifest.warnings]
    return "".join(f"# {line}\n" for line in lines)


def _lines(image: ImageGroup, space: ClassSpace, left_out: Counter[str]) -> list[str]:
    width, height = image.size_wh
    lines = []
    for face, (x1, y1, x2, y2) in exportable(image.faces, left_out):
        shares = (
            (x1 + x2) / 2 / width,
            (y1 + y2) / 2 / height,
            (x2 - x1) / width,
            (y2 - y1) / height,
        )
        numbers = " ".join(repr(share) for share in shares)
        lines += [f"{index} {numbers}" for index in space.indices(face.classes)]
    return lines


def read_yolo(path: Path) -> tuple[list[str], list[FoundImage]]:
    """Return classes and pictures of a data set in this layout.

    Parameters
    ----------
    path
        ``data.yaml``, or the folder that holds it.

    Raises
    ------
    ConfigError
        There is no such file, or it is not YAML.
    SchemaError
        A line is not of this form, or names a class that is not there; no picture is found.
    """
    page = read_yolo_page(path)
    images = [
        _read_image(image, str(part), page.names)
        for part in _PARTS
        for image in find_yolo_pictures(page, str(part))
    ]
    if not images:
        raise SchemaError(f"{page.path}: expected pictures in train, val or test, found none")
    return list(page.names), images


def _read_image(image: Path, part: str, names: tuple[str, ...]) -> FoundImage:
    rows = read_yolo_labels(image, len(names))
    height, width = read_rgb(image).shape[:2]
    boxes = as_corners(rows, (width, height)).tolist()
    classes = [names[int(number)] for number in rows[:, 0]]
    faces = [(tuple(box), name) for box, name in zip(boxes, classes, strict=True)]
    return FoundImage(path=image, part=part, faces=group_boxes(faces))
