"""Who answers at a Cloud Run service's address, from what the store has."""

import random
from pathlib import Path

import pytest

from slipway.sandbox.cloudrun import routes
from slipway.sandbox.cloudrun.names import Named
from slipway.sandbox.cloudrun.sizes import memory, processors
from slipway.sandbox.stores.google import Record, Store, store_path

NAMED = Named("demo-project", "europe-west1", "hello")
HOST = f"{NAMED.host('42')}:8080"


@pytest.fixture
def state_folder(tmp_path: Path) -> Path:
    """A sandbox with one service, of which two revisions run and one rests."""
    store = Store(store_path(tmp_path))
    with store.transaction() as now:
        traffic = [{"revision": "hello-b", "percent": 90}, {"revision": "hello-a", "percent": 10}]
        now.put("run_service", Record(NAMED.record, NAMED.project, {"host": NAMED.host("42"), "traffic": traffic}))
        for at, (name, port) in enumerate({"hello-a": 5001, "hello-b": 5002, "hello-0": 0}.items()):
            body = {"port": port, "created": f"2026-11-2{at}T00:00:00Z", "template": {}}
            now.put("run_revision", Record(NAMED.revision(name), NAMED.project, body))
    return tmp_path


def opened(state_folder: Path) -> None:
    with Store(store_path(state_folder)).transaction() as now:
        now.grant(NAMED.scope, "roles/run.invoker", "allUsers", {})


def test_a_service_keeps_its_address():
    """It names service, project and region, as Google's does, and no revision."""
    assert NAMED.host("42") == "hello-42.europe-west1.run.localhost"
    assert Named.of_id(NAMED.id) == NAMED


def test_a_private_service_lets_nobody_in(state_folder):
    """The words are Google's, and what to do about it."""
    status, said = routes.backend(state_folder, HOST)
    assert status == 403
    assert "Your client does not have permission to get this URL" in str(said)


def test_the_shares_decide_which_revision_answers(state_folder, monkeypatch):
    """Nine of ten go to the one that has ninety percent, and none to the one that rests."""
    opened(state_folder)
    monkeypatch.setattr(routes, "random", random.Random(1))
    found = [routes.backend(state_folder, HOST) for _ in range(300)]
    assert {status for status, _ in found} == {200}
    ports = [way.port for _, way in found]
    assert set(ports) == {5001, 5002}
    assert 0.85 < ports.count(5002) / len(ports) < 0.95


def test_an_unknown_name_is_not_found(state_folder, tmp_path):
    """Nor is anything before the first deployment."""
    assert routes.backend(state_folder, "other-42.europe-west1.run.localhost:8080")[0] == 404
    assert routes.backend(tmp_path / "nowhere", HOST) == (404, "no service has been deployed")


def test_a_revision_that_does_not_run_says_so(state_folder):
    """The engine may have lost it: the answer tells how it comes back."""
    opened(state_folder)
    with Store(store_path(state_folder)).transaction() as now:
        for name in ("hello-a", "hello-b"):
            now.put(
                "run_revision", Record(NAMED.revision(name), NAMED.project, {"port": 0, "created": "", "template": {}})
            )
    status, said = routes.backend(state_folder, HOST)
    assert status == 503
    assert "`slipway up` starts it again" in str(said)


@pytest.mark.parametrize(
    ("text", "size"), [("512Mi", 512 << 20), ("1Gi", 1 << 30), ("1.5G", 1_500_000_000), ("64", 64)]
)
def test_memory_is_read_in_its_units(text, size):
    """Powers of two and of ten, as Google takes both."""
    assert memory(text) == size


@pytest.mark.parametrize(("text", "share"), [("1", 1.0), ("500m", 0.5), ("0.08", 0.08)])
def test_processors_are_read_in_thousandths_too(text, share):
    """`500m` is half of one."""
    assert processors(text) == share
