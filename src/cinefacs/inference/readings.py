"""What was read of faces, kept until their tracks are known."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cinefacs.records.class_space import FACE, ClassSpace

__all__ = ["FaceReadings", "KeptReadings", "columns_read"]

Array = npt.NDArray[np.float32]


class FaceReadings(NamedTuple):
    """What was read of one face, frame by frame; a frame that was not read has no row."""

    frame_index: npt.NDArray[np.int64]
    """(N,) frame of the film, from 0, ascending."""
    box_xyxy: Array
    """(N, 4) px of the shown frame, as the detector draws it."""
    face_score: Array
    """(N,) 0 to 1: that there is a face."""
    scores: Array
    """(N, K) 0 to 1: of each class but `FACE`."""


class _Row(NamedTuple):
    frame_index: int
    box_xyxy: Array
    face_score: float
    scores: Array


def columns_read(space: ClassSpace) -> tuple[str, ...]:
    """Return the classes of `FaceReadings.scores`: all but `FACE`."""
    return tuple(name for name in space.names if name != FACE)


class KeptReadings:
    """Rows by face.

    Parameters
    ----------
    space
        Classes of the detector.
    """

    def __init__(self, space: ClassSpace) -> None:
        self._columns = [k for k, name in enumerate(space.names) if name != FACE]
        self._rows: dict[int, list[_Row]] = {}

    def add(
        self, face: int, frame_index: int, box_xyxy: Array, face_score: float, scores: Array
    ) -> None:
        """Keep a row.

        Parameters
        ----------
        box_xyxy : (4,)
        scores : (K + 1,) or (K,)
            Of all classes, in the order of the class space.
        """
        row = _Row(frame_index, box_xyxy, face_score, scores[self._columns])
        self._rows.setdefault(face, []).append(row)

    def take(self, face: int) -> FaceReadings:
        """Return the rows of a face and forget them."""
        rows = self._rows.pop(face, [])
        k = len(self._columns)
        return FaceReadings(
            frame_index=np.array([row.frame_index for row in rows], np.int64),
            box_xyxy=np.array([row.box_xyxy for row in rows], np.float32).reshape(-1, 4),
            face_score=np.array([row.face_score for row in rows], np.float32),
            scores=np.array([row.scores for row in rows], np.float32).reshape(-1, k),
        )

    def forget(self, face: int) -> None:
        """Drop the rows of a face."""
        self._rows.pop(face, None)
