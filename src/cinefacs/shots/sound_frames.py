"""What one short frame of sound tells: level, harmonicity, change of spectrum."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FrameAnalyser", "SoundFrames"]

_SPEECH_BAND_HZ = (100.0, 4000.0)  # fundamental of most voices up to the third formant and beyond
_PITCH_HZ = (70.0, 400.0)
_SILENCE_DB = -120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundFrames:
    """Numbers of consecutive frames, one every 20 ms."""

    level_db: npt.NDArray[np.float64]
    """(K,) power between 100 Hz and 4 kHz, dB: a sine of amplitude 1 has -3; at least -120."""
    harmonicity: npt.NDArray[np.float64]
    """(K,) how alike the sound is to itself one pitch period (70 to 400 Hz) later, up to about
    1."""
    flux: npt.NDArray[np.float64]
    """(K,) spectral flux since the frame before; NaN where there is none."""


class FrameAnalyser:
    """Analyse windows of 40 ms, 20 ms apart.

    Harmonicity is the largest value of the normalised autocorrelation between the two pitch
    limits, the autocorrelation of the Hann-windowed sound divided by that of the window
    (Boersma, 1993, equation 9), of the sound between 100 Hz and 4 kHz: rumble resembles itself
    at any lag. White noise gives about 0.3, a periodic sound about 1.

    Spectral flux is the Euclidean norm of the increases from one magnitude spectrum to the next,
    each divided by its sum, so that the unit is none and the level does not count; 0 for a
    steady sound, at most 1. Scheirer and Slaney (1997) take the norm of all differences; only
    increases are counted here, as for onsets (Dixon, 2006). It depends on window and sampling
    rate: compare only figures of the same rate.

    Parameters
    ----------
    rate_hz
        Samples a second.
    n_window
        Samples in 40 ms.

    References
    ----------
    Boersma, P. (1993). Accurate short-term analysis of the fundamental frequency and the
    harmonics-to-noise ratio of a sampled sound. IFA Proceedings 17, 97-110.
    Scheirer, E. & Slaney, M. (1997). Construction and evaluation of a robust multifeature
    speech/music discriminator. ICASSP, 1331-1334.
    Dixon, S. (2006). Onset detection revisited. DAFx, 133-137.
    """

    def __init__(self, rate_hz: int, n_window: int) -> None:
        lags = np.arange(int(rate_hz / _PITCH_HZ[1]), int(rate_hz / _PITCH_HZ[0]) + 1)
        self._lags = slice(int(lags[0]), int(lags[-1]) + 1)
        # Without wrap-around: the last lag must fit behind the window.
        self._n_points = 1 << int(n_window + lags[-1]).bit_length()
        self._window = np.hanning(n_window + 1)[:-1]
        frequencies = np.fft.rfftfreq(self._n_points, 1 / rate_hz)
        low, high = _SPEECH_BAND_HZ
        self._is_speech_band = (frequencies >= low) & (frequencies <= high)
        of_window = np.fft.irfft(np.abs(np.fft.rfft(self._window, self._n_points)) ** 2)
        self._window_shape = of_window[self._lags] / of_window[0]
        # Parseval, for one side of the spectrum and the power that the window leaves.
        self._power_scale = 2 / (self._n_points * float((self._window**2).sum()))
        self._previous: npt.NDArray[np.float64] | None = None

    def push(self, windows: npt.NDArray[np.floating]) -> SoundFrames:
        """Return the numbers of the frames that follow those of the last call.

        Parameters
        ----------
        windows : (K, n_window) float, K at least 1
        """
        spectra = np.fft.rfft(windows * self._window, self._n_points)  # (K, F)
        magnitudes = np.abs(spectra)
        powers = np.where(self._is_speech_band, magnitudes**2, 0.0)
        power = powers.sum(axis=1) * self._power_scale
        level_db = 10 * np.log10(np.maximum(power, 10 ** (_SILENCE_DB / 10)))
        return SoundFrames(
            level_db=level_db,
            harmonicity=self._harmonicity(powers),
            flux=self._flux(magnitudes),
        )

    def reset(self) -> None:
        """Forget the last frame: the next has none before it."""
        self._previous = None

    def _harmonicity(self, powers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the peak of the normalised autocorrelation; 0 for silence.

        Parameters
        ----------
        powers : (K, F) float64
        """
        correlations = np.fft.irfft(powers)  # (K, n_points)
        peaks = (correlations[:, self._lags] / self._window_shape).max(axis=1)
        whole = correlations[:, 0]
        return np.asarray(np.divide(peaks, whole, out=np.zeros_like(peaks), where=whole > 0))

    def _flux(self, magnitudes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the flux of each frame against the one before it.

        Parameters
        ----------
        magnitudes : (K, F) float64
        """
        sums = magnitudes.sum(axis=1, keepdims=True)
        shares = np.divide(magnitudes, sums, out=np.zeros_like(magnitudes), where=sums > 0)
        first = np.full_like(shares[:1], np.nan) if self._previous is None else self._previous
        self._previous = shares[-1:]
        increases = np.maximum(np.diff(shares, axis=0, prepend=first), 0)
        return np.asarray(np.sqrt((increases**2).sum(axis=1)))
