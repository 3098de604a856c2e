"""COCO's layout on disk: one JSON file of pictures, categories and boxes.

Data sets are imported from it and detectors are trained on it: both read it here.

References
----------
T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, and the data format at
https://cocodataset.org/#format-data.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError

__all__ = ["CocoPage", "CocoPicture", "parse_coco", "read_coco_json"]

_LARGEST_PX = 1e6
"""No picture is that large: a box beyond it is none."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CocoPicture:
    """A picture and its boxes."""

    file_name: str
    """As the file names it."""
    boxes_xyxy: npt.NDArray[np.float32]
    """(N, 4), px."""
    class_index: npt.NDArray[np.int64]
    """(N,) position among the names."""
    fields: Mapping[str, Any]
    """The picture's entry, keys that are not COCO's included."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CocoPage:
    """What a COCO file says of faces."""

    names: tuple[str, ...]
    """Categories, by ascending number."""
    multi_label: bool
    """Whether its ``info`` says that equal boxes are one face with several labels."""
    pictures: tuple[CocoPicture, ...]
    """In the order of the file."""
    n_crowds: int
    """Boxes around many, left out."""
    flat_ids: tuple[Any, ...]
    """Numbers of annotations without an area, left out."""


def read_coco_json(path: Path) -> dict[str, Any]:
    """Return the content of a COCO file.

    Raises
    ------
    SchemaError
        It cannot be read, or is not JSON of this kind.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SchemaError(f"{path}: expected JSON, got: {error}") from error
    if not isinstance(document, dict):
        raise SchemaError(f"{path}: expected a data set, got {type(document).__name__}")
    return document


def parse_coco(path: Path, document: Mapping[str, Any]) -> CocoPage:
    """Return pictures and boxes of a COCO file.

    Parameters
    ----------
    path
        The file, for errors.
    document
        Its content.

    Raises
    ------
    SchemaError
        A key is missing, an identity stands twice, a box is none, or a number names what is not
        there.
    """
    for key in ("images", "annotations", "categories"):
        if not isinstance(document.get(key), list):
            raise SchemaError(f"{path}: expected a COCO file with {key!r}, got none")
    try:
        return _parse(path, document)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise SchemaError(
            f"{path}: expected a COCO file, got: {type(error).__name__} {error}"
        ) from error


def _ids(path: Path, key: str, items: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the identities of images or categories.

    Raises
    ------
    SchemaError
        One stands twice: it is not known whose the boxes are.
    """
    ids = [int(item["id"]) for item in items]
    for number, n_times in Counter(ids).items():
        if n_times > 1:
            raise SchemaError(
                f"{path}: {key}: expected each id once, got {number} twice",
                hint="files that were put together must be numbered anew",
            )
    return ids


def _parse(path: Path, document: Mapping[str, Any]) -> CocoPage:
    categories = sorted(document["categories"], key=lambda item: int(item["id"]))
    place = {number: row for row, number in enumerate(_ids(path, "categories", categories))}
    info = document.get("info") or {}
    image_ids = _ids(path, "images", document["images"])
    known = set(image_ids)
    rows: dict[int, list[tuple[float, ...]]] = defaultdict(list)
    n_crowds, flat_ids = 0, []
    for item in document["annotations"]:
        image, category = int(item["image_id"]), int(item["category_id"])
        if image not in known or category not in place:
            raise SchemaError(
                f"{path}: annotation {item.get('id')}: expected a known picture and category, "
                f"got {image} and {category}"
            )
        x, y, width, height = box = [float(value) for value in item["bbox"]]
        if not all(abs(value) <= _LARGEST_PX for value in box):
            raise SchemaError(
                f"{path}: annotation {item.get('id')}: expected four numbers of px as bbox, "
                f"got {box}"
            )
        has_area = width > 0 and height > 0
        n_crowds += bool(item.get("iscrowd"))
        if not has_area:
            flat_ids.append(item.get("id"))
        elif not item.get("iscrowd"):
            rows[image].append((x, y, x + width, y + height, place[category]))
    pictures = []
    for number, item in zip(image_ids, document["images"], strict=True):
        table = np.array(rows[number], dtype=np.float64).reshape(-1, 5)
        pictures.append(
            CocoPicture(
                file_name=str(item["file_name"]),
                boxes_xyxy=table[:, :4].astype(np.float32),
                class_index=table[:, 4].astype(np.int64),
                fields=item,
            )
        )
    return CocoPage(
        names=tuple(str(item["name"]) for item in categories),
        multi_label=isinstance(info, Mapping) and info.get("multi_label") is True,
        pictures=tuple(pictures),
        n_crowds=n_crowds,
        flat_ids=tuple(flat_ids),
    )
