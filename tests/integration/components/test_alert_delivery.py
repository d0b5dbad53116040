"""A firing alert reaches whom the setting names: Prometheus itself, with the files that the container gets."""

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from components.containers.rules import CONFIGURATION, Alertmanager, Target, Thresholds, files

PROMETHEUS = shutil.which("prometheus")
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(PROMETHEUS is None, reason="no prometheus is installed (Debian: prometheus)"),
]
PATIENCE = 90
"""Seconds: an alert waits for four answers, one a second, and is sent with the next evaluation."""


@pytest.fixture
def webhook() -> Iterator[tuple[str, "Queue[tuple[str, Any]]"]]:
    """An address that takes alerts, and what comes: the path, and the document."""
    requests: Queue[tuple[str, Any]] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.put((self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the test shows what came."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/team", requests
    server.shutdown()
    server.server_close()


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_an_app_that_does_not_answer_is_told_at_the_address_of_the_setting(
    webhook: tuple[str, "Queue[tuple[str, Any]]"], tmp_path: Path
):
    """In the form of Alertmanager's API, below its path, with the stack's labels; the rule's severity comes along."""
    url, requests = webhook
    target = Target(app="web", address=f"127.0.0.1:{free_port()}")
    rendered = files([target], Thresholds(scrape_seconds=1), {"environment": "dev"}, [Alertmanager.at(url)])
    for name, text in rendered.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    words = [
        str(PROMETHEUS),
        f"--config.file={tmp_path / CONFIGURATION}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{free_port()}",
    ]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            path, (alert, *_) = requests.get(timeout=PATIENCE)
        finally:
            process.terminate()
    assert path == "/team/api/v2/alerts"
    assert alert["labels"].pop("instance") == target.address
    assert alert["labels"] == {"alertname": "AppDown", "environment": "dev", "job": "web", "severity": "critical"}
    assert alert["annotations"] == {"summary": "web does not answer Prometheus"}
