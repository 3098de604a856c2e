import errno
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from cinefacs.errors import StorageError
from cinefacs.media.decode import decode_film
from cinefacs.media.encode import ClipWriter
from cinefacs.media.frame import Frame
from cinefacs.media.probe import read_header
from tests.support.films import barcode_frames, read_barcode, write_film


def frames_of(film: Path) -> list[Frame]:
    return [frame for chunk in decode_film(film) for frame in chunk]


def write_clip(path: Path, frames: list[Frame], crf: int = 17) -> Path:
    first = frames[0]
    with ClipWriter(
        path, time_base=first.time_base, size_wh=first.size_wh, crf=crf, preset="veryfast"
    ) as writer:
        for frame in frames:
            writer.push(frame)
    return path


@pytest.mark.parametrize(
    ("name", "time_base", "pts"),
    [
        ("a.mp4", Fraction(1, 30000), [1001 * k for k in range(40)]),
        ("a.mkv", Fraction(1, 1000), [250 + 40 * k + 9 * (k % 4) for k in range(40)]),
        ("a.ts", Fraction(1, 90000), [3750 * k for k in range(40)]),
        ("a.avi", Fraction(1001, 30000), list(range(40))),
    ],
)
def test_a_clip_keeps_frames_and_times_exactly(
    tmp_path: Path, name: str, time_base: Fraction, pts: list[int]
) -> None:
    film = write_film(
        tmp_path / name,
        barcode_frames(40),
        time_base=time_base,
        rate_fps=1 / time_base if name == "a.avi" else Fraction(24),
        pts=pts,
        n_b_frames=0 if name == "a.avi" else 2,
    )
    taken = frames_of(film)[7:31]
    clip = write_clip(tmp_path / "clip.mp4", taken)
    shown = frames_of(clip)
    assert [read_barcode(frame.rgb()) for frame in shown] == list(range(7, 31))
    start_s = taken[0].pts * taken[0].time_base
    assert [frame.pts * frame.time_base for frame in shown] == [
        frame.pts * frame.time_base - start_s for frame in taken
    ]
    assert [frame.duration * frame.time_base for frame in shown] == [
        frame.duration * frame.time_base for frame in taken
    ]


def test_a_clip_is_easy_to_step_through_and_silent(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(40), n_b_frames=2, audio_s=1.0)
    clip = write_clip(tmp_path / "clip.mp4", frames_of(film))
    with av.open(str(clip)) as container:
        assert not container.streams.audio
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert all(packet.pts == packet.dts for packet in packets)
    keys = [k for k, packet in enumerate(packets) if packet.is_keyframe]
    assert max(b - a for a, b in pairwise([*keys, len(packets)])) <= 12


def test_an_odd_last_row_and_column_are_left_out(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(4, (101, 77)), pix_fmt="yuv444p")
    clip = write_clip(tmp_path / "clip.mp4", frames_of(film))
    assert read_header(clip).size_wh == (100, 76)
    assert [read_barcode(frame.rgb()) for frame in frames_of(clip)] == [0, 1, 2, 3]


def test_a_turned_film_with_narrow_pixels_gives_a_plain_clip(tmp_path: Path) -> None:
    stored = [np.ascontiguousarray(np.rot90(rgb)) for rgb in barcode_frames(4)]
    film = write_film(
        tmp_path / "a.mp4", stored, rotation_deg=90, sample_aspect_ratio=Fraction(3, 2)
    )
    clip = write_clip(tmp_path / "clip.mp4", frames_of(film))
    header = read_header(clip)
    assert (header.size_wh, header.rotation_deg) == ((128, 144), 0)
    assert header.sample_aspect_ratio == 1
    assert [read_barcode(frame.rgb()) for frame in frames_of(clip)] == [0, 1, 2, 3]


def test_real_faces_keep_their_colours(tmp_path: Path, pyfeat_media: Path) -> None:
    for name in ("single_face.mp4", "face_noface.mov"):
        taken = frames_of(pyfeat_media / name)[:12]
        clip = write_clip(tmp_path / f"{name}.mp4", taken)
        for before, after in zip(taken, frames_of(clip), strict=True):
            difference = before.rgb().astype(float) - after.rgb()
            assert np.abs(difference.mean(axis=(0, 1))).max() < 0.5  # no tint
            assert 10 * np.log10(255**2 / np.square(difference).mean()) > 38  # dB


def test_colours_are_flagged_and_of_limited_range(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(3), pix_fmt="yuvj420p")
    taken = frames_of(film)
    clip = write_clip(tmp_path / "clip.mp4", taken)
    with av.open(str(clip)) as container:
        picture = next(container.decode(video=0))
    assert picture.format.name == "yuv420p"
    assert picture.color_range == 1
    assert (picture.color_primaries, picture.color_trc, picture.colorspace) == (6, 6, 6)
    shown = frames_of(clip)[0]
    assert np.abs(shown.rgb().astype(int) - taken[0].rgb()).mean() < 4


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(20))
    clips = [write_clip(tmp_path / f"{k}.mp4", frames_of(film)).read_bytes() for k in range(2)]
    assert clips[0] == clips[1]


def test_a_lower_factor_costs_more_bytes_and_comes_closer(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(6))
    sizes = [
        write_clip(tmp_path / f"{crf}.mp4", frames_of(film), crf=crf).stat().st_size
        for crf in (1, 40)
    ]
    assert sizes[0] > sizes[1]


def test_a_clip_that_fails_leaves_nothing_and_keeps_what_was_there(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(6))
    path = tmp_path / "out" / "clip.mp4"
    path.parent.mkdir()
    path.write_bytes(b"before")
    frames = frames_of(film)

    def write_half() -> None:
        with ClipWriter(
            path,
            time_base=frames[0].time_base,
            size_wh=frames[0].size_wh,
            crf=17,
            preset="veryfast",
        ) as writer:
            writer.push(frames[0])
            raise KeyError

    with pytest.raises(KeyError):
        write_half()
    assert path.read_bytes() == b"before"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_in_the_clip_s_place_is_a_storage_error(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(2))
    (tmp_path / "clip.mp4").mkdir()
    with pytest.raises(StorageError):
        write_clip(tmp_path / "clip.mp4", frames_of(film))
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_full_disk_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(2))
    frames = frames_of(film)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cinefacs.media.encode.av.open", refuse)
    with pytest.raises(StorageError, match="No space left"):
        write_clip(tmp_path / "clip.mp4", frames)
    monkeypatch.undo()
    monkeypatch.setattr(ClipWriter, "_mux", refuse)
    with pytest.raises(StorageError, match="No space left"):
        write_clip(tmp_path / "clip.mp4", frames)
    assert not (tmp_path / "clip.mp4").exists()
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_disk_that_fills_up_at_the_very_end_is_a_storage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(2))
    frames = frames_of(film)
    mux = ClipWriter._mux

    def refuse_last(self: ClipWriter, *arguments: object) -> None:
        if arguments[-1] is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        mux(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ClipWriter, "_mux", refuse_last)
    with pytest.raises(StorageError, match="No space left"):
        write_clip(tmp_path / "clip.mp4", frames)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_closed_writer_takes_no_frames(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(2))
    frame = frames_of(film)[0]
    writer = ClipWriter(
        tmp_path / "clip.mp4",
        time_base=frame.time_base,
        size_wh=frame.size_wh,
        crf=17,
        preset="veryfast",
    )
    with pytest.raises(StorageError, match="a closed one"):
        writer.push(frame)
