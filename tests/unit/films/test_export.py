"""Clips hold exactly the asked frames, and their pictures are those of the asked times."""

from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from cinefacs.errors import DamagedFilmError, FilmError, StorageError
from cinefacs.films.config import ClipConfig, FrameConfig
from cinefacs.films.export import _PictureWriter, export_clips
from cinefacs.media.decode import decode_film
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.records.time_span import TimeSpan
from cinefacs.timing.clock import pick_frames_at_rate
from tests.support.encoding import barcode_frames, constant_pts, read_barcode, write_film
from tests.support.harm import busy_frames, overwrite
from tests.support.records import FILM_ID

BASE = Fraction(1, 120_000)
N_FRAMES = 400


def variable_pts(n: int) -> list[int]:
    steps = np.resize([5005, 4800, 4000, 9000], n - 1)
    return [0, *np.cumsum(steps).tolist()]


@pytest.fixture(scope="module", params=["constant", "variable"])
def film(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[int]]:
    pts = (
        constant_pts(N_FRAMES, Fraction(30000, 1001), BASE)
        if request.param == "constant"
        else variable_pts(N_FRAMES)
    )
    path = tmp_path_factory.mktemp(request.param) / "film.mp4"
    write_film(path, barcode_frames(N_FRAMES), pts=pts, time_base=BASE, gop=30, n_b_frames=2)
    with av.open(str(path)) as container:  # the container may have moved the start
        shown = [
            frame.pts * frame.time_base / BASE
            for frame in container.decode(video=0)
            if frame.pts is not None and frame.time_base is not None
        ]
    return path, [round(each) for each in shown]


def make_clip(number: int, start: int, end: int, pts: list[int]) -> Clip:
    span = TimeSpan(start_pts=pts[start], end_pts=pts[end], time_base=BASE)
    return Clip(
        film_id=FILM_ID, film_number=1, character_number=2, clip_number=number, shot_index=0,
        start_frame=start, end_frame=end, span=span, n_codable_frames=1, is_short=False,
    )  # fmt: skip


def export(
    path: Path,
    clips: list[Clip],
    out: Path,
    mode: FrameConfig | None = None,
    *,
    allow_damaged: bool = False,
) -> list[list[ClipFrame]]:
    return list(
        export_clips(
            path,
            clips,
            clip_dir=out / "clips",
            frame_dir=out / "frames",
            clip_config=ClipConfig(),
            frame_config=mode or FrameConfig(),
            on_progress=lambda _done, _all: None,
            allow_damaged=allow_damaged,
        )
    )


def barcodes(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [read_barcode(f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]


def times_s(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [
            frame.pts * frame.time_base
            for frame in container.decode(video=0)
            if frame.pts is not None and frame.time_base is not None
        ]


CLIPS = [(1, 3, 60), (2, 40, 97), (3, 97, 130), (4, 330, 399), (5, 331, 332)]


def test_no_clip_holds_a_neighbour_frame(film: tuple[Path, list[int]], tmp_path: Path) -> None:
    path, pts = film
    clips = [make_clip(*each, pts) for each in CLIPS]
    export(path, clips, tmp_path, FrameConfig(mode="none"))
    for clip in clips:
        file = tmp_path / "clips" / f"{clip.tag}.mp4"
        assert barcodes(file) == list(range(clip.start_frame, clip.end_frame))
        own = pts[clip.start_frame : clip.end_frame]
        assert times_s(file) == [(each - own[0]) * BASE for each in own]
        with av.open(str(file)) as container:
            stream = container.streams.video[0]
            assert stream.duration is not None
            assert stream.time_base is not None
            assert stream.duration * stream.time_base == clip.span.duration_s
            assert not container.streams.audio
            assert stream.codec.name == "h264"
    assert not (tmp_path / "frames").exists()


def test_pictures_at_24_a_second_are_those_on_the_screen(
    film: tuple[Path, list[int]], tmp_path: Path
) -> None:
    path, pts = film
    clips = [make_clip(*each, pts) for each in CLIPS]
    rows = {each[0].clip_tag: each for each in export(path, clips, tmp_path)}
    for clip in clips:
        own = pts[clip.start_frame : clip.end_frame]
        picked = pick_frames_at_rate(own, clip.span.end_pts, BASE, Fraction(24))
        expected = [clip.start_frame + k for k in picked]
        assert [row.frame_index for row in rows[clip.tag]] == expected
        for row in rows[clip.tag]:
            picture = cv2.imdecode(
                np.fromfile(tmp_path / "frames" / f"{row.tag}.png", np.uint8), cv2.IMREAD_COLOR
            )
            assert picture is not None
            assert read_barcode(np.asarray(picture[:, :, ::-1])) == row.frame_index
            assert row.pts == pts[row.frame_index]
        ticks = [row.shown_at_s - clip.span.start_s for row in rows[clip.tag]]
        assert ticks == [Fraction(k, 24) for k in range(len(expected))]
    assert len(list((tmp_path / "frames").iterdir())) == sum(map(len, rows.values()))


def test_native_pictures_are_all_frames_once(film: tuple[Path, list[int]], tmp_path: Path) -> None:
    path, pts = film
    (rows,) = export(path, [make_clip(9, 5, 15, pts)], tmp_path, FrameConfig(mode="native"))
    assert [row.frame_index for row in rows] == list(range(5, 15))
    assert [row.shown_at_s for row in rows] == [each * BASE for each in pts[5:15]]
    names = sorted(each.name for each in (tmp_path / "frames").iterdir())
    assert (names[0], names[-1]) == ("001-02-0009-0001.png", "001-02-0009-0010.png")


def test_finished_clips_are_kept_and_their_rows_come_again(
    film: tuple[Path, list[int]], tmp_path: Path
) -> None:
    path, pts = film
    clips = [make_clip(*each, pts) for each in CLIPS]
    first = export(path, clips, tmp_path)
    kept = tmp_path / "clips" / f"{clips[0].tag}.mp4"
    lost = tmp_path / "clips" / f"{clips[1].tag}.mp4"
    before, content = kept.stat().st_mtime_ns, lost.read_bytes()
    lost.unlink()
    assert export(path, clips, tmp_path) == first
    assert kept.stat().st_mtime_ns == before
    assert lost.read_bytes() == content


def test_a_film_that_ends_before_its_clip_is_an_error_and_leaves_no_clip(
    film: tuple[Path, list[int]], tmp_path: Path
) -> None:
    path, pts = film
    far = [*pts, pts[-1] + 5000, pts[-1] + 10000]
    clip = make_clip(1, 390, len(far) - 1, far)
    with pytest.raises(FilmError, match="the end of the film"):
        export(path, [clip], tmp_path)
    assert list((tmp_path / "clips").iterdir()) == []


@pytest.mark.parametrize("where", ["a picture", "the reader"])
def test_a_failure_leaves_only_finished_clips(
    film: tuple[Path, list[int]], tmp_path: Path, where: str
) -> None:
    path, pts = film
    clips = [make_clip(1, 10, 40, pts), make_clip(2, 30, 90, pts), make_clip(3, 30, 90, pts)]
    rows = export_clips(
        path,
        clips,
        clip_dir=tmp_path / "clips",
        frame_dir=tmp_path / "frames",
        clip_config=ClipConfig(),
        frame_config=FrameConfig(),
        on_progress=lambda _done, _all: None,
    )
    assert isinstance(rows, Generator)
    assert {row.clip_tag for row in next(rows)} == {clips[0].tag}
    if where == "a picture":
        with pytest.MonkeyPatch.context() as patch, pytest.raises(StorageError, match="full"):
            patch.setattr(_PictureWriter, "wait", raise_full_disk)
            next(rows)
    else:
        rows.close()
    assert [each.name for each in (tmp_path / "clips").iterdir()] == [f"{clips[0].tag}.mp4"]


def raise_full_disk(_writer: _PictureWriter) -> None:
    raise StorageError("frames: expected space, got a full disk")


def test_clips_on_both_sides_of_damage_hold_the_frames_that_were_counted(tmp_path: Path) -> None:
    whole = write_film(
        tmp_path / "whole.mp4", busy_frames(120), time_base=BASE, gop=12, n_b_frames=2
    )
    harmed = overwrite(whole, at=0.5, n_bytes=4000)
    frames = [frame for chunk in decode_film(harmed, allow_damaged=True) for frame in chunk]
    gap = next(frame.index for frame in frames if frame.follows_gap)
    pts = [frame.pts for frame in frames]
    clips = [make_clip(1, gap - 20, gap, pts), make_clip(2, gap, gap + 20, pts)]
    with pytest.raises(DamagedFilmError):
        export(harmed, clips, tmp_path)
    assert list((tmp_path / "clips").glob("*-0002.mp4")) == []
    rows = export(harmed, clips, tmp_path, FrameConfig(mode="native"), allow_damaged=True)
    assert [row.frame_index for clip in rows for row in clip] == list(range(gap - 20, gap + 20))
    for clip in clips:
        shown = barcodes(tmp_path / "clips" / f"{clip.tag}.mp4")
        expected = [read_barcode(frames[k].rgb()) for k in range(clip.start_frame, clip.end_frame)]
        assert shown == expected
