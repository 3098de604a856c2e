"""Frames as small pictures that can be compared fast, and measures between two of them."""

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.media.frame import Frame

__all__ = [
    "MIXTURE_SIZE",
    "N_BINS",
    "SIGNATURE_SIZE",
    "Mixture",
    "Signature",
    "best_correlation",
    "count_levels",
    "flat_contrast",
    "levels_distance",
    "mean_change",
    "mixture_distance",
    "sign_frame",
    "to_mixture",
]

Signature = npt.NDArray[np.uint8]
"""(2592,) 64 x 36 luma, then 16 x 9 of each colour difference."""
Mixture = npt.NDArray[np.float64]
"""(864,) 32 x 18 luma, then both colour differences twice as strong; all whole numbers."""

_LUMA_WH, _CHROMA_WH = (64, 36), (16, 9)
_N_LUMA = 64 * 36
_N_MIXED_LUMA = 32 * 18
_CHROMA_WEIGHT = 2
SIGNATURE_SIZE = _N_LUMA + 2 * 16 * 9
MIXTURE_SIZE = _N_MIXED_LUMA + 2 * 16 * 9
N_BINS = 3 * 16
"""16 levels of luma, then 16 of the middle half of each colour difference."""
_TABLE_START = np.repeat(np.array([0, 256, 512], np.uint16), [_N_LUMA, 16 * 9, 16 * 9])
_COLOUR_BIN = (np.clip(np.arange(256), 64, 191) - 64) // 8
_BIN_OF_LEVEL = np.concatenate([np.arange(256) // 16, 16 + _COLOUR_BIN, 32 + _COLOUR_BIN])
_N_COUNTED = _N_LUMA + 2 * 16 * 9 * 16


def sign_frame(frame: Frame) -> Signature:
    """Return the small picture of a frame, sampled from its stored planes.

    Each value of luma is the mean of four samples. That costs 0.03 ms at any size of frame;
    averaging over all pixels would take a good part of the time of decoding. Letterbox bars and
    turned films do no harm: both pictures of a pair have them.

    Parameters
    ----------
    frame
        Only its planes are read; nothing is converted to RGB.

    Returns
    -------
    (2592,) uint8
    """
    y, u, v = frame.planes()
    samples = cv2.resize(y, (2 * _LUMA_WH[0], 2 * _LUMA_WH[1]), interpolation=cv2.INTER_NEAREST)
    luma = cv2.resize(samples, _LUMA_WH, interpolation=cv2.INTER_AREA)
    colours = [cv2.resize(each, _CHROMA_WH, interpolation=cv2.INTER_NEAREST) for each in (u, v)]
    return np.concatenate([luma.ravel(), *(each.ravel() for each in colours)], dtype=np.uint8)


def mean_change(a: Signature, b: Signature) -> float:
    """Return how much two pictures differ, in grey levels.

    The mean absolute difference of luma, plus twice that of the colours (which range over less
    than half as many levels).

    Parameters
    ----------
    a, b : (2592,) uint8
    """
    luma = cv2.norm(a[:_N_LUMA], b[:_N_LUMA], cv2.NORM_L1)
    chroma = cv2.norm(a[_N_LUMA:], b[_N_LUMA:], cv2.NORM_L1)
    return luma / _N_LUMA + _CHROMA_WEIGHT * chroma / (SIGNATURE_SIZE - _N_LUMA)


def flat_contrast(signature: Signature) -> float:
    """Return the standard deviation of luma in the middle of the picture, grey levels.

    The middle is what lies beyond the letterbox bars of 2.39:1 in 16:9 and the side bars of 4:3
    in 16:9 (an eighth on each side): a fade to white leaves the bars black.

    Parameters
    ----------
    signature : (2592,) uint8
    """
    middle = signature[:_N_LUMA].reshape(_LUMA_WH[::-1])[6:-6, 9:-9]
    return float(cv2.meanStdDev(middle)[1][0, 0])


def to_mixture(signature: Signature) -> Mixture:
    """Return the picture as a vector that mixes as light does: half of A and half of B.

    All values are whole numbers, so that sums of products are exact in float64 and do not depend
    on the order in which a library adds them.

    Parameters
    ----------
    signature : (2592,) uint8

    Returns
    -------
    (864,) float64
    """
    luma = signature[:_N_LUMA].reshape(_LUMA_WH[::-1])
    small = cv2.resize(luma, (32, 18), interpolation=cv2.INTER_AREA).ravel()
    mixture = np.empty(MIXTURE_SIZE)
    mixture[:_N_MIXED_LUMA] = small
    np.multiply(signature[_N_LUMA:], float(_CHROMA_WEIGHT), out=mixture[_N_MIXED_LUMA:])
    return mixture


def mixture_distance(squared: float) -> float:
    """Return a root mean square difference in grey levels from a mixture's sum of squares."""
    return math.sqrt(squared / _N_MIXED_LUMA)


def count_levels(signature: Signature) -> npt.NDArray[np.int64]:
    """Return how often each of 48 levels occurs: motion hardly changes that, a new shot does.

    A pixel of the colours counts 16 times, since there are 16 times fewer and the levels of the
    colours fill fewer bins.

    Parameters
    ----------
    signature : (2592,) uint8

    Returns
    -------
    (48,) int64
    """
    counts = np.bincount(_BIN_OF_LEVEL[signature + _TABLE_START], minlength=N_BINS)
    counts[16:] *= 16
    return counts


def levels_distance(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return how differently levels are distributed, 0 to 1.

    Parameters
    ----------
    a, b : (..., 48) int64
        As from `count_levels`.

    Returns
    -------
    (...) float64
    """
    return np.asarray(np.abs(a - b).sum(axis=-1) / (2 * _N_COUNTED), dtype=np.float64)


def best_correlation(a: Signature, b: Signature) -> float:
    """Return the normalised correlation of two pictures at the best shift, -1 to 1.

    The middle of each is looked for in the other, up to a quarter of the picture away; the mean
    of both searches is robust against one smooth patch. Brightness and contrast do not matter.
    A picture without contrast correlates with nothing: 0.

    Parameters
    ----------
    a, b : (2592,) uint8
    """
    first, second = (each[:_N_LUMA].reshape(_LUMA_WH[::-1]).astype(np.float32) for each in (a, b))
    return (_find_middle(first, second) + _find_middle(second, first)) / 2


def _find_middle(template: npt.NDArray[Any], picture: npt.NDArray[Any]) -> float:
    """Return the best correlation of a picture's middle with any place in another picture."""
    middle = template[9:27, 16:48]
    area_wh = (middle.shape[1], middle.shape[0])
    covariance = cv2.matchTemplate(picture, middle, cv2.TM_CCOEFF) / middle.size  # (19, 33)
    inside = np.s_[: covariance.shape[0], : covariance.shape[1]]
    mean = cv2.boxFilter(picture, -1, area_wh, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    square = cv2.sqrBoxFilter(picture, -1, area_wh, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    deviation = np.sqrt(np.maximum(square[inside] - mean[inside] ** 2, 0))
    # The floor of one grey level keeps the rounding noise of black areas from correlating.
    scale = max(float(middle.std()), 1.0) * np.maximum(deviation, 1.0)
    return float((covariance / scale).max())
