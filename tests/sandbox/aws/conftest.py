"""An emulator for the session, on a free port, and ways to call the handlers as the provider host does."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipway.providers.protocol import creating
from slipway.providers.protocol.owners import Owners, OwnersInMemory
from slipway.sandbox.aws import emulator
from slipway.sandbox.aws.clients import Aws
from slipway.sandbox.aws.package import PACKAGE
from slipway.sandbox.handler import Creation, Handler, Props

READY = 30.0


@dataclass(frozen=True)
class Kind:
    """One resource type, called as the servicer calls it."""

    type: str
    handler: Handler
    aws: Aws

    def inputs(self, given: Props) -> Props:
        """The inputs after defaults and check. Fails the test where the check refuses."""
        filled = self.handler.defaults(given)
        assert self.handler.check(filled) == {}
        return filled

    def create(
        self, given: Props, record: Owners | None = None, *, stack: str = "dev", resumes: bool = False
    ) -> tuple[str, Props]:
        """Created for the resource ``thing`` of a stack."""
        asked = Creation(urn=f"urn:pulumi:{stack}::test::{self.type}::thing", resumes=resumes)
        return creating.create(self.handler, self.aws, self.inputs(given), record or OwnersInMemory(), asked)

    def address(self, given: Props) -> str:
        """What a read finds it by, where that follows from the inputs."""
        assert self.handler.identify is not None
        return self.handler.identify(self.aws, self.inputs(given))

    def read(self, id: str) -> Props | None:
        return self.handler.read(self.aws, id)

    def update(self, id: str, old: Props, new: Props) -> Props:
        assert self.handler.update is not None
        return self.handler.update(self.aws, id, self.inputs(old), self.inputs(new))

    def delete(self, id: str, old: Props) -> None:
        self.handler.delete(self.aws, id, old)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    """The address of an emulator that lives as long as the tests of this process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder: Path = tmp_path_factory.mktemp("aws")
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        emulator.command(),
        env={**os.environ, **emulator.environment(port, folder)},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(process, url + emulator.HEALTH, folder / "log")
        yield url
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        process.wait(10)
        log.close()


@pytest.fixture(scope="session")
def aws(endpoint, tmp_path_factory) -> Aws:
    return Aws(endpoint, "us-east-1", home=tmp_path_factory.mktemp("sandbox"))


@pytest.fixture(scope="session")
def kind(aws):
    return lambda token: Kind(token, PACKAGE.handlers[token], aws)


@pytest.fixture
def name() -> str:
    """A name no other test uses: the emulator is shared."""
    return f"t-{uuid.uuid4().hex[:12]}"


def _wait(process: subprocess.Popen, url: str, log: Path) -> None:
    until = time.monotonic() + READY
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"the emulator ended: {log.read_text()}")
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.05)
    pytest.fail(f"the emulator did not answer: {log.read_text()}")
