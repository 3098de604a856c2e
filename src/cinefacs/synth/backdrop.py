"""Pictures behind the people: rooms, lights, leaves, walls, more or less out of focus."""

from enum import StrEnum
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["BackdropKind", "draw_backdrop"]

_SIZE_WH = (640, 420)


class BackdropKind(StrEnum):
    """What stands behind."""

    WALL = "wall"
    ROOM = "room"
    LIGHTS = "lights"
    LEAVES = "leaves"
    STREET = "street"


def draw_backdrop(
    rng: np.random.Generator, kind: BackdropKind, *, blur_px: float, brightness: float
) -> npt.NDArray[np.uint8]:
    """Return a random backdrop.

    Parameters
    ----------
    rng
        Source of randomness.
    kind
        What stands behind.
    blur_px
        How far it is out of focus.
    brightness
        Factor on its light, about 1.

    Returns
    -------
    (420, 640, 3) uint8
    """
    width, height = _SIZE_WH
    canvas = _blurred(_PAINTERS[kind](rng), max(blur_px, 0.4))
    grain = rng.standard_normal((height, width, 1), dtype=np.float32) * np.float32(1.2)
    return np.asarray(np.clip(canvas * np.float32(brightness) + grain, 0, 255), np.uint8)


def _blurred(canvas: npt.NDArray[np.float32], blur_px: float) -> npt.NDArray[np.float32]:
    """Return a canvas out of focus; a wide blur is done on a smaller copy, where it is narrow."""
    step = 4 if blur_px >= 6 else 2 if blur_px >= 3 else 1
    size = (_SIZE_WH[0] // step, _SIZE_WH[1] // step)
    picture: Any = canvas if step == 1 else cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    picture = cv2.GaussianBlur(picture, (0, 0), blur_px / step)
    return np.asarray(
        picture if step == 1 else cv2.resize(picture, _SIZE_WH, interpolation=cv2.INTER_LINEAR),
        np.float32,
    )


def _noise(rng: np.random.Generator, cells: int, *, channels: int = 1) -> npt.NDArray[np.float32]:
    """Return smooth noise of some cells across, 0 to 1, (H, W, channels)."""
    width, height = _SIZE_WH
    rows = max(2, cells * height // width)
    coarse = rng.random((rows, cells, channels)).astype(np.float32)
    fine = cv2.resize(coarse, _SIZE_WH, interpolation=cv2.INTER_CUBIC)
    return np.clip(fine.reshape(height, width, channels), 0, 1)


def _tint(
    rng: np.random.Generator, low: float, high: float, strength: float
) -> npt.NDArray[np.float32]:
    value = float(rng.uniform(low, high))
    colour = value * (1 - strength + 2 * strength * rng.random(3))
    return colour.astype(np.float32)


def _wall(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    colour = _tint(rng, 50, 170, 0.25)
    light = 0.65 + 0.6 * _noise(rng, 4)
    texture = 1 + 0.10 * (_noise(rng, 90) - 0.5) + 0.10 * (_noise(rng, 25) - 0.5)
    canvas = colour * light * texture
    if rng.random() < 0.4:  # tiles or panels
        step = int(rng.integers(40, 110))
        canvas[:, ::step] *= 0.7
        canvas[:: int(step * rng.uniform(0.5, 2))] *= 0.75
    return np.asarray(canvas, np.float32)


def _room(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    width, height = _SIZE_WH
    canvas = _wall(rng)
    floor = int(height * rng.uniform(0.66, 0.85))
    canvas[floor:] = _tint(rng, 30, 110, 0.3) * (0.8 + 0.4 * _noise(rng, 20))[floor:]
    for _ in range(int(rng.integers(5, 14))):
        x, w = int(rng.uniform(-40, width)), int(rng.uniform(20, 160))
        h = int(rng.uniform(30, 260))
        y = floor - h if rng.random() < 0.6 else int(rng.uniform(0, floor * 0.7))
        box = (slice(max(0, y), max(0, y + h)), slice(max(0, x), max(0, x + w)))
        canvas[box] = _tint(rng, 15, 150, 0.45) * (0.85 + 0.3 * _noise(rng, 30))[box]
        if rng.random() < 0.3:  # shelves
            canvas[box][:: int(rng.integers(14, 40))] *= 0.5
    if rng.random() < 0.55:  # a window or a lamp
        x, y = int(rng.uniform(0, width - 130)), int(rng.uniform(10, 120))
        w, h = int(rng.uniform(60, 130)), int(rng.uniform(90, 190))
        canvas[y : y + h, x : x + w] = _tint(rng, 190, 250, 0.08)
        canvas[y : y + h, x + w // 2 - 2 : x + w // 2 + 2] = 60
    return canvas


def _lights(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    width, height = _SIZE_WH
    canvas = _tint(rng, 6, 40, 0.5) * (0.4 + 1.2 * _noise(rng, 5))
    for _ in range(int(rng.integers(18, 60))):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        radius = int(rng.uniform(5, 26))
        colour = (_tint(rng, 60, 200, 0.6) * rng.uniform(0.3, 1)).tolist()
        left, top = max(0, centre[0] - radius - 2), max(0, centre[1] - radius - 2)
        under = canvas[top : centre[1] + radius + 3, left : centre[0] + radius + 3]
        layer = np.zeros(under.shape, np.float32)
        middle = (centre[0] - left, centre[1] - top)
        cv2.circle(layer, middle, radius, colour, -1, lineType=cv2.LINE_AA)
        under[:] = np.maximum(under, layer) * 0.6 + (under + layer) * 0.4
    return np.asarray(canvas, np.float32)


def _leaves(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    base = np.array([0.45, 0.62, 0.28], np.float32) * _tint(rng, 90, 190, 0.15)
    depth = 0.25 + 0.9 * _noise(rng, 9) * (0.5 + _noise(rng, 40))
    canvas = base * depth
    sky = np.clip((_noise(rng, 24) - 0.68) * 5, 0, 1)
    canvas = canvas * (1 - sky) + np.array([215, 225, 235], np.float32) * sky
    return np.asarray(canvas, np.float32)


def _street(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    width, height = _SIZE_WH
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    canvas = _tint(rng, 150, 230, 0.1) * (1 - 0.35 * rows) + np.zeros(
        (height, width, 3), np.float32
    )
    x = -30
    while x < width:
        w, top = int(rng.uniform(50, 170)), int(rng.uniform(0, height * 0.45))
        face = _tint(rng, 40, 160, 0.25) * (0.85 + 0.3 * _noise(rng, 60))
        left, right = max(0, x), max(0, min(width, x + w))
        canvas[top:, left:right] = face[top:, left:right]
        for row in range(top + 14, int(height * 0.8), 34):
            for column in range(left + 10, right - 16, 30):
                canvas[row : row + 18, column : column + 14] = _tint(rng, 20, 120, 0.3)
        x += w
    floor = int(height * rng.uniform(0.75, 0.9))
    canvas[floor:] = _tint(rng, 50, 110, 0.1)
    return canvas


_PAINTERS = {
    BackdropKind.WALL: _wall,
    BackdropKind.ROOM: _room,
    BackdropKind.LIGHTS: _lights,
    BackdropKind.LEAVES: _leaves,
    BackdropKind.STREET: _street,
}
