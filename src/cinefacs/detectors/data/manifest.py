"""Our own data sets: what ``cinefacs datasets build`` and ``split`` wrote."""

from pathlib import Path

import numpy as np

from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet
from cinefacs.errors import SchemaError
from cinefacs.records.class_space import FACE, ClassSpace
from cinefacs.records.sample import Part, Sample
from cinefacs.storage.datasets import DatasetLayout, read_dataset

__all__ = ["read_manifest"]


def read_manifest(path: Path, split: str, *, fold: int = 0) -> LabelledSet:
    """Return one part of a data set of our own.

    A picture with a face whose classes are not all known is left out: to the loss a class that is
    not named is absent, and unknown is not absent. The notes count such pictures.

    Parameters
    ----------
    path
        ``manifest.json``.
    split
        ``train``, ``val`` or ``test``.
    fold
        Which division.

    Raises
    ------
    StudyError
        There is no data set.
    SchemaError
        It is damaged, of another version, not split, or the part is empty.
    """
    if split not in set(Part):
        raise SchemaError(f"{path}: expected one of {', '.join(Part)}, got {split!r}")
    layout = DatasetLayout(path.parent)
    manifest = read_dataset(layout)
    by_picture: dict[str, list[Sample]] = {}
    for sample in manifest.select(Part(split), fold=fold):
        by_picture.setdefault(sample.image_path, []).append(sample)
    folder = layout.base_dir(manifest.image_base)
    known = {
        name: group
        for name, group in by_picture.items()
        if all(_is_known(sample, manifest.class_space) for sample in group)
    }
    n_left_out = len(by_picture) - len(known)
    if not known:
        raise SchemaError(
            f"{path}: expected pictures in {split!r}, got none of {len(by_picture)} "
            "whose faces' classes are all known"
        )
    pictures = [
        _picture(folder / name, group, manifest.class_space) for name, group in known.items()
    ]
    notes = (f"{n_left_out} pictures left out: a face's classes are not all known",)
    return LabelledSet(
        class_space=manifest.class_space,
        pictures=tuple(pictures),
        notes=(*manifest.warnings, *(notes if n_left_out else ())),
    )


def _is_known(sample: Sample, space: ClassSpace) -> bool:
    """Return whether a sample says all that training must know."""
    if not sample.has_face:
        return True
    has_class = space.multi_label or len(sample.classes) == 1
    return has_class and not set(sample.unknown_classes) - {FACE}


def _picture(path: Path, samples: list[Sample], space: ClassSpace) -> LabelledPicture:
    faces = [sample for sample in samples if sample.box_xyxy is not None]
    labels = np.zeros((len(faces), len(space)), dtype=np.uint8)
    for row, sample in enumerate(faces):
        labels[row, list(space.indices(sample.classes))] = 1
        if space.box_index is not None:
            labels[row, space.box_index] = 1
    boxes = np.array([sample.box_xyxy for sample in faces], dtype=np.float32).reshape(-1, 4)
    return LabelledPicture(path=path, boxes_xyxy=boxes, labels=labels)
