"""The proxy in front of an app's containers and the switch that tells it its routes, run by the daemon."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components.containers.proxy import APPLIED_PORT, FOLDER, RUN_SCRIPT, SWITCH_SCRIPT, digest_of, routes_of
from slipway.sandbox.images import bases
from slipway.sandbox.images.debian import PackagesError
from tests.daemon import lacking

pytestmark = [pytest.mark.docker, pytest.mark.services]

LABEL = "slipway-tests.switch"
SHELL = ["/bin/sh", "-c"]
REFUSED = "no words of HAProxy\n"
PATIENCE = 30
"""Seconds for a container to end."""


class Front:
    """A proxy with its volume, and switches beside it."""

    def __init__(self, client: Any, image: str) -> None:
        self._client, self._image = client, image
        self._volume = client.volumes.create(labels={LABEL: ""})
        self.proxy = self._run(RUN_SCRIPT)

    def _run(self, script: str, **more: Any) -> Any:
        volumes = {self._volume.name: {"bind": FOLDER, "mode": "rw"}}
        how = {"volumes": volumes, "labels": {LABEL: ""}, "read_only": True, "cap_drop": ["ALL"], "detach": True}
        return self._client.containers.run(self._image, [script], entrypoint=SHELL, **how, **more)

    def switch(self, routes: str) -> Any:
        """Begin a switch: its container, which has no network."""
        environment = {"ROUTES": routes, "DIGEST": digest_of(routes), "PROXY": "a"}
        return self._run(SWITCH_SCRIPT, environment=environment, network_mode="none")

    def switched(self, routes: str) -> int:
        """The exit status of a switch."""
        return self.switch(routes).wait(timeout=PATIENCE)["StatusCode"]

    @property
    def serves(self) -> str:
        """The digest of the routes that the proxy serves by."""
        asked = self.proxy.exec_run(["wget", "-q", "-O", "-", f"http://127.0.0.1:{APPLIED_PORT}/"])
        return asked.output.decode().strip()

    def end(self) -> None:
        """Remove it all."""
        for container in self._client.containers.list(all=True, filters={"volume": self._volume.name}):
            container.remove(force=True)
        self._volume.remove()


@pytest.fixture
def front(base: tuple[Any, str]) -> Iterator[Front]:
    """A proxy that has no routes yet."""
    client = base[0]
    try:
        image = bases.newest(client, "proxy") or bases.have(client, "proxy").reference
    except PackagesError as missing:
        lacking(str(missing))
    front = Front(client, image)
    yield front
    front.end()


def routes(live: str) -> str:
    return routes_of(live, None, share=0, port=80, alias="app")


def test_a_switch_ends_once_its_routes_are_served_by(front: Front):
    """The first one starts HAProxy; the others reload it, also back to routes that were served by before."""
    for live in ("one", "two", "one"):
        assert front.switched(routes(live)) == 0
        assert front.serves == digest_of(routes(live))


def test_routes_that_haproxy_refuses_change_nothing(front: Front):
    """The switch says so by its exit status, the earlier routes go on, and the next switch is served."""
    assert front.switched(routes("one")) == 0
    assert front.switched(REFUSED) == 2
    assert front.serves == digest_of(routes("one"))
    assert front.switched(routes("two")) == 0


def test_a_proxy_that_starts_anew_serves_by_its_last_routes(front: Front):
    """Without a switch; one that was asked while it was away is served after it."""
    assert front.switched(routes("one")) == 0
    front.proxy.kill()
    switch = front.switch(routes("two"))
    front.proxy.start()
    assert switch.wait(timeout=PATIENCE)["StatusCode"] == 0
    assert front.serves == digest_of(routes("two"))


@pytest.mark.parametrize("prepare", [lambda _: 0, lambda front: front.switched(routes("one"))], ids=["new", "serving"])
def test_a_proxy_ends_when_it_is_asked_to(front: Front, prepare: Callable[[Front], int]):
    """Before its first routes and after: it need not be killed."""
    assert prepare(front) == 0
    front.proxy.stop(timeout=PATIENCE)
    front.proxy.reload()
    assert front.proxy.attrs["State"]["ExitCode"] != 137
