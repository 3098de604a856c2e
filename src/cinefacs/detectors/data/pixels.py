"""Change colours, sharpness and compression of a picture, never its geometry."""

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.detectors.data.config import AugmentConfig

__all__ = ["change_greys", "change_pixels"]

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


def change_greys(stack: Rgb, config: AugmentConfig, rng: np.random.Generator) -> Rgb:
    """Return crops that belong together under another light, from another camera.

    Light and sharpness change alike in all of them; compression comes to each by itself.

    Parameters
    ----------
    stack : (S, S, n) uint8
    config
        How far each change may go.
    rng
        Where chance comes from; every draw is made whatever the options.

    Returns
    -------
    (S, S, n) uint8
    """
    brightness, exposure, slope_x, slope_y = rng.uniform(-1, 1, 4)
    chances = rng.random(4)
    sigma, qualities = rng.uniform(0.3, 1.8), rng.integers(25, 91, 4)
    deviation, left, top = rng.uniform(2, 12), *rng.uniform(0, 0.75, 2)
    noise_seed = int(rng.integers(1 << 62))
    steps = np.linspace(0, 1, 256) ** (2.0 ** (exposure * config.exposure))
    table = np.clip(steps * 255 * (1 + brightness * config.brightness), 0, 255)
    changed = cv2.LUT(stack, table.round().astype(np.uint8)).reshape(stack.shape)
    side = len(stack)
    if chances[3] < config.shade:
        ramp = np.linspace(-1, 1, side, dtype=np.float32)
        light = 1 + 0.45 * (slope_x * ramp[None, :] + slope_y * ramp[:, None])
        changed = np.clip(changed * light[..., None], 0, 255).astype(np.uint8)
    if chances[1] < config.blur:
        changed = cv2.GaussianBlur(changed, (0, 0), sigma).reshape(stack.shape)
    if chances[2] < config.jpeg:
        layers = []
        for layer in range(stack.shape[-1]):
            flags = [cv2.IMWRITE_JPEG_QUALITY, int(qualities[layer])]
            _, packed = cv2.imencode(".jpg", np.ascontiguousarray(changed[..., layer]), flags)
            layers.append(np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)))
        changed = np.stack(layers, axis=-1)
    if chances[0] < config.noise:
        grain = np.random.default_rng(noise_seed).normal(0, deviation, changed.shape)
        changed = np.clip(changed + grain, 0, 255).astype(np.uint8)
    if noise_seed % 1000 < 1000 * config.erase:
        x, y = int(left * side), int(top * side)
        changed = np.array(changed)
        changed[y : y + side // 4, x : x + side // 4] = noise_seed % 251
    return np.asarray(changed, dtype=np.uint8)


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
