"""A set of labelled pictures in memory: paths, boxes, labels."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.checks import freeze_array
from cinefacs.records.class_space import ClassSpace

__all__ = ["LabelledPicture", "LabelledSet", "group_by_box", "truth_of"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelledPicture:
    """One picture and its true boxes."""

    path: Path
    """File of the picture."""
    boxes_xyxy: npt.NDArray[np.float32]
    """(M, 4), px; M may be 0."""
    labels: npt.NDArray[np.uint8]
    """(M, K) of 0 and 1."""

    def __post_init__(self) -> None:
        """Check the shapes."""
        n = len(self.boxes_xyxy)
        boxes = freeze_array(
            self.boxes_xyxy, f"{self.path.name}: boxes", shape=(n, 4), dtype=np.float32
        )
        labels = freeze_array(
            self.labels, f"{self.path.name}: labels", shape=(n, None), dtype=np.uint8
        )
        object.__setattr__(self, "boxes_xyxy", boxes)
        object.__setattr__(self, "labels", labels)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelledSet:
    """Pictures with one class space."""

    class_space: ClassSpace
    """What the labels' columns mean."""
    pictures: tuple[LabelledPicture, ...]
    """In a fixed order."""
    notes: tuple[str, ...] = ()
    """What the reader left out or mended, each by name."""

    def __post_init__(self) -> None:
        """Check that there is something, and that it has the right number of labels."""
        if not self.pictures:
            raise SchemaError("labelled pictures: expected at least one, got none")
        truth_of([p.boxes_xyxy for p in self.pictures], [p.labels for p in self.pictures],
                 self.class_space)  # fmt: skip

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.pictures)

    def digest(self) -> str:
        """Return a SHA-256 over names, sizes of files, boxes and labels: tells two sets apart."""
        rows = [
            [
                picture.path.name,
                picture.path.stat().st_size if picture.path.exists() else -1,
                picture.boxes_xyxy.round(3).tolist(),
                picture.labels.tolist(),
            ]
            for picture in self.pictures
        ]
        document = {"class_space": self.class_space.as_document(), "pictures": rows}
        return hashlib.sha256(json.dumps(document).encode()).hexdigest()


def truth_of(
    boxes: Sequence[npt.NDArray[np.float32]],
    labels: Sequence[npt.NDArray[np.uint8]],
    class_space: ClassSpace,
) -> BoxTruth:
    """Return the true boxes of several pictures as one record.

    Parameters
    ----------
    boxes, labels
        (M, 4) px and (M, K) of each picture.
    class_space
        Of the labels.

    Raises
    ------
    SchemaError
        Shapes or values do not fit the space.
    """
    counts = [len(b) for b in boxes]
    return BoxTruth(
        class_space=class_space,
        n_pictures=len(boxes),
        picture_index=np.repeat(np.arange(len(boxes)), counts),
        boxes_xyxy=np.concatenate([b.reshape(-1, 4) for b in boxes]),
        labels=np.concatenate([r.reshape(len(r), len(class_space)) for r in labels]),
    )


def group_by_box(
    boxes_xyxy: npt.NDArray[np.float32],
    class_index: npt.NDArray[np.int64],
    class_space: ClassSpace,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Return boxes and labels from one row a label.

    Common formats write a face with three labels as three rows with the same box. Where the space
    has several labels, equal boxes (to a hundredth of a pixel) become one with all their labels
    and `FACE`; else each row stays a box.

    Parameters
    ----------
    boxes_xyxy : (R, 4), px
    class_index : (R,)
    class_space
        One label or several.

    Returns
    -------
    (M, 4) float32 and (M, K) uint8
        In the order of first appearance.
    """
    k = len(class_space)
    one_hot = np.zeros((len(class_index), k), dtype=np.uint8)
    one_hot[np.arange(len(class_index)), class_index] = 1
    if not class_space.multi_label or not len(class_index):
        return boxes_xyxy.reshape(-1, 4).astype(np.float32), one_hot
    keys = [tuple(row) for row in np.round(boxes_xyxy.astype(np.float64), 2).tolist()]
    first: dict[tuple[float, ...], int] = {}
    for row, key in enumerate(keys):
        first.setdefault(key, row)
    labels = np.zeros((len(first), k), dtype=np.uint8)
    place = {key: number for number, key in enumerate(first)}
    for row, key in enumerate(keys):
        labels[place[key]] |= one_hot[row]
    labels[:, class_space.box_index] = 1
    return boxes_xyxy[list(first.values())].astype(np.float32), labels
