"""COCO: an image for each labelled frame, an annotation for each label in it.

Each annotation carries its whole label as attributes: onset, apex and offset are frames of the
film, from 0, both ends included. Boxes are ``x, y, width, height`` in px of the shown frame.

References
----------
T.-Y. Lin et al., "Microsoft COCO: common objects in context", ECCV 2014; cocodataset.org.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cinefacs.errors import SchemaError
from cinefacs.labels.formats.au_names import class_name, read_au_name
from cinefacs.labels.formats.contract import Exported, Imported, ImportOptions, Tally
from cinefacs.labels.formats.fields import describe, pack
from cinefacs.labels.formats.files import read_json
from cinefacs.labels.formats.frame_names import (
    FrameMark,
    frame_of_name,
    names_of_frame,
    take_in_marks,
)
from cinefacs.labels.formats.held import tally_unheld
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.formats.placing import PlacedLabel, place_labels
from cinefacs.labels.labelled_films import LabelledFilm, LabelledFilms
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.labels import Labels
from cinefacs.storage.atomic import write_json

__all__ = ["COCO", "clipped_box", "tally_unsearched"]

EXPRESSION_ID = 1000
"""Category of expressions; action units have their number + 1, as COCO counts from 1."""


class _CocoFormat:
    name = "coco"
    title = "COCO, JSON"
    suffixes = (".json",)
    not_held = frozenset({"coded"})

    def export(self, labels: Labels, films: LabelledFilms, out: Path) -> Exported:
        tally = Tally()
        tally_unheld(labels, self.not_held, tally)
        path = out if out.suffix.lower() == ".json" else out / "coco.json"
        writer = _CocoWriter(tally)
        placed = place_labels(labels, films, tally)
        tally_unsearched(placed, tally)
        for number, item in enumerate(placed):
            if not isinstance(item.label, CodedSpan):
                writer.add(item, number)
        write_json(path, writer.document())
        return Exported(paths=(path,), losses=tally.losses)

    def read(self, paths: Sequence[Path], films: LabelledFilms, options: ImportOptions) -> Imported:
        intake = Intake(films, options, source=self.name)
        for path in paths:
            _read(path, intake)
        return intake.finish()


def clipped_box(
    film: LabelledFilm, character_number: int, frame: int
) -> tuple[float, float, float, float] | None:
    """Return where in the picture a face is, px, or None where it was not found in it.

    In a film of a data set nobody looked for faces: there it is the whole picture.
    """
    width, height = film.film.size_wh
    faces = film.boxes.get(character_number)
    box = faces.at(frame) if faces else None
    if box is None:
        is_unsearched = film.folder is not None and not film.boxes
        return (0.0, 0.0, float(width), float(height)) if is_unsearched else None
    x1, x2 = (min(max(edge, 0.0), float(width)) for edge in box[::2])
    y1, y2 = (min(max(edge, 0.0), float(height)) for edge in box[1::2])
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def tally_unsearched(placed: Iterable[PlacedLabel], tally: Tally) -> None:
    """Count the labels for which `clipped_box` gives whole pictures."""
    for item in placed:
        is_drawn = not isinstance(item.label, CodedSpan)
        if is_drawn and item.film.folder is not None and not item.film.boxes:
            tally.lose(
                "face box of a data set's pictures, in which none was looked for: the whole "
                "picture is given",
                describe(item.label),
            )


def _file_name(film: LabelledFilm, frame: int) -> str:
    """Return the name of the picture in the study's frames, or its path in a data set's folder."""
    if film.folder is not None:
        return str(film.folder.picture_path(frame))
    return f"{names_of_frame(film, frame)[0]}.png"


class _CocoWriter:
    """Gathers images, annotations and categories."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._images: dict[tuple[int, int], dict[str, Any]] = {}
        self._annotations: list[dict[str, Any]] = []
        self._categories: dict[int, dict[str, Any]] = {}

    def add(self, item: PlacedLabel, label_number: int) -> None:
        """Add a label in all frames in which the face was found."""
        label = item.label
        attributes = {
            "label": label_number,
            "character": label.character_number,
            "onset_frame": item.first_frame,
            "apex_frames": list(item.apex_frames),
            "offset_frame": item.last_frame,
            **pack(label),
        }
        category_id = self._category(item)
        n_before = len(self._annotations)
        for frame in range(item.first_frame, item.last_frame + 1):
            box = clipped_box(item.film, label.character_number, frame)
            if box is None:
                self._tally.lose(
                    "frame without a face box: left out",
                    f"frame {frame} of character {label.character_number}",
                )
                continue
            x1, y1, x2, y2 = box
            self._annotations.append({
                "id": len(self._annotations) + 1,
                "image_id": self._image(item.film, frame)["id"],
                "category_id": category_id,
                "bbox": [x1, y1, x2 - x1, y2 - y1],
                "area": (x2 - x1) * (y2 - y1),
                "iscrowd": 0,
                "segmentation": [],
                "attributes": attributes,
            })  # fmt: skip
        if len(self._annotations) == n_before:
            self._tally.lose("label without a face box in any frame: left out", describe(label))

    def _category(self, item: PlacedLabel) -> int:
        if isinstance(item.label, AuLabel):
            entry = {
                "id": item.label.au + 1,
                "name": class_name(item.label.au),
                "supercategory": "action unit",
            }
        else:
            entry = {"id": EXPRESSION_ID, "name": "expression", "supercategory": "expression"}
        self._categories[entry["id"]] = entry  # type: ignore[index]
        return int(str(entry["id"]))

    def _image(self, film: LabelledFilm, frame: int) -> dict[str, Any]:
        key = film.number, frame
        if key not in self._images:
            if film.folder is None and frame not in film.pictures:
                self._tally.lose(
                    "frame of which the study has no picture: its file name names none",
                    f"film {film.number}, frame {frame}",
                )
            width, height = film.film.size_wh
            self._images[key] = {
                "id": len(self._images) + 1,
                "file_name": _file_name(film, frame),
                "width": width,
                "height": height,
                "film_id": film.film.film_id,
                "film_number": film.number,
                "frame_index": frame,
                "time_s": float(film.times.start_s(frame)),
            }
        return self._images[key]

    def document(self) -> dict[str, Any]:
        """Return the whole document."""
        return {
            "info": {"description": "FACS labels by cinefacs", "version": "1.0"},
            "licenses": [],
            "images": list(self._images.values()),
            "annotations": self._annotations,
            "categories": [self._categories[key] for key in sorted(self._categories)],
        }


class _NotCocoError(ValueError):
    """The document is JSON, but no COCO."""


def _read(path: Path, intake: Intake) -> None:
    document = read_json(path)
    try:
        images = _by_id(document, "images")
        categories = _by_id(document, "categories")
        annotations = _list(document, "annotations")
        _take_in(images, categories, annotations, intake, where=path.name)
    except _NotCocoError as error:
        raise SchemaError(
            f"{path}: expected COCO with images, annotations and categories, got {error}"
        ) from error


def _take_in(
    images: Mapping[object, Mapping[str, Any]],
    categories: Mapping[object, Mapping[str, Any]],
    annotations: list[Mapping[str, Any]],
    intake: Intake,
    *,
    where: str,
) -> None:
    seen: set[tuple[int, str]] = set()
    marks: list[FrameMark] = []
    for annotation in annotations:
        here = f"{where}, annotation {annotation.get('id')}"
        image = _look_up(images, annotation.get("image_id"))
        category = _look_up(categories, annotation.get("category_id"))
        if image is None or category is None:
            intake.tally.skip("annotation without its image or category", here)
            continue
        name = str(category.get("name"))
        au = read_au_name(name)
        if au is None and name != "expression":
            intake.tally.skip("category that is no action unit", f"{here}: {name}")
            continue
        found = _frame(image, intake, here)
        if found is None:
            intake.tally.skip("image whose name is no frame of the study", here)
            continue
        film, frame, of_clip = found
        attributes = annotation.get("attributes")
        if isinstance(attributes, dict) and "label" in attributes:
            key = film.number, str(attributes["label"])
            if key not in seen:
                seen.add(key)
                _take_in_whole(attributes, "au" if au else name, film, intake, where=here)
        elif au is not None:
            character = _character(annotation, film, frame, of_clip)
            marks.append(
                FrameMark(film_number=film.number, character_number=character, unit=au, frame=frame)
            )
    take_in_marks(marks, intake, where=where)


def _take_in_whole(
    attributes: Mapping[str, Any], kind: str, film: LabelledFilm, intake: Intake, *, where: str
) -> None:
    """Take in a label by its attributes, which are the same in all its frames."""
    frames = [attributes.get("onset_frame"), attributes.get("offset_frame")]
    apexes = attributes.get("apex_frames") or []
    character = attributes.get("character")
    numbers = [*frames, *(apexes if isinstance(apexes, list) else [apexes])]
    if not all(isinstance(number, int) for number in [*numbers, character]):
        intake.tally.skip("attributes without whole numbers of frames and character", where)
        return
    intake.add_frames(
        kind,
        attributes,
        film=film,
        character_number=character,
        frames=(numbers[0], numbers[1]),
        apex_frames=numbers[2:],
        where=where,
    )


def _frame(
    image: Mapping[str, Any], intake: Intake, where: str
) -> tuple[LabelledFilm, int, int | None] | None:
    """Return film, frame and the clip's character of an image."""
    frame = image.get("frame_index")
    if isinstance(frame, int):
        number = image.get("film_number")
        film = intake.film(
            where,
            number=number if isinstance(number, int) else None,
            film_id=str(image.get("film_id") or ""),
        )
        return film, frame, None
    return frame_of_name(str(image.get("file_name")), intake.films)


def _character(
    annotation: Mapping[str, Any], film: LabelledFilm, frame: int, of_clip: int | None
) -> int | None:
    """Return whose face a box shows; where none overlaps, the character of the clip."""
    box = annotation.get("bbox")
    if isinstance(box, list) and len(box) == 4 and all(isinstance(v, int | float) for v in box):
        x, y, width, height = (float(value) for value in box)
        return film.face_at(frame, (x, y, x + width, y + height)) or of_clip
    return of_clip


def _list(document: object, name: str) -> list[Mapping[str, Any]]:
    items = document.get(name) if isinstance(document, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _NotCocoError(f"no list of {name}")
    return items


def _look_up(
    entries: Mapping[object, Mapping[str, Any]], identity: object
) -> Mapping[str, Any] | None:
    return entries.get(identity) if isinstance(identity, int) else None


def _by_id(document: object, name: str) -> dict[object, Mapping[str, Any]]:
    items = _list(document, name)
    if not all(isinstance(item.get("id"), int) for item in items):
        raise _NotCocoError(f"{name} without whole numbers as id")
    by_id: dict[object, Mapping[str, Any]] = {}
    for item in items:
        if item["id"] in by_id:
            raise _NotCocoError(f"{name} with the id {item['id']} twice")
        by_id[item["id"]] = item
    return by_id


COCO = _CocoFormat()
