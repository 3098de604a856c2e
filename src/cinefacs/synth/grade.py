"""From the drawn picture to the film's: defocus, colour cast, contrast, grain, coarse coding."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Grade", "draw_grade", "grade_picture"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Grade:
    """How a shot's pictures are finished."""

    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Factors on red, green, blue."""
    contrast: float = 1.0
    """About middle grey."""
    saturation: float = 1.0
    """0: black and white."""
    vignette: float = 0.0
    """Darkness of the corners, 0 to 1."""
    grain: float = 0.0
    """Standard deviation of the grain, grey levels."""
    defocus_px: float = 0.0
    """Radius of the blur."""
    smear_px: float = 0.0
    """Length of the motion blur."""
    smear_deg: float = 0.0
    """Its direction."""
    jpeg_quality: int = 0
    """Quality of coarse coding, 1 to 100; 0: none. For still pictures; films have their CRF."""


def draw_grade(rng: np.random.Generator, *, is_still: bool) -> Grade:
    """Return a random grade.

    Parameters
    ----------
    rng
        Source of randomness.
    is_still
        Whether motion blur and coarse coding are to be imitated.
    """
    warmth, tint = float(rng.normal(0, 0.05)), float(rng.normal(0, 0.02))
    is_cast = rng.random() < 0.15
    if is_cast:
        warmth, tint = float(rng.normal(0, 0.16)), float(rng.normal(0, 0.07))
    is_grey = rng.random() < 0.05
    smear = float(rng.uniform(1, 5)) if is_still and rng.random() < 0.12 else 0.0
    coarse = int(rng.integers(25, 90)) if is_still and rng.random() < 0.6 else 0
    return Grade(
        cast=(1 + warmth, 1 + tint, 1 - warmth),
        contrast=float(rng.normal(1.0, 0.08)),
        saturation=0.0 if is_grey else float(np.clip(rng.normal(0.95, 0.15), 0.4, 1.4)),
        vignette=float(rng.uniform(0, 0.25)),
        grain=float(rng.gamma(1.5, 1.6)),
        defocus_px=float(rng.uniform(0.4, 1.3)) if rng.random() < 0.15 else 0.0,
        smear_px=smear,
        smear_deg=float(rng.uniform(0, 180)),
        jpeg_quality=coarse,
    )


def grade_picture(rgb: npt.NDArray[np.uint8], grade: Grade, *, seed: int) -> npt.NDArray[np.uint8]:
    """Return the finished picture.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    grade
        How.
    seed
        Of the grain; another for each frame.
    """
    picture: Any = rgb
    if grade.smear_px > 1:
        picture = cv2.filter2D(picture, -1, _smear_kernel(grade.smear_px, grade.smear_deg))
    if grade.defocus_px > 0:
        picture = cv2.GaussianBlur(picture, (0, 0), grade.defocus_px)
    table = _curves(grade)
    toned = np.asarray(cv2.LUT(picture, table), np.float32)
    if grade.saturation != 1:
        grey = toned @ np.array([0.299, 0.587, 0.114], np.float32)
        toned = grey[..., None] + (toned - grey[..., None]) * grade.saturation
    if grade.vignette > 0:
        toned *= _vignette(picture.shape[1], picture.shape[0], grade.vignette)[..., None]
    if grade.grain > 0:
        toned += _grain(picture.shape[0], picture.shape[1], grade.grain, seed)[..., None]
    finished = np.clip(toned + 0.5, 0, 255).astype(np.uint8)
    return _coarsely_coded(finished, grade.jpeg_quality) if grade.jpeg_quality else finished


def _curves(grade: Grade) -> npt.NDArray[np.uint8]:
    """Return a tone curve for each channel, (1, 256, 3)."""
    level = np.arange(256, dtype=np.float64)
    toned = (level - 118) * grade.contrast + 118
    curves = np.stack([toned * factor for factor in grade.cast], axis=-1)
    return np.clip(curves, 0, 255).astype(np.uint8)[None]


def _smear_kernel(length: float, direction_deg: float) -> npt.NDArray[np.float32]:
    side = int(np.ceil(length)) // 2 * 2 + 3
    kernel = np.zeros((side, side), np.float32)
    middle = side / 2 - 0.5
    turn = np.radians(direction_deg)
    reach = np.array([np.cos(turn), np.sin(turn)]) * length / 2
    start, end = (tuple(np.round((middle + s * reach) * 16).astype(int).tolist()) for s in (-1, 1))
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_AA, 4)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _vignette(width: int, height: int, strength: float) -> npt.NDArray[np.float32]:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.asarray(1 - strength * (x * x + y * y) / 2, np.float32)


def _grain(height: int, width: int, deviation: float, seed: int) -> npt.NDArray[np.float32]:
    """Return film grain: noise whose specks are a little larger than a pixel."""
    noise = np.random.default_rng(seed).standard_normal((height, width), dtype=np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 0.7)
    return np.asarray(soft * (deviation / max(float(soft.std()), 1e-6)), np.float32)


def _coarsely_coded(rgb: npt.NDArray[np.uint8], quality: int) -> npt.NDArray[np.uint8]:
    flags = [int(cv2.IMWRITE_JPEG_QUALITY), quality]
    _, coded = cv2.imencode(".jpg", rgb[..., ::-1], flags)
    decoded: Any = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(decoded[..., ::-1], np.uint8)
