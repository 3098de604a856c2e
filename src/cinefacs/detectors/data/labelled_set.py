"""A set of labelled pictures in memory: paths, boxes, labels."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.records.box_truth import BoxTruth, check_unknown
from cinefacs.records.checks import freeze_array, require
from cinefacs.records.class_space import ClassSpace, require_face
from cinefacs.records.input_spec import InputSpec

__all__ = ["CutFace", "LabelledPicture", "LabelledSet", "group_by_box", "truth_of"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CutFace:
    """A face that was cut out beforehand, with what it is shown with; rows of an array of crops."""

    crops: npt.NDArray[np.uint8]
    """(M, S, S) brightness; may lie on the disk."""
    crop_scale: float
    """Side of a crop over the longer side of the face's box."""
    now: int
    """Row of the face."""
    before: int
    """Row of the same face before; -1: there is none."""
    after: int
    """Row of the same face after; -1: there is none."""
    neutral: int
    """Row of the same person at rest; -1: there is none."""
    step_ms: int
    """Time from the face to each of its neighbours; 0 where the set has none."""

    def stack(self, spec: InputSpec, *, has_rest: bool = True) -> npt.NDArray[np.uint8]:
        """Return the crops that one input is made of, (S, S, n) uint8.

        What is not there is shown by the face itself, as `cinefacs.engines.face_input` says.

        Parameters
        ----------
        spec
            Which crops.
        has_rest
            False: as if the person's face at rest were not known.
        """
        rest = self.neutral if has_rest else -1
        rows = {
            "single": (self.now,),
            "neighbours": (self.before, self.now, self.after),
            "neutral": (self.now, rest),
            "fitted_neutral": (self.now, rest),
        }[spec.temporal]
        return np.stack([self.crops[self.now if row < 0 else row] for row in rows], axis=-1)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelledPicture:
    """One picture and its true boxes."""

    path: Path
    """File of the picture."""
    boxes_xyxy: npt.NDArray[np.float32]
    """(M, 4), px; M may be 0."""
    labels: npt.NDArray[np.uint8]
    """(M, K) of 0 and 1."""
    unknown: npt.NDArray[np.bool_] | None = None
    """(M, K) True where nothing is known of a label; None: everything is known."""
    eyes_xy: tuple[npt.NDArray[np.float32] | None, ...] = ()
    """For each box the eyes as `face_affine` takes them, (2, 2) px, None where they are not known;
    or nothing at all."""
    cut: CutFace | None = None
    """The picture's only face where it was cut out beforehand: boxes are then px of the crop, and
    `path` names the file that holds it among others."""
    names: tuple[str, ...] = ()
    """For each box what the data set calls it, such as its sample; or nothing at all."""

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
        if self.unknown is not None:
            unknown = check_unknown(self.unknown, labels, f"{self.path.name}: unknown labels")
            object.__setattr__(self, "unknown", unknown)
        where = f"{self.path.name}: eyes"
        eyes_xy = tuple(
            None if eyes is None else freeze_array(eyes, where, shape=(2, 2), dtype=np.float32)
            for eyes in self.eyes_xy
        )
        object.__setattr__(self, "eyes_xy", eyes_xy)
        n_eyes = len(eyes_xy)
        require(n_eyes in {0, n}, where, f"{n} pairs or none", n_eyes)
        n_names = len(self.names)
        require(n_names in {0, n}, f"{self.path.name}: names", f"{n} or none", n_names)

    @property
    def is_known(self) -> npt.NDArray[np.bool_]:
        """(M, K) False where nothing is known of a label."""
        return np.ones(self.labels.shape, np.bool_) if self.unknown is None else ~self.unknown

    def eyes_of(self, face: int) -> npt.NDArray[np.float32] | None:
        """Return the eyes of a box, (2, 2) px, or None where they are not known."""
        return self.eyes_xy[face] if self.eyes_xy else None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelledSet:
    """Pictures with one class space."""

    class_space: ClassSpace
    """What the labels' columns mean."""
    pictures: tuple[LabelledPicture, ...]
    """In a fixed order."""
    notes: tuple[str, ...] = ()
    """What the reader left out or mended, each by name."""
    warnings: tuple[str, ...] = ()
    """What whoever reports a figure from these pictures must say."""

    def __post_init__(self) -> None:
        """Check that there is something, and that it has the right number of labels.

        Raises
        ------
        SchemaError
            There is no picture, or labels do not fit the class space.
        ConfigError
            The space has several labels without `FACE`.
        """
        require_face(self.class_space)
        if not self.pictures:
            raise SchemaError("labelled pictures: expected at least one, got none")
        truth_of(
            [p.boxes_xyxy for p in self.pictures],
            [p.labels for p in self.pictures],
            [~p.is_known for p in self.pictures],
            self.class_space,
        )

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.pictures)

    def digest(self) -> str:
        """Return a SHA-256 over names, sizes of files, boxes, eyes and labels: tells sets apart."""
        rows = [
            [
                picture.path.name,
                picture.path.stat().st_size if picture.path.exists() else -1,
                picture.boxes_xyxy.round(3).tolist(),
                picture.labels.tolist(),
                np.packbits(picture.is_known).tobytes().hex(),
                [
                    [face, *eyes.round(3).ravel().tolist()]
                    for face, eyes in enumerate(picture.eyes_xy)
                    if eyes is not None
                ],
                *([] if picture.cut is None else [_rows(picture.cut)]),
            ]
            for picture in self.pictures
        ]
        document = {"class_space": self.class_space.as_document(), "pictures": rows}
        return hashlib.sha256(json.dumps(document).encode()).hexdigest()


def _rows(cut: CutFace) -> list[float]:
    return [cut.crop_scale, cut.now, cut.before, cut.after, cut.neutral]


def truth_of(
    boxes: Sequence[npt.NDArray[np.float32]],
    labels: Sequence[npt.NDArray[np.uint8]],
    unknown: Sequence[npt.NDArray[np.bool_]],
    class_space: ClassSpace,
    *,
    names: Sequence[str] | None = None,
) -> BoxTruth:
    """Return the true boxes of several pictures as one record.

    Parameters
    ----------
    boxes, labels, unknown
        (M, 4) px, (M, K) and (M, K) of each picture.
    class_space
        Of the labels.
    names
        Of all boxes, one picture after the other.

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
        unknown=np.concatenate([r.reshape(len(r), len(class_space)) for r in unknown]),
        names=None if names is None else tuple(names),
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
