"""True boxes of a set of pictures, and what is in them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.records.checks import freeze_array, require, require_within
from cinefacs.records.class_space import FACE, ClassSpace

__all__ = ["BoxTruth", "check_unknown"]


def check_unknown(
    unknown: npt.NDArray[Any], labels: npt.NDArray[np.uint8], field: str
) -> npt.NDArray[np.bool_]:
    """Return a read-only copy of a mask of unknown labels.

    Parameters
    ----------
    unknown, labels : (M, K)
        A label that is held must not be unknown.
    field
        Name of record and field, for the error.

    Raises
    ------
    SchemaError
        Another shape, no mask, or a label both held and unknown.
    """
    mask = freeze_array(unknown, field, shape=labels.shape, dtype=np.bool_)
    both = int((mask & (labels == 1)).sum())
    require(both == 0, field, "no label both held and unknown", both)
    return mask


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BoxTruth:
    """Every true box, flat over all pictures."""

    class_space: ClassSpace
    """What the labels' columns mean."""
    n_pictures: int
    """Pictures in all, those without boxes included."""
    picture_index: npt.NDArray[np.int64]
    """(M,) which picture, 0 to `n_pictures` - 1."""
    boxes_xyxy: npt.NDArray[np.float32]
    """(M, 4), px of the original picture."""
    labels: npt.NDArray[np.uint8]
    """(M, K) of 0 and 1; one 1 in each row unless the space has several labels."""
    unknown: npt.NDArray[np.bool_] | None = None
    """(M, K) True where nothing is known of a label; None: everything is known."""
    names: tuple[str, ...] | None = None
    """(M,) which sample each box is; empty for boxes without a name. None: nobody asks."""

    def __post_init__(self) -> None:
        """Check shapes and values."""
        n, k = len(self.picture_index), len(self.class_space)
        index = freeze_array(
            self.picture_index, "BoxTruth.picture_index", shape=(None,), dtype=np.int64
        )
        boxes = freeze_array(self.boxes_xyxy, "BoxTruth.boxes_xyxy", shape=(n, 4), dtype=np.float32)
        labels = freeze_array(self.labels, "BoxTruth.labels", shape=(n, k), dtype=np.uint8)
        require_within(index, "BoxTruth.picture_index", low=0, high=self.n_pictures - 1)
        require_within(labels, "BoxTruth.labels", low=0, high=1)
        is_upright = (boxes[:, 2:] > boxes[:, :2]).all()
        require(bool(is_upright), "BoxTruth.boxes_xyxy", "boxes with an area", "one without")
        sums = labels.sum(axis=1)
        if self.class_space.multi_label:
            face = self.class_space.box_index
            require(face is not None, "BoxTruth.class_space", f"a class {FACE!r}", "none")
            faces = labels[:, face]
            require(bool((faces == 1).all()), "BoxTruth.labels", "`face` on every box", "one not")
        else:
            require(bool((sums == 1).all()), "BoxTruth.labels", "one class a box", sums.tolist())
        for name, value in (
            ("picture_index", index), ("boxes_xyxy", boxes), ("labels", labels)
        ):  # fmt: skip
            object.__setattr__(self, name, value)
        if self.unknown is not None:
            unknown = check_unknown(self.unknown, labels, "BoxTruth.unknown")
            expected = "none where a box has one label"
            is_fine = self.class_space.multi_label or not unknown.any()
            require(bool(is_fine), "BoxTruth.unknown", expected, "some")
            object.__setattr__(self, "unknown", unknown)
        if self.names is not None:
            require(len(self.names) == n, "BoxTruth.names", f"{n} names", len(self.names))

    def __len__(self) -> int:
        """Return the number of boxes."""
        return len(self.picture_index)

    @property
    def is_known(self) -> npt.NDArray[np.bool_]:
        """(M, K) False where nothing is known of a label."""
        return np.ones(self.labels.shape, np.bool_) if self.unknown is None else ~self.unknown

    @property
    def class_index(self) -> npt.NDArray[np.int64]:
        """(M,) class of each box; `FACE` where boxes have several."""
        face = self.class_space.box_index
        if face is not None:
            return np.full(len(self), face, dtype=np.int64)
        return np.asarray(self.labels.argmax(axis=1), dtype=np.int64).reshape(len(self))
