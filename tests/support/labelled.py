"""Small sets of labelled pictures on disk, drawn by the tests."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet
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


def write_manifest(folder: Path, splits: dict[str, LabelledSet]) -> Path:
    """Write sets as a split data set of our own beside their pictures; return ``manifest.json``."""
    (space,) = {item.class_space for item in splits.values()}
    samples = []
    for split, items in splits.items():
        for number, picture in enumerate(items.pictures):
            n_faces = len(picture.boxes_xyxy)
            for face in range(max(1, n_faces)):
                box = tuple(picture.boxes_xyxy[face].tolist()) if n_faces else None
                held = np.flatnonzero(picture.labels[face]).tolist() if n_faces else []
                samples.append(
                    Sample(
                        sample_id=f"{split}-{number}-{face}",
                        role=SampleRole.IMPORTED,
                        film_id="drawn",
                        film_number=0,
                        character_number=None,
                        subject="",
                        shot_index=None,
                        clip_tag=None,
                        event_id="",
                        frame_index=number,
                        pts=number,
                        time_base=Fraction(1, 24),
                        image_path=str(picture.path.relative_to(folder)),
                        image_sha256="0" * 64,
                        image_width_px=96,
                        image_height_px=96,
                        box_xyxy=box,
                        classes=tuple(space.names[c] for c in held),
                        parts=(split,),
                    )
                )
    layout = DatasetLayout(folder)
    protocol = SplitProtocol(unit=SplitUnit.GIVEN, method="given", seed=0)
    write_dataset(
        layout,
        DatasetManifest(
            name="drawn",
            class_space=space,
            samples=tuple(samples),
            image_base=ImageBase.DATASET,
            protocol=protocol,
            fold_names=("given",),
        ),
    )
    return layout.manifest_path
