"""Real films made for tests: every frame carries its number, and the container can be odd.

`write_film` encodes frames with PyAV; `barcode_frame` and `read_barcode` put a number into a
picture and take it out again after compression, scaling or a change of bit depth.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias, cast

import av
import numpy as np
import numpy.typing as npt

__all__ = [
    "Rgb",
    "barcode_frame",
    "barcode_frames",
    "constant_pts",
    "read_barcode",
    "write_film",
]

VideoPacket: TypeAlias = "av.Packet[av.VideoStream]"
PacketEdit: TypeAlias = "Callable[[VideoPacket, int], VideoPacket | None]"
Rgb = npt.NDArray[np.uint8]

N_BLOCKS = 4
"""Blocks a side: 12 bits of number and 4 check bits."""
DARK, BRIGHT = 24, 232
AUDIO_RATE_HZ = 48_000
AUDIO_BLOCK = 1024
"""Samples in one AAC frame."""


def _barcode_bits(number: int) -> npt.NDArray[np.bool_]:
    """Return the (4, 4) blocks: the check nibble makes all-black and all-white invalid."""
    if not 0 <= number < 4096:
        raise ValueError(f"barcode: expected 0 to 4095, got {number}")
    check = (5 + 3 * (number >> 8) + 7 * (number >> 4 & 15) + 11 * (number & 15)) % 16
    word = number << 4 | check
    return np.array([word >> k & 1 for k in range(16)], dtype=bool).reshape(N_BLOCKS, N_BLOCKS)


def barcode_frame(number: int, size_wh: tuple[int, int] = (128, 96)) -> Rgb:
    """Draw a number as 4 x 4 dark and bright blocks.

    Parameters
    ----------
    number : 0 to 4095
    size_wh : px

    Returns
    -------
    (H, W, 3) uint8
    """
    width, height = size_wh
    rows = np.arange(height) * N_BLOCKS // height
    columns = np.arange(width) * N_BLOCKS // width
    grey = np.where(_barcode_bits(number)[rows[:, None], columns], BRIGHT, DARK)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)


def barcode_frames(n: int, size_wh: tuple[int, int] = (128, 96), first: int = 0) -> list[Rgb]:
    """Return frames numbered ``first, first + 1, ...``."""
    return [barcode_frame(first + k, size_wh) for k in range(n)]


def read_barcode(rgb: npt.NDArray[Any]) -> int:
    """Read the number of a `barcode_frame`, of any size, after any compression.

    Parameters
    ----------
    rgb : (H, W, 3) or (H, W) uint8

    Raises
    ------
    ValueError
        A block is neither dark nor bright, or the check bits disagree: the picture is damaged,
        mixed from two frames, or turned the wrong way.
    """
    grey = rgb.mean(axis=2) if rgb.ndim == 3 else rgb.astype(float)
    height, width = grey.shape
    word = 0
    for k in range(N_BLOCKS * N_BLOCKS):
        row, column = divmod(k, N_BLOCKS)
        top, left = height * (4 * row + 1) // 16, width * (4 * column + 1) // 16
        bottom, right = height * (4 * row + 3) // 16, width * (4 * column + 3) // 16
        block = float(grey[top:bottom, left:right].mean())
        if 90 < block < 166:
            raise ValueError(f"barcode: block {k} is neither dark nor bright ({block:.0f})")
        word |= int(block > 128) << k
    number = word >> 4
    if not np.array_equal(
        _barcode_bits(number).ravel(), np.array([word >> k & 1 for k in range(16)], dtype=bool)
    ):
        raise ValueError(f"barcode: check bits disagree (number {number})")
    return number


def constant_pts(n: int, rate_fps: Fraction, time_base: Fraction, first: int = 0) -> list[int]:
    """Return the pts of `n` frames at a constant rate, rounded to the time base."""
    return [first + round(k / (rate_fps * time_base)) for k in range(n)]


def write_film(
    path: Path,
    frames: Iterable[npt.NDArray[Any]],
    *,
    rate_fps: Fraction = Fraction(24),
    time_base: Fraction | None = None,
    pts: Sequence[int] | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    gop: int = 12,
    n_b_frames: int = 0,
    rotation_deg: int = 0,
    sample_aspect_ratio: Fraction | None = None,
    is_interlaced: bool = False,
    audio_s: float = 0.0,
    tone_from_s: float = 0.0,
    container_format: str | None = None,
    container_options: dict[str, str] | None = None,
    edit_packet: "PacketEdit | None" = None,
) -> Path:
    """Encode frames into a film.

    Parameters
    ----------
    path
        The extension chooses the container unless `container_format` does.
    frames : each (H, W, 3) uint8 RGB, or whatever `pix_fmt` ``gray`` takes from RGB
    rate_fps
        Rate of a film without own `pts`, and the rate that the header declares.
    time_base : s per tick
        None takes ``1 / rate_fps``. The container may choose another one.
    pts : ticks of `time_base`
        One for each frame; None for a constant rate from 0.
    options
        Of the encoder. x264 gets ``crf 12, preset ultrafast`` unless told otherwise.
    rotation_deg
        Clockwise turn that a player has to make (a display matrix, as telephones write it).
    audio_s, tone_from_s
        Length of an AAC sound track, silent up to `tone_from_s`, then 440 Hz; 0 for none.
    edit_packet
        Changes (or drops: None) a packet just before it is written: gets packet and number.

    Returns
    -------
    `path`
    """
    time_base = time_base or 1 / rate_fps
    remaining = iter(frames)
    first = next(remaining)
    with av.open(
        str(path), "w", format=container_format, options=container_options or {}
    ) as container:
        stream = cast("av.VideoStream", container.add_stream(codec, rate=rate_fps))
        stream.time_base = time_base
        context = stream.codec_context
        context.height, context.width = first.shape[:2]
        context.time_base = time_base
        context.pix_fmt = pix_fmt
        context.gop_size = gop
        context.max_b_frames = n_b_frames
        context.thread_count = 1
        context.options = _encoder_options(codec, options, is_interlaced=is_interlaced)
        if sample_aspect_ratio is not None:
            context.sample_aspect_ratio = sample_aspect_ratio
        if rotation_deg:
            stream.set_display_rotation(-rotation_deg)
        if audio_s:
            sound = container.add_stream("aac", rate=AUDIO_RATE_HZ, layout="mono")
            sound_packets = _encode_tone(sound, audio_s, tone_from_s)
        for n_packets, packet in enumerate(
            _encode_pictures(
                stream,
                chain([first], remaining),
                pts if pts is not None else _ConstantPts(1 / (rate_fps * time_base)),
            )
        ):
            edited = edit_packet(packet, n_packets) if edit_packet else packet
            if edited is not None:
                container.mux(edited)
        if audio_s:
            container.mux(sound_packets)
    return path


class _ConstantPts:
    """The pts of a constant rate, for any number of frames."""

    def __init__(self, step: Fraction) -> None:
        self.step = step

    def __getitem__(self, k: int) -> int:
        return round(k * self.step)


def _encode_pictures(
    stream: "av.VideoStream",
    frames: Iterable[npt.NDArray[Any]],
    pts: Sequence[int] | _ConstantPts,
) -> Iterator[VideoPacket]:
    """Yield the packets of the frames, in the order in which they are to be stored."""
    for k, rgb in enumerate(frames):
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        picture = picture.reformat(format=stream.codec_context.pix_fmt)
        picture.pts = pts[k]
        picture.time_base = stream.codec_context.time_base
        yield from stream.encode(picture)
    yield from stream.encode(None)


def _encoder_options(
    codec: str, options: dict[str, str] | None, *, is_interlaced: bool
) -> dict[str, str]:
    """Return fast options of high quality for the encoders that the tests use."""
    defaults = {
        "libx264": {"crf": "12", "preset": "ultrafast"},
        "libx265": {"crf": "14", "preset": "ultrafast", "x265-params": "log-level=none"},
        "libvpx-vp9": {"crf": "20", "b": "0", "cpu-used": "8", "deadline": "realtime"},
        "mpeg4": {"qmin": "2", "qmax": "3"},
        "mpeg2video": {"qmin": "2", "qmax": "3"},
    }
    chosen = dict(defaults.get(codec, {}))
    if is_interlaced:
        chosen |= {"x264-params": "interlaced=1:tff=1"}
    return chosen | (options or {})


def _encode_tone(
    stream: av.AudioStream, length_s: float, tone_from_s: float
) -> "list[av.Packet[av.AudioStream]]":
    """Encode silence followed by a 440 Hz tone of amplitude 0.5."""
    packets: list[av.Packet[av.AudioStream]] = []
    n_samples = round(length_s * AUDIO_RATE_HZ)
    for start in range(0, n_samples, AUDIO_BLOCK):
        time_s = np.arange(start, min(start + AUDIO_BLOCK, n_samples)) / AUDIO_RATE_HZ
        wave = 0.5 * np.sin(2 * np.pi * 440 * time_s) * (time_s >= tone_from_s)
        block = av.AudioFrame.from_ndarray(
            wave[None].astype(np.float32), format="fltp", layout="mono"
        )
        block.sample_rate = AUDIO_RATE_HZ
        block.pts = start
        packets += stream.encode(block)
    return packets + list(stream.encode(None))
