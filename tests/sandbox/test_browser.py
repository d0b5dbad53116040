"""A page at a foreign address, in a real browser, moves nothing in a sandbox that runs on the same machine.

The browser is the system's Chromium, started with its own rule for names: ``evil.example`` leads to this machine, for
the page and, as after DNS rebinding, for every port of the sandbox. ``scripts/browser.sh`` installs one on Debian.
"""

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from slipway.sandbox import composition
from slipway.sandbox.aws.clients import Aws, Endpoint
from slipway.sandbox.services import keys, registry
from slipway.sandbox.stores.google import Store, store_path

ROOT = Path(__file__).parents[2]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAGE = (Path(__file__).parent / "cases/gateway/foreign_page.html").read_text(encoding="utf-8")
SECONDS = 90
pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here: scripts/browser.sh installs one"),
]


class Foreign(ThreadingHTTPServer):
    """The foreign site: serves the page, and takes its report."""

    def __init__(self, ports: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.page = PAGE.replace("PORTS", json.dumps(ports)).encode()
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
    assert BROWSER is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            BROWSER, "--headless=new", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}",
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


@pytest.fixture
def variables(state_folder: Path) -> dict[str, str]:
    composition.ensure(state_folder, ROOT)
    return composition.environment(state_folder, ROOT)


def ports_of(state_folder: Path) -> list[int]:
    """Every port that a service of the sandbox listens on."""
    return sorted(port for service in registry.load(state_folder).values() for port in service.ports.values())


def world(state_folder: Path, variables: dict[str, str]) -> dict[str, list[Any]]:
    """What a page could have made, as the owner sees it."""
    drawn = keys.load(state_folder)
    assert drawn is not None
    aws = Aws(Endpoint.of(variables), "us-east-1")
    python = {"Authorization": f"Token {drawn.pythonanywhere}"}
    where = f"{variables['PYTHONANYWHERE_ENDPOINT']}/api/v0/user/slipway"
    with httpx.Client(trust_env=False) as client:
        tasks = client.get(f"{where}/schedule/", headers=python).raise_for_status()
    return {
        "roles": aws.client("iam").list_roles()["Roles"],
        "functions": aws.client("lambda").list_functions()["Functions"],
        "buckets": Store(store_path(state_folder)).all("bucket"),
        "tasks": tasks.json(),
    }


def test_a_foreign_page_reads_nothing_and_makes_nothing(state_folder: Path, variables: dict[str, str]) -> None:
    """Forms, fetches, images, scripts, frames, beacons and WebSockets, at every port, by two names."""
    before = world(state_folder, variables)
    foreign = Foreign(ports_of(state_folder))
    threading.Thread(target=foreign.serve_forever, daemon=True).start()
    with browsing(f"http://evil.example:{foreign.server_port}/"):
        assert foreign.reported.wait(SECONDS), "the page did not come to its end"
    foreign.shutdown()
    assert foreign.report["tried"] >= 20 * len(ports_of(state_folder))
    assert foreign.report["read"] == []
    assert world(state_folder, variables) == before


def test_a_name_that_was_bound_anew_shows_nothing(state_folder: Path, variables: dict[str, str]) -> None:
    """The browser believes each port to be the foreign site's own: it is told that this is another server."""
    ports = registry.load(state_folder)["gateway"].ports
    for name, port in (("front", ports["front"]), ("storage", ports["storage"])):
        with browsing(f"http://evil.example:{port}/storage/v1/b", "--dump-dom") as browser:
            page, _ = browser.communicate(timeout=SECONDS)
        assert "the sandbox answers as 127.0.0.1" in page, (name, page)
