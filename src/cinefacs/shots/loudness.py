"""Loudness of one channel after ITU-R BS.1770-4: K-weighting and gated blocks.

References
----------
ITU-R BS.1770-4 (2015), Algorithms to measure audio programme loudness and true-peak audio level.
"""

from math import pi, tan

import numpy as np
import numpy.typing as npt

__all__ = ["FLOOR_LUFS", "KWeighting", "gated_loudness", "k_weighting_sections"]

FLOOR_LUFS = -70.0
"""The absolute gate, and what a stretch reads in which no block is louder, LUFS."""

_RELATIVE_GATE_LU = -10.0
_OFFSET_DB = -0.691  # makes up for the K-weighting's gain at 997 Hz
_BLOCK_HOPS = 20  # 400 ms in hops of 20 ms
_BLOCK_STEP_HOPS = 5  # 75 % overlap
_RESPONSE_S = 0.15  # by then the 38 Hz high-pass has decayed by more than 250 dB

# The standard prints coefficients for 48 kHz only. These are the analogue values that the
# bilinear transform turns into them; an oracle test holds them against the standard's table.
_SHELF_HZ, _SHELF_DB, _SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
_SHELF_MIDDLE = 0.4996667741545416  # exponent of the gain at the shelf's corner
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773


def _warp(corner_hz: float, q: float, rate_hz: int) -> tuple[float, float, npt.NDArray[np.float64]]:
    """Return the bilinear transform's frequency, its norm, and the two poles' polynomial."""
    k = tan(pi * corner_hz / rate_hz)
    norm = 1 + k / q + k * k
    return k, norm, np.array([1, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm])


def k_weighting_sections(rate_hz: int) -> npt.NDArray[np.float64]:
    """Return the K-weighting as two second-order sections.

    The standard's high-pass has the numerator 1, -2, 1 and so a gain of 1.005 in its pass band
    at 48 kHz; that gain is kept at every rate, or the calibration at 997 Hz would drift. At
    48 kHz these are the standard's own numbers. At 16 kHz the bilinear transform bends the shelf
    by up to 0.07 dB (997 Hz reads 0.05 LU low), and nothing above 8 kHz is heard at all.

    Parameters
    ----------
    rate_hz
        Samples a second.

    Returns
    -------
    (2, 2, 3) float64
        Shelf and high-pass; of each numerator and denominator, by rising delay.
    """
    k, norm, shelf_poles = _warp(_SHELF_HZ, _SHELF_Q, rate_hz)
    high = 10 ** (_SHELF_DB / 20)
    middle = high**_SHELF_MIDDLE * k / _SHELF_Q
    shelf = np.array([high + middle + k * k, 2 * (k * k - high), high - middle + k * k]) / norm
    pass_gain = _warp(_HIGH_PASS_HZ, _HIGH_PASS_Q, 48_000)[1]
    _, norm, high_pass_poles = _warp(_HIGH_PASS_HZ, _HIGH_PASS_Q, rate_hz)
    high_pass = np.array([1.0, -2.0, 1.0]) * (pass_gain / norm)
    return np.array([[shelf, shelf_poles], [high_pass, high_pass_poles]])


class KWeighting:
    """K-weight consecutive samples: a filter that remembers where it was.

    The recursive filter is applied as its impulse response of 0.15 s, by overlap-save: numpy has
    no recursive filter, and the rest of the response is below the rounding of a double.

    Parameters
    ----------
    rate_hz
        Samples a second.
    """

    def __init__(self, rate_hz: int) -> None:
        n_taps = round(_RESPONSE_S * rate_hz)
        n_points = 1 << (4 * n_taps).bit_length()
        response = np.ones(n_points // 2 + 1, dtype=np.complex128)
        for numerator, denominator in k_weighting_sections(rate_hz):
            response *= np.fft.rfft(numerator, n_points) / np.fft.rfft(denominator, n_points)
        self._taps = np.fft.irfft(response)[:n_taps]
        self._spectra: dict[int, npt.NDArray[np.complex128]] = {}
        self._past = np.zeros(n_taps - 1)

    def push(self, samples: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Return the weighted samples.

        Parameters
        ----------
        samples : (N,) float, N at least 1
            The samples that follow those of the last call; silence comes before the first.

        Returns
        -------
        (N,) float64
        """
        joined = np.concatenate([self._past, samples])  # (taps - 1 + N,)
        n_points = 1 << (len(joined) - 1).bit_length()
        if n_points not in self._spectra:
            self._spectra[n_points] = np.fft.rfft(self._taps, n_points)
        weighted = np.fft.irfft(np.fft.rfft(joined, n_points) * self._spectra[n_points], n_points)
        self._past = joined[len(samples) :]
        return weighted[len(self._taps) - 1 : len(joined)]

    def reset(self) -> None:
        """Forget the past: what follows comes after silence."""
        self._past = np.zeros_like(self._past)


def gated_loudness(stretches: list[npt.NDArray[np.float64]]) -> float | None:
    """Return the gated loudness of some sound.

    Blocks of 400 ms overlap by 75 %. Of those above the absolute gate of -70 LUFS the mean power
    gives the relative gate, 10 LU below it; the mean power of the blocks above both is the
    loudness (BS.1770-4, annex 1, equations 3 to 7): ``-0.691 + 10 lg(mean square)``.

    Parameters
    ----------
    stretches : each (H,) float64
        Mean square of the K-weighted samples in consecutive hops of 20 ms. No block reaches from
        one stretch into the next, nor over the end of one.

    Returns
    -------
    float or None, LUFS
        -70 (`FLOOR_LUFS`) if no block passes the absolute gate; None if no stretch is as long as
        one block.
    """
    windows = np.lib.stride_tricks.sliding_window_view
    powers = [
        windows(stretch, _BLOCK_HOPS)[::_BLOCK_STEP_HOPS].mean(axis=1)
        for stretch in stretches
        if len(stretch) >= _BLOCK_HOPS
    ]
    if not powers:
        return None
    blocks = np.concatenate(powers)
    blocks = blocks[blocks > _power(FLOOR_LUFS)]
    if not blocks.size:
        return FLOOR_LUFS
    blocks = blocks[blocks > blocks.mean() * 10 ** (_RELATIVE_GATE_LU / 10)]
    return float(_OFFSET_DB + 10 * np.log10(blocks.mean()))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_DB) / 10))
