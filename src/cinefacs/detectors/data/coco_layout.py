"""COCO's layout: one JSON file of pictures, categories and boxes."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet, group_by_box
from cinefacs.detectors.data.yolo_layout import class_space_of
from cinefacs.errors import SchemaError

__all__ = ["read_coco"]


def read_coco(
    path: Path, document: Mapping[str, Any], *, pictures: Path | None = None
) -> LabelledSet:
    """Return the data set of a COCO file.

    Parameters
    ----------
    path
        The file, for errors and for the pictures' folder.
    document
        Its content.
    pictures
        Folder of the pictures; None takes the file's own folder.

    Raises
    ------
    SchemaError
        A key is missing, or a number names what is not there. Crowd boxes and boxes without an
        area are left out and named in the notes.
    """
    for key in ("images", "annotations", "categories"):
        if not isinstance(document.get(key), list):
            raise SchemaError(f"{path}: expected a COCO file with {key!r}, got none")
    try:
        return _read(path, document, pictures or path.parent)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise SchemaError(
            f"{path}: expected a COCO file, got: {type(error).__name__} {error}"
        ) from error


def _read(path: Path, document: Mapping[str, Any], folder: Path) -> LabelledSet:
    categories = sorted(document["categories"], key=lambda item: int(item["id"]))
    place = {int(item["id"]): number for number, item in enumerate(categories)}
    info = document.get("info") or {}
    multi_label = isinstance(info, Mapping) and info.get("multi_label") is True
    space = class_space_of(
        [str(item["name"]) for item in categories], name=path.stem, multi_label=multi_label
    )
    known = {int(item["id"]) for item in document["images"]}
    rows = defaultdict(list)
    n_crowds = n_empty = 0
    for item in document["annotations"]:
        image, category = int(item["image_id"]), int(item["category_id"])
        if image not in known or category not in place:
            raise SchemaError(
                f"{path}: annotation {item.get('id')}: expected a known picture and category, "
                f"got {image} and {category}"
            )
        x, y, width, height = (float(v) for v in item["bbox"])
        n_crowds += bool(item.get("iscrowd"))
        n_empty += not (width > 0 and height > 0)
        if not item.get("iscrowd") and width > 0 and height > 0:
            rows[image].append((x, y, x + width, y + height, place[category]))
    pictures = []
    for item in document["images"]:
        table = np.array(rows[int(item["id"])], dtype=np.float64).reshape(-1, 5)
        boxes, labels = group_by_box(
            table[:, :4].astype(np.float32), table[:, 4].astype(np.int64), space
        )
        file = folder / str(item["file_name"])
        if not file.is_file():
            raise SchemaError(
                f"{path}: expected the picture {file}, got no such file",
                hint="name the folder of the pictures with --pictures",
            )
        pictures.append(LabelledPicture(path=file, boxes_xyxy=boxes, labels=labels))
    notes = []
    if n_crowds:
        notes.append(f"{n_crowds} crowd boxes left out")
    if n_empty:
        notes.append(f"{n_empty} boxes without an area left out")
    return LabelledSet(class_space=space, pictures=tuple(pictures), notes=tuple(notes))
