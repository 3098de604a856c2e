"""Faces cut out and labelled, to train on: crops, and which of them belong together."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from cinefacs.records.checks import freeze_array, require
from cinefacs.records.class_space import ClassSpace

__all__ = ["ABSENT", "PRESENT", "UNKNOWN", "FaceSet"]

ABSENT, PRESENT, UNKNOWN = 0, 1, 2
"""What is known of a class of a face."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FaceSet:
    """N labelled faces and the M crops that show them, their neighbours and their people at rest.

    Crops are grey and a little wider than a detector looks, so that chance can move them. A row
    number of -1 says that there is no such crop.
    """

    class_space: ClassSpace
    """What the columns of `labels` are."""
    crop_scale: float
    """Side of a crop over the longer side of the face's box, as a finder gives it."""
    crops: npt.NDArray[np.uint8]
    """(M, S, S) brightness; may lie on the disk."""
    now: npt.NDArray[np.int32]
    """(N,) crop of the face itself."""
    before: npt.NDArray[np.int32]
    """(N,) crop of the same face `step_ms` before."""
    after: npt.NDArray[np.int32]
    """(N,) crop of the same face `step_ms` after."""
    neutral: npt.NDArray[np.int32]
    """(N,) crop of the same person at rest."""
    step_ms: int
    """Time between a face and its neighbours; 0 where there are none."""
    box_xyxy: npt.NDArray[np.float32]
    """(N, 4) true box of the face, px of the crop."""
    labels: npt.NDArray[np.uint8]
    """(N, K) `ABSENT`, `PRESENT` or `UNKNOWN`."""
    intensity: npt.NDArray[np.float32]
    """(N,) 0 to 1: of the strongest action unit; 0 where it is not known."""
    face_px: npt.NDArray[np.float32]
    """(N,) height of the face in the picture that it was cut from."""
    person: npt.NDArray[np.int64]
    """(N,) who; numbers are unique within the set."""

    def __post_init__(self) -> None:
        """Check shapes, types and ranges; freeze the arrays."""
        n, k = len(self.now), len(self.class_space)
        layout: dict[str, tuple[tuple[int | None, ...], npt.DTypeLike]] = {
            "now": ((n,), np.int32),
            "before": ((n,), np.int32),
            "after": ((n,), np.int32),
            "neutral": ((n,), np.int32),
            "box_xyxy": ((n, 4), np.float32),
            "labels": ((n, k), np.uint8),
            "intensity": ((n,), np.float32),
            "face_px": ((n,), np.float32),
            "person": ((n,), np.int64),
        }
        for name, (shape, dtype) in layout.items():
            frozen = freeze_array(getattr(self, name), f"FaceSet.{name}", shape=shape, dtype=dtype)
            object.__setattr__(self, name, frozen)
        m = len(self.crops)
        is_square = self.crops.ndim == 3 and self.crops.shape[1] == self.crops.shape[2]
        is_grey = is_square and self.crops.dtype == np.uint8
        require(is_grey, "FaceSet.crops", "(M, S, S) uint8", self.crops.shape)
        require(self.crop_scale >= 1, "FaceSet.crop_scale", "at least 1", self.crop_scale)
        require(self.step_ms >= 0, "FaceSet.step_ms", "0 or more", self.step_ms)
        rows = np.stack([self.now, self.before, self.after, self.neutral])
        is_there = bool((rows < m).all() and (rows >= -1).all() and (self.now >= 0).all())
        require(is_there, "FaceSet", f"numbers of {m} crops", "others")
        is_label = bool((self.labels <= UNKNOWN).all())
        require(is_label, "FaceSet.labels", "0, 1 or 2", "others")

    def __len__(self) -> int:
        """Return the number of faces."""
        return len(self.now)

    def select(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "FaceSet":
        """Return some of the faces; the crops stay."""
        whole = {"class_space", "crop_scale", "crops", "step_ms"}
        return FaceSet(
            **{
                each.name: getattr(self, each.name)
                if each.name in whole
                else getattr(self, each.name)[rows]
                for each in fields(self)
            }
        )
