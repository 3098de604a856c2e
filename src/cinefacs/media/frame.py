"""One decoded frame, converted to pixels only as far as somebody asks."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import av

__all__ = ["Frame"]

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


class Frame:
    """A frame of a film at its exact time.

    Parameters
    ----------
    picture
        The decoded frame, in the codec's own planes.
    index
        Position among the readable frames, from 0, in display order.
    pts, duration : ticks of `time_base`
    size_wh
        Size as shown, px: after rotation, with square pixels.
    rotation_deg
        Clockwise turn from stored to shown: 0, 90, 180 or 270.
    follows_gap
        Whether frames are missing or damaged just before this one.
    """

    __slots__ = (
        "_picture", "_rgb", "duration", "follows_gap", "index", "pts", "rotation_deg", "size_wh",
        "time_base",
    )  # fmt: skip

    def __init__(
        self,
        picture: av.VideoFrame,
        *,
        index: int,
        pts: int,
        duration: int,
        time_base: Fraction,
        size_wh: tuple[int, int],
        rotation_deg: int = 0,
        follows_gap: bool = False,
    ) -> None:
        self._picture = picture
        self._rgb: npt.NDArray[np.uint8] | None = None
        self.index = index
        self.pts = pts
        self.duration = duration
        self.time_base = time_base
        self.size_wh = size_wh
        self.rotation_deg = rotation_deg
        self.follows_gap = follows_gap

    @property
    def end_pts(self) -> int:
        """First tick after the frame."""
        return self.pts + self.duration

    def planes(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """Return luma and the two colour differences as stored: not turned, not scaled.

        Returns
        -------
        y : (H, W) uint8
        u, v : (H', W') uint8, smaller by the format's subsampling
            Views of the decoder's memory for 8-bit YUV, else of a converted copy; do not write.
        """
        picture = self._picture
        if picture.format.name not in {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p",
                                       "yuv444p", "yuvj444p"}:  # fmt: skip
            picture = picture.reformat(format="yuv420p")
        y, u, v = (
            np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
            for plane in picture.planes[:3]
        )
        return y, u, v

    def rgb(self) -> npt.NDArray[np.uint8]:
        """Return the picture as shown, converted once and kept.

        Returns
        -------
        (H, W, 3) uint8, red, green, blue; read-only
        """
        if self._rgb is None:
            self._rgb = self._convert(self.size_wh)
            self._rgb.flags.writeable = False
        return self._rgb

    def small_rgb(self, size_wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """Return the picture as shown, scaled to `size_wh` by area averaging, not kept.

        Parameters
        ----------
        size_wh : width and height, px

        Returns
        -------
        (h, w, 3) uint8, red, green, blue
        """
        if self._rgb is None:
            return self._convert(size_wh)
        small = cv2.resize(self._rgb, size_wh, interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.uint8)

    def drop_pixels(self) -> None:
        """Forget the converted picture; it is made anew when somebody asks."""
        self._rgb = None

    def _convert(self, size_wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """Convert colours, scale and turn in one go."""
        is_turned = self.rotation_deg in {90, 270}
        width, height = size_wh[::-1] if is_turned else size_wh
        stored = self._picture.reformat(
            width=width, height=height, format="rgb24", interpolation="AREA"
        ).to_ndarray()
        if self.rotation_deg:
            stored = cv2.rotate(stored, _TURNS[self.rotation_deg])
        return np.asarray(stored, dtype=np.uint8)
