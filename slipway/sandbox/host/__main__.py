"""The provider host as a process: ``python -m slipway.sandbox.host STATE_FOLDER aws:PORT gcp:PORT random:PORT``.

It answers at its ports for the sandbox's owner alone, and says at a socket file that it is well.
"""

import logging
import os
import signal
import socket
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from slipway.sandbox.appengine import versions
from slipway.sandbox.aws import beanstalk_instances
from slipway.sandbox.beanstalk.server import Service
from slipway.sandbox.composition.environment import cloud_variables
from slipway.sandbox.handler import Props
from slipway.sandbox.host.callers import Callers, folder_of
from slipway.sandbox.host.server import load, serve
from slipway.sandbox.running.restarts import Restarter
from slipway.sandbox.services import keys, registry, sockets
from slipway.sandbox.stores.owners import RecordedOwners


def main(state_folder: Path, ports: dict[str, int]) -> None:
    """Serve each package on its port until a signal ends the process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")
    logging.getLogger("stamina").setLevel(logging.INFO)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    owners, token = RecordedOwners(state_folder), keys.ensure(state_folder).token
    servers = [
        serve(
            load(name),
            port,
            lambda: _environment(state_folder),
            partial(_configured, state_folder, name),
            owners,
            interceptors=[Callers(token, port)],
            folder_of=partial(folder_of, port),
        )
        for name, port in ports.items()
    ]
    threading.Thread(target=_Health(state_folder).serve_forever, daemon=True).start()
    Service(state_folder, lambda: cloud_variables(state_folder)).begin()
    threading.Thread(target=_warm, daemon=True).start()
    restarter = Restarter(state_folder=state_folder, kinds=(versions.RESTARTED, beanstalk_instances.RESTARTED))
    threading.Thread(target=restarter.run, args=(ended,), name="restarts", daemon=True).start()
    ended.wait()
    for server in servers:
        server.stop(grace=0.2)


class _Health(HTTPServer):
    """Answers 200 to every GET, from the interpreter that serves the packages: a process that hangs does not."""

    def __init__(self, state_folder: Path) -> None:
        super().__init__(("localhost", 0), _Well, bind_and_activate=False)
        self.socket.close()
        self.socket = sockets.listen(sockets.path(state_folder, "host"))

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """A connection, as if it came by a port."""
        return self.socket.accept()[0], ("127.0.0.1", 0)


class _Well(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: every command asks."""


def _environment(state_folder: Path) -> dict[str, str]:
    """The sandbox's variables as they are now; clients that look into the process's own find them there as well."""
    variables = cloud_variables(state_folder)
    os.environ.update(variables)
    return variables


def _configured(state_folder: Path, package: str, config: Props) -> None:
    if package == "aws" and (region := config.get("region")):
        registry.note_region(state_folder, region)


def _warm() -> None:
    """Import the clouds' clients while the program is still planning: a second that the first resource need not pay."""
    import boto3
    import requests

    logging.getLogger(__name__).info("ready: %s, %s", boto3.__name__, requests.__name__)


if __name__ == "__main__":
    main(Path(sys.argv[1]), {name: int(port) for name, _, port in (word.partition(":") for word in sys.argv[2:])})
