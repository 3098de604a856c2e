"""CVAT's "for images" files, version 1.1: ``annotations.xml`` and ``images/PART/``.

A face is a box with the label ``face``; its classes are attributes: one choice in a space of one
class, else ``present``, ``absent`` or ``unknown`` for each. Files of other people whose labels
are the classes themselves are read too.

References
----------
CVAT documentation, "CVAT for image", format version 1.1.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from cinefacs.datasets.image_groups import ImageGroup, clipped_box, images_of
from cinefacs.datasets.imported import FoundImage, as_float32
from cinefacs.datasets.placing import Placing, place_image
from cinefacs.errors import SchemaError
from cinefacs.records.class_space import FACE, ClassSpace
from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.sample import Part, Sample
from cinefacs.storage.atomic import write_text

__all__ = ["CvatFile", "read_cvat", "write_cvat"]

_LABEL = "face"
_CHOICE = "class"
_UNLABELLED = "unlabelled"
_STATES = ("present", "absent", "unknown")


def write_cvat(
    manifest: DatasetManifest, base: Path, out: Path, *, fold: int, placing: Placing
) -> Counter[str]:
    """Write one fold of a data set; the part of each picture is its ``subset``.

    Parameters
    ----------
    manifest, base, out, fold, placing
        As for `cinefacs.datasets.yolo.write_yolo`.

    Returns
    -------
    Counter
        Faces that CVAT cannot hold, by reason.

    Raises
    ------
    SchemaError, StorageError
        A picture is missing; the disk refused.
    """
    left_out: Counter[str] = Counter()
    root = ET.Element("annotations")
    ET.SubElement(root, "version").text = "1.1"
    for text in manifest.warnings:
        root.append(ET.Comment(f" {text.replace('--', '- -')} "))
    images = images_of(manifest, fold=fold)
    _add_meta(root, manifest, len(images))
    for number, image in enumerate(images):
        name = f"{image.part}/{image.name}"
        place_image(base / image.path, out / "images" / name, placing)
        _add_image(root, number, name, image, manifest.class_space, left_out)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode", xml_declaration=False)
    write_text(out / "annotations.xml", f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n')
    return left_out


def _add_meta(root: ET.Element, manifest: DatasetManifest, n_images: int) -> None:
    task = ET.SubElement(ET.SubElement(root, "meta"), "task")
    ET.SubElement(task, "name").text = manifest.name
    ET.SubElement(task, "size").text = str(n_images)
    ET.SubElement(task, "mode").text = "annotation"
    label = ET.SubElement(ET.SubElement(task, "labels"), "label")
    ET.SubElement(label, "name").text = _LABEL
    attributes = ET.SubElement(label, "attributes")
    space = manifest.class_space
    if space.multi_label:
        for name in space.names:
            if name != FACE:
                _add_attribute(attributes, name, _STATES, "unknown")
    else:
        _add_attribute(attributes, _CHOICE, (*space.names, _UNLABELLED), _UNLABELLED)


def _add_attribute(
    attributes: ET.Element, name: str, values: tuple[str, ...], default: str
) -> None:
    attribute = ET.SubElement(attributes, "attribute")
    ET.SubElement(attribute, "name").text = name
    ET.SubElement(attribute, "mutable").text = "False"
    ET.SubElement(attribute, "input_type").text = "select"
    ET.SubElement(attribute, "default_value").text = default
    ET.SubElement(attribute, "values").text = "\n".join(values)


def _add_image(  # noqa: PLR0917
    root: ET.Element,
    number: int,
    name: str,
    image: ImageGroup,
    space: ClassSpace,
    left_out: Counter[str],
) -> None:
    width, height = image.size_wh
    fields = {"id": str(number), "name": name, "width": str(width), "height": str(height)}
    node = ET.SubElement(root, "image", {**fields, "subset": image.part})
    for face in image.faces:
        box = clipped_box(face)
        if box is None:
            left_out["face outside its picture"] += 1
            continue
        corners = dict(zip(("xtl", "ytl", "xbr", "ybr"), map(repr, box), strict=True))
        drawn = ET.SubElement(
            node, "box", {"label": _LABEL, "source": "manual", "occluded": "0", **corners}
        )
        for key, value in _states(face, space).items():
            ET.SubElement(drawn, "attribute", {"name": key}).text = value


def _states(face: Sample, space: ClassSpace) -> dict[str, str]:
    if not space.multi_label:
        return {_CHOICE: face.classes[0] if face.classes else _UNLABELLED}
    return {
        name: "present" if name in face.classes
        else "unknown" if name in face.unknown_classes else "absent"
        for name in space.names
        if name != FACE
    }  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class CvatFile:
    """What a file holds."""

    names: list[str]
    """Classes."""
    multi_label: bool
    """Whether its faces may have several."""
    images: list[FoundImage]
    """Pictures."""


def read_cvat(path: Path) -> CvatFile:
    """Return classes and pictures of a file and its folder.

    Parameters
    ----------
    path
        Folder with ``annotations.xml`` and ``images/``.

    Raises
    ------
    SchemaError
        The file is missing or not of this form, or a picture is missing.
    """
    file = path / "annotations.xml"
    try:
        text = file.read_text(encoding="utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise SchemaError(f"{file}: expected plain XML, got a document type")
        root = ET.fromstring(text)  # noqa: S314  (no entities: refused above)
    except OSError as error:
        raise SchemaError(f"{file}: expected a CVAT file, got: {error.strerror}") from error
    except ET.ParseError as error:
        raise SchemaError(f"{file}: expected XML, got: {error}") from error
    is_own = any(label.findtext("name") == _LABEL and label.find("attributes/attribute") is not None
                 for label in root.iter("label"))  # fmt: skip
    names, multi_label = _read_names(root, is_own=is_own, file=file)
    images = [
        _read_image(node, names, is_own=is_own, path=path, file=file) for node in root.iter("image")
    ]
    return CvatFile(names=names, multi_label=multi_label, images=images)


def _read_image(
    node: ET.Element, names: list[str], *, is_own: bool, path: Path, file: Path
) -> FoundImage:
    boxes: dict[tuple[float, ...], list[str]] = {}
    unknown: dict[tuple[float, ...], tuple[str, ...]] = {}
    for drawn in node.iter("box"):
        box = _read_box(drawn, file)
        held, doubtful = _read_classes(drawn, names, is_own=is_own, file=file)
        own = boxes.setdefault(box, [])
        own += [name for name in held if name not in own]
        unknown[box] = doubtful
    subset = node.get("subset", "").lower()
    return FoundImage(
        path=_find_picture(path, node.get("name", ""), file),
        part=subset if subset in set(Part) else "",
        faces=tuple((box, tuple(own)) for box, own in boxes.items()),
        unknown=unknown,
    )


def _read_names(root: ET.Element, *, is_own: bool, file: Path) -> tuple[list[str], bool]:
    labels = [label.findtext("name") or "" for label in root.iter("label")]
    if not is_own:
        if not labels:
            raise SchemaError(f"{file}: expected labels in <meta>, found none")
        return labels, False
    attributes = {
        attribute.findtext("name") or "": (attribute.findtext("values") or "").split("\n")
        for attribute in root.iterfind(".//label/attributes/attribute")
    }
    if set(attributes) == {_CHOICE}:
        return [name for name in attributes[_CHOICE] if name != _UNLABELLED], False
    return [*attributes, FACE], True


def _find_picture(path: Path, name: str, file: Path) -> Path:
    if not name or name.startswith("/") or ".." in Path(name).parts:
        raise SchemaError(f"{file}: expected a picture's name inside the folder, got {name!r}")
    for place in (path / "images" / name, path / name):
        if place.is_file():
            return place
    raise SchemaError(f"{file}: expected a picture {name}, found none")


def _read_box(node: ET.Element, file: Path) -> tuple[float, ...]:
    try:
        corners = tuple(float(node.attrib[key]) for key in ("xtl", "ytl", "xbr", "ybr"))
    except (KeyError, ValueError) as error:
        raise SchemaError(f"{file}: box: expected xtl, ytl, xbr, ybr, got {error!r}") from error
    if not (corners[0] < corners[2] and corners[1] < corners[3]):
        raise SchemaError(f"{file}: box: expected a box with an area, got {corners}")
    return as_float32(corners)


def _read_classes(
    node: ET.Element, names: list[str], *, is_own: bool, file: Path
) -> tuple[list[str], tuple[str, ...]]:
    """Return the classes that a face has, and those of which nothing is known."""
    label = node.get("label", "")
    if not is_own:
        if label not in names:
            raise SchemaError(f"{file}: box: expected a label of <meta>, got {label!r}")
        return [label], ()
    told = {each.get("name", ""): (each.text or "") for each in node.iter("attribute")}
    if _CHOICE in told or FACE not in names:
        choice = told.get(_CHOICE, _UNLABELLED)
        if choice == _UNLABELLED:
            return [], tuple(names)
        if choice not in names:
            raise SchemaError(f"{file}: box: expected one of {names}, got {choice!r}")
        return [choice], ()
    states = {name: told.get(name, "unknown") for name in names if name != FACE}
    strange = sorted(set(states.values()) - set(_STATES))
    if strange:
        raise SchemaError(f"{file}: box: expected one of {_STATES}, got {strange[0]!r}")
    held = [name for name, state in states.items() if state == "present"]
    doubtful = tuple(name for name, state in states.items() if state == "unknown")
    return [*held, FACE], doubtful
