"""Change colours, sharpness and compression of a picture, never its geometry."""

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.detectors.data.config import AugmentConfig

__all__ = ["change_pixels"]

Rgb = npt.NDArray[np.uint8]


def change_pixels(rgb: Rgb, config: AugmentConfig, rng: np.random.Generator) -> Rgb:
    """Return the picture under another light, from another camera.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    config
        How far each change may go.
    rng
        Where chance comes from; every draw is made whatever the options, so that changing one
        option leaves the others' draws as they were.

    Returns
    -------
    (H, W, 3) uint8
    """
    hue, saturation, brightness, exposure = rng.uniform(-1, 1, 4)
    chances = rng.random(3)
    sigma, quality = rng.uniform(0.3, 1.5), int(rng.integers(30, 91))
    rgb = _shift_colours(
        rgb,
        hue_steps=hue * config.hue * 180,
        saturation=1 + saturation * config.saturation,
        brightness=1 + brightness * config.brightness,
    )
    if config.exposure:
        rgb = _expose(rgb, gamma=2.0 ** (exposure * config.exposure))
    if chances[0] < config.grey:
        rgb = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB).astype("u1")
    if chances[1] < config.blur:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma), dtype=np.uint8)
    if chances[2] < config.jpeg:
        _, packed = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
        rgb = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
    return rgb


def _shift_colours(rgb: Rgb, *, hue_steps: float, saturation: float, brightness: float) -> Rgb:
    """Return the picture with hue, saturation and brightness changed by look-up tables."""
    steps = np.arange(256, dtype=np.float64)
    tables = [(steps + hue_steps) % 180, steps * saturation, steps * brightness]
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
    parts = [
        cv2.LUT(plane, np.clip(table, 0, 255).astype(np.uint8))
        for plane, table in zip(cv2.split(hsv), tables, strict=True)
    ]
    return np.asarray(cv2.cvtColor(cv2.merge(parts), cv2.COLOR_HSV2RGB), dtype=np.uint8)


def _expose(rgb: Rgb, *, gamma: float) -> Rgb:
    table = (np.linspace(0, 1, 256) ** gamma * 255).round().astype(np.uint8)
    return np.asarray(cv2.LUT(rgb, table), dtype=np.uint8)
