"""One face followed through one shot."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from cinefacs.records.checks import freeze_array, require, require_steps, require_within
from cinefacs.records.time_span import TimeSpan

__all__ = [
    "CODABILITY_ORDER",
    "Blendshapes",
    "Codability",
    "FaceTrack",
    "Portrait",
    "recognisable",
]


class Codability(StrEnum):
    """Whether a coder could read FACS from a face in one frame, and if not, why.

    Not codable is not the same as without expression. A detector may read what a coder cannot.
    """

    CODABLE = "codable"
    TOO_SMALL = "too_small"
    CUT_OFF = "cut_off"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TURNED_AWAY = "turned_away"
    NO_LANDMARKS = "no_landmarks"
    BLURRED = "blurred"


CODABILITY_ORDER: tuple[Codability, ...] = tuple(Codability)
"""Codes 0, 1, ... of `FaceTrack.codability_code`."""

_UNLIT = (Codability.TOO_DARK, Codability.TOO_BRIGHT)
_RECOGNISABLE_PX = 32.0
_RECOGNISABLE_LUMA = (25.0, 230.0)


def recognisable(
    codability_code: npt.NDArray[np.uint8],
    *,
    height_px: npt.NDArray[np.float32],
    luma: npt.NDArray[np.float32],
) -> npt.NDArray[np.bool_]:
    """Return where one can tell who it is, if not what the face expresses.

    Parameters
    ----------
    codability_code : (N,) uint8, position in `CODABILITY_ORDER`
    height_px : (N,) of the face's box
    luma : (N,) mean grey level of the face, 0 to 255

    Returns
    -------
    (N,) bool
        Where a coder could read it; else from 32 px on, in enough and not too much light.
    """
    unlit = np.isin(codability_code, [CODABILITY_ORDER.index(reason) for reason in _UNLIT])
    darkest, brightest = _RECOGNISABLE_LUMA
    is_lit = ~unlit & (luma >= darkest) & (luma <= brightest)
    is_codable = np.equal(codability_code, CODABILITY_ORDER.index(Codability.CODABLE))
    return is_codable | (is_lit & (height_px >= _RECOGNISABLE_PX))


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceTrack:
    """The boxes of one face, frame after frame, within one shot.

    Arrays have one row per frame, are read-only, and ascend in time without a gap in
    `frame_index`.
    """

    film_id: str
    """SHA-256 of the film."""
    track_id: int
    """Number of the track in the film, from 0, in order of first appearance."""
    shot_index: int
    """Shot that the track lies in; no track crosses a cut."""
    time_base: Fraction
    """Seconds per tick."""
    frame_index: npt.NDArray[np.int64]
    """(N,) frame of the film, from 0."""
    pts: npt.NDArray[np.int64]
    """(N,) ticks."""
    end_pts: int
    """Tick at which the last frame ends."""
    box_xyxy: npt.NDArray[np.float32]
    """(N, 4) px of the shown frame; may reach beyond its border."""
    points_xy: npt.NDArray[np.float32]
    """(N, 5, 2) px: left eye, right eye, nose, left and right mouth corner; left as seen in the
    picture."""
    score: npt.NDArray[np.float32]
    """(N,) 0 to 1, of the finder or of the landmark model, whichever saw the face."""
    is_measured: npt.NDArray[np.bool_]
    """(N,) True where the finder saw the face, False where it was followed from frame to frame."""
    sharpness: npt.NDArray[np.float32]
    """(N,) variance of the Laplacian of the grey face at 112 px, in grey levels squared."""
    luma: npt.NDArray[np.float32]
    """(N,) mean grey level of the face, 0 to 255."""
    codability_code: npt.NDArray[np.uint8]
    """(N,) position in `CODABILITY_ORDER`."""

    def __post_init__(self) -> None:
        """Check shapes, order and codes; freeze the arrays."""
        n = len(self.frame_index)
        require(n > 0, "FaceTrack", "at least one frame", n)
        require(self.track_id >= 0, "FaceTrack.track_id", "0 or more", self.track_id)
        layout: dict[str, tuple[tuple[int, ...], npt.DTypeLike]] = {
            "frame_index": ((n,), np.int64),
            "pts": ((n,), np.int64),
            "box_xyxy": ((n, 4), np.float32),
            "points_xy": ((n, 5, 2), np.float32),
            "score": ((n,), np.float32),
            "is_measured": ((n,), np.bool_),
            "sharpness": ((n,), np.float32),
            "luma": ((n,), np.float32),
            "codability_code": ((n,), np.uint8),
        }
        for name, (shape, dtype) in layout.items():
            frozen = freeze_array(
                getattr(self, name), f"FaceTrack.{name}", shape=shape, dtype=dtype
            )
            object.__setattr__(self, name, frozen)
        first_frame = int(self.frame_index[0])
        require(first_frame >= 0, "FaceTrack.frame_index", "0 or more", first_frame)
        require_steps(self.frame_index, "FaceTrack.frame_index", at_most=1)
        require_steps(self.pts, "FaceTrack.pts")
        last_pts = int(self.pts[-1])
        require(
            self.end_pts > last_pts,
            "FaceTrack.end_pts",
            f"a tick after the last pts, {last_pts}",
            self.end_pts,
        )
        require_within(self.score, "FaceTrack.score", low=0, high=1)
        n_codes = len(CODABILITY_ORDER)
        require_within(self.codability_code, "FaceTrack.codability_code", low=0, high=n_codes - 1)

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.frame_index)

    @property
    def is_codable(self) -> npt.NDArray[np.bool_]:
        """(N,) True where a coder could read the face."""
        return np.equal(self.codability_code, CODABILITY_ORDER.index(Codability.CODABLE))

    @property
    def is_recognisable(self) -> npt.NDArray[np.bool_]:
        """(N,) True where one can tell who it is."""
        height_px = self.box_xyxy[:, 3] - self.box_xyxy[:, 1]
        return recognisable(self.codability_code, height_px=height_px, luma=self.luma)

    @property
    def span(self) -> TimeSpan:
        """From the first frame's pts to the last frame's end."""
        return TimeSpan(start_pts=int(self.pts[0]), end_pts=self.end_pts, time_base=self.time_base)


@dataclass(frozen=True, kw_only=True, slots=True)
class Blendshapes:
    """Pose and 52 blendshape scores of a face, in the frames in which a face mesh was found.

    A frame without a mesh has no row here: unseen is not the same as zero.
    """

    film_id: str
    """SHA-256 of the film."""
    track_id: int
    """Track that the rows belong to."""
    frame_index: npt.NDArray[np.int64]
    """(M,) frame of the film, from 0, ascending."""
    pose_deg: npt.NDArray[np.float32]
    """(M, 3) yaw (positive: turned to the right of the picture), pitch (positive: up), roll
    (positive: clockwise in the picture)."""
    scores: npt.NDArray[np.float32]
    """(M, 52) 0 to 1, in the order of ``cinefacs.records.blendshape_names.BLENDSHAPE_NAMES``."""

    def __post_init__(self) -> None:
        """Check shapes and order; freeze the arrays."""
        m = len(self.frame_index)
        layout: dict[str, tuple[tuple[int, ...], npt.DTypeLike]] = {
            "frame_index": ((m,), np.int64),
            "pose_deg": ((m, 3), np.float32),
            "scores": ((m, 52), np.float32),
        }
        for name, (shape, dtype) in layout.items():
            frozen = freeze_array(
                getattr(self, name), f"Blendshapes.{name}", shape=shape, dtype=dtype
            )
            object.__setattr__(self, name, frozen)
        require_steps(self.frame_index, "Blendshapes.frame_index")
        require_within(self.scores, "Blendshapes.scores", low=0, high=1)

    def __len__(self) -> int:
        """Return the number of frames with a mesh."""
        return len(self.frame_index)


@dataclass(frozen=True, kw_only=True, slots=True)
class Portrait:
    """A good picture of a tracked face: what identity is told by and what people are shown."""

    film_id: str
    """SHA-256 of the film."""
    track_id: int
    """Track that the face belongs to."""
    frame_index: int
    """Frame of the film, from 0."""
    quality: float
    """Higher is better: larger, sharper, more frontal; only the order within a film counts."""
    jpeg: bytes
    """The face, upright, 112x112 px, as JPEG."""
    embedding: npt.NDArray[Any] | None
    """(128,) float32 identity vector of length near 1.4, or None without the identity extra."""

    def __post_init__(self) -> None:
        """Check and freeze the identity vector."""
        require(self.jpeg[:2] == b"\xff\xd8", "Portrait.jpeg", "a JPEG file", self.jpeg[:2])
        if self.embedding is not None:
            frozen = freeze_array(
                self.embedding, "Portrait.embedding", shape=(128,), dtype=np.float32
            )
            object.__setattr__(self, "embedding", frozen)
