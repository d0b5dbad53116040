"""A foreign site whose page tries every way that a page has to use the servers of the machine that it is shown on.

The browser is the system's Chromium, started with its own rule for names: ``evil.example`` leads to this machine, for
the page and, as after DNS rebinding, for every port. ``scripts/browser.sh`` installs one on Debian.
"""

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil

from tests.browser import CHROMIUM

PAGE = (Path(__file__).parent / "sandbox/cases/gateway/foreign_page.html").read_text(encoding="utf-8")
SECONDS = 90
"""Until the page has come to its end."""


class Foreign(ThreadingHTTPServer):
    """The foreign site: serves the page, and takes its report."""

    def __init__(self, ports: Sequence[int]) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.page = PAGE.replace("PORTS", json.dumps(list(ports))).encode()
        self.report: dict[str, Any] = {}
        self.reported = threading.Event()


class Page(BaseHTTPRequestHandler):
    server: Foreign  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.page)

    def do_POST(self) -> None:
        self.server.report = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        self.server.reported.set()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def browsing(address: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Chromium at an address, with a profile of its own."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            CHROMIUM, "--headless=new", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}",
            "--host-resolver-rules=MAP evil.example 127.0.0.1", "--disable-dev-shm-usage",
            *(["--no-sandbox"] if os.geteuid() == 0 else []), *words, address,
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            yield process
        finally:
            if process.poll() is None:
                for member in [*psutil.Process(process.pid).children(recursive=True), process]:
                    member.kill()
                process.wait()


def report_of_a_foreign_page(ports: Sequence[int]) -> dict[str, Any]:
    """What the page could read, after it has tried every way at every port: ``tried`` and ``read``."""
    foreign = Foreign(ports)
    threading.Thread(target=foreign.serve_forever, daemon=True).start()
    with browsing(f"http://evil.example:{foreign.server_port}/"):
        assert foreign.reported.wait(SECONDS), "the page did not come to its end"
    foreign.shutdown()
    return foreign.report
