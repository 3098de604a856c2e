"""Measure the sound of shots: loudness, share of speech, spectral flux.

The sound is heard once, in blocks, on the film's own clock. It is cut into frames of 20 ms that
lie on a fixed grid of that clock; a frame belongs to a shot if it lies in it as a whole. Of each
frame five numbers are kept, no samples. The numbers of a shot can draw on what lies around it, as
its noise floor and the rhythm of syllables do: sound runs on over a cut. A shot is measured as
soon as all that it draws on was heard, and what no later shot draws on is forgotten: memory grows
with the longest shot (0.1 MB a minute), not with the film.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from math import ceil, floor, isfinite
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from cinefacs.records.checks import require
from cinefacs.records.shot import Shot
from cinefacs.shots.loudness import FLOOR_LUFS, KWeighting, gated_loudness
from cinefacs.shots.sound_frames import FrameAnalyser
from cinefacs.shots.speech import is_speech, noise_floor_db, syllable_modulation

__all__ = ["ShotSound", "SoundMeter"]

T = TypeVar("T", bound=np.generic)

_HOPS_PER_S = 50
_PIECE_S = 4  # longest piece that is analysed at once, so that no block can fill the memory
_MAX_BRIDGE_S = Fraction(1, 1000)  # time stamps are rounded, to 1 ms in Matroska
_FLOOR_CONTEXT_HOPS = 150  # 3 s
_RHYTHM_REACH_HOPS = 50  # what `syllable_modulation` of a frame can depend on, either way
_REACH_HOPS = max(_FLOOR_CONTEXT_HOPS // 2, _RHYTHM_REACH_HOPS)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShotSound:
    """The sound of one shot; a shot with less than about half a second of it has none, no row."""

    film_id: str
    """SHA-256 of the film."""
    shot_index: int
    """Position of the shot in the film, from 0."""
    loudness_lufs: float
    """Gated loudness after ITU-R BS.1770-4, LUFS, of the mix of all channels into one: where two
    channels carry the same sound, 3 LU below what a stereo meter reads. At 16 kHz, what lies
    above 8 kHz is not heard. -70, the absolute gate, if nothing is louder."""
    speech_share: float
    """Estimated share of 20 ms frames with speech, 0 to 1; singing and solo instruments can
    count as speech (`cinefacs.shots.speech` has the rule)."""
    spectral_flux: float
    """Mean change of the spectrum's shape from one 20 ms frame to the next, 0 to 1, no unit
    (`cinefacs.shots.sound_frames` has the formula)."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        loudness, share, flux = self.loudness_lufs, self.speech_share, self.spectral_flux
        require(
            isfinite(loudness) and loudness >= FLOOR_LUFS,
            "ShotSound.loudness_lufs",
            f"{FLOOR_LUFS:g} or more",
            loudness,
        )
        require(0 <= share <= 1, "ShotSound.speech_share", "0 to 1", share)
        require(0 <= flux <= 1, "ShotSound.spectral_flux", "0 to 1", flux)


@dataclass(frozen=True, slots=True)
class _Hops:
    """Numbers of hops of 20 ms that follow each other in time, perhaps with gaps."""

    position: npt.NDArray[np.int64]  # (K,) count of 20 ms since time 0 of the film's clock
    power: npt.NDArray[np.float64]  # (K,) mean square of the K-weighted samples
    level_db: npt.NDArray[np.float64]  # (K,)
    harmonicity: npt.NDArray[np.float64]  # (K,)
    flux: npt.NDArray[np.float64]  # (K,) NaN after a gap


class SoundMeter:
    """Measure the sound of shots from blocks of samples.

    Parameters
    ----------
    shots
        The shots to measure, in order of time; no two overlap.
    rate_hz
        Samples a second: a multiple of 100, 8,000 and more.

    Raises
    ------
    SchemaError
        The rate does not fit.
    """

    def __init__(self, shots: Sequence[Shot], *, rate_hz: int) -> None:
        fits = rate_hz >= 8000 and rate_hz % (2 * _HOPS_PER_S) == 0
        require(fits, "SoundMeter.rate_hz", "a multiple of 100 from 8000", rate_hz)
        self._shots = deque(shots)  # those that are not measured yet
        self._rows: list[ShotSound] = []
        self._rate_hz = rate_hz
        self._hop = rate_hz // _HOPS_PER_S
        self._weighting = KWeighting(rate_hz)
        self._analyser = FrameAnalyser(rate_hz, 2 * self._hop)
        self._held = np.empty((2, 0))  # samples as they are, and K-weighted
        self._next = 0  # position of the sample that is due
        self._last = np.float32(0)  # the sample before it
        self._is_running = False
        self._hops: deque[_Hops] = deque()

    def push(self, samples: npt.NDArray[np.float32], start_s: Fraction | float) -> None:
        """Take a block of sound.

        Where it overlaps what was heard before, that part is left out. A gap of at most 1 ms is
        taken for a rounded time stamp and bridged with the last sample; a longer one, and samples
        that are not numbers, end a stretch of sound: no frame and no block of 400 ms reaches over
        them.

        Parameters
        ----------
        samples : (N,) float32, -1 to 1
            One channel.
        start_s
            Time of the first sample on the film's clock, s; may lie outside all shots.

        Raises
        ------
        SchemaError
            The samples have more than one axis.
        """
        require(samples.ndim == 1, "SoundMeter.push: samples", "shape (N,)", samples.shape)
        first = round(start_s * self._rate_hz)
        for offset, stretch in _finite_stretches(samples):
            self._take(stretch, first + offset)

    def finish(self) -> list[ShotSound]:
        """Return one row for each shot with enough sound, in the order of the shots."""
        if self._hops:
            self._measure_shots(until=None)
        return self._rows

    def _take(self, samples: npt.NDArray[np.float32], first: int) -> None:
        """Take finite samples, the first at position `first`."""
        gap = first - self._next
        if not self._is_running or gap > _MAX_BRIDGE_S * self._rate_hz:
            self._start_stretch(first)
        elif gap > 0:
            samples = np.concatenate([np.full(gap, self._last), samples])
        else:
            samples = samples[-gap:]
        longest = _PIECE_S * self._rate_hz
        for start in range(0, len(samples), longest):
            self._analyse(samples[start : start + longest])

    def _start_stretch(self, first: int) -> None:
        self._held = np.empty((2, 0))
        self._next = first
        self._is_running = True
        self._weighting.reset()
        self._analyser.reset()

    def _analyse(self, samples: npt.NDArray[np.float32]) -> None:
        """Add samples to those held, and measure each hop whose window of 40 ms is complete."""
        hop, half = self._hop, self._hop // 2
        both = np.stack([samples.astype(np.float64), self._weighting.push(samples)])
        self._held = np.concatenate([self._held, both], axis=1)  # (2, M)
        self._next += len(samples)
        self._last = samples[-1]
        start = self._next - self._held.shape[1]
        self._held = self._held[:, (-(start + half)) % hop :]  # to the first whole window's start
        n_hops = self._held.shape[1] // hop - 1
        if n_hops < 1:
            return
        windows = np.lib.stride_tricks.sliding_window_view(self._held[0], 2 * hop)[::hop]
        weighted = self._held[1, half : half + n_hops * hop].reshape(n_hops, hop)
        frames = self._analyser.push(windows)
        position = (self._next - self._held.shape[1] + half) // hop + np.arange(n_hops)
        power = (weighted**2).mean(axis=1)
        numbers = (frames.level_db, frames.harmonicity, frames.flux)
        self._hops.append(_Hops(position, power, *numbers))
        self._held = self._held[:, n_hops * hop :]
        self._measure_shots(until=int(position[-1]) - _REACH_HOPS)

    def _measure_shots(self, *, until: int | None) -> None:
        """Measure the shots that end up to a hop, or all; forget what no other draws on."""
        while self._shots and (until is None or _hops_of(self._shots[0])[1] <= until):
            shot = self._shots.popleft()
            first, end = _hops_of(shot)
            hops = _concatenate(self._hops, first - _REACH_HOPS, end + _REACH_HOPS)
            row = self._measure(shot, hops) if hops is not None else None
            if row is not None:
                self._rows.append(row)
        if self._shots:
            needed_from = _hops_of(self._shots[0])[0] - _REACH_HOPS
            while self._hops and self._hops[0].position[-1] < needed_from:
                self._hops.popleft()
        else:
            self._hops.clear()

    def _measure(self, shot: Shot, hops: _Hops) -> ShotSound | None:
        """Return a shot's row, or None if it has too little sound.

        Parameters
        ----------
        shot
            The shot.
        hops
            Those of the shot and `_REACH_HOPS` before and after it.
        """
        ends = _hops_of(shot)
        first, end = np.searchsorted(hops.position, ends)
        if first >= end:
            return None
        loudness = gated_loudness(_split(hops.power[first:end], hops.position[first:end]))
        if loudness is None:
            return None
        modulation = np.concatenate(
            [syllable_modulation(stretch) for stretch in _split(hops.level_db, hops.position)]
        )
        margin = max(0, ceil((_FLOOR_CONTEXT_HOPS - (ends[1] - ends[0])) / 2))
        around = np.searchsorted(hops.position, (ends[0] - margin, ends[1] + margin))
        speech = is_speech(
            hops.level_db[first:end],
            hops.harmonicity[first:end],
            modulation[first:end],
            floor_db=noise_floor_db(hops.level_db[slice(*around)]),
        )
        return ShotSound(
            film_id=shot.film_id,
            shot_index=shot.shot_index,
            loudness_lufs=max(loudness, FLOOR_LUFS),
            speech_share=float(speech.mean()),
            # Windows reach 10 ms beyond their frames: only changes between two windows that lie
            # in the shot, or the cut itself would count.
            spectral_flux=float(np.nanmean(hops.flux[first + 2 : end - 1])),
        )


def _hops_of(shot: Shot) -> tuple[int, int]:
    """Return the first hop that lies in a shot as a whole, and the first after it."""
    return ceil(shot.span.start_s * _HOPS_PER_S), floor(shot.span.end_s * _HOPS_PER_S)


def _concatenate(pieces: Iterable[_Hops], first: int, end: int) -> _Hops | None:
    """Return the hops at positions from `first` up to `end`, or None if there are none."""
    found = []
    for piece in pieces:
        some = slice(*np.searchsorted(piece.position, (first, end)))
        found.append([getattr(piece, column.name)[some] for column in fields(_Hops)])
    columns = [np.concatenate(arrays) for arrays in zip(*found, strict=True)]
    return _Hops(*columns) if columns and len(columns[0]) else None


def _finite_stretches(
    samples: npt.NDArray[np.float32],
) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    """Yield the stretches of samples that are finite numbers, with their offsets."""
    good = np.flatnonzero(np.isfinite(samples))
    for stretch in _split(good, good):
        if len(stretch):
            start = int(stretch[0])
            yield start, samples[start : start + len(stretch)]


def _split(values: npt.NDArray[T], position: npt.NDArray[np.int64]) -> list[npt.NDArray[T]]:
    """Split values where their positions do not follow each other."""
    return np.split(values, np.flatnonzero(np.diff(position) != 1) + 1)
