"""Services of Cloud Run by Google's own client: what makes a revision, and what does not."""

from typing import Any

import pytest

from tests.contract.google_cloud.test_run_jobs import PLACE, api, ended
from tests.google_service import Served

pytestmark = [pytest.mark.services, pytest.mark.docker]


def test_traffic_alone_makes_no_revision(services_of_run: tuple[Served, str]) -> None:
    """A changed template makes one; a share of the requests for the one before makes none."""
    server, image = services_of_run
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
