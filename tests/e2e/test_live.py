"""``live`` as a user runs it: a page to be read over HTTP, an end when the film ends."""

import http.client
import json
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cinefacs.cli.app import run
from cinefacs.media.decode import decode_film
from cinefacs.pipeline.annotate import make_hiding_finder
from cinefacs.pipeline.live_run import DROP_RULE, KEEP_RULE
from cinefacs.records.class_space import ClassSpace
from cinefacs.reports.config import DeidentifyConfig
from cinefacs.storage.analysis_tables import read_events
from tests.support.encoding import write_film
from tests.support.reading_detector import make_reading_detector


class Browser:
    """Read the page as soon as its address is told, and its pictures until they end."""

    def __init__(self) -> None:
        self.address = ""
        self.page = b""
        self.state: dict[str, Any] = {}
        self._stream = b""
        self._thread: threading.Thread | None = None

    def __call__(self, address: str) -> None:
        self.address = address.removeprefix("http://").rstrip("/")
        self.page = self.ask("/")
        self.state = json.loads(self.ask("/state"))
        connection = http.client.HTTPConnection(self.address, timeout=120)
        connection.request("GET", "/stream")
        self._thread = threading.Thread(target=self._read, args=(connection.getresponse(),))
        self._thread.start()

    def ask(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(self.address, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read()

    def pictures(self) -> list[np.ndarray]:
        """Return the pictures that came, as RGB."""
        assert self._thread is not None
        self._thread.join(timeout=60)
        found = []
        for head in re.finditer(rb"Content-Length: (\d+)\r\n\r\n", self._stream):
            jpeg = self._stream[head.end() : head.end() + int(head[1])]
            picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
            found.append(np.asarray(picture)[:, :, ::-1])
        return found

    def _read(self, answer: http.client.HTTPResponse) -> None:
        self._stream = answer.read()


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    opened = Browser()
    monkeypatch.setattr("cinefacs.cli.live._tell_address", opened)
    return opened


@pytest.fixture(scope="module")
def film(face_frames: list[np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film of one face, 1 s."""
    return write_film(tmp_path_factory.mktemp("live") / "film.mp4", face_frames[:24])


Printed = Callable[[], str]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    return lambda: " ".join("".join(capsys.readouterr()).split())


@pytest.mark.parametrize("hides", [False, True], ids=["shown", "hidden"])
def test_a_film_is_served_and_ends(
    hides: bool, film: Path, reading_detector: Path, browser: Browser, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "live"
    words = ["live", str(film), "--weights", str(reading_detector), "--page.port", "0"]
    words += ["--json", "--out", str(out), "--no-drops-frames"]
    assert run([*words, "--deidentify"] if hides else words) == 0
    assert b'src="/stream"' in browser.page
    assert browser.state["source"] == str(film)
    assert browser.state["rule"] == KEEP_RULE
    told = json.loads(capsys.readouterr().out)
    assert (told["n_shown"], told["n_dropped"], told["is_interrupted"]) == (24, 0, False)
    assert {**json.loads((out / "live.json").read_text()), "out": str(out)} == told
    if told["n_events"]:
        assert len(read_events(out / "events.parquet")) == told["n_events"]
    with pytest.raises(ConnectionRefusedError):
        browser.ask("/")
    last = browser.pictures()[-1].astype(int)
    frame = [frame for chunk in decode_film(film) for frame in chunk][-1]
    ((x1, y1, x2, y2),) = make_hiding_finder(DeidentifyConfig())(frame).round().astype(int)
    face = np.s_[y1 + 12 : y2 - 12, x1 + 12 : x2 - 12]
    change = np.abs(last[face] - frame.rgb()[face].astype(int)).mean()
    assert change > 15 if hides else change < 8


def test_a_film_fares_as_a_camera_would_unless_told_otherwise(
    film: Path, reading_detector: Path, browser: Browser, printed: Printed
) -> None:
    words = ["live", str(film), "--weights", str(reading_detector), "--page.port", "0"]
    assert run(words) == 0
    assert browser.state["rule"] == DROP_RULE
    counts = re.search(r"([\d,]+) frames shown, ([\d,]+) dropped, \d+ event", printed())
    assert counts is not None
    assert int(counts[1]) + int(counts[2]) == 24


def test_ctrl_c_ends_it_with_what_was_found(
    film: Path, reading_detector: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cinefacs.pipeline.live_run.LivePainter.push", stop)
    words = ["live", str(film), "--weights", str(reading_detector), "--page.port", "0"]
    assert run([*words, "--out", str(tmp_path)]) == 0
    assert json.loads((tmp_path / "live.json").read_text())["is_interrupted"]


def test_what_cannot_work_is_one_clear_error(
    film: Path, reading_detector: Path, tmp_path: Path, printed: Printed
) -> None:
    def error_of(*words: str, source: str = str(film), weights: Path = reading_detector) -> str:
        port = [] if "--page.port" in words else ["--page.port", "0"]
        assert run(["live", source, "--weights", str(weights), *port, *words]) == 1
        told = printed()
        assert told.count("error:") == 1
        return told

    assert "expected a film file, got nothing there" in error_of(source="nothing.mp4")
    assert "webcam 97: expected a picture" in error_of(source="97")
    assert "leave --no-drops-frames out" in error_of("--no-drops-frames", source="97")
    assert "page of an exported detector" in error_of(weights=tmp_path)
    space = ClassSpace(name="emotion", names=("anger", "neutral"))
    emotions = make_reading_detector(tmp_path / "emotions", space=space)
    assert "expected a detector of action units" in error_of(weights=emotions)
    assert "one that is there" in error_of("--out", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = error_of("--page.port", port)
    assert f"expected a free port at 127.0.0.1:{port}" in told
    assert "--page.port" in told
    assert "--page.allow-network" in error_of("--page.host", "0.0.0.0")  # noqa: S104
    assert "window_s: expected 6 to 600, got 3" in error_of("--window-s", "3")


def test_the_help_says_which_frames_are_dropped(printed: Printed) -> None:
    assert run(["live", "--help"]) == 0
    told = printed()
    assert "The newest frame wins" in told
    assert "--page.port" in told
