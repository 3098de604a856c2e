"""A frame that was drawn into, on its way to an encoder, at its own exact time."""

import av
import numpy as np
import numpy.typing as npt

from cinefacs.errors import SchemaError
from cinefacs.media.frame import ColourCodes, Frame, Plane, view_planes

__all__ = ["PaintedFrame"]

_BT709, _SMPTE170M = 1, 6


class PaintedFrame:
    """Another picture at a frame's exact time.

    Parameters
    ----------
    frame
        Where time and colours come from; its pixels are not kept.
    rgb : (H, W, 3) uint8
        What is shown instead, of the same size.

    Raises
    ------
    SchemaError
        The picture has another size or type.
    """

    __slots__ = ("colour_codes", "duration", "index", "pts", "rgb")

    def __init__(self, frame: Frame, rgb: npt.NDArray[np.uint8]) -> None:
        expected = (frame.size_wh[1], frame.size_wh[0], 3)
        if rgb.shape != expected or rgb.dtype != np.uint8:
            raise SchemaError(
                f"PaintedFrame.rgb: expected uint8 of shape {expected}, "
                f"got {rgb.dtype} of {rgb.shape}"
            )
        codes = frame.colour_codes
        matrix = _BT709 if codes.matrix == _BT709 else _SMPTE170M
        self.index = frame.index
        self.pts = frame.pts
        self.duration = frame.duration
        self.rgb = rgb
        self.colour_codes = ColourCodes(codes.primaries, codes.transfer, matrix)

    def shown_yuv420p(self) -> tuple[Plane, Plane, Plane]:
        """Return the picture in 8-bit YUV 4:2:0 of limited range, by the matrix of its codes.

        Returns
        -------
        y : (H, W) uint8
        u, v : (ceil(H / 2), ceil(W / 2)) uint8
        """
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(self.rgb), format="rgb24")
        space = "ITU709" if self.colour_codes.matrix == _BT709 else "ITU601"
        converted = picture.reformat(
            format="yuv420p",
            dst_colorspace=space,
            dst_color_range="MPEG",
            interpolation="AREA",
        )
        # the planes are views: a copy outlives the converted picture
        y, u, v = (plane.copy() for plane in view_planes(converted))
        return y, u, v
