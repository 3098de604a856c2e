"""The layout that COCO tools read: ``annotations/instances_PART.json`` and ``PART/`` pictures.

One annotation a face and class; a face of several classes has as many annotations of one box.
What COCO has no field for stands under the key ``cinefacs`` of pictures, which other programs
pass over, so that a data set of ours comes back whole.

References
----------
T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, and the data format at
https://cocodataset.org/#format-data.
"""

import dataclasses
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from cinefacs.datasets.image_groups import UNDIVIDED, ImageGroup, exportable, images_of
from cinefacs.datasets.imported import FoundImage, group_boxes
from cinefacs.datasets.placing import Placing, place_image
from cinefacs.errors import SchemaError
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.sample import Part, Sample
from cinefacs.storage.atomic import write_json
from cinefacs.storage.coco_files import parse_coco, read_coco_json

__all__ = ["OWN_KEY", "read_coco", "write_coco"]

OWN_KEY = "cinefacs"
"""Key of what COCO has no field for."""
_PARTS = (Part.TRAIN, Part.VAL, Part.TEST, UNDIVIDED)
_PLACE_FIELDS = {"image_path", "image_sha256", "image_width_px", "image_height_px", "parts"}


def write_coco(
    manifest: DatasetManifest, base: Path, out: Path, *, fold: int, placing: Placing
) -> Counter[str]:
    """Write one fold of a data set; one file where it is not split.

    Parameters
    ----------
    manifest, base, out, fold, placing
        As for `cinefacs.datasets.yolo.write_yolo`.

    Returns
    -------
    Counter
        Faces without an annotation, by reason; they are kept under `OWN_KEY`.

    Raises
    ------
    SchemaError, StorageError
        A picture is missing; the disk refused.
    """
    left_out: Counter[str] = Counter()
    by_part: dict[str, list[ImageGroup]] = defaultdict(list)
    for image in images_of(manifest, fold=fold):
        by_part[image.part].append(image)
        place_image(base / image.path, out / image.part / image.name, placing)
    for part, images in by_part.items():
        document = _document(manifest, part, images, left_out)
        write_json(out / "annotations" / f"instances_{part}.json", document)
    return left_out


def _document(
    manifest: DatasetManifest, part: str, images: list[ImageGroup], left_out: Counter[str]
) -> dict[str, Any]:
    space = manifest.class_space
    annotations: list[dict[str, Any]] = []
    pictures = []
    for number, image in enumerate(images, start=1):
        width, height = image.size_wh
        pictures.append({
            "id": number,
            "file_name": image.name,
            "width": width,
            "height": height,
            OWN_KEY: [_own_fields(sample) for sample in image.samples],
        })  # fmt: skip
        for face, (x1, y1, x2, y2) in exportable(image.faces, left_out):
            for index in space.indices(face.classes):
                annotations.append({
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": index + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                    "segmentation": [],
                })  # fmt: skip
    return {
        "info": {
            "description": f"cinefacs data set {manifest.name}, {part}",
            "version": manifest.code_version,
            "date_created": manifest.created_at,
            "warnings": list(manifest.warnings),
            OWN_KEY: {"class_space": space.as_document()},
        },
        "licenses": [],
        "images": pictures,
        "annotations": annotations,
        "categories": [
            {"id": index, "name": name, "supercategory": "face"}
            for index, name in enumerate(space.names, start=1)
        ],
    }


def _own_fields(sample: Sample) -> dict[str, Any]:
    """Return the fields of a sample that do not say where its picture lies."""
    fields = dataclasses.asdict(sample)
    own = {name: value for name, value in fields.items() if name not in _PLACE_FIELDS}
    return {**own, "time_base": str(sample.time_base)}


def read_coco(path: Path) -> tuple[ClassSpace | list[str], list[FoundImage], dict[Path, Any]]:
    """Return classes and pictures of a data set in this layout.

    Parameters
    ----------
    path
        Folder with ``annotations/``; pictures lie in a folder of the part's name, or in
        ``images/`` with or without such a folder.

    Returns
    -------
    space : ClassSpace, or names of the classes where the file is another program's
    images : list of FoundImage
    own : by picture, what stands under `OWN_KEY`; only of our own files

    Raises
    ------
    SchemaError
        A file is no COCO file, files disagree about the classes, or a picture is missing.
    """
    files = sorted((path / "annotations").glob("*.json"))
    if not files:
        raise SchemaError(
            f"{path}: expected annotations/*.json, found none",
            hint="give the folder that holds annotations/ and the pictures",
        )
    names: list[str] | None = None
    space: ClassSpace | None = None
    images: list[FoundImage] = []
    own: dict[Path, Any] = {}
    for file in files:
        document = read_coco_json(file)
        found_names, found = _read_file(document, file, path, own)
        space = _read_space(document, file) or space
        if names is not None and names != found_names:
            raise SchemaError(f"{file}: expected the classes of {files[0].name}, got others")
        names = found_names
        images += found
    return space or names or [], images, own


def _read_space(document: dict[str, Any], file: Path) -> ClassSpace | None:
    try:
        fields = document.get("info", {}).get(OWN_KEY, {}).get("class_space")
        return None if fields is None else ClassSpace.from_document(fields)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SchemaError(f"{file}: expected a COCO file, got: {error!r}") from error


def _read_file(
    document: dict[str, Any], file: Path, root: Path, own: dict[Path, Any]
) -> tuple[list[str], list[FoundImage]]:
    stem = file.stem.removeprefix("instances_")
    part = stem if stem in set(Part) else ""
    page = parse_coco(file, document)
    if page.flat_ids:
        raise SchemaError(
            f"{file}: annotation {page.flat_ids[0]}: expected a box with an area, got none"
        )
    images = []
    for picture in page.pictures:
        place = _find_picture(root, stem, picture.file_name, file)
        if OWN_KEY in picture.fields:
            own[place] = picture.fields[OWN_KEY]
        boxes = picture.boxes_xyxy.tolist()
        names = [page.names[number] for number in picture.class_index]
        rows = [(tuple(box), name) for box, name in zip(boxes, names, strict=True)]
        images.append(FoundImage(path=place, part=part, faces=group_boxes(rows)))
    return list(page.names), images


def _find_picture(root: Path, stem: str, name: str, file: Path) -> Path:
    places = [root / stem, root / "images" / stem, root / "images", root]
    for place in places:
        path = place / name
        if path.is_file() and path.resolve().is_relative_to(place.resolve()):
            return path
    for place in places:  # links lead elsewhere, on purpose
        if (place / name).is_symlink() and ".." not in Path(name).parts:
            return place / name
    raise SchemaError(f"{file}: expected a picture {name} in {root}, found none")
