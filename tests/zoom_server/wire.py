"""HTTP on a free port of this machine, with connections that stay open, and answers that get lost on their way."""

import contextlib
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.zoom_server.answers import Answer

if TYPE_CHECKING:
    from tests.zoom_server.server import ZoomServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class Listening:
    """One port on which the server answers."""

    def __init__(self, zoom: "ZoomServer") -> None:
        self.connections = 0
        self._open: set[socket.socket] = set()
        listening = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                listening.connections += 1
                listening._open.add(self.connection)

            def finish(self) -> None:
                listening._open.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError, ValueError, OSError):
                    super().handle()

            def _do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer, fault = zoom.answer(self.command, self.path, headers, body, listening.port)
                kind = fault.kind if fault else ""
                if kind == "slow" and fault is not None:
                    zoom.leave.wait(fault.seconds)
                if kind in {"lost", "dropped"}:
                    self._cut()
                else:
                    self._say(answer, half=kind == "cut")

            def _say(self, answer: Answer, *, half: bool) -> None:
                raw = answer.raw()
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json;charset=UTF-8", **answer.headers}.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw[: len(raw) // 2] if half else raw)
                self.wfile.flush()
                if half:
                    self._cut()

            def _cut(self) -> None:
                """Hang up without a word, so that the other side gets a reset."""
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.shutdown(socket.SHUT_RDWR)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _do

            def log_message(self, format: str, *args: Any) -> None:
                """No line for each request."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.02), name="zoom", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering, and hang up on who is still there."""
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
