"""Small sets of labelled pictures on disk, drawn by the tests."""

import hashlib
import shutil
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet
from cinefacs.media.picture_files import read_picture_file
from cinefacs.records.class_space import ClassSpace
from cinefacs.records.dataset_manifest import (
    DatasetManifest,
    ImageBase,
    SplitProtocol,
    SplitUnit,
)
from cinefacs.records.sample import Sample, SampleRole
from cinefacs.storage.datasets import DatasetLayout, write_dataset

__all__ = ["COLOURS", "draw_set", "write_manifest"]

COLOURS = ((230, 40, 40), (40, 230, 40), (60, 60, 240))
"""What tells the classes apart."""


def draw_set(
    folder: Path,
    space: ClassSpace,
    *,
    n: int = 4,
    side_px: int = 96,
    seed: int = 0,
    n_empty: int = 0,
) -> LabelledSet:
    """Draw pictures with one coloured square each, write them, and return the set.

    Parameters
    ----------
    folder
        Where the pictures go.
    space
        With one label a box the colour is the class; with several each class but the face is a
        stripe of its own.
    n, side_px, seed
        Of the pictures.
    n_empty
        How many of them show nothing.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    for number in range(n):
        rgb = rng.integers(90, 110, (side_px, side_px, 3)).astype(np.uint8)
        boxes, labels = np.zeros((0, 4)), np.zeros((0, len(space)), dtype=np.uint8)
        if number >= n_empty:
            size = int(rng.integers(side_px // 3, side_px // 2))
            x, y = (int(v) for v in rng.integers(2, side_px - size - 2, 2))
            boxes = np.array([[x, y, x + size, y + size]], dtype=np.float64)
            labels = _paint(rgb[y : y + size, x : x + size], space, number, rng)
        path = folder / f"{number:03d}.png"
        cv2.imwrite(str(path), rgb[:, :, ::-1])
        pictures.append(
            LabelledPicture(path=path, boxes_xyxy=boxes.astype(np.float32), labels=labels)
        )
    return LabelledSet(class_space=space, pictures=tuple(pictures))


def _paint(
    face: np.ndarray, space: ClassSpace, number: int, rng: np.random.Generator
) -> np.ndarray:
    """Paint a face, and return its labels."""
    labels = np.zeros((1, len(space)), dtype=np.uint8)
    if not space.multi_label:
        c = number % len(space)
        face[:] = COLOURS[c]
        labels[0, c] = 1
        return labels
    face[:] = 200
    height = len(face) // (len(space) - 1)
    for c in np.flatnonzero(rng.random(len(space) - 1) < 0.5).tolist():
        face[c * height + 2 : (c + 1) * height - 2] = COLOURS[c]
        labels[0, c] = 1
    labels[0, -1] = 1
    return labels


def write_manifest(folder: Path, parts: Mapping[str, LabelledSet]) -> Path:
    """Write a data set with one plain division, its pictures copied, and return its manifest.

    Parameters
    ----------
    folder
        Of the data set.
    parts
        By name (train, val, test), all of one class space; one set may be several parts.
    """
    (space,) = {labelled.class_space for labelled in parts.values()}
    samples = [
        sample
        for part, labelled in parts.items()
        for number, picture in enumerate(labelled.pictures)
        for sample in _samples(folder, part, number, picture, space)
    ]
    manifest = DatasetManifest(
        name="drawn",
        class_space=space,
        samples=tuple(samples),
        image_base=ImageBase.DATASET,
        protocol=SplitProtocol(unit=SplitUnit.GIVEN, method="given", seed=0),
        fold_names=("all",),
    )
    layout = DatasetLayout(folder)
    write_dataset(layout, manifest)
    return layout.manifest_path


def _samples(
    folder: Path, part: str, number: int, picture: LabelledPicture, space: ClassSpace
) -> list[Sample]:
    """Copy a picture, and return a sample for each of its faces, or one without."""
    target = folder / "images" / part / picture.path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if target != picture.path:
        shutil.copyfile(picture.path, target)
    height, width = read_picture_file(target).shape[:2]
    boxes: list[list[float] | None] = [*picture.boxes_xyxy.tolist()] or [None]
    return [
        Sample(
            sample_id=f"{part}-{number}-{face}",
            role=SampleRole.NO_FACE if box is None else SampleRole.IMPORTED,
            film_id=part, film_number=0, character_number=None, subject="", shot_index=None,
            clip_tag=None, event_id="", frame_index=number, pts=number, time_base=Fraction(1, 24),
            image_path=f"images/{part}/{target.name}",
            image_sha256=hashlib.sha256(target.read_bytes()).hexdigest(),
            image_width_px=width, image_height_px=height,
            box_xyxy=None if box is None else tuple(box),
            classes=() if box is None else _names(picture.labels[face] == 1, space),
            unknown_classes=() if box is None else _names(~picture.is_known[face], space),
            parts=(part,),
        )
        for face, box in enumerate(boxes)
    ]  # fmt: skip


def _names(is_chosen: np.ndarray, space: ClassSpace) -> tuple[str, ...]:
    return tuple(space.names[c] for c in np.flatnonzero(is_chosen))
