"""Write text on pictures, smooth at any size.

OpenCV's own letters are strokes without smoothing to speak of at small sizes; here they are drawn
four times as large and scaled down by area, once for each text and size. The strokes know ASCII
only: accents are taken off, and what is not Latin cannot be written.
"""

import unicodedata
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Colour", "Rgb", "blend_box", "text_width_px", "to_ascii", "write_text_on"]

Rgb: TypeAlias = npt.NDArray[np.uint8]
Colour: TypeAlias = tuple[int, int, int]

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_OVERSAMPLING = 4
_SCALE_1_LINE_PX = 32.0
"""Height of a line, from the tallest letter to the deepest, at the font's scale 1."""
_BASELINE_SHARE = 0.74
_WEIGHT_SHARE = 0.085
"""Thickness of a stroke in line heights."""


def to_ascii(text: str) -> str:
    """Return a text without accents; empty where letters are left that cannot be written."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o"))
    letters = [each for each in plain if not unicodedata.combining(each)]
    return "".join(letters) if all(" " <= each <= "~" for each in letters) else ""


def write_text_on(
    picture: Rgb, text: str, *, left: float, top: float, line_px: float, colour: Colour
) -> float:
    """Write one line into a picture, cut off at its border; return the text's width, px.

    Parameters
    ----------
    picture : (H, W, 3) uint8, written
    text
        ASCII.
    left, top : px, of the line's corner
    line_px : height of the line
    colour : red, green, blue
    """
    mask = _mask(text, round(line_px))
    _blend(picture, mask, round(left), round(top), colour)
    return float(mask.shape[1])


def blend_box(
    picture: Rgb, box_xyxy: tuple[float, float, float, float], colour: Colour, *, share: float
) -> None:
    """Mix a colour into a rectangle of a picture.

    Parameters
    ----------
    picture : (H, W, 3) uint8, written
    box_xyxy : px; may reach beyond the border
    colour : red, green, blue
    share : 0 to 1, of the colour
    """
    height, width = picture.shape[:2]
    x1, y1 = (max(0, round(edge)) for edge in box_xyxy[:2])
    x2, y2 = min(width, round(box_xyxy[2])), min(height, round(box_xyxy[3]))
    if x1 >= x2 or y1 >= y2:
        return
    part = picture[y1:y2, x1:x2]
    flat = np.full_like(part, colour)
    picture[y1:y2, x1:x2] = cv2.addWeighted(part, 1 - share, flat, share, 0)


def text_width_px(text: str, line_px: float) -> float:
    """Return how wide a text is, px."""
    return float(_mask(text, round(line_px)).shape[1])


@lru_cache(maxsize=512)
def _mask(text: str, line_px: int) -> npt.NDArray[np.float32]:
    """Return how far each pixel is covered by the text, (line_px, w) of 0 to 1."""
    large_px = line_px * _OVERSAMPLING
    scale = large_px / _SCALE_1_LINE_PX
    weight = max(1, round(_WEIGHT_SHARE * large_px))
    (width, _), _ = cv2.getTextSize(text, _FONT, scale, weight)
    columns = max(1, -(-(width + weight) // _OVERSAMPLING))
    large = np.zeros((large_px, columns * _OVERSAMPLING), np.uint8)
    place = (weight // 2, round(_BASELINE_SHARE * large_px))
    cv2.putText(large, text, place, _FONT, scale, 255, weight, cv2.LINE_AA)
    small = cv2.resize(large, (columns, line_px), interpolation=cv2.INTER_AREA)
    mask = np.asarray(small, np.float32) / np.float32(255)
    mask.flags.writeable = False
    return mask


def _blend(
    picture: Rgb, mask: npt.NDArray[np.float32], left: int, top: int, colour: Colour
) -> None:
    height, width = picture.shape[:2]
    x1, y1 = max(0, left), max(0, top)
    x2, y2 = min(width, left + mask.shape[1]), min(height, top + mask.shape[0])
    if x1 >= x2 or y1 >= y2:
        return
    share = mask[y1 - top : y2 - top, x1 - left : x2 - left, None]  # (h, w, 1)
    part = picture[y1:y2, x1:x2].astype(np.float32)
    mixed = part + share * (np.array(colour, np.float32) - part)
    picture[y1:y2, x1:x2] = np.rint(mixed).astype(np.uint8)
