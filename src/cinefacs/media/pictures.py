"""Demux and decode the picture track: whole pictures in display order at repaired times."""

import os
from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple

import av
import av.container
from av.codec.context import Flags
from av.error import FFmpegError

from cinefacs.errors import FilmError
from cinefacs.media.damage import DamageLedger, Ticket, Verdict
from cinefacs.media.probe import FilmHeader, film_stream
from cinefacs.media.timeline import Timeline

__all__ = ["TimedPicture", "read_pictures"]

MAX_FAILURES = 20
"""Reads of the container that may fail one after the other before the film counts as ended."""
_UNSTAMPED = {"avi"}
"""Containers that store packets without times of display: the stamps that FFmpeg derives stand in
the order of storage, so they are dealt out in ascending order."""

_LATE_REORDERERS = {"h264", "hevc"}
"""Codecs whose header may tell only later that pictures change their order."""


class TimedPicture(NamedTuple):
    """A whole picture, or the end of the film, with what was lost before it."""

    picture: av.VideoFrame | None
    """None at the end."""
    pts: int
    """Ticks."""
    n_lost_before: int
    """Damaged or missing pictures since the whole one before."""
    n_repaired: int
    """Time stamps that were repaired so far."""


def read_pictures(
    container: av.container.InputContainer, header: FilmHeader, *, is_careful: bool
) -> Iterator[TimedPicture]:
    """Decode from where the container stands; the last item is the end, without a picture.

    With several threads the H.264 decoder of FFmpeg now and then forgets to flag a damaged
    picture that no other is predicted from, because it hands the picture on before the thread
    that found the damage has said so (seen in one run of three). A film known to be damaged is
    therefore decoded by one thread.

    Parameters
    ----------
    container
        Open, perhaps after a seek.
    header
        What `read_header` found.
    is_careful
        Decode in one thread, so that damage is told the same in every run.

    Yields
    ------
    TimedPicture
        In display order, `pts` strictly ascending.
    """
    timeline = Timeline(ticks_per_s=max(1, round(1 / header.time_base)))
    held: deque[av.VideoFrame | None] = deque()
    n_lost = 0
    for raw_pts, verdict in _judged_pictures(container, header, is_careful=is_careful):
        if verdict.item is None:
            n_lost += verdict.is_lost
            continue
        held.append(None if verdict.is_lost else verdict.item)
        for pts in timeline.push(raw_pts, duration=verdict.item.duration):
            picture = held.popleft()
            if picture is None:
                n_lost += 1
                continue
            yield TimedPicture(picture, pts, n_lost, timeline.n_repaired)
            n_lost = 0
    for pts in timeline.finish():
        picture = held.popleft()
        if picture is None:
            n_lost += 1
            continue
        yield TimedPicture(picture, pts, n_lost, timeline.n_repaired)
        n_lost = 0
    yield TimedPicture(None, 0, n_lost, timeline.n_repaired)


def _judged_pictures(
    container: av.container.InputContainer, header: FilmHeader, *, is_careful: bool
) -> Iterator[tuple[int | None, Verdict[av.VideoFrame]]]:
    """Yield each picture with the stamp that it came with, as soon as its verdict is certain."""
    stream = film_stream(container, header.path)
    stream.thread_type = "NONE" if is_careful else "AUTO"
    context = stream.codec_context
    context.thread_count = 1 if is_careful else 0
    context.flags |= Flags.copy_opaque
    ledger: DamageLedger[av.VideoFrame] = DamageLedger(
        reorders=context.has_b_frames or context.name in _LATE_REORDERERS,
        n_in_flight=0 if is_careful else os.cpu_count() or 1,
    )
    is_unstamped = header.container in _UNSTAMPED
    stamps: list[int] = []
    for packet in _packets(container, stream, ledger):
        if packet.size:
            stamp = packet.pts if packet.pts is not None else packet.dts
            packet.opaque = ledger.send(
                pts=None if is_unstamped else packet.pts,
                is_key=packet.is_keyframe,
                is_corrupt=packet.is_corrupt,
                may_vanish=packet.is_discard,
            )
            if is_unstamped and stamp is not None:
                heappush(stamps, stamp)
        for picture in _decode(packet, ledger):
            ticket = picture.opaque
            if not isinstance(ticket, Ticket):
                raise FilmError(
                    f"{header.path}: expected a decoder that tells packets apart, "
                    f"got {context.name}"
                )
            if stamps:
                picture.pts = heappop(stamps)
            for verdict in ledger.receive(ticket, picture, is_corrupt=picture.is_corrupt):
                yield None if verdict.item is None else verdict.item.pts, verdict
    for verdict in ledger.finish():
        yield None if verdict.item is None else verdict.item.pts, verdict


def _packets(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    ledger: DamageLedger[av.VideoFrame],
) -> "Iterator[av.Packet[av.VideoStream]]":
    """Yield the packets and the empty one that flushes; read on after a failed read."""
    n_failures = 0
    while True:
        packets = container.demux(stream)
        try:
            for packet in packets:
                n_failures = 0
                yield packet
        except FFmpegError:
            ledger.skip()
            n_failures += 1
            if n_failures >= MAX_FAILURES:
                return
        else:
            return


def _decode(
    packet: "av.Packet[av.VideoStream]", ledger: DamageLedger[av.VideoFrame]
) -> "list[av.VideoFrame]":
    """Return the pictures that the decoder gives for a packet."""
    try:
        return packet.decode()
    except EOFError:
        return []
    except FFmpegError:
        ledger.complain()
        return []
