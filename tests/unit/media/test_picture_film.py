"""A folder of pictures read as a film."""

from fractions import Fraction
from pathlib import Path

import cv2
import pytest

from cinefacs.errors import DamagedFilmError, FilmError
from cinefacs.media.decode import ResumePoint, decode_film, read_frames
from cinefacs.media.source import digest_source, read_source
from tests.support.encoding import barcode_frame, read_barcode

N = 11


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for k in range(N):
        cv2.imwrite(str(tmp_path / f"shot_{3 * k + 5}.png"), barcode_frame(k))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def numbers(path: Path, rate: Fraction | None = None, start: int = 0) -> list[tuple[int, int, int]]:
    header = read_source(path, picture_rate_fps=rate)
    point = ResumePoint(frame_index=start, pts=start) if start else None
    chunks = decode_film(header, start=point)
    return [(f.index, f.pts, read_barcode(f.rgb())) for chunk in chunks for f in chunk]


def test_pictures_come_in_the_order_of_their_numbers(folder: Path) -> None:
    assert numbers(folder) == [(k, k, k) for k in range(N)]
    assert numbers(folder, start=4) == [(k, k, k) for k in range(4, N)]


def test_time_follows_the_rate(folder: Path) -> None:
    header = read_source(folder, picture_rate_fps=Fraction(25))
    frames = [frame for chunk in decode_film(header) for frame in chunk]
    assert frames[3].pts * frames[3].time_base == Fraction(3, 25)
    assert {frame.duration for frame in frames} == {1}
    assert header.duration_s == Fraction(N, 25)
    assert read_source(folder).rate_fps == 24


def test_identity_hangs_on_pictures_and_rate(folder: Path) -> None:
    at_24, at_25 = (read_source(folder, picture_rate_fps=Fraction(n)) for n in (24, 25))
    first = digest_source(folder, at_24)
    assert len(first) == 64
    assert first != digest_source(folder, at_25)
    cv2.imwrite(str(folder / "shot_5.png"), barcode_frame(99))
    assert first != digest_source(folder, at_24)


def test_a_span_is_read_alone(folder: Path) -> None:
    header = read_source(folder)
    start = ResumePoint(frame_index=6, pts=6)
    found = [read_barcode(f.rgb()) for f in read_frames(header, start=start, end_pts=9)]
    assert found == [6, 7, 8]


def test_a_broken_picture_is_told_and_can_be_left_out(folder: Path) -> None:
    (folder / "shot_17.png").write_bytes(b"rubbish")
    with pytest.raises(DamagedFilmError, match="before frame 4"):
        numbers(folder)
    chunks = decode_film(read_source(folder), allow_damaged=True)
    frames = [frame for chunk in chunks for frame in chunk]
    assert [frame.pts for frame in frames] == [k for k in range(N) if k != 4]
    assert [frame.n_lost_before for frame in frames][4] == 1


def test_rubbish_is_one_clear_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="frame rate above 0"):
        read_source(folder, picture_rate_fps=Fraction(-1))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FilmError, match="expected pictures"):
        read_source(empty)
