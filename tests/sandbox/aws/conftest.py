"""An emulator for the session, on a free port, and ways to call the handlers as the provider host does."""

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipway.providers.protocol import creating
from slipway.providers.protocol.owners import Owners, OwnersInMemory
from slipway.sandbox.aws import emulator
from slipway.sandbox.aws.clients import Aws, Endpoint
from slipway.sandbox.aws.package import PACKAGE
from slipway.sandbox.beanstalk.server import Service
from slipway.sandbox.handler import Creation, Handler, Props
from slipway.sandbox.services import health, keys, ports, processes
from slipway.sandbox.services.definition import Definition
from slipway.sandbox.services.registry import Service as Process


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
        return self.handler.calls.read(self.aws, id)

    def update(self, id: str, old: Props, new: Props) -> Props:
        assert self.handler.calls.update is not None
        return self.handler.calls.update(self.aws, id, self.inputs(old), self.inputs(new))

    def delete(self, id: str, old: Props) -> None:
        self.handler.calls.delete(self.aws, id, old)


@dataclass(frozen=True)
class Local:
    """The AWS of this process's tests."""

    endpoint: Endpoint
    beanstalk: Service

    @contextmanager
    def keeping(self, state_folder: Path) -> Iterator[Aws]:
        """The account, whose Beanstalk keeps what it has in a folder and answers at the address of its front."""
        front, before = "http://127.0.0.1:4321", self.beanstalk.environment
        variables = {
            "AWS_ENDPOINT_URL": self.endpoint.url,
            "AWS_ACCESS_KEY_ID": self.endpoint.access_key,
            "AWS_SECRET_ACCESS_KEY": self.endpoint.secret_key,
            "SLIPWAY_HOME": str(state_folder),
            "SLIPWAY_FRONT": front,
        }
        self.beanstalk.environment = lambda: variables
        try:
            yield Aws(self.endpoint, "us-east-1", state_folder=state_folder, front=front)
        finally:
            self.beanstalk.environment = before


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """An emulator and Beanstalk behind a gateway, which live as long as the tests of this process."""
    state_folder: Path = tmp_path_factory.mktemp("aws")
    drawn = keys.ensure(state_folder)
    (listener,) = ports.listen({"aws": 0}).values()
    port = listener.getsockname()[1]
    words = [sys.executable, "-m", "slipway.sandbox.gateway", str(state_folder), f"aws:{listener.fileno()}"]
    gateway = processes.spawn(
        words, state_folder=state_folder, log=state_folder / "gateway.log", extra={}, descriptors=[listener.fileno()]
    )
    variables = emulator.environment(port, state_folder / "ministack", drawn)
    running = processes.spawn(
        emulator.command(state_folder), state_folder=state_folder, log=state_folder / "log", extra=variables
    )
    try:
        health.wait(
            state_folder,
            Definition(name="ministack", command=lambda *_: [], socket=True, health=emulator.HEALTH),
            Process("ministack", running),
        )
        beanstalk = Service(state_folder, dict)
        beanstalk.begin()
        yield Local(Endpoint(f"http://127.0.0.1:{port}", drawn.access_key, drawn.secret_key), beanstalk)
        beanstalk.shutdown()
    finally:
        processes.end([running, gateway])
        listener.close()


@pytest.fixture(scope="session")
def endpoint(local: Local) -> Endpoint:
    return local.endpoint


@pytest.fixture(scope="session")
def aws(local: Local, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with local.keeping(tmp_path_factory.mktemp("sandbox")) as account:
        yield account


@pytest.fixture(scope="session")
def kind(aws):
    return lambda token: Kind(token, PACKAGE.handlers[token], aws)


@pytest.fixture
def name() -> str:
    """A name no other test uses: the emulator is shared."""
    return f"t-{uuid.uuid4().hex[:12]}"
