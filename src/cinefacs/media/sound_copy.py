"""Copy a film's sound, packet by packet and unchanged, into the file that is being written."""

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError

from cinefacs.media.probe import open_film

__all__ = ["SoundCopy", "fits_mp4"]

_MP4_CODECS = {"aac", "ac3", "alac", "eac3", "flac", "mp2", "mp3", "opus"}
"""Kinds of sound that an MP4 can hold and players expect in it."""


def fits_mp4(path: Path) -> bool:
    """Return whether a film has sound that can be copied into an MP4 unchanged.

    Raises
    ------
    FilmError
        The file cannot be read.
    """
    with open_film(path) as container:
        streams = container.streams.audio
        return bool(streams) and streams[0].codec_context.codec.canonical_name in _MP4_CODECS


class SoundCopy:
    """The first sound track of a film, handed on as the picture goes on.

    Parameters
    ----------
    path
        The film; `fits_mp4` is true of it.
    container
        The file that is being written; a sound track is added to it.
    """

    def __init__(self, path: Path, container: av.container.OutputContainer) -> None:
        self._stack = ExitStack()
        source = self._stack.enter_context(open_film(path))
        self._stream = container.add_stream_from_template(source.streams.audio[0])
        self._container = container
        self._packets = _packets(source, source.streams.audio[0])
        self._next = next(self._packets, None)

    def copy_until(self, time_s: Fraction | None) -> None:
        """Copy what is heard before a time; all that is left when None.

        Parameters
        ----------
        time_s : s on the film's clock
        """
        while self._next is not None:
            packet = self._next
            assert packet.pts is not None  # noqa: S101  (`_packets` yields no other)
            if time_s is not None and packet.pts * packet.time_base >= time_s:
                return
            packet.stream = self._stream
            self._container.mux(packet)
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Close the film."""
        self._stack.close()


def _packets(
    container: av.container.InputContainer, stream: av.AudioStream
) -> Iterator["av.Packet[av.AudioStream]"]:
    """Yield the packets that can be read and say when they are heard, ascending."""
    packets = container.demux(stream)
    last: int | None = None
    while True:
        try:
            packet = next(packets)
        except (StopIteration, FFmpegError):
            return
        is_later = packet.dts is not None and (last is None or packet.dts > last)
        if packet.size and packet.pts is not None and is_later:
            last = packet.dts
            yield packet
