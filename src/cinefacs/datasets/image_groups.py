"""The samples of a data set picture by picture, as other programs keep them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from cinefacs.errors import SchemaError
from cinefacs.geometry.boxes import clip_boxes
from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.sample import Part, Sample

__all__ = ["UNDIVIDED", "ImageGroup", "clipped_box", "exportable", "images_of"]

UNDIVIDED = "all"
"""Folder of the pictures of a data set that is not split."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageGroup:
    """One picture with all its samples."""

    name: str
    """Name of the file in an export, different from all others of the data set."""
    part: str
    """A `Part`, or `UNDIVIDED`."""
    samples: tuple[Sample, ...]
    """At least one; faces, or one sample without a face."""

    @property
    def path(self) -> str:
        """Where the picture lies, relative to the manifest's base."""
        return self.samples[0].image_path

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height, px."""
        return self.samples[0].image_wh

    @property
    def faces(self) -> tuple[Sample, ...]:
        """Samples that are faces."""
        return tuple(sample for sample in self.samples if sample.has_face)


def images_of(manifest: DatasetManifest, *, fold: int = 0) -> list[ImageGroup]:
    """Return the pictures of one fold, in the order of their first samples; unused ones not.

    Parameters
    ----------
    manifest
        Split or not.
    fold
        Position in ``fold_names``; without meaning for a data set that is not split.

    Raises
    ------
    SchemaError
        Faces of one picture are in several parts, or there is no such fold.
    """
    if manifest.is_split:
        manifest.select(Part.TRAIN, fold=fold)  # says so where there is no such fold
    by_path: dict[str, list[Sample]] = defaultdict(list)
    for sample in manifest.samples:
        by_path[sample.image_path].append(sample)
    names = _names(by_path)
    groups = []
    for path, samples in by_path.items():
        parts = {sample.parts[fold] if sample.parts else UNDIVIDED for sample in samples}
        if len(parts) > 1:
            raise SchemaError(
                f"data set {manifest.name}: {path}: expected one part for a picture, "
                f"got {sorted(parts)}"
            )
        part = parts.pop()
        if part != Part.UNUSED:
            groups.append(ImageGroup(name=names[path], part=part, samples=tuple(samples)))
    return groups


def _names(paths: Iterable[str]) -> dict[str, str]:
    """Return a file name for each picture, the own one where no other has it."""
    everything = list(paths)
    tally = Counter(PurePosixPath(path).name.casefold() for path in everything)
    names = {}
    for path in everything:
        own = PurePosixPath(path)
        is_alone = tally[own.name.casefold()] == 1
        names[path] = own.name if is_alone else path.replace("/", "_")
    return names


def clipped_box(sample: Sample) -> tuple[float, ...] | None:
    """Return a face's corners within its picture; None where nothing of it is inside."""
    if sample.box_xyxy is None:
        return None
    box = np.array([sample.box_xyxy], np.float32)
    x1, y1, x2, y2 = (float(value) for value in clip_boxes(box, resolution_wh=sample.image_wh)[0])
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def exportable(
    faces: Sequence[Sample], counts: Counter[str]
) -> list[tuple[Sample, tuple[float, ...]]]:
    """Return the faces that another program can hold, with their corners within the picture.

    Parameters
    ----------
    faces
        Faces of one picture.
    counts
        Told which cannot be held, and why.
    """
    held = []
    for face in faces:
        box = clipped_box(face)
        if box is None:
            counts["face outside its picture"] += 1
        elif not face.classes:
            counts["face without a class"] += 1
        else:
            held.append((face, box))
    return held
