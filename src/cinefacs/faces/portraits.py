"""Keep the few best pictures of a face while it is followed."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.engines.crops import crop_affine, similarity_from_points
from cinefacs.faces.identity import CHIP_POINTS_XY, CHIP_SIDE_PX

__all__ = ["FacePicture", "PortraitKeeper", "cut_picture", "encode_jpeg", "rate_quality"]

PORTRAIT_SIDE_PX = 112
_MAX_SLOTS = 16
"""Pictures held of one live track: about 1.7 MB."""
_FIRST_SLOT_S = Fraction(1, 8)
"""Neighbouring frames look alike, so of each eighth of a second one is enough."""
_CHIP_SHARE = 0.75
"""Size of the face in a portrait over its size in a chip: people want to see the whole head."""
_JPEG_QUALITY = 90
_FULL_HEIGHT_PX = 150.0
"""Faces larger than the chip are not better for it."""
_FULL_SHARPNESS = 100.0
"""Variance of the Laplacian at which a face is half as good as a perfectly sharp one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FacePicture:
    """One face cut out of one frame."""

    frame_index: int
    """Frame of the film."""
    quality: float
    """Higher is better."""
    is_recognisable: bool
    """Whether one can tell who it is."""
    portrait_rgb: npt.NDArray[np.uint8]
    """(112, 112, 3) upright, with some room around."""
    chip_rgb: npt.NDArray[np.uint8]
    """(150, 150, 3) upright, as the identity network wants it."""


class PortraitKeeper:
    """Take offers frame by frame; hold a bounded number, spread over the track.

    Time is cut into slots, each of which keeps its best picture. When there are too many, slots
    become twice as long and neighbours are merged, so that what is kept never depends on how
    long the track was going to be.
    """

    def __init__(self) -> None:
        self._start_s: Fraction | None = None
        self._slot_s = _FIRST_SLOT_S
        self._slots: dict[int, tuple[Fraction, FacePicture]] = {}

    def offer(self, time_s: Fraction, quality: float, cut: Callable[[], FacePicture]) -> None:
        """Take a picture if it is the best of its time.

        Parameters
        ----------
        time_s : s, not before the last offer
        quality : higher is better
        cut
            Makes the picture; called only if it is taken.
        """
        if self._start_s is None:
            self._start_s = time_s
        slot = (time_s - self._start_s) // self._slot_s
        if slot in self._slots and self._slots[slot][1].quality >= quality:
            return
        self._slots[slot] = (time_s, cut())
        if len(self._slots) > _MAX_SLOTS:
            self._widen()

    def choose(self, n: int, *, last_frame: int) -> list[FacePicture]:
        """Return up to `n` pictures, the best ones that do not stand side by side, best first.

        Parameters
        ----------
        n : 1 or more
        last_frame
            Later frames no longer belong to the track.
        """
        held = [each for each in self._slots.values() if each[1].frame_index <= last_frame]
        if not held:
            return []
        times = [time_s for time_s, _ in held]
        min_gap_s = (max(times) - min(times)) / (2 * n)
        chosen: list[tuple[Fraction, FacePicture]] = []
        for time_s, picture in sorted(held, key=lambda each: (-each[1].quality, each[0])):
            if all(abs(time_s - other_s) >= min_gap_s for other_s, _ in chosen):
                chosen.append((time_s, picture))
        return [picture for _, picture in chosen[:n]]

    def _widen(self) -> None:
        """Make slots twice as long; the better of two pictures stays, at a tie the earlier."""
        self._slot_s *= 2
        wider: dict[int, tuple[Fraction, FacePicture]] = {}
        for slot, (time_s, picture) in sorted(self._slots.items()):
            if slot // 2 not in wider or wider[slot // 2][1].quality < picture.quality:
                wider[slot // 2] = (time_s, picture)
        self._slots = wider


def rate_quality(
    *,
    height_px: float,
    sharpness: float,
    pose_deg: npt.NDArray[np.float32] | None,
    is_codable: bool,
) -> float:
    """Return how well a picture of a face shows who it is.

    Parameters
    ----------
    height_px : px
    sharpness : variance of the Laplacian at 112 px, grey levels squared
    pose_deg : (3,) yaw, pitch, roll, or None without a mesh
    is_codable
        Codable faces go before all others.

    Returns
    -------
    float
        0 to 1 for a face that is not codable, 1 to 2 for one that is; the product of size (up to
        150 px), sharpness and how frontal the face is.
    """
    size = min(height_px / _FULL_HEIGHT_PX, 1.0)
    clarity = sharpness / (sharpness + _FULL_SHARPNESS)
    frontal = 0.25
    if pose_deg is not None:
        yaw, pitch = np.radians(np.clip(np.abs(pose_deg[:2]), 0, 90))
        frontal = float(np.cos(yaw) ** 2 * np.cos(pitch))
    return size * clarity * frontal + (1.0 if is_codable else 0.0)


def cut_picture(
    rgb: npt.NDArray[np.uint8],
    points_xy: npt.NDArray[np.float32],
    *,
    frame_index: int,
    quality: float,
    is_recognisable: bool,
) -> FacePicture:
    """Cut a face out of a frame, upright.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    points_xy : (5, 2) px
        Left eye, right eye, nose, left and right mouth corner; not all in one place.
    frame_index, quality, is_recognisable
        Noted with the picture.
    """
    room = (CHIP_POINTS_XY / CHIP_SIDE_PX - 0.5) * _CHIP_SHARE + 0.5
    to_portrait = similarity_from_points(points_xy, room * PORTRAIT_SIDE_PX)
    to_chip = similarity_from_points(points_xy, CHIP_POINTS_XY)
    return FacePicture(
        frame_index=frame_index,
        quality=quality,
        is_recognisable=is_recognisable,
        portrait_rgb=crop_affine(rgb, to_portrait, (PORTRAIT_SIDE_PX, PORTRAIT_SIDE_PX)),
        chip_rgb=crop_affine(rgb, to_chip, (CHIP_SIDE_PX, CHIP_SIDE_PX)),
    )


def encode_jpeg(rgb: npt.NDArray[np.uint8]) -> bytes:
    """Return the picture as a JPEG file.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    """
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return data.tobytes()
