"""Read "CVAT for video 1.1": what a track says while it is not outside is one label."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from cinefacs.errors import SchemaError
from cinefacs.labels.formats.au_names import fields_of_name, read_au_name
from cinefacs.labels.formats.fields import unpack_text
from cinefacs.labels.formats.files import read_xml
from cinefacs.labels.formats.intake import Intake
from cinefacs.labels.labelled_films import LabelledFilm
from cinefacs.timing.number_text import read_whole

__all__ = ["read_cvat"]

SHAPES = {"box", "polygon", "polyline", "points", "ellipse", "mask", "cuboid", "skeleton"}
SAYS_NOTHING = {"", "__undefined__"}
CHOICES = {"intensity", "kind"}
"""Attributes in which ``none`` is a choice that says nothing."""
FIELD_OF = {"expression": "expression_id"}


@dataclass(frozen=True, slots=True)
class _Shape:
    """One frame of a track."""

    frame: int
    is_outside: bool
    attributes: Mapping[str, str]


def read_cvat(path: Path, intake: Intake) -> None:
    """Take in the labels of one file.

    Parameters
    ----------
    path
        The XML file, or the ZIP that CVAT packs it into.
    intake
        Gathers them.

    Raises
    ------
    SchemaError
        The file is no CVAT XML, is one for images, or belongs to a film of another length.
    StudyError
        It is not said to which film or character the labels belong.
    FilmError
        The film is not there.
    """
    root = read_xml(path, member="annotations.xml")
    if root.tag != "annotations":
        raise SchemaError(f"{path}: expected CVAT's <annotations>, got <{root.tag}>")
    if root.find("image") is not None:
        raise SchemaError(
            f"{path}: expected 'CVAT for video 1.1', got 'CVAT for images'",
            hint="export the task anew as 'CVAT for video 1.1'",
        )
    task = root.find("meta/task")
    if task is None:
        task = root.find("meta/job")
    name = (root.findtext("meta/source") or "") if task is None else task.findtext("source") or ""
    film = intake.film(path.name, name=name.strip())
    step = _check_length(path, task, film)
    if film.film.n_damaged_frames:
        intake.tally.assume("CVAT counts only those frames that the study kept", _damaged(film))
    for number, track in enumerate(root.iter("track")):
        where = f"{path.name}, track {track.get('id', number)}"
        _take_in(track, film, intake, step=step, where=where)


def _damaged(film: LabelledFilm) -> str:
    return f"{film.film.n_damaged_frames} damaged frames of film {film.number} were left out"


def _check_length(path: Path, task: ET.Element | None, film: LabelledFilm) -> int:
    """Return of how many frames the task shows one; 1 unless it has a frame filter."""
    if task is None:
        return 1
    rule = (task.findtext("frame_filter") or "").strip()
    step_text = rule.partition("step=")[2].strip() or "1"
    size_text = (task.findtext("size") or "").strip() or "0"
    start_text = (task.findtext("start_frame") or "").strip() or "0"
    step, size, start = read_whole(step_text), read_whole(size_text), read_whole(start_text)
    if step is None or size is None or start is None:
        raise SchemaError(
            f"{path}: expected whole numbers as size, start_frame and step of the task, "
            f"got {size_text!r:.40}, {start_text!r:.40} and {step_text!r:.40}"
        )
    n_needed = start + (size - 1) * step + 1 if size else 0
    if step < 1 or n_needed > len(film.times):
        raise SchemaError(
            f"{path}: expected a task on film {film.number} with {len(film.times)} frames, got "
            f"one that reaches frame {n_needed - 1}",
            hint="say which film it is with --film",
        )
    return step


def _take_in(
    track: ET.Element, film: LabelledFilm, intake: Intake, *, step: int, where: str
) -> None:
    label = (track.get("label") or "").strip()
    named = read_au_name(label)
    if named is None and label not in {"expression", "coded"}:
        intake.tally.skip("track whose label is no action unit", f"{where}: {label!r}")
        return
    try:
        shapes = sorted(_shapes(track), key=lambda shape: shape.frame)
    except ValueError as error:
        intake.tally.skip(str(error), where)
        return
    segments = list(_segments(shapes, step))
    if len(segments) > 1:
        intake.tally.assume("track that goes outside and comes back: a label each", where)
    for shown, end in segments:
        if end is None and shown[-1].frame != len(film.times) - 1:
            intake.tally.assume("track without an end: it ends with its last shape", where)
        values, character = _values(shown, intake, where)
        if named is not None:
            values = {**fields_of_name(named), **values}
        intake.add_frames(
            "au" if named is not None else label,
            values,
            film=film,
            character_number=character,
            frames=(shown[0].frame, shown[-1].frame if end is None else end),
            apex_frames=_apex_frames(shown),
            where=where,
        )


def _shapes(track: ET.Element) -> Iterator[_Shape]:
    """Yield the frames of a track.

    Raises
    ------
    ValueError
        A frame is no number.
    """
    for element in track:
        if element.tag not in SHAPES:
            continue
        text = element.get("frame", "")
        frame = read_whole(text)
        if frame is None or frame < 0:
            raise ValueError(f"frame of a shape: expected a whole number, got {text!r:.40}")
        attributes = {
            attribute.get("name", ""): attribute.text or ""
            for attribute in element.iter("attribute")
        }
        yield _Shape(frame, element.get("outside", "0") == "1", attributes)


def _segments(shapes: list[_Shape], step: int) -> Iterator[tuple[list[_Shape], int | None]]:
    """Yield each run of shapes that are shown, with its last frame where a shape ends it."""
    runs = [
        (is_outside, list(run))
        for is_outside, run in groupby(shapes, key=lambda shape: shape.is_outside)
    ]
    for position, (is_outside, run) in enumerate(runs):
        if is_outside:
            continue
        after = runs[position + 1][1][0].frame if position + 1 < len(runs) else None
        yield run, None if after is None else max(after - step, run[-1].frame)


def _values(shown: list[_Shape], intake: Intake, where: str) -> tuple[dict[str, Any], int | None]:
    """Return fields and character by the attributes of a label's first frame."""
    first = {**shown[0].attributes}
    for shape in shown:
        changed = [
            name for name, value in shape.attributes.items()
            if name != "apex" and first.setdefault(name, value) != value
        ]  # fmt: skip
        if changed:
            intake.tally.assume(
                "attribute that changes within a label: its first value was taken",
                f"{where}, frame {shape.frame}: {changed[0]}",
            )
            break
    first.pop("apex", None)
    detail = unpack_text(first.pop("detail", ""))
    character = first.pop("character", "")
    said = {
        FIELD_OF.get(name, name): value
        for name, value in first.items()
        if value.strip() not in SAYS_NOTHING and not (name in CHOICES and value == "none")
    }
    return {**said, **detail}, read_whole(character)


def _apex_frames(shown: list[_Shape]) -> list[int]:
    """Return where the apex attribute takes a new value that is set."""
    frames: list[int] = []
    before = ""
    for shape in shown:
        value = shape.attributes.get("apex", before).strip().lower()
        if value != before and value not in {"", "0", "false", "no"}:
            frames.append(shape.frame)
        before = value
    return frames
