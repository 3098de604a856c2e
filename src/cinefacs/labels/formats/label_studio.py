"""Label Studio's JSON: regions on the video's timeline, and face boxes beside them for the eye.

Timeline regions count frames from 1, both ends included, at the project's ``frameRate``; the task
carries that rate as ``data.fps``. For a film whose rate varies it is fine enough to tell all frames
apart. Side, intensity, apex and character are controls per region;
what remains stands in the region's meta text. Boxes are not read back.

References
----------
Label Studio, tags ``TimelineLabels``, ``VideoRectangle``, ``Video``; labelstud.io/tags.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.formats.au_names import class_name
from cinefacs.labels.formats.contract import Exported, Imported, ImportOptions, Tally
from cinefacs.labels.formats.fields import AnyLabel, pack
from cinefacs.labels.formats.frame_clock import FrameClock, rate_for
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.formats.label_studio_read import read_label_studio
from cinefacs.labels.formats.placing import PlacedLabel, by_film, place_labels
from cinefacs.labels.labelled_films import LabelledFilm, LabelledFilms
from cinefacs.records.au_label import AuLabel
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.labels import Labels
from cinefacs.storage.atomic import write_json, write_text

__all__ = ["LABEL_STUDIO"]

LARGEST_CHARACTER = 9999


class _LabelStudioFormat:
    name = "label-studio"
    title = "Label Studio, JSON of video timelines"
    suffixes = (".json",)
    not_held: frozenset[str] = frozenset()

    def export(self, labels: Labels, films: LabelledFilms, out: Path) -> Exported:
        tally = Tally()
        path = out if out.suffix.lower() == ".json" else out / "labels.json"
        placed = place_labels(labels, films, tally)
        tasks = [_task(film, items) for film, items in by_film(placed)]
        write_json(path, tasks)
        config_path = path.with_name(f"{path.stem}.label-studio.xml")
        write_text(config_path, _config(placed))
        return Exported(paths=(path, config_path), losses=tally.losses)

    def read(self, paths: Sequence[Path], films: LabelledFilms, options: ImportOptions) -> Imported:
        intake = Intake(films, options, source=self.name)
        for path in paths:
            read_label_studio(path, intake)
        return intake.finish()


def _task(film: LabelledFilm, items: list[PlacedLabel]) -> dict[str, Any]:
    """Return the task of a film, with an annotation for each coder and label set."""
    rate, _ = rate_for(film)
    clock = FrameClock(film.times, rate)
    authors = sorted({item.author for item in items})
    return {
        "data": {
            "video": film.file_name,
            "fps": float(rate),
            "film_id": film.film.film_id,
            "film_number": film.number,
        },
        "annotations": [
            {"result": _results([item for item in items if item.author == author], clock)}
            for author in authors
        ],
    }


def _results(items: list[PlacedLabel], clock: FrameClock) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    for number, item in enumerate(items):
        results += _regions(item, clock, f"label-{number}")
    for number, box in enumerate(_boxes(items, clock)):
        results.append({"id": f"face-{number}", **box})
    return results


def _regions(item: PlacedLabel, clock: FrameClock, identity: str) -> Iterator[dict[str, Any]]:
    """Yield the region of a label and what its controls say of it."""
    label = item.label
    span = {
        "start": clock.first_number(item.first_frame),
        "end": clock.last_number(item.last_frame),
    }
    common = {"id": identity, "to_name": "video", "origin": "manual"}
    held = {"au", "side", "intensity"} if isinstance(label, AuLabel) else set()
    detail = pack(label, without=held)
    apexes = [clock.first_number(frame) for frame in item.apex_frames]
    if isinstance(label, ExpressionLabel) and apexes:
        detail["apex_frames"] = apexes
    yield {
        **common,
        "from_name": "timeline",
        "type": "timelinelabels",
        "value": {"ranges": [span], "timelinelabels": [_region_name(label)]},
        "meta": {"text": [_one_line(detail)]},
    }
    said: list[tuple[str, str, Any]] = [("character", "number", label.character_number)]
    if isinstance(label, AuLabel):
        said.append(("side", "choices", [str(label.side)]))
        if label.intensity is not None:
            said.append(("intensity", "choices", [str(label.intensity)]))
        if apexes:
            said.append(("apex_frame", "number", apexes[0]))
    for name, kind, value in said:
        yield {
            **common,
            "from_name": name,
            "type": kind,
            "value": {"ranges": [span], kind: value},
        }


def _region_name(label: AnyLabel) -> str:
    if isinstance(label, AuLabel):
        return class_name(label.au)
    return "expression" if isinstance(label, ExpressionLabel) else "coded"


def _boxes(items: list[PlacedLabel], clock: FrameClock) -> Iterator[dict[str, Any]]:
    """Yield a box region for each stretch of frames in which a labelled face was found."""
    labelled: dict[int, set[int]] = {}
    for item in (each for each in items if not isinstance(each.label, CodedSpan)):
        labelled.setdefault(item.label.character_number, set()).update(
            range(item.first_frame, item.last_frame + 1)
        )
    for character, frames in sorted(labelled.items()):
        film = items[0].film
        faces = film.boxes.get(character)
        found = [frame for frame in sorted(frames) if faces and faces.at(frame)]
        for _, run in groupby(enumerate(found), key=lambda pair: pair[1] - pair[0]):
            stretch = [frame for _, frame in run]
            yield {
                "from_name": "box",
                "to_name": "video",
                "type": "videorectangle",
                "origin": "manual",
                "value": {
                    "framesCount": clock.last_number(len(film.times) - 1),
                    "duration": float(film.times.end_s(len(film.times) - 1)),
                    "labels": [f"character {character}"],
                    "sequence": [
                        _key_box(film, character, frame, clock, is_last=frame == stretch[-1])
                        for frame in stretch
                    ],
                },
            }


def _key_box(
    film: LabelledFilm, character: int, frame: int, clock: FrameClock, *, is_last: bool
) -> dict[str, Any]:
    """Return a box in per cent of the picture; it is shown up to the next one."""
    box = film.boxes[character].at(frame) or (0.0, 0.0, 0.0, 0.0)
    width, height = film.film.size_wh
    x1, x2 = (min(max(edge / width, 0.0), 1.0) * 100 for edge in box[::2])
    y1, y2 = (min(max(edge / height, 0.0), 1.0) * 100 for edge in box[1::2])
    return {
        "frame": clock.first_number(frame),
        "time": float(film.times.start_s(frame)),
        "x": x1,
        "y": y1,
        "width": x2 - x1,
        "height": y2 - y1,
        "rotation": 0,
        "enabled": not is_last,
    }


def _one_line(detail: dict[str, Any]) -> str:
    return json.dumps(detail, ensure_ascii=True)


def _config(placed: Sequence[PlacedLabel]) -> str:
    """Return the labelling configuration of a project that takes the tasks."""
    view = ET.Element("View")
    ET.SubElement(view, "Video", name="video", value="$video", frameRate="$fps")
    timeline = ET.SubElement(view, "TimelineLabels", name="timeline", toName="video")
    for name in sorted({_region_name(item.label) for item in placed}, key=_natural):
        ET.SubElement(timeline, "Label", value=name)
    ET.SubElement(view, "VideoRectangle", name="box", toName="video")
    people = ET.SubElement(view, "Labels", name="people", toName="video")
    for number in sorted({item.label.character_number for item in placed}):
        ET.SubElement(people, "Label", value=f"character {number}")
    for name, choices in (("side", tuple(Side)), ("intensity", tuple(Intensity))):
        group = ET.SubElement(view, "Choices", name=name, toName="video", perRegion="true")
        for choice in choices:
            ET.SubElement(group, "Choice", value=str(choice))
    for name, largest in (("character", str(LARGEST_CHARACTER)), ("apex_frame", "")):
        number_tag = ET.SubElement(
            view, "Number", name=name, toName="video", perRegion="true", min="1"
        )
        if largest:
            number_tag.set("max", largest)
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _natural(name: str) -> tuple[bool, int, str]:
    digits = "".join(filter(str.isdigit, name))
    return not digits, int(digits or 0), name


LABEL_STUDIO = _LabelStudioFormat()
