"""Data sets of our own, as `cinefacs datasets build` and `split` make them, for detectors.

A sample is a face, a labelled picture is a picture with all its faces: samples of one picture are
brought together.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet
from cinefacs.errors import SchemaError
from cinefacs.records.class_space import FACE, ClassSpace, require_face
from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.sample import Part, Sample
from cinefacs.storage.datasets import DatasetLayout, read_dataset

__all__ = ["read_manifest"]

_MIXED = "pictures whose faces are in several parts left out"
_NO_CLASS = (
    "pictures left out with a face of which no class is known; a data set built with the space au "
    "or emotion+au keeps them"
)


def read_manifest(path: Path, part: Part, *, fold: int = 0) -> LabelledSet:
    """Return one part of a data set of our own.

    Where faces have several labels, a face is known to be one, and the classes that its sample
    calls unknown stay unknown. Where a face has one label, a face without any cannot be shown: as
    background it would be learned as no face, and its class is not known. Its whole picture is
    left out, and the notes say how many there were. A picture without a face has no boxes.

    Parameters
    ----------
    path
        ``manifest.json``.
    part
        What the pictures are for.
    fold
        Which division.

    Raises
    ------
    StudyError, SchemaError
        The data set cannot be read, is not split, has no such fold or nothing in that part, or a
        picture is missing.
    ConfigError
        Faces have several labels, and none of them is `FACE`.
    """
    layout = DatasetLayout(path.parent)
    manifest = read_dataset(layout)
    require_face(manifest.class_space)
    chosen = manifest.select(part, fold=fold)
    if not chosen:
        raise SchemaError(
            f"data set {manifest.name}: expected samples for {part} in the fold "
            f"{manifest.fold_names[fold]!r}, got none",
            hint=f"it has {_sizes(manifest, fold)}; split it anew with other ratios",
        )
    base = layout.base_dir(manifest.image_base)
    in_picture = Counter(sample.image_path for sample in manifest.samples)
    groups: dict[str, list[Sample]] = {}
    for sample in chosen:
        groups.setdefault(sample.image_path, []).append(sample)
    left_out: Counter[str] = Counter()
    pictures = []
    for name, group in groups.items():
        reason = _why_not(group, in_picture[name], manifest.class_space)
        if reason:
            left_out[reason] += 1
        else:
            pictures.append(_picture(base / name, group, manifest.class_space))
    notes = tuple(f"{n} {reason}" for reason, n in sorted(left_out.items()))
    if not pictures:
        raise SchemaError(
            f"data set {manifest.name}: expected pictures for {part}, got none: {notes[0]}"
        )
    return LabelledSet(
        class_space=manifest.class_space,
        pictures=tuple(pictures),
        notes=notes,
        warnings=manifest.warnings,
    )


def _sizes(manifest: DatasetManifest, fold: int) -> str:
    counts = Counter(sample.parts[fold] for sample in manifest.samples)
    return ", ".join(f"{n} for {part}" for part, n in sorted(counts.items())) or "no samples"


def _why_not(group: Sequence[Sample], n_in_picture: int, space: ClassSpace) -> str:
    """Return why a picture cannot be shown; empty where it can."""
    if len(group) < n_in_picture:
        return _MIXED
    has_blank = any(sample.has_face and not sample.classes for sample in group)
    return _NO_CLASS if has_blank and not space.multi_label and space.names != (FACE,) else ""


def _picture(path: Path, group: Sequence[Sample], space: ClassSpace) -> LabelledPicture:
    if not path.is_file():
        raise SchemaError(
            f"{path}: expected the picture of the sample {group[0].sample_id}, got no such file",
            hint="a data set of a study is moved with its study; `cinefacs datasets export` makes "
            "one that stands alone",
        )
    faces = [sample for sample in group if sample.box_xyxy is not None]
    labels = np.zeros((len(faces), len(space)), np.uint8)
    unknown = np.zeros((len(faces), len(space)), np.bool_)
    for row, face in enumerate(faces):
        labels[row] = space.multi_hot(face.classes)
        if space.multi_label:
            unknown[row] = space.multi_hot(face.unknown_classes) == 1
    if space.face_index is not None:  # where there is a box, there is a face
        labels[:, space.face_index] = 1
        unknown[:, space.face_index] = False
    return LabelledPicture(
        path=path,
        boxes_xyxy=np.array([face.box_xyxy for face in faces], np.float32).reshape(-1, 4),
        labels=labels,
        unknown=unknown,
        eyes_xy=tuple(_eyes(face) for face in faces),
        names=tuple(face.sample_id for face in faces),
    )


def _eyes(face: Sample) -> npt.NDArray[np.float32] | None:
    """Return the first two of the five points; None where they say nothing of how it is turned."""
    if face.points_xy is None:
        return None
    eyes = np.array(face.points_xy[:4], np.float32).reshape(2, 2)
    return eyes if bool((eyes[0] != eyes[1]).any()) else None
