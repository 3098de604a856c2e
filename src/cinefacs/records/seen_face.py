"""A face in one frame, on its way from the stage that follows faces to those that read them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.records.blendshape_names import BLENDSHAPE_NAMES
from cinefacs.records.face_track import Codability

__all__ = ["SeenFace", "measure_activity"]

_AT_REST = frozenset(
    {"_neutral", *(name for name in BLENDSHAPE_NAMES if name.startswith("eyeLook"))}
)
"""Blendshapes that say nothing of an expression: the first is to be ignored, gaze is not one."""
_ACTIVE = np.array([name not in _AT_REST for name in BLENDSHAPE_NAMES])


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenFace:
    """A face that is followed, in one frame."""

    face: int
    """Which face: the same number in all frames of one track, another for every other track."""
    box_xyxy: npt.NDArray[np.float32]
    """(4,) px of the shown frame."""
    points_xy: npt.NDArray[np.float32]
    """(5, 2) px: left eye, right eye, nose, left and right mouth corner; left as seen in the
    picture."""
    codability: Codability
    """Whether a coder could read it, and if not, why."""
    activity: float | None
    """How far the face is from rest, see `measure_activity`; None without a mesh."""

    is_readable: bool
    """Whether a detector reads expressions here; never without a mesh."""


def measure_activity(blendshapes: npt.NDArray[Any]) -> float:
    """Return how far a face is from rest: the sum of its blendshapes, gaze left out.

    Parameters
    ----------
    blendshapes : (52,) float32, 0 to 1

    Returns
    -------
    float
        0 or more; only the order within one track counts.
    """
    return float(blendshapes[_ACTIVE].sum(dtype=np.float64))
