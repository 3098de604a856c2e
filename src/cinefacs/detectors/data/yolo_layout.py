"""Data sets in YOLO's layout, for detectors."""

from pathlib import Path

import numpy as np

from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet, group_by_box
from cinefacs.errors import SchemaError
from cinefacs.media.picture_files import read_picture_file
from cinefacs.records.class_space import FACE, ClassSpace
from cinefacs.storage.yolo_files import (
    as_corners,
    find_yolo_pictures,
    label_path_of,
    read_yolo_labels,
    read_yolo_page,
)

__all__ = ["class_space_of", "read_yolo"]


def class_space_of(names: list[str], *, name: str, multi_label: bool) -> ClassSpace:
    """Return the class space of a foreign data set.

    Parameters
    ----------
    names
        Its classes.
    name
        What to call the space.
    multi_label
        Whether a box may have several; `FACE` is added then where it is missing. It may in any
        case where `FACE` stands beside other classes, as `cinefacs datasets export` writes it.
    """
    if multi_label and FACE not in names:
        names = [*names, FACE]
    has_several = multi_label or (FACE in names and len(names) > 1)
    return ClassSpace(name=name, names=tuple(names), multi_label=has_several)


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
    page = read_yolo_page(path)
    if split not in page.places:
        known = ", ".join(page.places) or "none"
        raise SchemaError(f"{path}: expected the split {split!r}, got {known}")
    files = find_yolo_pictures(page, split)
    if not files:
        raise SchemaError(
            f"{path}: {split}: expected pictures in {', '.join(page.places[split])}, got none"
        )
    space = class_space_of(
        list(page.names), name=path.parent.name or "data", multi_label=page.multi_label
    )
    notes = tuple(f"no label file for {file.name}: taken as a picture without a face"
                  for file in files if not label_path_of(file).is_file())  # fmt: skip
    pictures = tuple(_read_picture(file, len(page.names), space) for file in files)
    return LabelledSet(class_space=space, pictures=pictures, notes=notes)


def _read_picture(picture: Path, n_names: int, space: ClassSpace) -> LabelledPicture:
    rows = read_yolo_labels(picture, n_names)
    height, width = read_picture_file(picture).shape[:2]
    boxes, labels = group_by_box(
        as_corners(rows, (width, height)), rows[:, 0].astype(np.int64), space
    )
    return LabelledPicture(path=picture, boxes_xyxy=boxes, labels=labels)
