"""Decode a film's sound on the film's own clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from cinefacs.media.probe import FilmHeader, open_film

__all__ = ["AudioBlock", "decode_audio"]

BLOCK_S = 1
"""Longest block, s."""


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """Consecutive samples of one channel."""

    samples: npt.NDArray[np.float32]
    """(N,) float32, -1 to 1, N at least 1."""
    start_s: Fraction
    """Time of the first sample on the clock of the film's pts, s."""
    rate_hz: int
    """Samples a second."""


def decode_audio(film: Path | FilmHeader, *, rate_hz: int = 16_000) -> Iterator[AudioBlock]:
    """Decode the first sound track, mixed down to one channel.

    Parameters
    ----------
    film
        File, or what `read_header` found in it.
    rate_hz
        Samples a second to convert to.

    Yields
    ------
    AudioBlock
        In order, at most a second each; nothing for a film without sound. Where sound is missing
        or damaged the next block begins later: nothing is filled in.

    Raises
    ------
    FilmError
        The file cannot be read.
    """
    path = film.path if isinstance(film, FilmHeader) else film
    with open_film(path) as container:
        if not container.streams.audio:
            return
        stream = container.streams.audio[0]
        blocks = _Blocks(rate_hz)
        for frame in _sound_frames(container, stream):
            yield from blocks.push(frame)
        yield from blocks.finish()


class _Blocks:
    """Resample frames and cut them into blocks that know their exact start.

    The start of a run of sound is the pts of its first frame; within a run time is counted in
    samples, so that rounded stamps do not make it jitter. A stamp that is off by more than a
    frame's length begins a new run, and so does another rate, layout or sample format.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._resampler = self._make_resampler()
        self._start_s: Fraction | None = None
        self._n_in = 0  # samples of this run at the source's rate
        self._n_out = 0
        self._kind: tuple[int, str, str] | None = None
        self._held: list[npt.NDArray[np.float32]] = []

    def push(self, frame: av.AudioFrame) -> Iterator[AudioBlock]:
        """Take a frame; yield blocks that are full."""
        kind = (frame.sample_rate, frame.layout.name, frame.format.name)
        if kind != self._kind:
            yield from self.finish()
            self._kind = kind
        due_s = self._due_s(frame)
        stamp_s = due_s
        if frame.pts is not None and frame.time_base is not None:
            stamp_s = frame.pts * frame.time_base
        if stamp_s is None:
            stamp_s = Fraction(0)
        length_s = Fraction(frame.samples, frame.sample_rate)
        if due_s is None or abs(stamp_s - due_s) > length_s:
            yield from self.finish()
            self._start_s = stamp_s
        self._n_in += frame.samples
        self._take(self._resampler.resample(frame))
        yield from self._cut(at_end=False)

    def finish(self) -> Iterator[AudioBlock]:
        """Yield what is left of the run and get ready for another one."""
        if self._start_s is not None:
            self._take(self._resampler.resample(None))
            yield from self._cut(at_end=True)
        self._resampler = self._make_resampler()
        self._start_s, self._n_in, self._n_out = None, 0, 0

    def _due_s(self, frame: av.AudioFrame) -> Fraction | None:
        """Return when the next frame of the run is due."""
        if self._start_s is None:
            return None
        return self._start_s + Fraction(self._n_in, frame.sample_rate)

    def _make_resampler(self) -> av.AudioResampler:
        return av.AudioResampler(format="flt", layout="mono", rate=self._rate_hz)

    def _take(self, frames: list[av.AudioFrame]) -> None:
        self._held += [
            np.asarray(frame.to_ndarray(), dtype=np.float32).reshape(-1) for frame in frames
        ]

    def _cut(self, *, at_end: bool) -> Iterator[AudioBlock]:
        """Yield full blocks, and at the end of a run the rest."""
        longest = BLOCK_S * self._rate_hz
        n_held = sum(map(len, self._held))
        if n_held < (1 if at_end else longest):
            return
        samples = np.concatenate(self._held)
        n_cut = n_held if at_end else n_held - n_held % longest
        for start in range(0, n_cut, longest):
            piece = samples[start : min(start + longest, n_cut)]
            start_s = (self._start_s or Fraction(0)) + Fraction(self._n_out, self._rate_hz)
            self._n_out += len(piece)
            yield AudioBlock(piece, start_s, self._rate_hz)
        self._held = [samples[n_cut:]]


def _sound_frames(
    container: av.container.InputContainer, stream: av.AudioStream
) -> Iterator[av.AudioFrame]:
    """Yield the frames that can be decoded."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, FFmpegError):
            return
        try:
            yield from packet.decode()
        except FFmpegError:
            continue
