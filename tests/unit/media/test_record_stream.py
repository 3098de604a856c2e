"""Record a stream from a server on this machine, and end it as a user does."""

import threading
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from cinefacs.errors import FilmError
from cinefacs.media.decode import decode_film
from cinefacs.media.record import record_stream
from tests.support.encoding import barcode_frames, read_barcode, write_film


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base's own)
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    write_film(folder / "film.mkv", barcode_frames(72), rate_fps=Fraction(24), gop=12)
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def numbers(path: Path) -> list[int]:
    return [read_barcode(frame.rgb()) for chunk in decode_film(path) for frame in chunk]


def test_a_stream_is_recorded_as_it_is(address: str, tmp_path: Path) -> None:
    path = tmp_path / "recordings" / "a.mkv"
    record_stream(f"{address}/film.mkv", path, max_seconds=None, on_second=lambda _s: None)
    assert numbers(path) == list(range(72))


def test_a_recording_ends_when_its_time_is_up(address: str, tmp_path: Path) -> None:
    path = tmp_path / "b.mkv"
    record_stream(f"{address}/film.mkv", path, max_seconds=0.9, on_second=lambda _s: None)
    assert numbers(path) == list(range(22))


def test_ctrl_c_keeps_what_there_is(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(1000))
    stub = SimpleNamespace(monotonic=lambda: next(clock) / 20)
    monkeypatch.setattr("cinefacs.media.record.time", stub)

    def press(_second: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "c.mkv"
    record_stream(f"{address}/film.mkv", path, max_seconds=None, on_second=press)
    assert numbers(path) == list(range(20))


@pytest.mark.parametrize("name", ["gone.mkv", "page.html"])
def test_what_is_no_stream_is_one_clear_error(name: str, address: str, tmp_path: Path) -> None:
    (tmp_path / "served" / "page.html").write_text("<p>no film</p>")
    path = tmp_path / "d.mkv"
    with pytest.raises(FilmError, match="expected a stream of pictures") as caught:
        record_stream(f"{address}/{name}", path, max_seconds=1, on_second=lambda _s: None)
    assert "check the address" in caught.value.hint
    assert not path.exists()


def test_a_camera_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="camera 97"):
        record_stream(97, tmp_path / "e.mkv", max_seconds=1, on_second=lambda _s: None)
