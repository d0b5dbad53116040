"""The stand-in as a service: ``python -m slipway.sandbox.pythonanywhere.server HOME PORT``.

By the name it is asked for: the API (127.0.0.1), or a web app (``USER.pythonanywhere.localhost``).
"""

import mimetypes
import signal
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from slipway.sandbox.pythonanywhere.accounts import Account, sandbox_account
from slipway.sandbox.pythonanywhere.api import Api, Asked
from slipway.sandbox.pythonanywhere.running import Tasks, Workers
from slipway.sandbox.pythonanywhere.world import World, folder
from slipway.sandbox.services import keys

HEALTH = "/_slipway/health"
SUFFIX = ".localhost"
HOP_BY_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "upgrade", "transfer-encoding", "server", "date"})
LARGEST = 128 << 20
"""Bytes of a request's body that are taken at all."""


class Standin(ThreadingHTTPServer):
    """A stand-in on a port of 127.0.0.1; ``limits`` are those of :class:`Api`."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, home: Path, port: int, accounts: Iterable[Account], **limits: Any) -> None:  # noqa: ANN401
        self.world = World(folder(home))
        self.workers = Workers(home, self.world)
        self.api = Api(self.world, accounts, reload=self.workers.reload, forget=self.workers.forget, **limits)
        self.tasks = Tasks(home, self.world)
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        """Without the look-up of this machine's name."""
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", self.socket.getsockname()[1]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Standin  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        """Whatever the method is."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self._serve()
            self.wfile.flush()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST:
            self.close_connection = True
            return self._say(413, b"The request is too large.", "text/plain")
        content = self.rfile.read(length)
        if self.path == HEALTH:
            return self._say(200, b"ok", "text/plain")
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0].lower()
        if host.endswith(SUFFIX):
            return self._web(f"{host.removesuffix(SUFFIX)}.com", content)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.api.answer(Asked(self.command, self.path, headers, content))
        return self._say(answer.status, answer.content, answer.kind, answer.headers)

    def _web(self, domain: str, content: bytes) -> None:
        app = self.server.world.read()["webapps"].get(domain)
        if app is None:
            return self._say(404, b"Coming Soon! There is no web app here yet.\n", "text/plain")
        if (file := self._static(app)) is not None:
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            return self._say(200, file.read_bytes(), kind)
        connection = self.server.workers.open(domain)
        if connection is None:
            return self._say(502, b"The web app does not start: its error log says why.\n", "text/plain")
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            headers |= {"X-Real-IP": self.client_address[0], "Connection": "close"}
            connection.request(self.command, self.path, body=content or None, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        self._note(domain, answer.status, len(body))
        self.send_response(answer.status)
        for name, value in kept:
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name, _ in kept}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def _static(self, app: dict[str, Any]) -> Path | None:
        """The file of a static mapping; None where the app is to answer."""
        path = self.path.split("?")[0]
        for mapping in app["static_files"].values():
            if self.command in ("GET", "HEAD") and path.startswith(mapping["url"]):
                file = self.server.world.place(f"{mapping['path']}/{path.removeprefix(mapping['url'])}")
                return file if file.is_file() else None
        return None

    def _note(self, domain: str, status: int, size: int) -> None:
        when = f"{datetime.now(UTC):%d/%b/%Y:%H:%M:%S +0000}"
        line = f'{self.client_address[0]} - - [{when}] "{self.requestline}" {status} {size} "-" "-"'
        self.server.workers.note(domain, "access", line)

    def _say(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        """Who answers."""
        return "PythonAnywhere (slipway sandbox)"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
        """The web apps have logs of their own."""


def main(home: Path, port: int) -> None:
    """Serve until SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = Standin(home, port, [sandbox_account(keys.ensure(home).pythonanywhere)])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.tasks.run(ended)
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
