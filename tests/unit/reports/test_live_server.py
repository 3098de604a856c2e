"""The live page: what it serves, to whom, and that it closes."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from cinefacs.errors import ConfigError
from cinefacs.reports.config import LivePageConfig
from cinefacs.reports.live_board import LiveBoard, LiveCounts, LiveEventRow
from cinefacs.reports.live_server import LiveServer

COUNTS = LiveCounts(source="webcam 0", rule="newest wins", n_dropped=7)
ROW = LiveEventRow(time="0:00:01.000", words="face 1: <b>", length="200 ms", colour="#ffb000")


@pytest.fixture
def board() -> LiveBoard:
    return LiveBoard(COUNTS, max_events=3)


@pytest.fixture
def server(board: LiveBoard) -> Iterator[LiveServer]:
    with closing(LiveServer(board, LivePageConfig(port=0))) as running:
        yield running


def connect(server: LiveServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(
        server.address.removeprefix("http://").rstrip("/"), timeout=10
    )


def ask(server: LiveServer, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    connection = connect(server)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.read(), dict(answer.getheaders())
    connection.close()
    return found


def test_the_page_needs_nothing_from_elsewhere(server: LiveServer) -> None:
    status, body, headers = ask(server, "/")
    assert status == 200
    assert b"http://" not in body
    assert b"https://" not in body
    assert b'src="/stream"' in body
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_state_is_that_of_the_board(server: LiveServer, board: LiveBoard) -> None:
    board.add_events([ROW])
    status, body, _ = ask(server, "/state")
    state = json.loads(body)
    assert status == 200
    assert (state["source"], state["n_dropped"]) == ("webcam 0", 7)
    assert state["events"][0]["words"] == "face 1: <b>"


def test_pictures_come_one_after_the_other(server: LiveServer, board: LiveBoard) -> None:
    connection = connect(server)
    board.show(b"\xff\xd8first", COUNTS)
    connection.request("GET", "/stream")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type", "").startswith("multipart/x-mixed-replace")

    def picture() -> bytes:
        lines = [answer.readline() for _ in range(4)]
        assert lines[1] == b"Content-Type: image/jpeg\r\n"
        body = answer.read(int(lines[2].split(b":")[1]))
        answer.readline()
        return body

    assert picture() == b"\xff\xd8first"
    board.show(b"\xff\xd8second", COUNTS)
    assert picture() == b"\xff\xd8second"
    board.close()
    assert answer.read() == b""
    connection.close()


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", "evil.example", 403),
        ("/stream", "evil.example:8765", 403),
        ("/state", "", 403),
        ("/", "localhost:1", 200),
        ("/", "[::1]:8765", 200),
        ("/../etc/passwd", "localhost", 404),
        ("/nothing", "127.0.0.1", 404),
    ],
)
def test_only_who_asks_for_this_machine_gets_anything(
    server: LiveServer, path: str, host: str, status: int
) -> None:
    assert ask(server, path, Host=host)[0] == status


def test_nothing_can_be_sent_to_it(server: LiveServer) -> None:
    connection = connect(server)
    connection.request("POST", "/state", body="x")
    assert connection.getresponse().status == 501
    connection.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org"])  # noqa: S104
def test_the_network_is_refused_unless_it_is_meant(board: LiveBoard, host: str) -> None:
    with pytest.raises(ConfigError, match="expected this machine's own address") as caught:
        LiveServer(board, LivePageConfig(host=host, port=0))
    assert "--page.allow-network" in caught.value.hint


def test_the_network_can_be_allowed(board: LiveBoard) -> None:
    config = LivePageConfig(host="0.0.0.0", port=0, allow_network=True)  # noqa: S104
    with closing(LiveServer(board, config)) as server:
        assert ask(server, "/", Host="lab-machine:1")[0] == 200


def test_a_port_that_is_taken_is_told(server: LiveServer, board: LiveBoard) -> None:
    port = int(server.address.rstrip("/").rpartition(":")[2])
    with pytest.raises(ConfigError, match="expected a free port"):
        LiveServer(board, LivePageConfig(port=port))


def test_nothing_is_left_when_it_closes(board: LiveBoard) -> None:
    before = threading.active_count()
    with closing(LiveServer(board, LivePageConfig(port=0))) as server:
        address = server.address
        assert ask(server, "/")[0] == 200
    port = int(address.rstrip("/").rpartition(":")[2])
    with closing(LiveServer(LiveBoard(COUNTS, max_events=1), LivePageConfig(port=port))) as again:
        assert again.address == address
    assert threading.active_count() <= before + 1  # a thread of a request may just be going


def test_the_board_keeps_the_newest_events(board: LiveBoard) -> None:
    board.add_events([replace(ROW, words=str(k)) for k in range(2)])
    board.add_events([replace(ROW, words=str(k)) for k in range(2, 5)])
    assert [row["words"] for row in board.state()["events"]] == ["4", "3", "2"]


def test_who_waits_for_a_picture_gets_none_where_none_comes(board: LiveBoard) -> None:
    assert board.next_picture(0, timeout_s=0) is None
    board.show(b"x", COUNTS)
    assert board.next_picture(0, timeout_s=0) == (1, b"x")
    assert board.next_picture(1, timeout_s=0) is None
    board.close()
    with pytest.raises(EOFError):
        board.next_picture(1, timeout_s=0)
