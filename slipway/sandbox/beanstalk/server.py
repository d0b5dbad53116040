"""Answers the API on a socket file behind the gateway, which has verified the signature of every request.

It runs in the process of the provider host, where instances are started, and has a thread a connection.
"""

import logging
import re
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from botocore.exceptions import ClientError

from slipway.sandbox.aws.clients import DEFAULT_REGION, connect
from slipway.sandbox.beanstalk import deployments, query
from slipway.sandbox.beanstalk.operations import OPERATIONS
from slipway.sandbox.beanstalk.query import QueryError
from slipway.sandbox.beanstalk.request import Request, refused
from slipway.sandbox.handler import CloudError
from slipway.sandbox.services import sockets

log = logging.getLogger(__name__)
NAME = "beanstalk"
"""Of the socket file."""
SCOPE = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/")
"""Where a signature says for which region it is."""


class Service(ThreadingHTTPServer):
    """The server on its socket file."""

    daemon_threads = True

    def __init__(self, state_folder: Path, environment: Callable[[], Mapping[str, str]]) -> None:
        """``environment``: the sandbox's variables as they are now."""
        super().__init__(("localhost", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = sockets.listen(sockets.path(state_folder, NAME))
        self.environment = environment
        self._state_folder = state_folder

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """A connection, as if it came by a port."""
        return self.socket.accept()[0], ("127.0.0.1", 0)

    def begin(self) -> None:
        """Answer in a thread of its own, once what another process left half deployed is marked so."""
        deployments.settle(self._state_folder)
        threading.Thread(target=self.serve_forever, daemon=True, name=NAME).start()


def answered(environment: Mapping[str, str], region: str, form: Mapping[str, str]) -> tuple[int, str]:
    """Status and body of the answer to a form; never raises."""
    try:
        operation = query.operation(form)
        if operation.name not in OPERATIONS:
            raise QueryError("NotImplemented", f"The sandbox's Beanstalk does not serve {operation.name}.", 501)
        values = query.parameters(operation, form)
        request = Request(connect({"region": region}, environment=environment), values)
        return 200, query.answer(operation, OPERATIONS[operation.name](request))
    except QueryError as error:
        return error.status, query.refusal(error)
    except CloudError as error:
        return 400, query.refusal(refused(error))
    except ClientError as error:
        return 400, query.refusal(QueryError(error.response["Error"]["Code"], error.response["Error"]["Message"]))
    except Exception as error:
        log.exception("%s failed", form.get("Action"))
        return 500, query.refusal(QueryError("InternalFailure", f"{type(error).__name__}: {error}", 500))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        """A query in the address, or the gateway's question whether it is well."""
        parts = urlsplit(self.path)
        if parts.query:
            return self._answer(parts.query)
        return self._write(200, "text/plain", b"ok")

    def do_POST(self) -> None:
        """A form."""
        length = int(self.headers.get("Content-Length") or 0)
        self._answer(self.rfile.read(length).decode("utf-8", "replace"))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what fails is logged where it does."""

    def _answer(self, text: str) -> None:
        match = SCOPE.search(self.headers.get("Authorization") or "")
        region = match[1] if match else DEFAULT_REGION
        form = dict(parse_qsl(text, keep_blank_values=True))
        status, body = answered(self.server.environment(), region, form)
        self._write(status, "text/xml", body.encode())

    def _write(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
