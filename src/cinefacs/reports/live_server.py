"""Serve the live page: a page, a stream of pictures (MJPEG), and counts and events as JSON.

It is meant for the eyes in front of the machine. It binds to the machine's own address, takes no
input, and answers only where the browser asked for that address: a page from elsewhere that lets
its own name lead here gets nothing.
"""

import ipaddress
import json
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from cinefacs.errors import ConfigError
from cinefacs.reports.config import LivePageConfig
from cinefacs.reports.live_board import LiveBoard
from cinefacs.reports.page import make_environment

__all__ = ["LiveServer"]

_BOUNDARY = "cinefacs-frame"
_PATIENCE_S = 5.0
"""Longest wait for a new picture before the old one is sent anew, so that a connection that is
gone is noticed."""


class LiveServer:
    """Serve a board until it is closed.

    Parameters
    ----------
    board
        What is shown.
    config
        Address and port.

    Raises
    ------
    ConfigError
        The address is not the machine's own and that was not allowed, or the port is taken.
    """

    def __init__(self, board: LiveBoard, config: LivePageConfig) -> None:
        self._board = board
        is_own = _is_loopback(config.host)
        if not is_own and not config.allow_network:
            raise ConfigError(
                f"page.host: expected this machine's own address, got {config.host!r}",
                hint="others could watch, unencrypted and without a password; if that is meant, "
                "give --page.allow-network",
            )
        page = make_environment().get_template("live.html.jinja").render().encode()
        handler = type(
            "_BoardHandler",
            (_Handler,),
            {"board": board, "page": page, "asks_for_host": is_own},
        )
        try:
            self._server = _Server((config.host, config.port), handler)
        except (OSError, OverflowError) as error:
            raise ConfigError(
                f"live page: expected a free port at {config.host}:{config.port}, got: "
                f"{getattr(error, 'strerror', None) or error}",
                hint="choose another --page.port, or 0 for any that is free",
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="live page",
            daemon=True,
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """Where the page is, as a browser takes it."""
        host, port = self._server.server_address[:2]
        name = host.decode() if isinstance(host, bytes) else str(host)
        return f"http://{f'[{name}]' if ':' in name else name}:{port}/"

    def close(self) -> None:
        """Let everybody go, and free the port."""
        self._board.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of browsers that went away in the middle of an answer."""


class _Handler(BaseHTTPRequestHandler):
    board: ClassVar[LiveBoard]
    page: ClassVar[bytes]
    asks_for_host: ClassVar[bool]

    server_version = "cinefacs"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Answer with the page, the pictures or the state."""
        if self.asks_for_host and not _is_loopback(_host_of(self.headers.get("Host", ""))):
            self.send_error(HTTPStatus.FORBIDDEN)
        elif self.path == "/":
            self._answer(self.page, "text/html; charset=utf-8")
        elif self.path == "/state":
            state = json.dumps(self.board.state(), ensure_ascii=False).encode()
            self._answer(state, "application/json")
        elif self.path == "/stream":
            self._stream()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self._send_headers(kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_headers(self, kind: str) -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header(
            "Content-Security-Policy",
            "default-src 'none'; img-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; "
            "script-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
        )

    def _stream(self) -> None:
        """Send pictures until the browser goes or the board is closed."""
        self.send_response(HTTPStatus.OK)
        self._send_headers(f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.end_headers()
        number, jpeg = 0, b""
        with suppress(EOFError, OSError):
            while True:
                newer = self.board.next_picture(number, timeout_s=_PATIENCE_S)
                number, jpeg = newer or (number, jpeg)
                if not jpeg:
                    continue
                head = (
                    f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
                    f"Content-Length: {len(jpeg)}\r\n\r\n"
                )
                self.wfile.write(head.encode() + jpeg + b"\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Write nothing: requests are nobody's business."""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host_of(header: str) -> str:
    """Return the name of a ``Host`` header without port and brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]
