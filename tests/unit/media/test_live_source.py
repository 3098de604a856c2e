"""The newest frame wins, and those that nobody got are counted: on a clock of the test's own."""

import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from cinefacs.errors import ConfigError, FilmError
from cinefacs.media.frame import Frame
from cinefacs.media.live_source import (
    CapturedFrames,
    NewestFrame,
    PacedFrames,
    SystemClock,
    name_live_source,
    open_live_source,
)
from tests.support.films import barcode_frames, read_barcode, write_film
from tests.support.live import TestClock
from tests.support.scripted_faces import make_frame


def play(n: int, cost_frames: float, *, drops_frames: bool) -> tuple[list[int], int, float]:
    """Return which frames somebody gets who takes so long for each, dropped ones, and the time."""
    clock = TestClock()
    source = PacedFrames(
        (make_frame(k) for k in range(n)), clock=clock, drops_frames=drops_frames
    )  # fmt: skip
    got = []
    with closing(source):
        while (frame := source.next_frame()) is not None:
            got.append(frame.index)
            clock.pass_s(cost_frames / 24)
    return got, source.n_dropped, clock.now_s()


def test_who_is_fast_enough_gets_every_frame_at_its_time() -> None:
    got, n_dropped, end_s = play(10, 0.5, drops_frames=True)
    assert (got, n_dropped) == (list(range(10)), 0)
    assert end_s == pytest.approx(100 + 9.5 / 24)


def test_who_is_too_slow_gets_the_newest_and_the_rest_is_counted() -> None:
    got, n_dropped, _ = play(12, 2.5, drops_frames=True)
    assert got == [0, 2, 5, 7, 10, 11]  # at 0, 2.5, 5, 7.5, 10, 12.5 frames
    assert len(got) + n_dropped == 12


def test_nothing_is_dropped_where_that_is_asked_for() -> None:
    got, n_dropped, end_s = play(12, 2.5, drops_frames=False)
    assert (got, n_dropped) == (list(range(12)), 0)
    assert end_s == pytest.approx(100 + 30 / 24)


def test_a_film_is_opened_and_played(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", barcode_frames(6))
    with closing(open_live_source(str(path), drops_frames=False, clock=TestClock())) as source:
        got = []
        while (frame := source.next_frame()) is not None:
            got.append(read_barcode(frame.rgb()))
    assert got == list(range(6))


def test_the_place_for_one_frame_holds_the_newest() -> None:
    newest = NewestFrame()
    assert all(newest.put(make_frame(k)) for k in range(4))
    frame = newest.take()
    assert frame is not None
    assert (frame.index, newest.n_dropped) == (3, 3)
    newest.put(make_frame(4))
    newest.close()
    assert not newest.put(make_frame(5))
    left = newest.take()
    assert left is not None
    assert left.index == 4
    assert newest.take() is None


def test_a_camera_is_read_on_while_nobody_asks() -> None:
    """The camera gives four frames before anybody takes one: three of them are dropped."""
    has_given, may_end = threading.Event(), threading.Event()

    def camera() -> Iterator[Frame]:
        for k in range(4):
            yield make_frame(k)
        has_given.set()
        may_end.wait(10)

    with closing(CapturedFrames(camera(), name="test")) as source:
        assert has_given.wait(10)
        frame = source.next_frame()
        assert frame is not None
        assert (frame.index, source.n_dropped) == (3, 3)
        may_end.set()
        assert source.next_frame() is None


def test_a_camera_that_breaks_off_says_so() -> None:
    def camera() -> Iterator[Frame]:
        yield make_frame(0)
        raise FilmError("webcam 0: expected frames, got: No such device")

    with (
        closing(CapturedFrames(camera(), name="test")) as source,
        pytest.raises(FilmError, match="webcam"),
    ):
        while source.next_frame() is not None:
            pass


@pytest.fixture
def web_folder(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Return the address of a folder on a web server of this machine, and the folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_words: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_stream_is_read_from_its_address(web_folder: tuple[str, Path]) -> None:
    """A second or so at the beginning is used up to find out what it is; then nothing is lost."""
    address, folder = web_folder
    write_film(folder / "film.mkv", barcode_frames(120))
    shown = []
    with closing(open_live_source(f"{address}/film.mkv", drops_frames=True)) as source:
        while (frame := source.next_frame()) is not None:
            shown.append(read_barcode(frame.rgb()))
        assert 60 < len(shown) + source.n_dropped <= 120
    assert shown[-1] == 119
    assert shown == sorted(set(shown))
    with pytest.raises(FilmError, match=r"gone\.mkv: expected a picture, got"):
        open_live_source(f"{address}/gone.mkv", drops_frames=True)


def test_a_short_film_loses_no_frame_on_its_way(web_folder: tuple[str, Path]) -> None:
    address, folder = web_folder
    write_film(folder / "film.mp4", barcode_frames(12))
    n_got = 0
    with closing(open_live_source(f"{address}/film.mp4", drops_frames=True)) as source:
        while source.next_frame() is not None:
            n_got += 1
    assert n_got + source.n_dropped == 12


class EmptyStream:
    """A stream that opens and ends."""

    streams = SimpleNamespace(
        video=[SimpleNamespace(time_base=None, average_rate=None, guessed_rate=None)]
    )

    def decode(self, _stream: object) -> Iterator[object]:
        return iter(())

    def __enter__(self) -> "EmptyStream":
        return self

    def __exit__(self, *_error: object) -> None:
        """Close nothing."""


def test_a_stream_without_frames_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cinefacs.media.live_source.av.open", lambda *_a, **_k: EmptyStream())
    with (
        closing(open_live_source("http://localhost/film", drops_frames=True)) as source,
        pytest.raises(FilmError, match=r"film: expected frames, got none"),
    ):
        source.next_frame()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("97", "webcam 97: expected a picture, got"),
        ("nothing.mp4", r"nothing\.mp4: expected a film file, got nothing there"),
        ("rtsp://me:secret@localhost:9/cam", r"rtsp://localhost:9/cam: expected a picture"),
    ],
    ids=["webcam", "file", "address"],
)
def test_what_is_not_there_is_told_without_passwords(source: str, message: str) -> None:
    with pytest.raises(FilmError, match=message) as caught:
        open_live_source(source, drops_frames=True)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("source", ["97", "rtsp://me:secret@localhost:9/cam"])
def test_a_camera_cannot_wait_for_anybody(source: str) -> None:
    with pytest.raises(
        ConfigError, match="expected a film where no frame may be dropped"
    ) as caught:
        open_live_source(source, drops_frames=False)
    assert "secret" not in str(caught.value)


def test_a_film_that_is_called_like_a_camera_is_a_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert name_live_source(7) == "webcam 7"
    write_film(tmp_path / "a.mp4", barcode_frames(2)).rename(tmp_path / "7")
    assert name_live_source("7") == "7"
    with closing(open_live_source("7", drops_frames=True, clock=TestClock())) as source:
        assert source.next_frame() is not None


def test_the_machines_clock_goes_on() -> None:
    clock = SystemClock()
    before = clock.now_s()
    clock.wait_until(before - 1)
    assert clock.now_s() >= before
