"""Frames of a camera, a stream or a file as they come, the newest first where one is too slow.

The rule for all sources: whoever asks gets the newest frame that is due; those that were due
before it and that nobody asked for are dropped and counted. A file is played on its own clock, so
that it behaves as a camera would.
"""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
from av.error import FFmpegError

from cinefacs.errors import ConfigError, FilmError
from cinefacs.media.decode import decode_film
from cinefacs.media.frame import Frame
from cinefacs.media.probe import read_header

__all__ = ["CapturedFrames", "Clock", "LiveFrames", "NewestFrame", "PacedFrames", "SystemClock",
           "name_live_source", "open_live_source"]  # fmt: skip

_ADDRESS = re.compile(r"(rtsps?|https?|udp|srt)://")
_NETWORK_PROTOCOLS = "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,srt,crypto"
_OPEN_TIMEOUT_S = 10.0
_READ_TIMEOUT_S = 10.0
_USUAL_STEP_S = Fraction(1, 25)


class Clock(Protocol):
    """Time as it passes; tests have one of their own."""

    def now_s(self) -> float:
        """Return the time since some moment, s."""
        ...

    def wait_until(self, time_s: float) -> None:
        """Come back at a time, s."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_s(self) -> float:
        """Return the time since some moment, s; it never goes back."""
        return time.monotonic()

    def wait_until(self, time_s: float) -> None:
        """Sleep until a time, s."""
        time.sleep(max(0.0, time_s - time.monotonic()))


class LiveFrames(Protocol):
    """Where live frames come from."""

    @property
    def n_dropped(self) -> int:
        """Frames that were due and that nobody got."""
        ...

    def next_frame(self) -> Frame | None:
        """Return the newest frame that is due, or wait for one; None at the end.

        Raises
        ------
        FilmError
            The source broke off.
        """
        ...

    def close(self) -> None:
        """Let go of the source."""
        ...


class PacedFrames:
    """A film that is played on its own clock.

    Parameters
    ----------
    frames
        Decoded, in display order.
    clock
        Tells the time.
    drops_frames
        Whether frames are dropped that are no longer the newest; else all are handed out, as
        late as it may be.
    """

    def __init__(self, frames: Iterator[Frame], *, clock: Clock, drops_frames: bool) -> None:
        self._frames = frames
        self._clock = clock
        self._drops_frames = drops_frames
        self._next: Frame | None = None
        self._start_s: float | None = None
        self.n_dropped = 0
        """Frames that were due and that nobody got."""

    def close(self) -> None:
        """Let go of the film."""
        self._next, self._frames = None, iter(())

    def next_frame(self) -> Frame | None:
        """Return the newest frame that is due, or wait for one; None at the end.

        Raises
        ------
        FilmError
            The film is damaged.
        """
        frame = self._next or next(self._frames, None)
        self._next = None
        if frame is None:
            return None
        if self._start_s is None:
            self._start_s = self._clock.now_s() - float(frame.pts * frame.time_base)
        while self._drops_frames:
            self._next = next(self._frames, None)
            if self._next is None or self._due_s(self._next) > self._clock.now_s():
                break
            frame = self._next
            self.n_dropped += 1
        self._clock.wait_until(self._due_s(frame))
        return frame

    def _due_s(self, frame: Frame) -> float:
        return (self._start_s or 0.0) + float(frame.pts * frame.time_base)


class NewestFrame:
    """A place for one frame: who puts one in drops the one that nobody took."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._is_closed = False
        self._error: BaseException | None = None
        self.n_dropped = 0
        """Frames that nobody took."""

    def put(self, frame: Frame) -> bool:
        """Put a frame in; return False once nobody wants any."""
        with self._changed:
            if self._is_closed:
                return False
            self.n_dropped += self._frame is not None
            self._frame = frame
            self._changed.notify_all()
            return True

    def close(self, error: BaseException | None = None) -> None:
        """Let nothing more in; whoever waits gets what is left, then the error or None."""
        with self._changed:
            self._is_closed = True
            self._error = self._error or error
            self._changed.notify_all()

    def take(self) -> Frame | None:
        """Return the frame, or wait for one; None once it is closed.

        Raises
        ------
        BaseException
            That with which it was closed.
        """
        with self._changed:
            while self._frame is None and not self._is_closed:
                self._changed.wait()
            frame, self._frame = self._frame, None
            if frame is None and self._error is not None:
                raise self._error
            return frame


class CapturedFrames:
    """A camera or a stream, read by a thread of its own so that it never waits for anybody.

    Parameters
    ----------
    frames
        As they come; each later than the one before.
    name
        Of the source, for the thread.
    """

    def __init__(self, frames: Iterator[Frame], *, name: str) -> None:
        self._frames = frames
        self._newest = NewestFrame()
        self._thread = threading.Thread(target=self._read, name=f"read {name}", daemon=True)
        self._thread.start()

    @property
    def n_dropped(self) -> int:
        """Frames that were due and that nobody got."""
        return self._newest.n_dropped

    def close(self) -> None:
        """Let go of the source, and of the thread."""
        self._newest.close()
        self._thread.join(timeout=_READ_TIMEOUT_S)

    def next_frame(self) -> Frame | None:
        """Return the newest frame, or wait for one; None at the end.

        Raises
        ------
        FilmError
            The source broke off.
        """
        return self._newest.take()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for frame in self._frames:
                if not self._newest.put(frame):
                    break
        except BaseException as caught:  # noqa: BLE001  (handed on to whoever takes frames)
            error = caught
        self._newest.close(error)


def name_live_source(source: str | int | Path) -> str:
    """Return what a source is called, for people: no password of an address stands in it."""
    word = str(source)
    return f"webcam {word}" if _is_webcam(word) else _without_password(word)


def open_live_source(
    source: str | int | Path, *, drops_frames: bool, clock: Clock | None = None
) -> LiveFrames:
    """Open a webcam, a stream or a film.

    Parameters
    ----------
    source
        Number of a webcam such as ``0``, an address such as ``rtsp://camera/1``, or a film. A
        file that is there goes before any other meaning of its name.
    drops_frames
        Whether a file drops frames, too; cameras and streams always do.
    clock
        On which a file is played; the machine's when None.

    Raises
    ------
    FilmError
        There is no such camera or film, or nobody answers at the address.
    ConfigError
        No frame may be dropped, and the source is no film.
    """
    word, name = str(source), name_live_source(source)
    is_webcam = _is_webcam(word)
    if is_webcam or _ADDRESS.match(word):
        if not drops_frames:
            raise ConfigError(
                f"drops_frames: expected a film where no frame may be dropped, got {name}",
                hint="cameras and streams wait for nobody: leave --no-drops-frames out, or record "
                "with `cinefacs analyze` and read every frame",
            )
        address = f"/dev/video{word}" if is_webcam else word
        return _open_capture(address, name, kind="v4l2" if is_webcam else None)
    header = read_header(Path(word))
    frames = (frame for chunk in decode_film(header, chunk_frames=1) for frame in chunk)
    return PacedFrames(frames, clock=clock or SystemClock(), drops_frames=drops_frames)


def _open_capture(address: str, name: str, *, kind: str | None) -> CapturedFrames:
    options = {} if kind else {"protocol_whitelist": _NETWORK_PROTOCOLS}
    if address.startswith("rtsp"):
        # without "nobuffer" the first picture is late; with it, a short film over HTTP has no frame
        options |= {"rtsp_transport": "tcp", "fflags": "nobuffer"}
    timeout_s = (_OPEN_TIMEOUT_S, _READ_TIMEOUT_S)
    try:
        container = av.open(address, format=kind, options=options, timeout=timeout_s)
    except (FFmpegError, OSError, ValueError) as error:
        hint = "see `ls /dev/video*`" if kind else "check address, password and network"
        raise FilmError(f"{name}: expected a picture, got: {_reason(error)}", hint=hint) from error
    if not container.streams.video:
        container.close()
        raise FilmError(f"{name}: expected a picture, got none in the stream")
    return CapturedFrames(_captured(container, name), name=name)


def _captured(container: av.container.InputContainer, name: str) -> Iterator[Frame]:
    """Yield frames as they come; a stamp that is missing or falls back is one step later."""
    with ExitStack() as stack:
        stack.enter_context(container)
        stream = container.streams.video[0]
        time_base = stream.time_base or Fraction(1, 1_000_000)
        rate = stream.average_rate or stream.guessed_rate
        step = max(1, round((1 / rate if rate else _USUAL_STEP_S) / time_base))
        last: int | None = None
        try:
            for index, picture in enumerate(container.decode(stream)):
                pts = picture.pts
                if pts is None or (last is not None and pts <= last):
                    pts = 0 if last is None else last + step
                last = pts
                yield Frame(
                    picture,
                    index=index,
                    pts=pts,
                    duration=step,
                    time_base=time_base,
                    size_wh=(picture.width, picture.height),
                )
        except (FFmpegError, OSError) as error:
            raise FilmError(
                f"{name}: expected frames, got: {_reason(error)}", hint="is it still there?"
            ) from error
        if last is None:
            raise FilmError(
                f"{name}: expected frames, got none",
                hint="does anything come from there yet?",
            )


def _is_webcam(word: str) -> bool:
    return word.isdecimal() and not Path(word).exists()


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _without_password(address: str) -> str:
    return re.sub(r"//[^/@]*@", "//", address)
