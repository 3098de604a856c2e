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

from cinefacs.config import read_yaml
from cinefacs.datasets.image_files import IMAGE_SUFFIXES, read_rgb
from cinefacs.datasets.image_groups import ImageGroup, exportable, images_of
from cinefacs.datasets.imported import FoundImage, as_float32, group_boxes
from cinefacs.datasets.placing import Placing, place_image
from cinefacs.errors import SchemaError, StudyError
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.sample import Part
from cinefacs.storage.atomic import write_text

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
    file = path / "data.yaml" if path.is_dir() else path
    document = read_yaml(file)
    names = _read_names(document, file)
    root = file.parent / str(document.get("path") or ".")
    images: list[FoundImage] = []
    for part in _PARTS:
        entry = document.get(str(part))
        folders = entry if isinstance(entry, list) else [entry] if entry else []
        for folder in folders:
            found = _find_images(root / str(folder), file)
            images += [_read_image(image_path, str(part), names) for image_path in found]
    if not images:
        raise SchemaError(f"{file}: expected pictures in train, val or test, found none")
    return names, images


def _read_names(document: dict[str, Any], file: Path) -> list[str]:
    entry = document.get("names")
    if isinstance(entry, dict):
        if sorted(entry) != list(range(len(entry))):
            raise SchemaError(f"{file}: names: expected numbers 0, 1, ..., got {sorted(entry)}")
        entry = [entry[number] for number in range(len(entry))]
    if not isinstance(entry, list) or not entry:
        raise SchemaError(f"{file}: names: expected a list of classes, got {entry!r}")
    n_told = document.get("nc", len(entry))
    if n_told != len(entry):
        raise SchemaError(f"{file}: nc: expected {len(entry)}, the number of names, got {n_told}")
    return [str(name) for name in entry]


def _find_images(place: Path, file: Path) -> list[Path]:
    """Return the pictures of a folder, or those that a text file lists."""
    if place.is_dir():
        found = [p for p in place.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES]
        return sorted(found)
    if place.is_file() and place.suffix == ".txt":
        lines = [line.strip() for line in place.read_text(encoding="utf-8").splitlines()]
        return [place.parent / line for line in lines if line]
    raise SchemaError(f"{file}: expected a folder or a list of pictures, got {place}")


def _label_path(image: Path) -> Path:
    """Return the text file of a picture: ``labels`` in place of the last ``images``."""
    parts = list(image.parent.parts)
    for index in range(len(parts) - 1, -1, -1):
        if parts[index] == "images":
            parts[index] = "labels"
            return Path(*parts) / f"{image.stem}.txt"
    return image.with_suffix(".txt")


def _read_image(image: Path, part: str, names: list[str]) -> FoundImage:
    path = _label_path(image)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    height, width = read_rgb(image).shape[:2]
    rows = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            rows.append(_read_line(line, f"{path}:{number}", names, (width, height)))
    return FoundImage(path=image, part=part, faces=group_boxes(rows))


def _read_line(
    line: str, where: str, names: list[str], size_wh: tuple[int, int]
) -> tuple[tuple[float, ...], str]:
    try:
        first, *shares = line.split()
        index, (cx, cy, width, height) = int(first), [float(share) for share in shares]
    except ValueError as error:
        raise SchemaError(
            f"{where}: expected a class and four shares of the picture, got {line!r}",
            hint="polygons and key points are not read",
        ) from error
    if not 0 <= index < len(names):
        raise SchemaError(f"{where}: expected a class below {len(names)}, got {index}")
    is_inside = all(-1e-6 <= share <= 1 + 1e-6 for share in (cx, cy, width, height))
    if not is_inside or width <= 0 or height <= 0:
        raise SchemaError(f"{where}: expected shares from 0 to 1, got {line!r}")
    box = (
        (cx - width / 2) * size_wh[0],
        (cy - height / 2) * size_wh[1],
        (cx + width / 2) * size_wh[0],
        (cy + height / 2) * size_wh[1],
    )
    return as_float32(box), names[index]
