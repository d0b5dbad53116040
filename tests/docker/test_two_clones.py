"""Two clones of one project share a daemon: the second one's containers get free ports, and the user is shown them."""

from pathlib import Path

import httpx
import pytest

from tests.daemon import daemon_or_skip
from tests.docker.conftest import Containers

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]
APPS = ("dockerize", "hello-container", "prometheus")


def page(address: str) -> int:
    """The status that an address answers."""
    return httpx.get(address, timeout=10.0, trust_env=False, follow_redirects=True).status_code


def addresses(clone: Containers) -> dict[str, str]:
    """Where the apps and the monitoring of a clone answer."""
    return {app: clone.url(app) for app in APPS}


def test_taken_ports_are_replaced_and_shown(tmp_path: Path):
    """Both clones declare the same ports: all answer side by side, a second `up` changes nothing, and each destroys
    its own alone.
    """
    daemon_or_skip()
    first, second = Containers(tmp_path / "first"), Containers(tmp_path / "second")
    first.change(lambda config: config["slipway:apps"].pop("hello-run"))
    settings = first.settings()["config"]
    second.change(lambda config: config.update(settings))
    try:
        first.verb("up")
        shown = second.verb("up")
        before, after = addresses(first), addresses(second)
        assert not {*before.values()} & {*after.values()}
        assert [page(address) for address in (*before.values(), *after.values())] == [200] * 6
        assert [app for app, address in after.items() if address.rstrip("/") not in shown] == []
        assert second.nothing_would_change()
        assert "nothing is left" in second.run("destroy", "--yes", "--stack", "sandbox")
        assert [page(address) for address in before.values()] == [200] * 3
        assert "nothing is left" in first.run("destroy", "--yes", "--stack", "sandbox")
    finally:
        for clone in (second, first):
            clone.run("destroy", "--yes", "--stack", "sandbox", status=None)
            clone.run("sandbox", "stop", status=None)
