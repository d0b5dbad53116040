"""Serves one WSGI file: ``python worker.py WSGI_FILE PORT``, with nothing of ours on the path.

Runs on the app's own Python, which has the standard library and what the WSGI file brings. An app that cannot be
imported is answered for as PythonAnywhere does: an error page, and the traceback in the error log.
"""

import os
import runpy
import sys
import traceback
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

SORRY = (
    b"<html><head><title>Something went wrong</title></head><body>There was an error running this app.</body></html>"
)


class Server(ThreadingMixIn, WSGIServer):
    """A thread a request; as many may wait as come at once."""

    daemon_threads = True
    request_queue_size = 256

    def server_bind(self) -> None:
        """Without the look-up of this machine's name, which takes seconds where there is no resolver."""
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", self.server_address[1]
        self.setup_environ()


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


def main(file: str, port: int) -> None:
    """Import the WSGI file, then serve; a thread a request."""
    try:
        application = runpy.run_path(file, run_name="wsgi")["application"]
    except BaseException:
        traceback.print_exc()
        application = failed
    server = Server(("127.0.0.1", port), Handler)
    server.set_app(application)
    server.serve_forever()


if __name__ == "__main__":
    if os.environ.get("PYTHONANYWHERE_CWD"):
        os.chdir(os.environ["PYTHONANYWHERE_CWD"])
    main(sys.argv[1], int(sys.argv[2]))
