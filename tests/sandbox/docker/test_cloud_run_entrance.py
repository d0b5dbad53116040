"""The port of a Cloud Run revision on this machine: the front's alone."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from docker import DockerClient

from slipway.sandbox.cloudrun import containers, entrances
from slipway.sandbox.docker import daemon
from slipway.sandbox.docker.container_limits import PROCESSES
from slipway.sandbox.images import bases
from tests.daemon import daemon_or_skip

pytestmark = [pytest.mark.services, pytest.mark.docker]

RECORD, REVISION = "demo-project/europe-west1/hello", "hello-1"
QUESTION = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class World:
    """A revision that runs."""

    client: DockerClient
    state_folder: Path
    port: int
    secret: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A revision of Python's own server, which listens on every address."""
    state_folder: Path = tmp_path_factory.mktemp("sandbox")
    with closing(daemon.connect(daemon_or_skip())) as client:
        for which in ("python", "proxy"):
            if bases.newest(client, which) is None:
                pytest.skip(f"no base image of {which} on this machine")
        command = {"command": ["python3", "-m", "http.server", "8080"]}
        template = {"containers": [{"image": bases.newest(client, "python"), **command}]}
        try:
            started = containers.start(client, state_folder, RECORD, REVISION, template, 60.0)
            yield World(client, state_folder, *started)
            assert len(containers.found(client, state_folder)) == 1
        finally:
            containers.end(client, state_folder, RECORD)
        assert client.containers.list(all=True, filters={"label": f"{containers.SERVICE}={RECORD}"}) == []


def answer(port: int, greeting: str, address: str = "127.0.0.1") -> bytes:
    """The begin of what is answered to a question behind a greeting."""
    with socket.create_connection((address, port), timeout=10.0) as line:
        line.sendall(greeting.encode() + QUESTION)
        try:
            return line.recv(12)
        except ConnectionResetError:
            return b""


def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Ask again until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def addresses(client: DockerClient, state_folder: Path) -> set[str]:
    """Those of the revision's containers in the daemon's networks."""
    label = f"{containers.LABEL}={containers.mark(state_folder)}"
    return {
        network["IPAddress"]
        for container in client.containers.list(filters={"label": label})
        for network in container.attrs["NetworkSettings"]["Networks"].values()
        if network["IPAddress"]
    }


def test_the_address_in_the_daemons_network_answers_nothing(world: World) -> None:
    """Not on the app's own port, and on the entrance's no more than on this machine's."""
    (address,) = addresses(world.client, world.state_folder)
    with pytest.raises(TimeoutError):
        socket.create_connection((address, 8080), timeout=1.0)
    assert answer(entrances.INSIDE, "", address) == b""


@pytest.mark.parametrize(
    ("greeting", "answers"),
    [
        (lambda secret: entrances.greeting(secret), True),
        (lambda _: "", False),
        (lambda secret: entrances.greeting(secret[::-1]), False),
        (lambda _: "PROXY TCP4 127.0.0.1 127.0.0.1 1 1\r\n", False),
    ],
    ids=["the front", "a stranger", "another revision's secret", "a proxy without a secret"],
)
def test_a_revision_answers_the_front_alone(world: World, greeting: Callable[[str], str], answers: bool) -> None:
    """A connection that does not begin with the secret ends without an answer."""
    assert answer(world.port, greeting(world.secret)) == (b"HTTP/1.0 200" if answers else b"")


def test_what_the_daemon_has_ended_runs_again(world: World) -> None:
    """The door first: the others share its network, which is as closed as before."""
    for container in world.client.containers.list(filters={"label": f"{containers.SERVICE}={RECORD}"}):
        container.kill()
    assert containers.revive(daemon_or_skip(), world.state_folder) == [REVISION]
    assert containers.revive(daemon_or_skip(), world.state_folder) == []
    wait_until(lambda: answer(world.port, entrances.greeting(world.secret)) == b"HTTP/1.0 200")
    (address,) = addresses(world.client, world.state_folder)
    with pytest.raises(TimeoutError):
        socket.create_connection((address, 8080), timeout=1.0)


def test_a_revision_is_held_as_a_container_is(world: World):
    """One profile: files read-only, /tmp in counted memory, processes limited, no new privilege, no swap on top."""
    (revision,) = [
        one
        for one in containers.found(world.client, world.state_folder)
        if one.labels.get(containers.SERVICE) == RECORD
    ]
    held = revision.attrs["HostConfig"]
    assert (held["ReadonlyRootfs"], held["PidsLimit"], held["CapDrop"]) == (True, PROCESSES, ["ALL"])
    assert held["SecurityOpt"] == ["no-new-privileges:true"]
    assert held["Memory"] == held["MemorySwap"] > 0
    assert held["Tmpfs"] == {"/tmp": f"rw,nosuid,nodev,size={held['Memory']},mode=1777"}
