"""Write clips that begin and end with exactly the asked frames, at exactly their times."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

import av
import numpy as np
from av.video.stream import VideoStream

from cinefacs.errors import StorageError
from cinefacs.media.frame import ColourCodes, Plane
from cinefacs.media.sound_copy import SoundCopy
from cinefacs.storage.atomic import atomic_path

__all__ = ["ENCODER", "ClipWriter", "EncodableFrame"]

ENCODER: Final = "libx264"
"""H.264 encoder of the PyAV wheel; docs/decisions/0001 says what its licence means."""
_GOP_FRAMES = 12  # coders step backwards, which costs up to this many decoded frames
_LIMITED_RANGE = 1


class EncodableFrame(Protocol):
    """What the writer needs of a frame: a decoded one, or one that was drawn into."""

    @property
    def pts(self) -> int:
        """Start, ticks."""
        ...

    @property
    def duration(self) -> int:
        """Length, ticks."""
        ...

    @property
    def colour_codes(self) -> ColourCodes:
        """How the colours are meant."""
        ...

    def shown_yuv420p(self) -> tuple[Plane, Plane, Plane]:
        """Return the picture in YUV 4:2:0 of limited range."""
        ...


class ClipWriter:
    """Encode frames to H.264 in mp4: no B-frames, short groups of pictures.

    Frames keep their distances exactly, in the film's own time base; the first stands at 0 unless
    `keeps_clock`. An odd last row or column is left out, as 4:2:0 needs even sizes. The file
    appears when the block ends without an error.

    Parameters
    ----------
    path
        The clip.
    time_base : Fraction, s per tick
        Of the frames to come.
    size_wh
        Their size as shown, px, at least 2x2.
    crf
        Constant rate factor, 0 (lossless) to 51.
    preset
        libx264's preset.
    keeps_clock
        Leave the frames at their own times, so that the file has the film's clock.
    sound_of
        Film whose sound is copied; only with `keeps_clock`. None writes no sound.
    """

    def __init__(
        self,
        path: Path,
        *,
        time_base: Fraction,
        size_wh: tuple[int, int],
        crf: int,
        preset: str,
        keeps_clock: bool = False,
        sound_of: Path | None = None,
    ) -> None:
        self._path = path
        self._atomic = atomic_path(path)
        self._time_base = time_base
        self._size_wh = (size_wh[0] // 2 * 2, size_wh[1] // 2 * 2)
        self._options = {"crf": str(crf), "preset": preset, "bf": "0", "g": str(_GOP_FRAMES)}
        self._container: av.container.OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._keeps_clock = keeps_clock
        self._sound_of = sound_of
        self._sound: SoundCopy | None = None
        self._first_pts = 0
        self._durations: dict[int, int] = {}

    def __enter__(self) -> Self:
        temporary = self._atomic.__enter__()
        try:
            self._container = av.open(
                str(temporary),
                "w",
                format="mp4",
                options={
                    "movflags": "+faststart",
                    "video_track_timescale": str(self._time_base.denominator),
                },
            )
        except OSError as error:
            self._atomic.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def push(self, frame: EncodableFrame) -> None:
        """Encode the next frame.

        Raises
        ------
        StorageError
            The disk refused.
        """
        if self._container is None:
            raise StorageError(f"{self._path}: expected an open writer, got a closed one")
        if self._stream is None:
            self._first_pts = 0 if self._keeps_clock else frame.pts
            self._stream = self._add_stream(self._container, frame)
            if self._sound_of is not None:
                self._sound = SoundCopy(self._sound_of, self._container)
        picture = self._encodable(frame)
        self._durations[picture.pts or 0] = frame.duration
        self._mux(self._container, self._stream, picture)
        if self._sound is not None:
            self._sound.copy_until((frame.pts + frame.duration) * self._time_base)

    def _add_stream(
        self, container: av.container.OutputContainer, frame: EncodableFrame
    ) -> VideoStream:
        """Return the video stream, flagged with the film's own colours."""
        stream = container.add_stream(ENCODER, options=self._options)
        stream.width, stream.height = self._size_wh
        stream.pix_fmt = "yuv420p"
        stream.time_base = self._time_base
        context = stream.codec_context
        context.time_base = self._time_base
        codes = frame.colour_codes
        context.color_primaries = codes.primaries
        context.color_trc = codes.transfer
        context.colorspace = codes.matrix
        context.color_range = _LIMITED_RANGE
        return stream

    def _encodable(self, frame: EncodableFrame) -> av.VideoFrame:
        """Return the frame as the encoder takes it."""
        width, height = self._size_wh
        y, u, v = frame.shown_yuv420p()
        halves = [plane[: height // 2, : width // 2].reshape(-1) for plane in (u, v)]
        packed = np.concatenate([y[:height, :width].reshape(-1), *halves])
        picture = av.VideoFrame.from_ndarray(
            packed.reshape(height * 3 // 2, width), format="yuv420p"
        )
        picture.pts = frame.pts - self._first_pts
        picture.time_base = self._time_base
        return picture

    def _mux(
        self,
        container: av.container.OutputContainer,
        stream: VideoStream,
        picture: av.VideoFrame | None,
    ) -> None:
        """Encode one picture, or what is left, and write the packets with their durations."""
        for packet in stream.encode(picture):
            if packet.pts is not None:
                packet.duration = self._durations.pop(packet.pts, packet.duration or 0)
            container.mux(packet)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._container is not None:
                if self._stream is not None and error is None:
                    self._mux(self._container, self._stream, None)
                    if self._sound is not None:
                        self._sound.copy_until(None)
                self._container.close()
        except OSError as closing:
            self._atomic.__exit__(type(closing), closing, closing.__traceback__)
            raise
        finally:
            if self._sound is not None:
                self._sound.close()
            self._container = self._stream = self._sound = None
        self._atomic.__exit__(kind, error, trace)
