"""The health check that an image without one gets: run here, against what answers and what does not."""

import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from components.containers.container import health_check


class Answers(BaseHTTPRequestHandler):
    """Answers with the status that its path names."""

    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def port():
    """A server on the address that this machine's name stands for."""
    host = socket.gethostbyname(socket.gethostname())
    with HTTPServer((host, 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "well"), [(200, True), (302, True), (404, True), (500, False), (503, False)])
def test_an_answer_below_500_is_well(port: int, status: int, well: bool):
    """A page that is not there is the app's own answer; an error of the server is none."""
    _, _, *command = health_check(port, f"/{status}")["tests"]
    assert (subprocess.run([sys.executable, *command], capture_output=True).returncode == 0) is well


def test_nothing_that_listens_is_not_well():
    """A refused connection ends the check with an error."""
    _, _, *command = health_check(1, "/")["tests"]
    assert subprocess.run([sys.executable, *command], capture_output=True).returncode != 0
