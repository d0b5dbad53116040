"""Serves one WSGI file: ``python worker.py WSGI_FILE SOCKET``, with nothing of ours on the path.

``SOCKET`` is the number of an open file: a socket that listens already, so that who asks while the app loads waits.

Runs on the app's own Python, which has the standard library and what the WSGI file brings. An app that cannot be
imported is answered for as PythonAnywhere does: an error page, and the traceback in the error log.
"""

import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

SORRY = (
    b"<html><head><title>Something went wrong</title></head><body>There was an error running this app.</body></html>"
)


class Server(ThreadingMixIn, WSGIServer):
    """A thread a request; its end waits for them."""

    daemon_threads = False

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(("localhost", 0), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.server_name, self.server_port = listener, "localhost", 80
        self.setup_environ()

    def get_request(self) -> tuple[socket.socket, Any]:
        """A connection, as if it came by a port."""
        return self.socket.accept()[0], ("127.0.0.1", 0)


class Handler(WSGIRequestHandler):
    """Logs nothing: who is in front does."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def get_environ(self) -> dict[str, Any]:
        """What the request says of itself, by what is in front: the host's name and the client."""
        environ = super().get_environ()
        environ["REMOTE_ADDR"] = self.headers.get("X-Real-IP", "127.0.0.1")
        environ["SERVER_NAME"] = self.headers.get("Host", "localhost").split(":")[0]
        return environ

    def address_string(self) -> str:
        """Asks no resolver."""
        return self.client_address[0]


ServerHandler.server_software = ""


def failed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The page of an app that does not start."""
    start_response("502 Bad Gateway", [("Content-Type", "text/html; charset=utf-8")])
    return [SORRY]


def main(file: str, descriptor: int) -> None:
    """Import the WSGI file, then serve; a thread a request."""
    try:
        application = runpy.run_path(file, run_name="uwsgi_file")["application"]
    except BaseException:
        traceback.print_exc()
        application = failed
    server = Server(socket.socket(fileno=descriptor))
    server.set_app(application)
    # Another process has the socket's name by then: what waits here already is answered here.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.2)
    while select.select([server.socket], [], [], 0)[0]:
        server.handle_request()
    server.server_close()


if __name__ == "__main__":
    if os.environ.get("PYTHONANYWHERE_CWD"):
        os.chdir(os.environ["PYTHONANYWHERE_CWD"])
    main(sys.argv[1], int(sys.argv[2]))
