"""Which frames of sound are speech: an estimate by three simple signs.

A frame of 20 ms counts as speech if all of these hold:

- it is loud: 6 dB above the noise floor and above -60 dB;
- it is voiced, or a voiced frame lies within 60 ms, which lets most consonants in: harmonicity
  of .45 and more is voiced (the voicing threshold that Praat ships);
- its surroundings rise and fall with syllables: in the second around it the amplitude is
  modulated between 2 and 8 Hz, where speech is modulated most (Houtgast & Steeneken, 1985;
  Scheirer & Slaney, 1997).

What fools it: singing and rap count as speech, and so do solo instruments and electronic music
whose notes follow each other at the rate of syllables, animal calls, and telephones that ring;
speech is missed where it is whispered, shouted by a crowd, or covered by music or noise. No
figure of its accuracy on films is known: use it to rank shots, not to count words.

References
----------
Houtgast, T. & Steeneken, H. (1985). A review of the MTF concept in room acoustics. JASA 77(3).
Scheirer, E. & Slaney, M. (1997). Construction and evaluation of a robust multifeature
speech/music discriminator. ICASSP, 1331-1334.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["is_speech", "noise_floor_db", "syllable_modulation"]

_CONTEXT_FRAMES = 50  # 1 s: bins of the modulation spectrum are 1 Hz apart
_SYLLABLES_HZ = slice(2, 9)  # bins of 2 to 8 Hz
_MIN_MODULATION = 0.3
_MIN_HARMONICITY = 0.45
_VOICED_REACH_FRAMES = 3
_MIN_OVER_FLOOR_DB = 6.0
_MIN_LEVEL_DB = -60.0
_FLOOR_PERCENTILE = 10
_ROWS = 8192  # contexts in memory at once


def syllable_modulation(level_db: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how deeply the amplitude around each frame is modulated at 2 to 8 Hz.

    Parameters
    ----------
    level_db : (K,) float64, dB
        Levels of consecutive frames, 20 ms apart.

    Returns
    -------
    (K,) float64
        Peak amplitude of the modulation over the mean amplitude, both seen through a Hann window
        of 1 s: about 1 for a full 4 Hz modulation. Frames within half a second of an end share
        the context that is nearest to it; 0 where K is less than a second.
    """
    n_frames = len(level_db)
    if n_frames < _CONTEXT_FRAMES:
        return np.zeros(n_frames)
    window = np.hanning(_CONTEXT_FRAMES + 1)[:-1]
    amplitude = 10 ** (level_db / 20)
    contexts = np.lib.stride_tricks.sliding_window_view(amplitude, _CONTEXT_FRAMES)
    depth = np.empty(len(contexts))
    for start in range(0, len(contexts), _ROWS):
        rows = contexts[start : start + _ROWS]
        mean = (rows * window).sum(axis=1, keepdims=True) / window.sum()
        spectra = np.abs(np.fft.rfft((rows - mean) * window))  # (rows, 26)
        in_band = np.sqrt((spectra[:, _SYLLABLES_HZ] ** 2).sum(axis=1) * 2 / (window**2).sum())
        depth[start : start + _ROWS] = in_band * np.sqrt(2 / _CONTEXT_FRAMES) / mean[:, 0]
    middle = np.arange(n_frames) - _CONTEXT_FRAMES // 2
    return np.asarray(depth[np.clip(middle, 0, len(depth) - 1)])


def noise_floor_db(level_db: npt.NDArray[np.float64]) -> float:
    """Return the level that all but a tenth of the frames exceed, dB.

    Parameters
    ----------
    level_db : (K,) float64, dB, K at least 1
    """
    return float(np.percentile(level_db, _FLOOR_PERCENTILE))


def is_speech(
    level_db: npt.NDArray[np.float64],
    harmonicity: npt.NDArray[np.float64],
    modulation: npt.NDArray[np.float64],
    *,
    floor_db: float,
) -> npt.NDArray[np.bool_]:
    """Return which frames count as speech, by the rule in this module's head.

    Parameters
    ----------
    level_db, harmonicity, modulation : (K,) float64
        Of frames 20 ms apart.
    floor_db : dB
        Noise floor of the shot.

    Returns
    -------
    (K,) bool
    """
    is_loud = level_db >= max(floor_db + _MIN_OVER_FLOOR_DB, _MIN_LEVEL_DB)
    is_voiced = is_loud & (harmonicity >= _MIN_HARMONICITY)
    n_voiced = np.convolve(is_voiced, np.ones(2 * _VOICED_REACH_FRAMES + 1), mode="full")
    near_voiced = n_voiced[_VOICED_REACH_FRAMES : _VOICED_REACH_FRAMES + len(level_db)] > 0.5
    return np.asarray(is_loud & near_voiced & (modulation >= _MIN_MODULATION))
