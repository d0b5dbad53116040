"""Services of Cloud Run by Google's own client: what makes a revision, and what does not."""

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from slipway.sandbox.cloudrun import containers
from slipway.sandbox.docker import daemon
from slipway.sandbox.images import bases
from tests.contract.google_cloud.test_run_jobs import PLACE, api, ended
from tests.daemon import daemon_or_skip
from tests.google_service import Served, served

pytestmark = [pytest.mark.services, pytest.mark.docker]


class Registry(BaseHTTPRequestHandler):
    """A registry that has every image."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
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
                api(server, "cloudresourcemanager", "v1").projects().create(
                    body={"projectId": "demo-project"}
                ).execute()
                account = {"billingAccountName": "billingAccounts/00ABCD-012345-6789EF"}
                billing = api(server, "cloudbilling", "v1").projects()
                billing.updateBillingInfo(name="projects/demo-project", body=account).execute()
                service = "projects/demo-project/services/run.googleapis.com"
                api(server, "serviceusage", "v1").services().enable(name=service, body={}).execute()
                yield server, image
                containers.end(client, server.cloud.state_folder, "demo-project/europe-west1/hello")
        finally:
            client.images.remove(image)
            registry.shutdown()


def test_traffic_alone_makes_no_revision(run: tuple[Served, str]) -> None:
    """A changed template makes one; a share of the requests for the one before makes none."""
    server, image = run
    services = api(server, "run", "v2").projects().locations().services()
    name = f"{PLACE}/services/hello"

    def template(word: str) -> Any:
        command = ["sh", "-c", "exec python3 -m http.server $PORT"]
        return {"containers": [{"image": image, "command": command, "env": [{"name": "WORD", "value": word}]}]}

    def revisions() -> list[str]:
        listed = services.revisions().list(parent=name).execute()["revisions"]
        return [revision["name"].rpartition("/")[2] for revision in listed]

    def patched(mask: str, **body: Any) -> Any:
        operation = ended(server, services.patch(name=name, body=body, updateMask=mask).execute())
        assert "response" in operation, operation
        return operation["response"]

    made = ended(server, services.create(parent=PLACE, serviceId="hello", body={"template": template("one")}).execute())
    assert "response" in made, made
    (first,) = revisions()
    patched("template", template=template("two"))
    second, _ = revisions()
    shares = [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": first, "percent": 100}]
    after = patched("traffic", traffic=shares)
    assert revisions() == [second, first]
    assert after["trafficStatuses"] == [{**shares[0]}]
    assert after["latestCreatedRevision"].endswith(second)
