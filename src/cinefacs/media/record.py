"""Record a camera or a network stream, so that it can be read like any other film.

A machine that is slower than the camera would have to leave frames out, and time would no longer
be exact; so what comes in is stored as it is and read afterwards. Matroska needs no ending: what
was recorded before a kill can be played.
"""

import platform
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import av.container
from av.error import FFmpegError

from cinefacs.errors import FilmError
from cinefacs.media.probe import film_stream

__all__ = ["Camera", "record_stream"]

Camera = int
"""Number of a camera, from 0."""

_OPEN_TIMEOUT_S, _READ_TIMEOUT_S = 15.0, 15.0
_RAW = frozenset({"rawvideo"})
_PROTOCOLS = "rtsp,rtsps,rtp,rtmp,http,https,tls,tcp,udp,crypto,hls,file"


def record_stream(
    source: str | Camera,
    path: Path,
    *,
    max_seconds: float | None,
    on_second: Callable[[int], None],
) -> None:
    """Record until the stream ends, the time is up, or the user presses Ctrl-C.

    Packets are copied as they come, raw pictures are compressed without visible loss. A second
    Ctrl-C is passed on.

    Parameters
    ----------
    source
        URL of a stream, or number of a camera.
    path
        Matroska file to write.
    max_seconds
        Longest recording, s; None for no limit.
    on_second
        Told the seconds recorded so far, once for each.

    Raises
    ------
    FilmError
        The stream cannot be opened, or nothing came of it.
    """
    name = f"camera {source}" if isinstance(source, int) else source
    with _open(source, name) as container:
        stream = film_stream(container, Path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w", format="matroska") as output:
            recorder = _make_recorder(output, stream)
            with suppress(KeyboardInterrupt):
                _copy(container, stream, recorder, max_seconds, on_second)
            recorder.finish()
    if not recorder.n_frames:
        path.unlink(missing_ok=True)
        with suppress(OSError):  # other recordings stay
            path.parent.rmdir()
        raise FilmError(
            f"{name}: expected pictures, got none within {_READ_TIMEOUT_S:.0f} s",
            hint="look whether the camera or the stream is on and not used by another program",
        )


def _copy(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    recorder: "_PacketCopier | _Encoder",
    max_seconds: float | None,
    on_second: Callable[[int], None],
) -> None:
    """Hand packets on until the end."""
    start_s = time.monotonic()
    n_seconds = 0
    with suppress(FFmpegError):  # a stream that breaks off has ended
        for packet in container.demux(stream):
            if packet.size:
                recorder.push(packet)
            passed_s = max(recorder.length_s, 0.0)
            if max_seconds is not None and passed_s >= max_seconds:
                return
            if time.monotonic() - start_s >= n_seconds + 1:
                n_seconds += 1
                on_second(n_seconds)


def _open(source: str | Camera, name: str) -> av.container.InputContainer:
    try:
        if isinstance(source, str):
            return av.open(
                source,
                timeout=(_OPEN_TIMEOUT_S, _READ_TIMEOUT_S),
                options={"protocol_whitelist": _PROTOCOLS, "rtsp_transport": "tcp"}
                if source.startswith("rtsp")
                else {"protocol_whitelist": _PROTOCOLS},
            )
        system = platform.system()
        device, kind = {
            "Linux": (f"/dev/video{source}", "v4l2"),
            "Darwin": (str(source), "avfoundation"),
        }.get(system, ("", ""))
        if not device:
            raise FilmError(
                f"{name}: expected a camera of Linux or macOS, got {system}",
                hint="record with another program and analyse the file",
            )
        return av.open(device, format=kind, timeout=(_OPEN_TIMEOUT_S, _READ_TIMEOUT_S))
    except (FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FilmError(
            f"{name}: expected a stream of pictures, got: {reason}",
            hint="check the address, or that the camera is plugged in and not in use",
        ) from error


def _make_recorder(
    output: av.container.OutputContainer, stream: av.VideoStream
) -> "_PacketCopier | _Encoder":
    if stream.codec_context.name in _RAW:
        return _Encoder(output, stream)
    return _PacketCopier(output, stream)


class _PacketCopier:
    """Copy packets from the first key packet on, times counted from there."""

    def __init__(self, output: av.container.OutputContainer, stream: av.VideoStream) -> None:
        self._output = output
        self._stream = output.add_stream_from_template(stream)
        self._first: int | None = None
        self._last_dts: int | None = None
        self._time_base = stream.time_base or Fraction(1)
        self.n_frames = 0
        self.length_s = 0.0

    def push(self, packet: "av.Packet[av.VideoStream]") -> None:
        """Copy a packet; one whose time is not known, or falls back, is left out."""
        if packet.pts is None or packet.dts is None:
            return
        if self._first is None:
            if not packet.is_keyframe:
                return
            self._first = packet.dts
        packet.pts -= self._first
        packet.dts -= self._first
        if self._last_dts is not None and packet.dts <= self._last_dts:
            return
        self._last_dts = packet.dts
        self.length_s = float((packet.pts + (packet.duration or 0)) * self._time_base)
        self.n_frames += 1
        packet.stream = self._stream
        self._output.mux(packet)

    def finish(self) -> None:
        """Nothing is held back."""


class _Encoder:
    """Compress raw pictures."""

    def __init__(self, output: av.container.OutputContainer, stream: av.VideoStream) -> None:
        self._output = output
        self._time_base = stream.time_base or Fraction(1, 1000)
        self._stream = output.add_stream(
            "libx264", rate=stream.guessed_rate or 30, options={"crf": "12", "preset": "ultrafast"}
        )
        self._stream.width, self._stream.height = stream.width, stream.height
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = self._time_base
        self._first: int | None = None
        self._last: int | None = None
        self.n_frames = 0
        self.length_s = 0.0

    def push(self, packet: "av.Packet[av.VideoStream]") -> None:
        """Compress the picture of a packet."""
        for picture in packet.decode():
            if picture.pts is None or (self._last is not None and picture.pts <= self._last):
                continue
            self._last = picture.pts
            if self._first is None:
                self._first = picture.pts
            shown = picture.reformat(format="yuv420p")
            shown.pts, shown.time_base = picture.pts - self._first, self._time_base
            self.length_s = float(shown.pts * self._time_base)
            self.n_frames += 1
            self._output.mux(self._stream.encode(shown))

    def finish(self) -> None:
        """Write what the coder holds back."""
        if self.n_frames:
            self._output.mux(self._stream.encode(None))
