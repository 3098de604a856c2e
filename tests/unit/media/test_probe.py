import hashlib
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from cinefacs.errors import FilmError
from cinefacs.media import probe
from cinefacs.media.probe import digest_file, read_header
from tests.support.films import barcode_frames, write_film
from tests.support.harm import busy_frames, cut_short


def test_header_of_a_plain_film(tmp_path: Path) -> None:
    film = write_film(
        tmp_path / "a.mp4", barcode_frames(30), rate_fps=Fraction(30000, 1001), audio_s=1.0
    )
    header = read_header(film)
    assert header.path == film
    assert (header.stored_size_wh, header.size_wh) == ((128, 96), (128, 96))
    assert header.time_base == Fraction(1, 30000)
    assert header.rate_fps == Fraction(30000, 1001)
    assert (header.n_frames, header.codec, header.has_audio) == (30, "h264", True)
    assert header.end_pts == 30 * 1001
    assert header.duration_s == Fraction(1001, 1000)
    assert header.rotation_deg == 0
    assert header.sample_aspect_ratio == 1


@pytest.mark.parametrize(
    ("rotation_deg", "size_wh"), [(90, (96, 128)), (180, (128, 96)), (270, (96, 128))]
)
def test_header_of_a_turned_film(
    tmp_path: Path, rotation_deg: int, size_wh: tuple[int, int]
) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(2), rotation_deg=rotation_deg)
    header = read_header(film)
    assert (header.rotation_deg, header.size_wh) == (rotation_deg, size_wh)


def test_pixels_are_made_square_by_the_width_before_the_turn(tmp_path: Path) -> None:
    film = write_film(
        tmp_path / "a.mp4",
        barcode_frames(2),
        sample_aspect_ratio=Fraction(3, 2),
        rotation_deg=90,
    )
    header = read_header(film)
    assert header.sample_aspect_ratio == Fraction(3, 2)
    assert header.size_wh == (96, 192)


@pytest.mark.parametrize(
    ("name", "codec", "found"),
    [
        ("a.mkv", "libx264", "h264"),
        ("a.webm", "libvpx-vp9", "vp9"),
        ("a.avi", "mpeg4", "mpeg4"),
        ("a.ts", "libx264", "h264"),
        ("a.mpg", "mpeg2video", "mpeg2video"),
    ],
)
def test_headers_of_other_containers(tmp_path: Path, name: str, codec: str, found: str) -> None:
    film = write_film(tmp_path / name, barcode_frames(25), codec=codec, rate_fps=Fraction(25))
    header = read_header(film)
    assert header.codec == found
    assert header.rate_fps == 25
    if name.endswith(("ts", "mpg")):
        assert (header.duration_s, header.end_pts) == (None, None)  # nothing is declared
    else:
        assert header.duration_s == pytest.approx(1, abs=0.01)


def test_a_matroska_file_without_track_lengths_declares_the_length_of_the_file(
    tmp_path: Path,
) -> None:
    film = write_film(tmp_path / "a.mkv", barcode_frames(24))
    film.write_bytes(film.read_bytes().replace(b"DURATION", b"DURATIOM"))
    header = read_header(film)
    assert header.end_pts is None
    assert header.duration_s == pytest.approx(1, abs=0.01)


def _sound_only(folder: Path) -> Path:
    path = folder / "sound.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        for k in range(20):
            block = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
            )
            block.sample_rate, block.pts = 48_000, 1024 * k
            container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    return path


def _written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _still(folder: Path) -> Path:
    path = folder / "still.png"
    picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
    picture.save(path)
    return path


BAD_FILES = {
    "nothing there": lambda folder: folder / "missing.mp4",
    "a folder": lambda folder: folder,
    "an empty file": lambda folder: _written(folder, "empty.mp4", b""),
    "a text file": lambda folder: _written(folder, "text.mp4", b"not a film, sorry\n" * 40),
    "no known format": lambda folder: _written(
        folder, "noise.mp4", np.random.default_rng(3).bytes(20_000)
    ),
    "sound only": _sound_only,
    "without its index (moov)": lambda folder: cut_short(
        write_film(folder / "whole.mp4", barcode_frames(40)), share=0.5
    ),
    "a still picture": _still,
}


@pytest.mark.parametrize("found", BAD_FILES)
def test_one_clear_error_for_each_file_that_is_no_film(tmp_path: Path, found: str) -> None:
    path = BAD_FILES[found](tmp_path)
    with pytest.raises(FilmError) as caught:
        read_header(path)
    assert str(path) in caught.value.message
    assert "expected" in caught.value.message
    assert found in caught.value.message


@pytest.mark.parametrize(
    ("suffix", "found"),
    [
        ("avi", "expected at least one frame"),
        ("mp4", "no picture track"),
        ("mkv", "Matroska or WebM file without frames"),
    ],
)
def test_a_film_without_a_frame_is_refused(tmp_path: Path, suffix: str, found: str) -> None:
    path = tmp_path / f"a.{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    with pytest.raises(FilmError, match=found):
        read_header(path)


def test_no_permission_is_told_apart_from_other_refusals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = _written(tmp_path, "a.mp4", b"x")
    for error, said in ((PermissionError(13, "no"), "no permission"), (OSError(5, "I/O"), "I/O")):

        def refuse(*_: object, error: OSError = error) -> None:
            raise error

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(FilmError, match=said):
            digest_file(film)


def test_a_cover_picture_is_no_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(2))
    with av.open(str(film)) as container:
        video = container.streams.video[0]
        cover = SimpleNamespace(disposition=av.stream.Disposition.attached_pic)
        fake = SimpleNamespace(
            format=container.format, streams=SimpleNamespace(video=[cover], audio=[])
        )
        with pytest.raises(FilmError, match="no picture track"):
            probe.film_stream(fake, film)  # type: ignore[arg-type]
        unknown = SimpleNamespace(disposition=video.disposition, codec_context=None)
        fake.streams.video = [cover, unknown]
        with pytest.raises(FilmError, match="unknown one"):
            probe.film_stream(fake, film)  # type: ignore[arg-type]


def test_a_slanted_film_is_refused(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(2))
    frame = SimpleNamespace(rotation=45)
    with pytest.raises(FilmError, match="multiple of 90"):
        probe._clockwise_turn(frame, film)  # type: ignore[arg-type]


def test_a_play_list_cannot_reach_for_the_network(tmp_path: Path) -> None:
    path = _written(
        tmp_path, "list.m3u8", b"#EXTM3U\n#EXTINF:1,\nhttp://192.0.2.1/a.ts\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(FilmError):
        read_header(path)


def test_a_colon_in_the_name_is_no_protocol(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(3))
    assert read_header(film.rename(tmp_path / "http:b.mp4")).n_frames == 3


def test_the_digest_is_the_file_s_sha256(tmp_path: Path) -> None:
    content = np.random.default_rng(1).bytes(3_000_000)
    path = _written(tmp_path, "a.bin", content)
    assert digest_file(path) == hashlib.sha256(content).hexdigest()


def test_the_header_of_a_film_whose_first_frame_is_damaged(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", busy_frames(60), gop=20)
    content = bytearray(film.read_bytes())
    start = content.find(b"mdat") + 4
    content[start : start + 900] = np.random.default_rng(2).bytes(900)
    film.write_bytes(content)
    assert read_header(film).size_wh == (160, 96)


def test_a_film_of_which_no_packet_can_be_decoded_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(tmp_path / "a.mp4", barcode_frames(3))

    class Silent:
        """A packet that a decoder chokes on, or that ends the film."""

        def __init__(self, error: Exception) -> None:
            self.error = error

        def decode(self) -> list[object]:
            raise self.error

    invalid = av.error.InvalidDataError(1, "damaged")
    for end in (Silent(av.error.EOFError(1, "end")), None):
        packets = [Silent(invalid), Silent(invalid), *([end] if end else [])]
        container = SimpleNamespace(demux=lambda _, packets=packets: iter(packets))
        assert probe._first_frame(container, SimpleNamespace()) is None  # type: ignore[arg-type]
    monkeypatch.setattr(probe, "_first_frame", lambda *_: None)
    with pytest.raises(FilmError, match="none that can be decoded"):
        read_header(film)
