"""Write "CVAT for video 1.1": a track for each label, with the face's box in every frame.

What a coder went through is a track, too; only its first and last frame have a box.

Frames count from 0, both ends included; a track ends by a shape that is `outside` one frame later.
Beside each file lies the list of labels that the CVAT task must have before CVAT takes the file.

References
----------
CVAT, *XML annotation format*, version 1.1, docs.cvat.ai.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.formats.au_names import class_name
from cinefacs.labels.formats.contract import Exported, Imported, ImportOptions, Tally
from cinefacs.labels.formats.cvat_read import read_cvat
from cinefacs.labels.formats.fields import pack_text
from cinefacs.labels.formats.files import is_xml_text, xml_text
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.formats.placing import PlacedLabel, by_film, film_path, place_labels
from cinefacs.labels.labelled_films import LabelledFilm, LabelledFilms
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionKind, ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.storage.atomic import atomic_path, write_json

__all__ = ["CVAT"]

NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Attribute:
    """One attribute of a CVAT label."""

    name: str
    values: tuple[str, ...] = ("",)
    """Choices, or lowest, highest and step of a number; the first is the default."""
    input_type: str = "text"
    is_mutable: bool = False
    """Whether it may change from frame to frame."""


_WHO = (
    _Attribute(name="character", values=("1", "9999", "1"), input_type="number"),
    _Attribute(name="coder"),
    _Attribute(name="label_set"),
    _Attribute(name="detail"),
)
_AU = (
    _Attribute(name="side", values=tuple(Side), input_type="select"),
    _Attribute(name="intensity", values=(NONE, *Intensity), input_type="select"),
    _Attribute(name="visibility", values=tuple(Visibility), input_type="select"),
    _Attribute(name="apex", values=("false",), input_type="checkbox", is_mutable=True),
    _Attribute(name="expression"),
    *_WHO,
)
_EXPRESSION = (
    _Attribute(name="kind", values=(NONE, *ExpressionKind), input_type="select"),
    _Attribute(name="apex", values=("0", "9", "1"), input_type="number", is_mutable=True),
    _Attribute(name="expression"),
    *_WHO,
)
_CODED = _WHO


class _CvatFormat:
    name = "cvat"
    title = "CVAT for video 1.1, XML"
    suffixes = (".xml",)
    not_held: frozenset[str] = frozenset()

    def export(self, labels: Labels, films: LabelledFilms, out: Path) -> Exported:
        tally = Tally()
        groups = by_film(place_labels(labels, films, tally))
        paths: list[Path] = []
        for film, placed in groups:
            if film.film.n_damaged_frames:
                tally.lose(
                    "frame numbers: CVAT may count damaged frames that the study left out",
                    f"{film.film.n_damaged_frames} frames of film {film.number}",
                )
            path = film_path(out, film, suffix=".xml", n_films=len(groups))
            names = sorted({_label_name(item) for item in placed}, key=_name_order)
            root = ET.Element("annotations")
            ET.SubElement(root, "version").text = "1.1"
            root.append(_meta(film, names))
            for number, item in enumerate(placed):
                root.append(_track(item, number, tally))
            ET.indent(root)
            with atomic_path(path) as temporary:
                ET.ElementTree(root).write(temporary, encoding="utf-8", xml_declaration=True)
            spec_path = path.with_name(f"{path.stem}.cvat-labels.json")
            write_json(spec_path, [_raw_label(name) for name in names])
            paths += [path, spec_path]
        return Exported(paths=tuple(paths), losses=tally.losses)

    def read(self, paths: Sequence[Path], films: LabelledFilms, options: ImportOptions) -> Imported:
        intake = Intake(films, options, source=self.name)
        for path in paths:
            read_cvat(path, intake)
        return intake.finish()


def _label_name(item: PlacedLabel) -> str:
    if isinstance(item.label, AuLabel):
        return class_name(item.label.au)
    return "expression" if isinstance(item.label, ExpressionLabel) else "coded"


def _name_order(name: str) -> tuple[bool, int, str]:
    digits = "".join(filter(str.isdigit, name))
    return not digits, int(digits or 0), name


def _attributes_of(name: str) -> tuple[_Attribute, ...]:
    return {"expression": _EXPRESSION, "coded": _CODED}.get(name, _AU)


def _raw_label(name: str) -> dict[str, Any]:
    """Return a label as CVAT's raw editor takes it."""
    attributes = [
        {
            "name": attribute.name,
            "mutable": attribute.is_mutable,
            "input_type": attribute.input_type,
            "default_value": attribute.values[0],
            "values": list(attribute.values),
        }
        for attribute in _attributes_of(name)
    ]
    return {"name": name, "type": "rectangle", "attributes": attributes}


def _meta(film: LabelledFilm, names: Sequence[str]) -> ET.Element:
    meta = ET.Element("meta")
    task = ET.SubElement(meta, "task")
    last_frame = len(film.times) - 1
    for tag, text in (
        ("name", f"{film.number:03d} {film.file_name}"),
        ("size", len(film.times)),
        ("mode", "interpolation"),
        ("overlap", 0),
        ("start_frame", 0),
        ("stop_frame", last_frame),
        ("frame_filter", ""),
    ):
        ET.SubElement(task, tag).text = xml_text(str(text))
    labels = ET.SubElement(task, "labels")
    for name in names:
        label = ET.SubElement(labels, "label")
        ET.SubElement(label, "name").text = name
        ET.SubElement(label, "type").text = "rectangle"
        attributes = ET.SubElement(label, "attributes")
        for attribute in _attributes_of(name):
            element = ET.SubElement(attributes, "attribute")
            ET.SubElement(element, "name").text = attribute.name
            ET.SubElement(element, "mutable").text = str(attribute.is_mutable)
            ET.SubElement(element, "input_type").text = attribute.input_type
            ET.SubElement(element, "default_value").text = attribute.values[0]
            ET.SubElement(element, "values").text = "\n".join(attribute.values)
    size = ET.SubElement(task, "original_size")
    ET.SubElement(size, "width").text = str(film.film.width_px)
    ET.SubElement(size, "height").text = str(film.film.height_px)
    ET.SubElement(task, "source").text = xml_text(film.file_name)
    return meta


def _track(item: PlacedLabel, number: int, tally: Tally) -> ET.Element:
    track = ET.Element("track", {"id": str(number), "label": _label_name(item), "source": "manual"})
    fixed = _fixed_attributes(item)
    for frame, box, is_found in _boxes(item, tally):
        _shape(track, frame, box, is_found=is_found)
        _set_attributes(track[-1], fixed, _apex_value(item, frame))
    after = item.last_frame + 1
    if after < len(item.film.times):
        _shape(track, after, box, is_found=is_found, is_outside=True)
        _set_attributes(track[-1], fixed, _apex_value(item, after))
    return track


def _fixed_attributes(item: PlacedLabel) -> dict[str, str]:
    """Return the attributes that are the same in all frames; the detail holds all the rest."""
    label = item.label
    said: dict[str, str] = {}
    if isinstance(label, AuLabel):
        said = {
            "side": label.side,
            "intensity": label.intensity or NONE,
            "visibility": label.visibility,
            "expression": label.expression_id,
        }
    elif isinstance(label, ExpressionLabel):
        said = {"kind": label.kind or NONE, "expression": label.expression_id}
    said |= {"coder": label.coder, "label_set": label.label_set}
    said = {name: str(value) for name, value in said.items()}
    fields = {"expression": "expression_id"}
    held = {fields.get(name, name) for name, value in said.items() if is_xml_text(value)}
    return {
        **{name: xml_text(value) for name, value in said.items()},
        "character": str(label.character_number),
        "detail": pack_text(label, without={"au", *held}),
    }


def _apex_value(item: PlacedLabel, frame: int) -> str | None:
    """Return the apex attribute in a frame; several apexes of an expression are numbered."""
    if isinstance(item.label, AuLabel):
        return str(frame in item.apex_frames).lower()
    if not isinstance(item.label, ExpressionLabel):
        return None
    return str(item.apex_frames.index(frame) + 1 if frame in item.apex_frames else 0)


def _frames(item: PlacedLabel) -> Sequence[int]:
    """Return the frames that get a box; of what was looked at, hours perhaps, only the ends."""
    if isinstance(item.label, CodedSpan):
        return sorted({item.first_frame, item.last_frame})
    return range(item.first_frame, item.last_frame + 1)


def _boxes(
    item: PlacedLabel, tally: Tally
) -> Iterator[tuple[int, tuple[float, float, float, float], bool]]:
    """Yield a box for each frame, and whether the face was found there."""
    faces = item.film.boxes.get(item.label.character_number)
    whole = (0.0, 0.0, float(item.film.film.width_px), float(item.film.film.height_px))
    for frame in _frames(item):
        found = faces.at(frame) if faces else None
        box = found or (faces.nearest(frame) if faces else None) or whole
        if found is None:
            what = "the nearest box" if faces else "the whole picture"
            tally.lose(
                f"frame without a face box: {what} is given, marked occluded",
                f"frame {frame} of character {item.label.character_number}",
            )
        yield frame, box, found is not None


def _shape(
    track: ET.Element,
    frame: int,
    box: tuple[float, float, float, float],
    *,
    is_found: bool,
    is_outside: bool = False,
) -> None:
    corners = dict(zip(("xtl", "ytl", "xbr", "ybr"), (f"{edge:.2f}" for edge in box), strict=True))
    state = {
        "frame": str(frame),
        "keyframe": "1",
        "outside": str(int(is_outside)),
        "occluded": str(int(not is_found)),
    }
    ET.SubElement(track, "box", {**state, **corners, "z_order": "0"})


def _set_attributes(box: ET.Element, fixed: dict[str, str], apex: str | None) -> None:
    for name, value in {**fixed, **({} if apex is None else {"apex": apex})}.items():
        ET.SubElement(box, "attribute", {"name": name}).text = value


CVAT = _CvatFormat()
