"""Shot scale: how close the camera is, told by the largest face."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from math import inf
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
        """Check position, height and count."""
        require(self.shot_index >= 0, "ShotScale.shot_index", "0 or more", self.shot_index)
        require(
            0 < self.face_height < inf,
            "ShotScale.face_height",
            "a finite number above 0",
            self.face_height,
        )
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
        Height of the largest codable face in each frame that has one; above 1 where the face
        reaches beyond the frame.
    config
        Where one scale ends and the next begins; a height on a bound is of the closer scale.

    Raises
    ------
    SchemaError
        There is no height, or one is not a finite number above 0.
    """
    heights = np.asarray(face_heights, np.float64)  # (K,)
    is_filled_row = heights.ndim == 1 and heights.size > 0
    require(is_filled_row, "face_heights", "shape (K,), K at least 1", heights.shape)
    wrong = heights[~((heights > 0) & np.isfinite(heights))]
    require(wrong.size == 0, "face_heights", "finite numbers above 0", wrong.tolist()[:3])
    median = float(np.median(heights))
    bounds = [getattr(config, bound.name) for bound in fields(config)]
    position = sum(median < bound for bound in bounds)
    return ShotScale(
        film_id=shot.film_id,
        shot_index=shot.shot_index,
        scale=tuple(Scale)[position],
        face_height=median,
        n_frames=len(heights),
    )
