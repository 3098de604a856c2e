"""Times of frames are those with which the film was decoded, packets or not."""

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from cinefacs.errors import FilmError
from cinefacs.media import frame_times
from cinefacs.media.decode import decode_film
from cinefacs.media.frame_times import read_frame_times
from cinefacs.media.probe import read_header
from cinefacs.records.film import Film
from cinefacs.records.time_span import TimeSpan
from tests.support.films import barcode_frames, write_film
from tests.support.harm import busy_frames, overwrite
from tests.support.labelled_studies import film_record, write_uneven_film

FILMS: dict[str, dict[str, object]] = {
    "plain.mp4": {},
    "b-frames.mp4": {"n_b_frames": 3, "rate_fps": Fraction(30000, 1001)},
    "b-frames.mkv": {"n_b_frames": 3},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "stream.ts": {"n_b_frames": 2},
    "mpeg4.avi": {"codec": "mpeg4", "n_b_frames": 2},
    "stream.h264": {"n_b_frames": 2},
}


def decoded(path: Path, *, allow_damaged: bool = False) -> list[tuple[int, int]]:
    chunks = decode_film(path, allow_damaged=allow_damaged)
    return [(frame.pts, frame.end_pts) for chunk in chunks for frame in chunk]


def read(film: Film) -> list[tuple[int, int]]:
    times = read_frame_times(film)
    return list(zip(times.pts.tolist(), times.end_pts.tolist(), strict=True))


@pytest.mark.parametrize("name", FILMS)
def test_times_are_those_of_decoding(tmp_path: Path, name: str) -> None:
    path = write_film(tmp_path / name, barcode_frames(40), **FILMS[name])  # type: ignore[arg-type]
    assert read(film_record(path, number=1)) == decoded(path)


def test_a_variable_rate_needs_no_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_record(write_uneven_film(tmp_path / "film.mp4"), number=1)
    expected = decoded(Path(film.path))
    assert len({end - start for start, end in expected}) > 1
    monkeypatch.setattr(frame_times, "_decoded_times", None)
    assert read(film) == expected


def test_a_clock_that_starts_anew_is_followed_by_decoding(tmp_path: Path) -> None:
    """Two intra-coded streams one after the other, so that no frame is lost where they meet."""
    part = write_film(tmp_path / "part.ts", barcode_frames(40), codec="mpeg2video", gop=1)
    path = tmp_path / "film.ts"
    path.write_bytes(part.read_bytes() * 2)
    assert frame_times._packet_stamps(read_header(path)) is None
    film = film_record(path, number=1)
    assert film.n_frames == 80
    assert read(film) == decoded(path)


def test_frames_that_were_left_out_as_damaged_have_no_number(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", busy_frames(60), gop=12)
    path = overwrite(path, at=0.5, n_bytes=3000)
    frames = decoded(path, allow_damaged=True)
    assert len(frames) < 60
    whole = film_record(write_film(tmp_path / "whole.mp4", busy_frames(60)), number=1)
    film = dataclasses.replace(
        whole,
        path=str(path),
        n_frames=len(frames),
        n_damaged_frames=60 - len(frames),
        span=TimeSpan(
            start_pts=frames[0][0], end_pts=frames[-1][1], time_base=whole.span.time_base
        ),
    )
    assert read(film) == frames


def test_a_film_that_is_not_there_is_said(tmp_path: Path) -> None:
    film = film_record(write_uneven_film(tmp_path / "film.mp4"), number=1)
    Path(film.path).unlink()
    with pytest.raises(FilmError, match="nothing there"):
        read_frame_times(film)


def test_another_film_in_its_place_is_refused(tmp_path: Path) -> None:
    film = film_record(write_uneven_film(tmp_path / "film.mp4"), number=1)
    write_uneven_film(tmp_path / "film.mp4", n_frames=30)
    with pytest.raises(FilmError, match="the film that was collected") as caught:
        read_frame_times(film)
    assert "put the film back" in caught.value.hint


def test_a_broken_index_is_decoded_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_record(write_uneven_film(tmp_path / "film.mp4"), number=1)
    expected = read(film)
    monkeypatch.setattr(frame_times, "_packet_stamps", lambda _: None)
    assert read(film) == expected
    assert np.all(np.diff([start for start, _ in expected]) > 0)
