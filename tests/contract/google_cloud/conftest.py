"""A Google Cloud for each test."""

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from slipway.sandbox.cloudrun import containers
from slipway.sandbox.docker import daemon
from slipway.sandbox.images import bases
from tests.daemon import daemon_or_skip
from tests.google_service import Served, served


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Served]:
    """The server, with an empty store; each of its answers is as Google's discovery document has it."""
    with served(tmp_path) as server:
        yield server
    assert server.invalid == []


class Registry(BaseHTTPRequestHandler):
    """A registry that has every image."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def services_of_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A cloud with a project that is paid for, and an image that its registry has."""
    where = daemon_or_skip()
    registry = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=registry.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{registry.server_address[1]}"
    image = f"{address}/demo/hello:1"
    with closing(daemon.connect(where)) as client:
        base = bases.newest(client, "python")
        if base is None:
            pytest.skip("no base image of python on this machine")
        client.images.get(base).tag(image)
        variables = {"SLIPWAY_DOCKER": where, "SLIPWAY_REGISTRY": address}
        try:
            with served(tmp_path_factory.mktemp("cloud"), variables=lambda: variables) as server:
                paid(server)
                yield server, image
                assert server.invalid == []
                containers.end(client, server.cloud.state_folder, "demo-project/europe-west1/hello")
        finally:
            client.images.remove(image)
            registry.shutdown()


def paid(server: Served) -> None:
    """Make a project that is paid for and may use Cloud Run."""
    with httpx.Client(base_url=server.address, trust_env=False) as client:
        client.post("/cloudresourcemanager/v1/projects", json={"projectId": "demo-project"}).raise_for_status()
        account = {"billingAccountName": "billingAccounts/00ABCD-012345-6789EF"}
        client.put("/cloudbilling/v1/projects/demo-project/billingInfo", json=account).raise_for_status()
        client.post("/serviceusage/v1/projects/demo-project/services/run.googleapis.com:enable").raise_for_status()
