"""One decoded frame, converted to pixels only as far as somebody asks."""

import threading
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.reformatter import VideoReformatter

__all__ = ["ColourCodes", "Frame", "Plane", "view_planes"]

Plane: TypeAlias = npt.NDArray[np.uint8]

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
_PLANAR_8_BIT = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"}
_MAX_REFORMATTERS = 8
_BT709, _UNSPECIFIED, _SMPTE170M = 1, 2, 6
_HD_HEIGHT_PX = 720
_FULL_RANGE = 2


class ColourCodes(NamedTuple):
    """Code points of ITU-T H.273."""

    primaries: int
    transfer: int
    matrix: int


class _Reformatters(threading.local):
    """Converters of swscale, kept for each kind of conversion of a thread.

    A converter of one's own for each frame, which is what PyAV does by default, costs some 4 ms
    of set-up at 640x360; a kept one converts in 0.15 ms.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], VideoReformatter] = {}

    def of(self, key: tuple[object, ...]) -> VideoReformatter:
        """Return the converter for conversions of this kind."""
        if key not in self._kept:
            if len(self._kept) >= _MAX_REFORMATTERS:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = VideoReformatter()
        return self._kept[key]


_REFORMATTERS = _Reformatters()


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
    n_lost_before
        Frames that are missing or damaged just before this one, as far as they are known.
    follows_gap
        Whether there are any.
    """

    __slots__ = (
        "_picture", "_rgb", "duration", "follows_gap", "index", "n_lost_before", "pts",
        "rotation_deg", "size_wh", "time_base",
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
        n_lost_before: int = 0,
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
        self.n_lost_before = n_lost_before
        self.follows_gap = follows_gap or n_lost_before > 0

    @property
    def end_pts(self) -> int:
        """First tick after the frame."""
        return self.pts + self.duration

    @property
    def is_interlaced(self) -> bool:
        """Whether the codec calls the frame interlaced."""
        return self._picture.interlaced_frame

    @property
    def colour_codes(self) -> ColourCodes:
        """How the stored colours are meant.

        Where the film does not say, it goes by size as in players: BT.709 from 720 lines on,
        SMPTE 170M below.
        """
        picture = self._picture
        guess = _BT709 if picture.height >= _HD_HEIGHT_PX or _is_rgb(picture) else _SMPTE170M
        said = (picture.color_primaries, picture.color_trc, picture.colorspace)
        return ColourCodes(*(guess if code in {0, _UNSPECIFIED} else int(code) for code in said))

    def planes(self) -> tuple[Plane, Plane, Plane]:
        """Return luma and the two colour differences as stored: not turned, not scaled.

        Returns
        -------
        y : (H, W) uint8
        u, v : (H', W') uint8, smaller by the format's subsampling
            Views of the decoder's memory for 8-bit YUV, else of a converted copy; do not write.
        """
        picture = self._picture
        if picture.format.name not in _PLANAR_8_BIT:
            picture = self._reformat(picture.width, picture.height, "yuv420p")
        return view_planes(picture)

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

    def shown_yuv420p(self) -> tuple[Plane, Plane, Plane]:
        """Return the picture as shown in 8-bit YUV 4:2:0 of limited range, for an encoder.

        A film that is stored so, upright and with square pixels, is handed on unchanged.

        Returns
        -------
        y : (H, W) uint8
        u, v : (ceil(H / 2), ceil(W / 2)) uint8
            Perhaps views of the decoder's memory; do not write.
        """
        width, height = self._unturned(self.size_wh)
        is_full_range = (
            self._picture.color_range == _FULL_RANGE or "yuvj" in self._picture.format.name
        )
        planes = view_planes(self._reformat(width, height, "yuv420p", to_limited=is_full_range))
        if not self.rotation_deg:
            return planes
        turned = [cv2.rotate(plane, _TURNS[self.rotation_deg]) for plane in planes]
        return (
            np.asarray(turned[0], dtype=np.uint8),
            np.asarray(turned[1], dtype=np.uint8),
            np.asarray(turned[2], dtype=np.uint8),
        )

    def drop_pixels(self) -> None:
        """Forget the converted picture; it is made anew when somebody asks."""
        self._rgb = None

    def _unturned(self, size_wh: tuple[int, int]) -> tuple[int, int]:
        """Return a shown size as it is before the turn."""
        return (size_wh[1], size_wh[0]) if self.rotation_deg in {90, 270} else size_wh

    def _convert(self, size_wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """Convert colours, scale and turn in one go."""
        picture = self._reformat(*self._unturned(size_wh), "rgb24")
        stored = np.asarray(picture.to_ndarray(), dtype=np.uint8)
        if self.rotation_deg:
            return np.asarray(cv2.rotate(stored, _TURNS[self.rotation_deg]), dtype=np.uint8)
        return stored

    def _reformat(
        self, width: int, height: int, pix_fmt: str, *, to_limited: bool = False
    ) -> av.VideoFrame:
        """Return the stored picture in another size and format; itself where nothing changes."""
        picture = self._picture
        is_same = (picture.width, picture.height, picture.format.name) == (width, height, pix_fmt)
        if is_same and not to_limited:
            return picture
        is_scaled = (picture.width, picture.height) != (width, height)
        options: dict[str, Any] = {"interpolation": "AREA" if is_scaled else "BILINEAR"}
        if picture.colorspace == _UNSPECIFIED and self.colour_codes.matrix == _BT709:
            # swscale takes BT.601 for whatever is not said
            options |= {"src_colorspace": "ITU709", "dst_colorspace": "ITU709"}
        if to_limited:
            options |= {"src_color_range": "JPEG", "dst_color_range": "MPEG"}
        reformatter = _REFORMATTERS.of((width, height, pix_fmt, *options.values()))
        return reformatter.reformat(picture, width, height, pix_fmt, **options)


def _is_rgb(picture: av.VideoFrame) -> bool:
    """Return whether the stored picture is red, green and blue already."""
    return picture.format.is_rgb


def view_planes(picture: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Return the three planes of a planar 8-bit picture without the lines' padding."""
    y, u, v = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[
            :, : plane.width
        ]
        for plane in picture.planes[:3]
    )
    return y, u, v
