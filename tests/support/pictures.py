"""Pictures made of numbers alone, for films whose shots are known to the frame."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.media.frame import Frame

__all__ = ["Pictures", "dissolve", "fade", "flat", "lit", "pan", "to_frames"]

Pictures = list[npt.NDArray[np.uint8]]
"""RGB pictures (H, W, 3)."""
SIZE_WH = (128, 72)


def pan(seed: int, n_frames: int, *, px_per_frame: float = 0.5, first: int = 0) -> Pictures:
    """Return a shot: a camera that moves over a picture of coloured patches.

    Parameters
    ----------
    seed
        Which picture: others have other colours and patches.
    n_frames
        Length.
    px_per_frame
        Pace of the camera.
    first
        Frames that the camera has already moved for.
    """
    rng = np.random.default_rng(seed)
    width, height = SIZE_WH
    coarse = rng.uniform(0, 1, (9, 40, 3)).astype(np.float32)
    wide = cv2.resize(coarse, (8 * width, height), interpolation=cv2.INTER_CUBIC)
    low, high = np.sort(rng.uniform(10, 245, (2, 3)), axis=0)
    levels = np.clip(low + (high - low) * wide, 0, 255).astype(np.float32)
    pictures = []
    for k in range(first, first + n_frames):
        centre = (width / 2 + 8 + k * px_per_frame, height / 2)
        pictures.append(cv2.getRectSubPix(levels, SIZE_WH, centre).round().astype(np.uint8))
    return pictures


def flat(level: int, n_frames: int) -> Pictures:
    """Return frames of one grey."""
    width, height = SIZE_WH
    return [np.full((height, width, 3), level, np.uint8)] * n_frames


def lit(pictures: Pictures, gain: float, offset: float = 0.0) -> Pictures:
    """Return the pictures under another light."""
    return [_to_uint8(gain * picture.astype(np.float64) + offset) for picture in pictures]


def dissolve(before: Pictures, after: Pictures, n_mixed: int) -> Pictures:
    """Join two shots so that the last `n_mixed` frames of one mix with the first of the other."""
    mixed = [
        _to_uint8(a + (b.astype(np.float64) - a) * ((k + 1) / (n_mixed + 1)))
        for k, (a, b) in enumerate(zip(before[-n_mixed:], after[:n_mixed], strict=True))
    ]
    return [*before[:-n_mixed], *mixed, *after[n_mixed:]]


def fade(before: Pictures, after: Pictures, *, n_half: int, n_flat: int, level: int) -> Pictures:
    """Join two shots through one grey; `n_half` frames of each darken or brighten."""
    joined = before
    if before:
        joined = dissolve(before, flat(level, n_half), n_half)
    joined = [*joined, *flat(level, n_flat)]
    if after:
        joined = [*joined, *dissolve(flat(level, n_half), after, n_half)]
    return joined


def _to_uint8(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    return np.clip(values, 0, 255).round().astype(np.uint8)


def to_frames(
    pictures: Iterable[npt.NDArray[np.uint8]],
    *,
    rate_fps: int = 24,
    gaps: Sequence[int] = (),
    pts: Sequence[int] | None = None,
) -> list[Frame]:
    """Return decoded frames that show the pictures.

    Parameters
    ----------
    rate_fps
        Frames a second.
    gaps
        Frames before which others are missing.
    pts : ticks of a thousandth of a frame at `rate_fps`
        None for a constant rate.
    """
    frames = []
    for k, picture in enumerate(pictures):
        coded = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frames.append(
            Frame(
                coded,
                index=k,
                pts=1000 * k if pts is None else pts[k],
                duration=1000,
                time_base=Fraction(1, 1000 * rate_fps),
                size_wh=(picture.shape[1], picture.shape[0]),
                follows_gap=k in gaps,
            )
        )
    return frames
