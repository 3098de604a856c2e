"""YOLO: a text file for each labelled frame, a line ``class x y width height`` for each unit.

Classes are action units. Most of a label has no place here, and the export says so; reading joins
frames that follow one another to labels, and tells by the box whose face it is.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from cinefacs.errors import SchemaError
from cinefacs.facs.au_text import AuToken
from cinefacs.labels.formats.au_names import class_name, read_au_name
from cinefacs.labels.formats.coco import clipped_box, tally_unsearched
from cinefacs.labels.formats.contract import Exported, Imported, ImportOptions, Tally
from cinefacs.labels.formats.fields import describe
from cinefacs.labels.formats.files import read_text
from cinefacs.labels.formats.frame_names import (
    FrameMark,
    frame_of_name,
    names_of_frame,
    take_in_marks,
)
from cinefacs.labels.formats.held import tally_unheld
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.formats.placing import PlacedLabel, place_labels
from cinefacs.labels.labelled_films import LabelledFilms
from cinefacs.records.au_label import AuLabel
from cinefacs.records.labels import Labels
from cinefacs.storage.atomic import write_text

__all__ = ["YOLO"]

CLASSES_FILE = "data.yaml"
LABEL_FOLDER = "labels"


class _YoloFormat:
    name = "yolo"
    title = "YOLO, text files"
    suffixes: tuple[str, ...] = ()
    not_held = frozenset({
        "side", "intensity", "intensity_high", "apex_pts", "is_static", "visibility", "coder",
        "label_set", "source", "changed_at", "expression_id", "score", "text", "flags",
        "expressions", "coded",
    })  # fmt: skip

    def export(self, labels: Labels, films: LabelledFilms, out: Path) -> Exported:
        tally = Tally()
        tally_unheld(labels, self.not_held, tally)
        placed = [
            item for item in place_labels(labels, films, tally) if isinstance(item.label, AuLabel)
        ]
        _tally_merged(placed, tally)
        tally_unsearched(placed, tally)
        aus = sorted({item.label.au for item in placed if isinstance(item.label, AuLabel)})
        lines = _lines(placed, aus, tally)
        paths = [out / CLASSES_FILE]
        names = {number: class_name(au) for number, au in enumerate(aus)}
        write_text(
            paths[0],
            yaml.safe_dump({"path": ".", "train": "images", "val": "images", "names": names},
                           sort_keys=False),
        )  # fmt: skip
        for name, said in sorted(lines.items()):
            path = out / LABEL_FOLDER / f"{name}.txt"
            write_text(path, "".join(f"{line}\n" for line in said))
            paths.append(path)
        return Exported(paths=tuple(paths), losses=tally.losses)

    def read(self, paths: Sequence[Path], films: LabelledFilms, options: ImportOptions) -> Imported:
        intake = Intake(films, options, source=self.name)
        for path in paths:
            take_in_marks(_marks(path, intake), intake, where=path.name)
        return intake.finish()


def _lines(placed: list[PlacedLabel], aus: list[int], tally: Tally) -> dict[str, list[str]]:
    """Return the lines of each file, by its name without ending; each line once."""
    lines: dict[str, dict[str, None]] = {}
    classes = {au: number for number, au in enumerate(aus)}
    for item in placed:
        label = item.label
        width, height = item.film.film.size_wh
        n_boxes = 0
        for frame in range(item.first_frame, item.last_frame + 1):
            box = clipped_box(item.film, label.character_number, frame)
            if box is None:
                tally.lose(
                    "frame without a face box: left out, which may split its label in two",
                    f"frame {frame} of character {label.character_number}",
                )
                continue
            n_boxes += 1
            x1, y1, x2, y2 = box
            where = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height,
                     (x2 - x1) / width, (y2 - y1) / height)  # fmt: skip
            number = classes[label.au] if isinstance(label, AuLabel) else 0
            line = f"{number} " + " ".join(f"{value:.6f}" for value in where)
            if item.film.folder is not None:
                tally.lose(
                    "picture that lies in a data set's folder: give it this file's name",
                    f"{names_of_frame(item.film, frame)[0]} for "
                    f"{item.film.folder.picture_path(frame)}",
                )
            for name in names_of_frame(item.film, frame):
                lines.setdefault(name, {})[line] = None
        if not n_boxes:
            tally.lose("label without a face box in any frame: left out", describe(label))
    return {name: list(said) for name, said in lines.items()}


def _tally_merged(placed: list[PlacedLabel], tally: Tally) -> None:
    """Count labels that touch or overlap another of the same unit: they come back as one."""
    ends: dict[tuple[int, int, int], int] = {}
    for item in sorted(placed, key=lambda each: each.first_frame):
        if isinstance(item.label, AuLabel):
            key = item.film.number, item.label.character_number, item.label.au
            if key in ends and item.first_frame <= ends[key] + 1:
                tally.lose("label that touches another of its unit: they become one",
                           describe(item.label))  # fmt: skip
            ends[key] = max(item.last_frame, ends.get(key, -1))


def _marks(folder: Path, intake: Intake) -> Iterator[FrameMark]:
    """Yield each unit in each frame that a folder's files name.

    Raises
    ------
    SchemaError
        It is no folder with classes and label files.
    """
    if not folder.is_dir():
        raise SchemaError(
            f"{folder}: expected a folder with {CLASSES_FILE} and {LABEL_FOLDER}, got no folder"
        )
    names = _class_names(folder)
    files = sorted((folder / LABEL_FOLDER).rglob("*.txt"))
    if not files:
        raise SchemaError(f"{folder}: expected label files in {LABEL_FOLDER}, found none")
    for path in files:
        found = frame_of_name(path.name, intake.films)
        if found is None:
            intake.tally.skip("file whose name is no frame of the study", path.name)
            continue
        film, frame, of_clip = found
        if frame >= len(film.times):
            intake.tally.skip("frame beyond the film's end", path.name)
            continue
        for number, line in enumerate(read_text(path).splitlines(), start=1):
            where = f"{path.name}, line {number}"
            unit = _class_of(line, names, intake, where)
            if unit is not None:
                box = _box(line, film.film.size_wh)
                yield FrameMark(
                    film_number=film.number,
                    character_number=film.face_at(frame, box) or of_clip,
                    unit=unit,
                    frame=frame,
                )


def _class_names(folder: Path) -> list[str]:
    path = folder / CLASSES_FILE
    if not path.is_file() and (folder / "classes.txt").is_file():
        return read_text(folder / "classes.txt").split()
    try:
        document: Any = yaml.safe_load(read_text(path))
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a day that is none, say
        raise SchemaError(f"{path}: expected YAML, got: {error}") from error
    names = document.get("names") if isinstance(document, dict) else None
    if isinstance(names, dict) and set(names) == set(range(len(names))):
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list):
        raise SchemaError(f"{path}: expected `names`, a list or a map from 0 on, got {names!r:.80}")
    return [str(name) for name in names]


def _class_of(line: str, names: list[str], intake: Intake, where: str) -> AuToken | None:
    """Return the class of a line, or None where the line is passed over."""
    words = line.split()
    if not words:
        return None
    try:
        number = int(words[0])
        values = [float(word) for word in words[1:]]
    except ValueError:
        number, values = -1, []
    if not 0 <= number < len(names) or len(values) < 4:
        intake.tally.skip("line that is no class and box", where)
        return None
    unit = read_au_name(names[number])
    if unit is None:
        intake.tally.skip("class that is no action unit", f"{where}: {names[number]}")
    return unit


def _box(line: str, size_wh: tuple[int, int]) -> tuple[float, float, float, float]:
    x, y, width, height = (float(word) for word in line.split()[1:5])
    return ((x - width / 2) * size_wh[0], (y - height / 2) * size_wh[1],
            (x + width / 2) * size_wh[0], (y + height / 2) * size_wh[1])  # fmt: skip


YOLO = _YoloFormat()
