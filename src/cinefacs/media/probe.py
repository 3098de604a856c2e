"""What a film file says about itself, and one clear error for each file that is no film."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container
from av.error import FFmpegError
from av.stream import Disposition

from cinefacs.errors import FilmError

__all__ = ["FilmHeader", "digest_file", "film_stream", "open_film", "read_header"]

_DIGEST_CHUNK = 1 << 20
_STILL_FORMATS = ("image2", "_pipe")
_TAG_TIME = re.compile(r"(\d+):(\d\d):(\d\d)\.(\d+)")
_EBML_MAGIC = b"\x1aE\xdf\xa3"
_UNTOLD_DURATION = {"mpegts", "mpeg"}
"""Containers without a header that declares a length: FFmpeg derives it from the last packet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmHeader:
    """What a film's container and its first frame say, before the film is read."""

    path: Path
    """File."""
    container: str
    """FFmpeg's name of the container format, such as ``matroska,webm``."""
    codec: str
    """Name of the video codec, such as ``h264``."""
    stored_size_wh: tuple[int, int]
    """Width and height of the decoder's picture, px."""
    size_wh: tuple[int, int]
    """Width and height as shown, px: pixels made square by changing the stored width, then
    turned by `rotation_deg`."""
    rotation_deg: int
    """Clockwise turn from stored to shown: 0, 90, 180 or 270."""
    sample_aspect_ratio: Fraction
    """Width over height of one stored pixel; 1 where nothing is said."""
    time_base: Fraction
    """Seconds per tick, exact."""
    rate_fps: Fraction | None
    """Frames per second: the mean over the declared length or, where none is declared, as
    FFmpeg found it on the first frames; None where it found none."""
    n_frames: int
    """Frames as declared; 0 where nothing is."""
    duration_s: Fraction | None
    """Length as declared; None where the container declares nothing."""
    end_pts: int | None
    """Tick at which the last frame ends, as declared for the video track itself; None where only
    the whole file's length is declared or nothing is."""
    has_audio: bool
    """Whether there is a sound track."""


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal, read in pieces.

    Raises
    ------
    FilmError
        The file cannot be read.
    """
    _check_readable(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_DIGEST_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def open_film(path: Path) -> Iterator[av.container.InputContainer]:
    """Open a film for reading; local files only, whatever the file itself refers to.

    Raises
    ------
    FilmError
        The file is missing, a folder, not permitted, empty, or of no format that FFmpeg knows.
    """
    _check_readable(path)
    try:
        # `file:` keeps a colon in a name from being read as a protocol; the white list keeps a
        # play list from reaching for the network.
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
    except FFmpegError as error:
        raise _not_a_film(path) from error
    with container:
        yield container


def film_stream(container: av.container.InputContainer, path: Path) -> av.VideoStream:
    """Return the track with the moving picture.

    Raises
    ------
    FilmError
        There is none: sound only, a cover picture, a still, or an unknown codec.
    """
    if any(container.format.name.endswith(still) for still in _STILL_FORMATS):
        raise FilmError(f"{path}: expected a film, got a still picture")
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not streams:
        found = "sound only" if container.streams.audio else "no picture track"
        raise FilmError(
            f"{path}: expected a film, got {found}", hint="give the file with the picture"
        )
    stream = streams[0]
    if stream.codec_context is None:
        raise FilmError(
            f"{path}: expected a video codec that FFmpeg knows, got an unknown one",
            hint="convert the film, for example to H.264",
        )
    return stream


def read_header(path: Path) -> FilmHeader:
    """Return what a film says about itself; its first frame is decoded.

    Parameters
    ----------
    path
        A film of any format that FFmpeg reads.

    Raises
    ------
    FilmError
        The file cannot be read, is no film, or holds no frame.
    """
    with open_film(path) as container:
        stream = film_stream(container, path)
        first = _first_frame(container, stream)
        if first is None:
            raise FilmError(
                f"{path}: expected at least one frame, got none that can be decoded",
                hint="the file may have been cut off, or its codec is not supported",
            )
        stored_wh = (first.width, first.height)
        rotation_deg = _clockwise_turn(first, path)
        aspect = stream.sample_aspect_ratio or Fraction(1)
        square_wh = (max(1, round(stored_wh[0] * aspect)), stored_wh[1])
        duration_s, end_pts = _declared_length(container, stream)
        assert stream.time_base is not None  # noqa: S101  (every opened stream has one)
        return FilmHeader(
            path=path,
            container=container.format.name,
            codec=stream.codec_context.name,
            stored_size_wh=stored_wh,
            size_wh=square_wh[::-1] if rotation_deg in {90, 270} else square_wh,
            rotation_deg=rotation_deg,
            sample_aspect_ratio=aspect,
            time_base=stream.time_base,
            # FFmpeg takes 25 a second for a bare stream, whatever the codec's own header says
            rate_fps=stream.guessed_rate if stream.start_time is None else stream.average_rate,
            n_frames=stream.frames,
            duration_s=duration_s,
            end_pts=end_pts,
            has_audio=bool(container.streams.audio),
        )


def _check_readable(path: Path) -> None:
    """Raise the error that says why a path cannot be read."""
    try:
        if path.is_dir():
            raise FilmError(f"{path}: expected a film file, got a folder", hint="name a file in it")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise FilmError(f"{path}: expected a film file, got nothing there") from error
    except PermissionError as error:
        raise FilmError(
            f"{path}: expected a readable file, got no permission",
            hint="change the file's permissions (chmod u+r)",
        ) from error
    except OSError as error:
        raise FilmError(f"{path}: expected a readable file, got: {error.strerror}") from error
    if size == 0:
        raise FilmError(f"{path}: expected a film, got an empty file")


def _not_a_film(path: Path) -> FilmError:
    """Return the error for a file that FFmpeg cannot open: text, a cut-off MP4, or neither."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head[4:8] == b"ftyp":
        return FilmError(
            f"{path}: expected a whole MP4 or MOV, got one without its index (moov)",
            hint="it was cut off or is still being written: copy or download it again",
        )
    if head.startswith(_EBML_MAGIC):
        return FilmError(
            f"{path}: expected a film, got a Matroska or WebM file without frames",
            hint="it was cut off or is still being written: copy or download it again",
        )
    try:
        head.decode("utf-8")
        found = "a text file"
    except UnicodeDecodeError:
        found = "bytes of no known format"
    return FilmError(f"{path}: expected a film, got {found}", hint="give a video file")


def _first_frame(
    container: av.container.InputContainer, stream: av.VideoStream
) -> av.VideoFrame | None:
    """Return the first frame that can be decoded."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            for frame in packet.decode():
                return frame
        except StopIteration:
            return None
        except EOFError:
            return None
        except FFmpegError:
            continue


def _clockwise_turn(frame: av.VideoFrame, path: Path) -> int:
    """Return the turn from stored to shown; FFmpeg's angles count the other way round."""
    turn = -frame.rotation % 360
    if turn % 90:
        raise FilmError(
            f"{path}: expected a rotation by a multiple of 90 degrees, got {turn}",
            hint="re-encode the film upright",
        )
    return turn


def _declared_length(
    container: av.container.InputContainer, stream: av.VideoStream
) -> tuple[Fraction | None, int | None]:
    """Return the declared length, s, and the end of the video track, ticks."""
    time_base = stream.time_base or Fraction(1)
    if container.format.name in _UNTOLD_DURATION:
        return None, None
    if stream.duration:
        end_pts = (stream.start_time or 0) + stream.duration
        return stream.duration * time_base, end_pts
    tag = _TAG_TIME.match(stream.metadata.get("DURATION", ""))
    if tag:
        hours, minutes, seconds, decimals = tag.groups()
        whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
        end_s = whole + Fraction(int(decimals), 10 ** len(decimals))
        start_s = (stream.start_time or 0) * time_base
        return end_s - start_s, round(end_s / time_base)
    if container.duration:
        return Fraction(container.duration, 1_000_000), None
    return None, None
