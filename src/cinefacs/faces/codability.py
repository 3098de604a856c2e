"""Tell in which frames a coder could read FACS from a face, and if not, why.

A face that cannot be read is not a face without expression: it is counted, with the first
reason in the order of `CODABILITY_ORDER`. A detector reads some of those that a coder cannot.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.faces.config import CodabilityConfig, FaceLimits
from cinefacs.geometry.boxes import area, clip_boxes
from cinefacs.records.face_track import CODABILITY_ORDER, Codability

__all__ = [
    "FaceEvidence",
    "is_readable_face",
    "judge",
    "measure_light",
    "share_inside",
    "turn_of_points",
]

_SHARPNESS_SIDE_PX = 112
_REFERENCE_LUMA = 100.0
# Nose beside the middle of the eyes, over the eyes' distance, at which the far eye is hidden: a
# head of which the nose stands out by half the eyes' distance shows it at a yaw of 45 degrees.
_PROFILE_TURN = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceEvidence:
    """What is known of a face in N frames."""

    box_xyxy: npt.NDArray[np.float32]
    """(N, 4) px of the shown frame."""
    points_xy: npt.NDArray[np.float32]
    """(N, 5, 2) px: left eye, right eye, nose, left and right mouth corner."""
    luma: npt.NDArray[np.float32]
    """(N,) mean grey level, 0 to 255."""
    sharpness: npt.NDArray[np.float32]
    """(N,) variance of the Laplacian, grey levels squared."""
    presence: npt.NDArray[np.float32]
    """(N,) presence that the landmark model reports, 0 to 1; 0 without a mesh."""
    pose_deg: npt.NDArray[np.float32]
    """(N, 3) yaw, pitch, roll; read only where there is a mesh."""


def judge(
    evidence: FaceEvidence, *, resolution_wh: tuple[int, int], config: CodabilityConfig
) -> npt.NDArray[np.uint8]:
    """Return the first reason against reading the face, frame by frame.

    Parameters
    ----------
    evidence
        What is known of the face.
    resolution_wh : width and height of the frame, px
    config
        The limits.

    Returns
    -------
    (N,) uint8, position in `CODABILITY_ORDER`
        Without a mesh, a face whose five points show a profile is turned away, any other one
        has no landmarks. Sharpness is judged as at a mean grey level of 100: it grows with the
        square of the light, and neither a dim scene nor dark skin makes a face blurred.
    """
    has_mesh = evidence.presence >= config.min_presence
    return _first_reason(evidence, has_mesh, resolution_wh=resolution_wh, limits=config)


def is_readable_face(
    evidence: FaceEvidence, *, resolution_wh: tuple[int, int], config: FaceLimits
) -> npt.NDArray[np.bool_]:
    """Return in which frames a detector can read the face.

    Parameters
    ----------
    evidence
        What is known of the face.
    resolution_wh : width and height of the frame, px
    config
        The limits, such as `ReadabilityConfig`, which asks for less than a coder does.

    Returns
    -------
    (N,) bool
        Where there is a mesh, whatever its presence, and nothing speaks against it.
    """
    has_mesh = evidence.presence > 0
    codes = _first_reason(evidence, has_mesh, resolution_wh=resolution_wh, limits=config)
    return np.equal(codes, CODABILITY_ORDER.index(Codability.CODABLE))


def _first_reason(
    evidence: FaceEvidence,
    has_mesh: npt.NDArray[np.bool_],
    *,
    resolution_wh: tuple[int, int],
    limits: FaceLimits,
) -> npt.NDArray[np.uint8]:
    """Return the first reason against reading the face, frame by frame."""
    box = evidence.box_xyxy
    yaw, pitch = np.abs(evidence.pose_deg[:, 0]), np.abs(evidence.pose_deg[:, 1])
    is_turned = np.where(
        has_mesh,
        (yaw > limits.max_yaw_deg) | (pitch > limits.max_pitch_deg),
        turn_of_points(evidence.points_xy) > _PROFILE_TURN,
    )
    sharpness = evidence.sharpness * (_REFERENCE_LUMA / np.maximum(evidence.luma, 1)) ** 2
    speaks_against = {
        Codability.TOO_SMALL: box[:, 3] - box[:, 1] < limits.min_height_px,
        Codability.CUT_OFF: share_inside(box, resolution_wh=resolution_wh)
        < limits.min_share_inside,
        Codability.TOO_DARK: evidence.luma < limits.min_luma,
        Codability.TOO_BRIGHT: evidence.luma > limits.max_luma,
        Codability.TURNED_AWAY: is_turned,
        Codability.NO_LANDMARKS: ~has_mesh,
        Codability.BLURRED: sharpness < limits.min_sharpness,
    }
    codes = np.zeros(len(box), np.uint8)
    for code in range(len(CODABILITY_ORDER) - 1, 0, -1):  # the first reason is written last
        codes[speaks_against[CODABILITY_ORDER[code]]] = code
    return codes


def share_inside(
    box_xyxy: npt.NDArray[np.float32], *, resolution_wh: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """Return the share of each box that lies inside the frame.

    Parameters
    ----------
    box_xyxy : (N, 4), px
    resolution_wh : width and height of the frame, px

    Returns
    -------
    (N,) float32, 0 to 1; 0 for a box without area
    """
    whole = area(box_xyxy)
    share = np.zeros_like(whole)
    np.divide(area(clip_boxes(box_xyxy, resolution_wh=resolution_wh)), whole, out=share,
              where=whole > 0)  # fmt: skip
    return share


def turn_of_points(points_xy: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return how far the nose stands beside the middle of the eyes, along the line of the eyes.

    Parameters
    ----------
    points_xy : (N, 5, 2), px

    Returns
    -------
    (N,) float32, in distances of the eyes, 0 or more
        0 face on, about 0.5 at a yaw of 45 degrees, above it in a profile; infinite where both
        eyes lie in one place.
    """
    eyes = points_xy[:, 1] - points_xy[:, 0]  # (N, 2)
    nose = points_xy[:, 2] - (points_xy[:, 0] + points_xy[:, 1]) / 2  # (N, 2)
    squared = (eyes**2).sum(axis=1)
    turn = np.full(len(points_xy), np.inf, np.float32)
    np.divide(np.abs((eyes * nose).sum(axis=1)), squared, out=turn, where=squared > 0)
    return turn


def measure_light(
    rgb: npt.NDArray[np.uint8], box_xyxy: npt.NDArray[np.float32]
) -> tuple[float, float]:
    """Return how bright and how sharp a face is.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    box_xyxy : (4,), px
        Only its part inside the frame is measured.

    Returns
    -------
    luma : mean grey level, 0 to 255
    sharpness : grey levels squared
        Variance of the Laplacian (Pech-Pacheco et al., "Diatom autofocusing in brightfield
        microscopy", ICPR 2000) of the grey face scaled to 112 px; 0 for a box out of the frame.
    """
    height, width = rgb.shape[:2]
    x1, y1 = np.floor(np.clip(box_xyxy[:2], 0, [width, height])).astype(int)
    x2, y2 = np.ceil(np.clip(box_xyxy[2:], 0, [width, height])).astype(int)
    if x2 <= x1 or y2 <= y1:
        return 0.0, 0.0
    grey = cv2.cvtColor(rgb[y1:y2, x1:x2], cv2.COLOR_RGB2GRAY)
    is_larger = max(grey.shape) > _SHARPNESS_SIDE_PX
    scaled = cv2.resize(
        grey,
        (_SHARPNESS_SIDE_PX, _SHARPNESS_SIDE_PX),
        interpolation=cv2.INTER_AREA if is_larger else cv2.INTER_LINEAR,
    )
    laplacian = cv2.Laplacian(scaled, cv2.CV_32F)
    return float(grey.mean()), float(laplacian.var())
