"""Boxes and classes of another program's data set to samples of ours."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from cinefacs.datasets.image_files import digest_bytes, read_bytes, read_rgb
from cinefacs.errors import SchemaError
from cinefacs.facs.tags import FrameTag
from cinefacs.records.class_space import (
    FACE,
    OTHER,
    ClassSpace,
    au_space,
    emotion7_space,
    emotion_au_space,
    emotion_space,
)
from cinefacs.records.sample import Sample, SampleRole

__all__ = ["FoundImage", "as_float32", "group_boxes", "guess_space", "make_samples"]

_OWN_NAME = re.compile(r"(?P<film>\d{3,})-(?P<frame>\d{6,})")
_COMBINATION = re.compile(r"AU\d+(\+AU\d+)*")

Box = tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundImage:
    """A picture of another program's data set."""

    path: Path
    """The file."""
    part: str
    """A `Part`, or empty where the data set is not split."""
    faces: tuple[tuple[Box, tuple[str, ...]], ...]
    """Corners, px, and classes of each face."""
    unknown: Mapping[Box, tuple[str, ...]] = field(default_factory=dict)
    """Classes of which nothing is known, by face; none of a face that is left out."""


def group_boxes(rows: Sequence[tuple[Box, str]]) -> tuple[tuple[Box, tuple[str, ...]], ...]:
    """Return each box once with all its classes: programs of one class a box repeat the box.

    Parameters
    ----------
    rows
        Corners and class of each box.
    """
    classes: dict[Box, list[str]] = {}
    for box, name in rows:
        own = classes.setdefault(box, [])
        if name not in own:
            own.append(name)
    return tuple((box, tuple(own)) for box, own in classes.items())


def as_float32(box: Sequence[float]) -> Box:
    """Return corners as the single-precision numbers that boxes are made of."""
    return tuple(float(np.float32(value)) for value in box)


def guess_space(
    names: Sequence[str], images: Sequence[FoundImage], *, is_multi: bool = False
) -> ClassSpace:
    """Return the space that the names make: one of ours where they are the same.

    Parameters
    ----------
    names
        Classes in their order.
    images
        Tell whether a face has several.
    is_multi
        Whether a face may have several even if none has.
    """
    several = (len(own) > 1 for image in images for _, own in image.faces)
    has_several = is_multi or any(several)
    for space in (emotion_space(), emotion7_space(), au_space(), emotion_au_space()):
        if space.names == tuple(names) and (space.multi_label or not has_several):
            return space
    is_combination = OTHER in names and all(
        name in {OTHER, "neutral"} or _COMBINATION.fullmatch(name) for name in names
    )
    if is_combination and not has_several:
        return ClassSpace(name="combination", names=tuple(names), multi_label=False)
    is_multi = has_several or (FACE in names and len(names) > 1)
    return ClassSpace(name="imported", names=tuple(names), multi_label=is_multi)


def make_samples(
    images: Sequence[FoundImage], *, space: ClassSpace, folder: Path, origin: str
) -> tuple[Sample, ...]:
    """Return the samples of the pictures, which lie in the data set's folder by now.

    What a file name tells is taken: ``003-000172`` is frame 172 of film 3, and
    ``003-06-0007-0008`` a picture of character 6.

    Parameters
    ----------
    images
        The pictures; paths below `folder`.
    space
        Classes.
    folder
        The data set's folder.
    origin
        Name of where they come from.

    Raises
    ------
    SchemaError
        A file is no picture, or a box lies outside.
    """
    samples: list[Sample] = []
    taken: set[str] = set()
    for number, image in enumerate(images):
        stem = image.path.stem
        base = stem if stem not in taken else f"{image.part}-{number}-{stem}"
        taken.add(stem)
        samples += _samples_of(image, base, number, space, folder=folder, origin=origin)
    return tuple(samples)


def _samples_of(
    image: FoundImage, base: str, number: int, space: ClassSpace, *, folder: Path, origin: str
) -> list[Sample]:
    data = read_bytes(image.path)
    height, width = read_rgb(image.path, data).shape[:2]
    film, character, frame, clip = _read_name(image.path.stem)
    is_alone = len(image.faces) == 1
    blank = Sample(
        sample_id=base,
        role=SampleRole.NO_FACE,
        film_id=origin if film is None else f"{origin} film {film:03d}",
        film_number=film or 0,
        character_number=None,
        subject="",
        shot_index=None,
        clip_tag=clip,
        event_id="",
        frame_index=number if frame is None else frame,
        pts=number if frame is None else frame,
        time_base=Fraction(1),
        image_path=image.path.relative_to(folder).as_posix(),
        image_sha256=digest_bytes(data),
        image_width_px=width,
        image_height_px=height,
        box_xyxy=None,
        label_source=origin,
        parts=(image.part,) if image.part else (),
    )
    order = {name: index for index, name in enumerate(space.names)}
    faces = []
    for k, (box, classes) in enumerate(image.faces, start=1):
        if box[0] >= width or box[1] >= height or box[2] <= 0 or box[3] <= 0:
            raise SchemaError(f"{image.path}: expected boxes in {width}x{height} px, got {box}")
        held = tuple(sorted(classes, key=order.__getitem__))
        faces.append(
            dataclasses.replace(
                blank,
                sample_id=f"{base}-{k}",
                role=SampleRole.IMPORTED,
                character_number=character if is_alone else None,
                subject=f"{film:03d}-{character:02d}" if character and is_alone else "",
                box_xyxy=box,
                classes=held,
                unknown_classes=tuple(n for n in image.unknown.get(box, ()) if n not in held),
            )
        )
    return faces or [blank]


def _read_name(stem: str) -> tuple[int | None, int | None, int | None, str | None]:
    """Return film, character, frame and clip as far as a file name tells."""
    own = _OWN_NAME.fullmatch(stem)
    if own is not None:
        return int(own["film"]), None, int(own["frame"]), None
    if FrameTag.is_tag(stem):
        film, character, *_ = stem.split("-")
        return int(film), int(character), None, stem.rpartition("-")[0]
    return None, None, None, None
