"""What was seen in one frame, face by face, at the moment it was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cinefacs.records.checks import freeze_array, require
from cinefacs.records.face_track import Codability

__all__ = ["SeenFace", "SeenFrame"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SeenFace:
    """One face in one frame."""

    track_id: int
    """Same face, same number, from frame to frame of a shot."""
    box_xyxy: npt.NDArray[np.float32]
    """(4,) px of the shown frame."""
    points_xy: npt.NDArray[np.float32] | None
    """(5, 2) px: left eye, right eye, nose, left and right mouth corner; None where they are
    not known."""
    face_score: float
    """0 to 1: that there is a face."""
    codability: Codability
    """Whether it could be read, and if not, why."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Score of each class, 0 to 1; none where the face could not be read."""

    def __post_init__(self) -> None:
        """Check shapes and ranges; freeze the arrays."""
        require(self.track_id >= 0, "SeenFace.track_id", "0 or more", self.track_id)
        box = freeze_array(self.box_xyxy, "SeenFace.box_xyxy", shape=(4,), dtype=np.float32)
        object.__setattr__(self, "box_xyxy", box)
        if self.points_xy is not None:
            points = freeze_array(
                self.points_xy, "SeenFace.points_xy", shape=(5, 2), dtype=np.float32
            )
            object.__setattr__(self, "points_xy", points)
        require(0 <= self.face_score <= 1, "SeenFace.face_score", "0 to 1", self.face_score)
        is_share = all(0 <= score <= 1 for score in self.scores.values())
        require(is_share, "SeenFace.scores", "0 to 1 each", self.scores)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SeenFrame:
    """All faces of one frame."""

    frame_index: int
    """Frame of the source, from 0."""
    faces: tuple[SeenFace, ...]
    """Each track once."""

    def __post_init__(self) -> None:
        """Check numbering."""
        require(self.frame_index >= 0, "SeenFrame.frame_index", "0 or more", self.frame_index)
        tracks = [face.track_id for face in self.faces]
        require(len(set(tracks)) == len(tracks), "SeenFrame.faces", "each track once", tracks)
