"""The port of a Cloud Run revision on this machine: the front's alone."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from slipway.sandbox.cloudrun import containers, entrances
from slipway.sandbox.docker import daemon
from slipway.sandbox.images import bases
from tests.daemon import daemon_or_skip

pytestmark = [pytest.mark.services, pytest.mark.docker]

RECORD, REVISION = "demo-project/europe-west1/hello", "hello-1"
QUESTION = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def revision(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """Port and secret of a revision that runs."""
    state_folder: Path = tmp_path_factory.mktemp("sandbox")
    with closing(daemon.connect(daemon_or_skip())) as client:
        for which in ("python", "proxy"):
            if bases.newest(client, which) is None:
                pytest.skip(f"no base image of {which} on this machine")
        command = {"command": ["python3", "-m", "http.server", "8080"]}
        template = {"containers": [{"image": bases.newest(client, "python"), **command}]}
        try:
            yield containers.start(client, state_folder, RECORD, REVISION, template, 60.0)
            assert [one.name.endswith("-entrance") for one in containers.found(client, state_folder)] == [False]
        finally:
            containers.end(client, state_folder, RECORD)
        assert client.containers.list(all=True, filters={"label": f"{containers.SERVICE}={RECORD}"}) == []


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
def test_a_revision_answers_the_front_alone(revision: tuple[int, str], greeting, answers: bool) -> None:
    """A connection that does not begin with the secret ends without an answer."""
    port, secret = revision
    with socket.create_connection(("127.0.0.1", port), timeout=10.0) as line:
        line.sendall(greeting(secret).encode() + QUESTION)
        try:
            begin = line.recv(12)
        except ConnectionResetError:
            begin = b""
    assert begin == (b"HTTP/1.0 200" if answers else b"")
