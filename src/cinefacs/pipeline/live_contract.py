"""What live mode needs of whoever follows and reads faces."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cinefacs.media.frame import Frame
from cinefacs.records.face_track import Codability

__all__ = ["FollowedFace", "FollowedFrame", "LiveAnalyser"]


class FollowedFace(Protocol):
    """One face in one frame."""

    @property
    def face(self) -> int:
        """Number of the face: the same until it is lost."""
        ...

    @property
    def box_xyxy(self) -> npt.NDArray[np.float32]:
        """(4,) px of the shown frame."""
        ...

    @property
    def points_xy(self) -> npt.NDArray[np.float32]:
        """(5, 2) px: eyes, nose, mouth corners."""
        ...

    @property
    def codability(self) -> Codability:
        """Whether a coder could read it here, and if not, why."""
        ...

    @property
    def is_readable(self) -> bool:
        """Whether expressions are read here."""
        ...

    @property
    def scores(self) -> npt.NDArray[np.float32] | None:
        """(K,) 0 to 1: the newest reading; None before the first."""
        ...

    @property
    def read_frame_index(self) -> int | None:
        """Frame of that reading: this one or an earlier one; None before the first."""
        ...


class FollowedFrame(Protocol):
    """One frame with its faces."""

    @property
    def frame(self) -> Frame:
        """The frame."""
        ...

    @property
    def faces(self) -> Sequence[FollowedFace]:
        """Each face once."""
        ...


class LiveAnalyser(Protocol):
    """Follows and reads faces: frames in, frames with faces out."""

    @property
    def class_names(self) -> Sequence[str]:
        """What the columns of scores are, such as ``AU12``."""
        ...

    def push(self, frames: Sequence[Frame]) -> Sequence[FollowedFrame]:
        """Return the frames that are finished, in display order; they may be earlier ones."""
        ...

    def close(self) -> None:
        """Let go of the networks."""
        ...
