"""A page at a foreign address, in a real browser, moves nothing in a sandbox that runs on the same machine."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from slipway.sandbox import composition
from slipway.sandbox.aws.clients import Aws, Endpoint
from slipway.sandbox.services import keys, registry
from slipway.sandbox.stores.google import Store, store_path
from tests.browser import NEEDS_BROWSER
from tests.foreign import SECONDS, browsing, report_of_a_foreign_page

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    NEEDS_BROWSER,
]


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
    report = report_of_a_foreign_page(ports_of(state_folder))
    assert report["tried"] >= 20 * len(ports_of(state_folder))
    assert report["read"] == []
    assert world(state_folder, variables) == before


def test_a_name_that_was_bound_anew_shows_nothing(state_folder: Path, variables: dict[str, str]) -> None:
    """The browser believes each port to be the foreign site's own: it is told that this is another server."""
    ports = registry.load(state_folder)["gateway"].ports
    for name, port in (("front", ports["front"]), ("storage", ports["storage"])):
        with browsing(f"http://evil.example:{port}/storage/v1/b", "--dump-dom") as browser:
            page, _ = browser.communicate(timeout=SECONDS)
        assert "the sandbox answers as 127.0.0.1" in page, (name, page)
