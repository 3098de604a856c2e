from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from cinefacs.errors import DamagedFilmError, FilmError, SchemaError
from cinefacs.media import pictures, seek
from cinefacs.media.decode import (
    DecodeStats,
    ResumePoint,
    decode_film,
    luma_planes,
    read_frames,
)
from cinefacs.media.frame import Frame
from cinefacs.media.probe import read_header
from tests.support.encoding import VideoPacket
from tests.support.films import (
    GluedTruth,
    barcode_frames,
    constant_pts,
    read_barcode,
    write_film,
)
from tests.support.harm import busy_frames, cut_short, overwrite

Seen = tuple[int, int, int, int, bytes]


def frames_of(film: Path, **options: object) -> list[Frame]:
    chunks = decode_film(film, **options)  # type: ignore[arg-type]
    return [frame for chunk in chunks for frame in chunk]


def seen(frame: Frame) -> Seen:
    pixels = b"".join(plane.tobytes() for plane in frame.planes())
    return frame.index, frame.pts, frame.duration, frame.n_lost_before, pixels


def numbers_of(frames: list[Frame]) -> list[int]:
    return [read_barcode(frame.rgb()) for frame in frames]


FILMS: dict[str, dict[str, object]] = {
    "plain.mp4": {},
    "ntsc.mp4": {"rate_fps": Fraction(30000, 1001), "n_b_frames": 2},
    "b-frames.mkv": {"n_b_frames": 3},
    "open-gop.mp4": {"n_b_frames": 3, "options": {"x264-params": "open-gop=1:bframes=3"}},
    "hevc.mp4": {"codec": "libx265", "n_b_frames": 3},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "mpeg4.mp4": {"codec": "mpeg4", "n_b_frames": 1},
    "mpeg4.avi": {"codec": "mpeg4", "n_b_frames": 2},
    "h264.avi": {"n_b_frames": 2},
    "stream.h264": {"n_b_frames": 2},
    "stream.ts": {"n_b_frames": 2},
    "disc.mpg": {"codec": "mpeg2video", "n_b_frames": 2, "rate_fps": Fraction(25)},
    "ten-bit.mp4": {"pix_fmt": "yuv420p10le"},
    "grey.mp4": {"pix_fmt": "gray"},
    "sound.mp4": {"audio_s": 2.0},
    "intra.mp4": {"gop": 1},
    "alt-ref.webm": {
        "codec": "libvpx",
        "options": {"auto-alt-ref": "1", "lag-in-frames": "16", "b": "800000"},
    },
    "fragments.mp4": {"container_options": {"movflags": "frag_keyframe+empty_moov"}},
    "motion-jpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
}


def make(folder: Path, name: str, n: int = 50) -> Path:
    return write_film(folder / name, barcode_frames(n), **FILMS[name])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FILMS)
def test_each_frame_comes_once_in_order_at_ascending_times(tmp_path: Path, name: str) -> None:
    film = make(tmp_path, name)
    stats = DecodeStats()
    frames = frames_of(film, stats=stats)
    assert numbers_of(frames) == list(range(50))
    assert [frame.index for frame in frames] == list(range(50))
    assert all(a.end_pts == b.pts for a, b in pairwise(frames))
    header = read_header(film)
    assert header.rate_fps is not None
    step_s = 1 / header.rate_fps
    for frame in frames[1:]:
        passed_s = (frame.pts - frames[0].pts) * frame.time_base
        assert abs(passed_s - frame.index * step_s) <= header.time_base
    assert (stats.n_frames, stats.n_damaged, stats.ended_early) == (50, 0, False)
    assert (stats.first_pts, stats.end_pts) == (frames[0].pts, frames[-1].end_pts)


@pytest.mark.parametrize("name", FILMS)
def test_going_on_anywhere_gives_the_same_frames(tmp_path: Path, name: str) -> None:
    film = make(tmp_path, name, 40)
    whole = frames_of(film)
    for index in (0, 1, 2, 11, 12, 13, 23, 24, 25, 39):
        start = ResumePoint(frame_index=index, pts=whole[index].pts)
        resumed = frames_of(film, start=start)
        assert [seen(frame) for frame in resumed] == [seen(frame) for frame in whole[index:]]


@pytest.mark.parametrize("name", ["ntsc.mp4", "b-frames.mkv", "open-gop.mp4", "vp9.webm"])
def test_going_on_near_the_end_does_not_decode_from_the_beginning(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make(tmp_path, name)
    whole = frames_of(film)

    def refuse(*_: object, **__: object) -> Iterator[object]:
        raise AssertionError

    monkeypatch.setattr(seek, "_counted", refuse)
    start = ResumePoint(frame_index=49, pts=whole[48].end_pts)
    assert numbers_of(frames_of(film, start=start)) == [49]


def test_going_on_after_the_last_frame_gives_nothing(tmp_path: Path) -> None:
    for name in ("ntsc.mp4", "stream.ts"):
        film = make(tmp_path, name)
        whole = frames_of(film)
        assert frames_of(film, start=ResumePoint(frame_index=50, pts=whole[-1].end_pts)) == []


def test_going_on_beyond_the_end_is_an_error(tmp_path: Path) -> None:
    film = make(tmp_path, "stream.ts")
    with pytest.raises(FilmError, match="expected at least 80 frames, got 50"):
        frames_of(film, start=ResumePoint(frame_index=80, pts=0))
    with pytest.raises(SchemaError):
        ResumePoint(frame_index=-1, pts=0)


def test_a_seek_to_a_time_without_frame_falls_back_to_counting(tmp_path: Path) -> None:
    film = make(tmp_path, "plain.mp4")
    whole = frames_of(film)
    start = ResumePoint(frame_index=30, pts=whole[30].pts - 7)
    assert numbers_of(frames_of(film, start=start)) == list(range(30, 50))


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_variable_rate_and_late_start_are_kept_to_the_tick(tmp_path: Path, suffix: str) -> None:
    pts = [700 + 40 * k + 7 * (k % 3) + 900 * (k > 20) for k in range(40)]
    film = write_film(
        tmp_path / f"a.{suffix}",
        barcode_frames(40),
        time_base=Fraction(1, 1000),
        pts=pts,
        n_b_frames=2,
    )
    frames = frames_of(film)
    assert [frame.pts * frame.time_base * 1000 for frame in frames] == pts
    assert [frame.duration * frame.time_base * 1000 for frame in frames[:-1]] == [
        b - a for a, b in pairwise(pts)
    ]
    for index in (5, 20, 21, 38):
        start = ResumePoint(frame_index=index, pts=frames[index].pts)
        assert numbers_of(frames_of(film, start=start)) == list(range(index, 40))


def test_doubled_and_fallen_back_stamps_are_repaired(tmp_path: Path) -> None:
    def spoil(packet: VideoPacket, number: int) -> VideoPacket:
        assert packet.dts is not None
        packet.dts -= 400
        if number in {5, 12}:
            assert packet.pts is not None
            packet.pts -= 41 if number == 5 else 60
        return packet

    film = write_film(
        tmp_path / "a.mp4",
        barcode_frames(20),
        time_base=Fraction(1, 1000),
        pts=[400 + 41 * k for k in range(20)],
        edit_packet=spoil,
    )
    stats = DecodeStats()
    frames = frames_of(film, stats=stats)
    assert stats.n_repaired_times == 2
    assert sorted(numbers_of(frames)) == list(range(20))
    assert all(a.pts < b.pts for a, b in pairwise(frames))


@pytest.mark.parametrize("chunk_frames", [1, 7, 64])
def test_chunks_hold_what_was_asked(tmp_path: Path, chunk_frames: int) -> None:
    film = make(tmp_path, "plain.mp4")
    chunks = list(decode_film(film, chunk_frames=chunk_frames))
    assert all(len(chunk) == chunk_frames for chunk in chunks[:-1])
    assert sum(map(len, chunks)) == 50
    assert 1 <= len(chunks[-1]) <= chunk_frames


def test_chunks_of_large_frames_are_shorter(tmp_path: Path) -> None:
    still = np.full((2160, 3840, 3), 90, np.uint8)
    film = write_film(tmp_path / "large.mp4", [still] * 5)
    assert [len(chunk) for chunk in decode_film(film)] == [2, 2, 1]


def test_exactly_the_frames_between_two_times_are_read(tmp_path: Path) -> None:
    film = make(tmp_path, "ntsc.mp4")
    whole = frames_of(film)
    start = ResumePoint(frame_index=17, pts=whole[17].pts)
    frames = list(read_frames(film, start=start, end_pts=whole[31].pts))
    assert numbers_of(frames) == list(range(17, 31))
    assert [frame.index for frame in frames] == list(range(17, 31))
    to_the_end = read_frames(film, start=start, end_pts=whole[49].end_pts)
    assert numbers_of(list(to_the_end)) == list(range(17, 50))


def test_luma_planes_are_those_of_the_decoder(tmp_path: Path) -> None:
    film = make(tmp_path, "plain.mp4")
    planes = [(pts, y.copy()) for pts, y in luma_planes(film)]
    with av.open(str(film)) as container:
        for (pts, y), picture in zip(planes, container.decode(video=0), strict=True):
            assert pts == picture.pts
            stored = np.asarray(picture.to_ndarray())[: picture.height]  # luma comes first
            np.testing.assert_array_equal(y, stored)


def test_the_interlaced_flag_is_noted(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(8), is_interlaced=True)
    assert all(frame.is_interlaced for frame in frames_of(film))
    assert not any(frame.is_interlaced for frame in frames_of(make(tmp_path, "plain.mp4")))


def test_a_film_that_begins_with_leading_pictures_is_whole(tmp_path: Path) -> None:
    def drop_first_group(packet: VideoPacket, number: int) -> "VideoPacket | None":
        return packet if number >= n_first else None

    options: dict[str, object] = FILMS["open-gop.mp4"]
    film = make(tmp_path, "open-gop.mp4")
    with av.open(str(film)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    keys = [k for k, packet in enumerate(packets) if packet.is_keyframe]
    n_first = keys[1]
    key_pts = packets[n_first].pts
    assert key_pts is not None
    leading = [packet for packet in packets[n_first:] if packet.pts and packet.pts < key_pts]
    assert leading, "the film has no open group of pictures"
    late = write_film(
        tmp_path / "late.mkv",
        barcode_frames(50),
        edit_packet=drop_first_group,
        **options,  # type: ignore[arg-type]
    )
    stats = DecodeStats()
    frames = frames_of(late, stats=stats)
    assert stats.n_damaged == 0
    numbers = []
    for frame in frames:
        try:
            numbers.append(read_barcode(frame.rgb()))
        except ValueError:
            numbers.append(-1)
    first_key = round(key_pts / (packets[1].duration or 1))
    assert numbers[-(50 - first_key) :] == list(range(first_key, 50))


@pytest.fixture(scope="module")
def busy_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(
        tmp_path_factory.mktemp("busy") / "busy.mp4",
        busy_frames(120),
        gop=24,
        n_b_frames=2,
        container_options={"movflags": "+faststart"},
    )


@pytest.mark.parametrize("seed", range(6))
def test_of_a_damaged_film_whole_frames_come_and_gaps_are_told(busy_film: Path, seed: int) -> None:
    clean = {frame.pts: seen(frame)[4] for frame in frames_of(busy_film)}
    harmed = overwrite(busy_film, at=0.2 + 0.12 * seed, n_bytes=6000, seed=seed)
    with pytest.raises(DamagedFilmError) as caught:
        frames_of(harmed)
    assert "of 120 frames" in caught.value.message
    assert "damage" in caught.value.message
    assert "--allow-damaged" in caught.value.hint
    stats = DecodeStats()
    frames = frames_of(harmed, allow_damaged=True, stats=stats)
    assert 40 <= len(frames) <= 119
    assert len(frames) + stats.n_damaged == 120
    assert stats.n_damaged == sum(frame.n_lost_before for frame in frames) + stats.n_lost_at_end
    wrong = [frame.index for frame in frames if clean[frame.pts] != seen(frame)[4]]
    assert len(wrong) <= 1  # the one picture in which the decoder did not notice the damage
    gaps = [frame.index for frame in frames if frame.follows_gap]
    assert gaps or stats.n_lost_at_end
    for index in {*gaps, *(index + 1 for index in gaps), 7, 60} - {0}:
        if index >= len(frames):
            continue
        start = ResumePoint(frame_index=index, pts=frames[index - 1].end_pts)
        resumed = frames_of(harmed, start=start, allow_damaged=True)
        assert [seen(frame) for frame in resumed] == [seen(frame) for frame in frames[index:]]


def test_frames_between_two_times_across_damage(busy_film: Path) -> None:
    harmed = overwrite(busy_film, at=0.5, n_bytes=6000)
    frames = frames_of(harmed, allow_damaged=True)
    gap = next(frame.index for frame in frames if frame.follows_gap)
    start = ResumePoint(frame_index=gap - 3, pts=frames[gap - 3].pts)
    end_pts = frames[gap + 2].pts
    with pytest.raises(DamagedFilmError):
        list(read_frames(harmed, start=start, end_pts=end_pts))
    found = list(read_frames(harmed, start=start, end_pts=end_pts, allow_damaged=True))
    assert [seen(frame) for frame in found] == [seen(frame) for frame in frames[gap - 3 : gap + 2]]


def test_the_error_on_going_on_counts_from_the_film_s_beginning(busy_film: Path) -> None:
    harmed = overwrite(busy_film, at=0.8, n_bytes=6000)
    start_frames = frames_of(harmed, allow_damaged=True)
    start = ResumePoint(frame_index=30, pts=start_frames[30].pts)
    with pytest.raises(DamagedFilmError, match=r"about (9|10|11)\d of 120 frames"):
        frames_of(harmed, start=start)


@pytest.mark.parametrize("name", ["busy.mp4", "busy.mkv", "busy.avi", "busy.webm"])
def test_a_film_that_ends_early_is_told(tmp_path: Path, busy_film: Path, name: str) -> None:
    film = busy_film
    if name != "busy.mp4":
        codec = {"avi": "mpeg4", "webm": "libvpx-vp9"}.get(name[5:], "libx264")
        film = write_film(tmp_path / name, busy_frames(120), codec=codec)
    cut = cut_short(film, share=0.6)
    with pytest.raises(DamagedFilmError, match="can be read"):
        frames_of(cut)
    stats = DecodeStats()
    frames = frames_of(cut, allow_damaged=True, stats=stats)
    assert stats.ended_early
    assert numbers_of(frames) == list(range(len(frames)))
    assert 50 <= len(frames) <= 90


def test_a_matroska_file_is_whole_where_only_its_sound_is_longer(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mkv", barcode_frames(24), audio_s=8.0)
    film.write_bytes(film.read_bytes().replace(b"DURATION", b"DURATIOM"))
    assert read_header(film).end_pts is None
    assert len(frames_of(film)) == 24
    silent = write_film(tmp_path / "b.mkv", busy_frames(240))
    silent.write_bytes(silent.read_bytes().replace(b"DURATION", b"DURATIOM"))
    assert len(frames_of(silent)) == 240
    with pytest.raises(DamagedFilmError, match="an end at"):
        frames_of(cut_short(silent, share=0.3))


def test_frames_at_the_end_that_are_damaged_are_told(busy_film: Path) -> None:
    harmed = overwrite(busy_film, at=0.96, n_bytes=4000)  # several, of which none is missed
    stats = DecodeStats()
    frames = frames_of(harmed, allow_damaged=True, stats=stats)
    assert stats.n_lost_at_end > 0
    assert len(frames) + stats.n_lost_at_end == 120
    with pytest.raises(DamagedFilmError):
        frames_of(harmed)


def test_a_film_of_which_nothing_is_whole_is_an_error(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", busy_frames(20), gop=20)
    content = bytearray(film.read_bytes())
    start = content.find(b"mdat") + 4 + 1500
    content[start : start + 3000] = np.random.default_rng(5).bytes(3000)
    film.write_bytes(content)
    with pytest.raises(FilmError):
        frames_of(film, allow_damaged=True)


def test_glued_real_film_is_decoded_whole(glued: GluedTruth) -> None:
    stats = DecodeStats()
    frames = frames_of(glued.path, stats=stats)
    times = [frame.pts * frame.time_base for frame in frames]
    assert times == [pts * glued.time_base for pts in glued.pts]
    assert stats.n_damaged == 0


def test_real_films_are_decoded_as_by_pyav(pyfeat_media: Path) -> None:
    for name in ("single_face.mp4", "no_face.mp4", "noface_face.mov"):
        frames = frames_of(pyfeat_media / name)
        with av.open(str(pyfeat_media / name)) as container:
            pictures = list(container.decode(video=0))
        assert [frame.pts for frame in frames] == [picture.pts for picture in pictures]


def test_an_edit_list_and_a_late_start_do_not_look_like_damage(team_clip: Path) -> None:
    frames = frames_of(team_clip)
    assert (len(frames), frames[0].pts) == (275, 10_214)


def test_constant_pts_are_those_of_the_rate() -> None:
    assert constant_pts(3, Fraction(24), Fraction(1, 24000), 500) == [500, 1500, 2500]


class Reader:
    """A container whose reads fail now and then."""

    def __init__(self, script: str) -> None:
        """``.`` is a packet, ``x`` a failed read."""
        self.script = iter(script)

    def demux(self, _: object) -> Iterator[str]:
        for sign in self.script:
            if sign == "x":
                raise av.error.InvalidDataError(1, "damaged")
            yield sign


class Counter:
    """Counts holes in place of a ledger."""

    n_skips = 0

    def skip(self) -> None:
        self.n_skips += 1


@pytest.mark.parametrize(
    ("script", "n_packets", "n_skips"),
    [("....", 4, 0), ("..x..", 4, 1), ("..xx.x.", 4, 3), ("." + "x" * 50 + ".", 1, 20)],
)
def test_reading_goes_on_after_failed_reads_up_to_a_limit(
    script: str, n_packets: int, n_skips: int
) -> None:
    ledger = Counter()
    packets = pictures._packets(Reader(script), None, ledger)  # type: ignore[arg-type]
    assert len(list(packets)) == n_packets
    assert ledger.n_skips == n_skips


def test_a_decoder_that_loses_the_tickets_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make(tmp_path, "plain.mp4")
    monkeypatch.setattr(pictures, "Flags", SimpleNamespace(copy_opaque=0))
    with pytest.raises(FilmError, match="tells packets apart"):
        frames_of(film)


def test_a_container_that_cannot_seek_is_decoded_from_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make(tmp_path, "plain.mp4")
    whole = frames_of(film)
    n_tries = 0

    def refuse(*_: object, **__: object) -> None:
        nonlocal n_tries
        n_tries += 1
        raise av.error.InvalidDataError(1, "no index")

    monkeypatch.setattr(seek, "film_stream", refuse)
    start = ResumePoint(frame_index=45, pts=whole[45].pts)
    assert numbers_of(frames_of(film, start=start)) == list(range(45, 50))
    assert n_tries > 0
