"""Shot scale: how close the camera is, told by the largest face."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.records.checks import require
from cinefacs.records.shot import Shot
from cinefacs.shots.config import ScaleConfig

__all__ = ["Scale", "ShotScale", "scale_of_shot"]


class Scale(StrEnum):
    """Scales from close to far, named as in CineScale (Benini et al., 2022)."""

    EXTREME_CLOSE_UP = "extreme_close_up"
    CLOSE_UP = "close_up"
    MEDIUM_CLOSE_UP = "medium_close_up"
    MEDIUM = "medium"
    MEDIUM_LONG = "medium_long"
    LONG = "long"
    EXTREME_LONG = "extreme_long"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShotScale:
    """The scale of one shot; a shot without a codable face has none, and no row."""

    film_id: str
    """SHA-256 of the film."""
    shot_index: int
    """Position of the shot in the film, from 0."""
    scale: Scale
    """Its scale."""
    face_height: float
    """Median over frames of the largest codable face's height, over the frame's height."""
    n_frames: int
    """Frames with a codable face, from which the median was taken."""

    def __post_init__(self) -> None:
        """Check the counts."""
        require(self.face_height > 0, "ShotScale.face_height", "above 0", self.face_height)
        require(self.n_frames >= 1, "ShotScale.n_frames", "1 or more", self.n_frames)


def scale_of_shot(
    shot: Shot, face_heights: Sequence[float] | npt.NDArray[Any], config: ScaleConfig
) -> ShotScale:
    """Return the scale of a shot.

    Parameters
    ----------
    shot
        The shot.
    face_heights : (K,), K at least 1, over the frame's height
        Height of the largest codable face in each frame that has one.
    config
        Where one scale ends and the next begins.

    Raises
    ------
    SchemaError
        There is no height.
    """
    require(len(face_heights) > 0, "scale_of_shot: face_heights", "at least one", face_heights)
    median = float(np.median(face_heights))
    bounds = [getattr(config, bound.name) for bound in fields(config)]
    position = sum(median < bound for bound in bounds)
    return ShotScale(
        film_id=shot.film_id,
        shot_index=shot.shot_index,
        scale=tuple(Scale)[position],
        face_height=median,
        n_frames=len(face_heights),
    )
