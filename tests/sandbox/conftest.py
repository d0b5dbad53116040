"""What the sandbox's tests share: a provider served on a real port, and the calls an engine makes to it."""

import json
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from slipway.providers.protocol import wire
from slipway.sandbox.handler import Package, Props
from slipway.sandbox.host.server import serve
from slipway.wire import values
from slipway.wire.signatures import RESUMES
from tests.contract.google_cloud import documents
from tests.google_service import served
from tests.sandbox.storage_service import serving_storage


class Refused(Exception):
    """A call that ended with an error; ``partial`` is the detail of a partial failure."""

    def __init__(self, code: grpc.StatusCode, message: str, partial: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.partial = code, message, partial


@dataclass
class Caller:
    """The calls of an engine, with plain values."""

    stub: provider_pb2_grpc.ResourceProviderStub
    patience: float = 30.0
    """Seconds that a call may take."""

    def call(self, method: str, request: Any, **options: Any) -> Any:
        try:
            return getattr(self.stub, method)(request, timeout=self.patience, **options)
        except grpc.RpcError as error:
            raise Refused(error.code(), error.details() or "", _partial(error)) from error  # type: ignore[attr-defined]

    def configure(self, **config: Any) -> Any:
        args = struct_pb2.Struct()
        args.update({key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()})
        return self.call("Configure", provider_pb2.ConfigureRequest(args=args, acceptSecrets=True))

    def check(self, type: str, inputs: Any, olds: Props | None = None, **more: Any) -> Any:
        request = provider_pb2.CheckRequest(urn=urn(type), news=struct(inputs), olds=struct(olds or {}), **more)
        return self.call("Check", request)

    def checked(self, type: str, inputs: Any, olds: Props | None = None, **more: Any) -> Props:
        answer = self.check(type, inputs, olds, **more)
        assert not answer.failures, answer.failures
        return wire.plain_props(answer.inputs)

    def failures(self, type: str, inputs: Any) -> dict[str, str]:
        return {failure.property: failure.reason for failure in self.check(type, inputs).failures}

    def diff(self, type: str, old: Any, new: Any, ignore: tuple[str, ...] = ()) -> Any:
        request = provider_pb2.DiffRequest(
            urn=urn(type), id="x", olds=elided(old), old_inputs=elided(old), news=elided(new), ignoreChanges=ignore
        )
        return self.call("Diff", request)

    def create(
        self, type: str, inputs: Any, *, preview: bool = False, resumes: bool = False, stack: str = "test"
    ) -> tuple[str, Any]:
        request = provider_pb2.CreateRequest(urn=urn(type, stack=stack), properties=struct(inputs), preview=preview)
        answer = self.call("Create", request, metadata=((RESUMES, "1"),) if resumes else ())
        return answer.id, answer.properties

    def made(self, type: str, inputs: Any) -> tuple[str, Props]:
        """Check, then create, as every engine does."""
        id, outputs = self.create(type, self.checked(type, inputs))
        return id, wire.plain_props(outputs)

    def read(self, type: str, id: str, inputs: Any = None, state: Any = None) -> Any:
        request = provider_pb2.ReadRequest(
            urn=urn(type), id=id, inputs=elided(inputs or {}), properties=elided(state or inputs or {})
        )
        return self.call("Read", request)

    def update(self, type: str, id: str, old: Any, new: Any, *, preview: bool = False) -> Any:
        request = provider_pb2.UpdateRequest(urn=urn(type), id=id, olds=elided(old), news=struct(new), preview=preview)
        return self.call("Update", request).properties

    def delete(self, type: str, id: str, state: Any) -> None:
        self.call("Delete", provider_pb2.DeleteRequest(urn=urn(type), id=id, properties=elided(state)))

    def cancel(self) -> None:
        self.call("Cancel", empty_pb2.Empty())


def urn(type: str, name: str = "thing", stack: str = "test") -> str:
    return f"urn:pulumi:{stack}::slipway::slipway:gcp:Parent${type}::{name}"


def elided(props: Any) -> struct_pb2.Struct:
    """A struct as both engines send what is old: of assets and archives their hash alone."""
    return values.to_struct(values.from_struct(struct(props)), values.Dialect(asset_contents=False))


def struct(props: Any) -> struct_pb2.Struct:
    """A struct of plain values; one that is a struct already is taken as it is."""
    if isinstance(props, struct_pb2.Struct):
        return props
    return wire.to_struct(props, secret=frozenset(), origin=struct_pb2.Struct())


def _partial(error: Any) -> Any:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            detail = provider_pb2.ErrorResourceInitFailed()
            status_pb2.Status.FromString(value).details[0].Unpack(detail)
            return detail
    return None


@pytest.fixture
def serving() -> Iterator[Callable[..., Caller]]:
    """Serves a package on a free port of 127.0.0.1: ``serving(package, environment={…})``."""
    logging.getLogger("slipway").setLevel(logging.CRITICAL)
    servers, channels = [], []

    def start(package: Package, environment: Callable[[], dict[str, str]] | dict[str, str] | None = None) -> Caller:
        found = environment if callable(environment) else lambda: environment or {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        servers.append(serve(package, port, found))
        channels.append(grpc.insecure_channel(f"127.0.0.1:{port}"))
        return Caller(provider_pb2_grpc.ResourceProviderStub(channels[-1]))

    yield start
    for channel in channels:
        channel.close()
    for server in servers:
        server.stop(grace=0).wait()


@pytest.fixture
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own for a sandbox; whatever runs in it ends with the test. It uses no Docker daemon."""
    from slipway.sandbox import composition

    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    folder = tmp_path / ".slipway"
    yield folder
    composition.stop(folder)


@pytest.fixture
def refusals() -> list[str]:
    """What the Google Cloud of a test has refused, in Google's words."""
    return []


@pytest.fixture
def storage(tmp_path: Path, refusals: list[str]) -> Iterator[str]:
    """Cloud Storage of a sandbox in ``tmp_path``, in this process and without a gateway: the address it answers at."""
    with serving_storage(tmp_path, refusals) as address:
        yield address


@pytest.fixture
def google(tmp_path: Path, storage: str, refusals: list[str]) -> Iterator[dict[str, str]]:
    """The variables of a Google Cloud in ``tmp_path``, in this process and without a gateway.

    All that the provider asks for is served, listed as needed, and answered as Google's discovery documents have it.
    """
    variables = {"STORAGE_EMULATOR_HOST": storage, "SLIPWAY_FRONT": "http://127.0.0.1:8081"}
    with served(tmp_path, refusals=refusals, variables=lambda: variables) as server:
        yield {"SLIPWAY_HOME": str(tmp_path), "STORAGE_EMULATOR_HOST": storage, "SLIPWAY_GOOGLE": server.address}
    assert (server.unserved, server.invalid) == ([], [])
    assert documents.not_listed("the provider of the sandbox", server.calls) == []


@pytest.fixture
def world(state_folder: Path, serving: Any):
    """A world in which pipelines run; whatever runs in it ends with the test."""
    from slipway.sandbox.gcp.package import PACKAGE
    from slipway.sandbox.services import processes

    from .dataflow_world import World

    state_folder.mkdir(parents=True)
    with (
        serving_storage(state_folder) as storage,
        served(state_folder, variables=lambda: {"STORAGE_EMULATOR_HOST": storage}) as server,
    ):
        environment = {
            "SLIPWAY_HOME": str(state_folder),
            "STORAGE_EMULATOR_HOST": storage,
            "SLIPWAY_GOOGLE": server.address,
        }
        yield World(state_folder, environment, serving(PACKAGE, environment))
    processes.end_marked(state_folder)
    assert (server.unserved, server.invalid) == ([], [])
    assert documents.not_listed("the provider of the sandbox", server.calls) == []
