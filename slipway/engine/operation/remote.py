"""A program that runs in another process, as with Pulumi's Automation API, which names the process by ``--client``.

The monitor and the engine are served over gRPC on loopback, and the program's language host is asked to run it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from pulumi.runtime.proto import (
    engine_pb2_grpc,
    language_pb2,
    language_pb2_grpc,
    resource_pb2_grpc,
)

from slipway.engine.errors import EngineError
from slipway.engine.operation.monitor import Engine, Monitor
from slipway.engine.operation.program import InOrder, Program
from slipway.engine.providers.provider import OPTIONS

_MOST_REQUESTS = 1_000
"""Requests of a program that wait at one time."""


def run_remote(address: str, program: Program, monitor: Monitor, engine: Engine, threads: InOrder) -> str:
    """Run the program of the process at ``address``. Returns what it failed with; empty where it did not."""
    del threads  # the requests come over the wire, in the order in which they were sent
    server = grpc.server(ThreadPoolExecutor(_MOST_REQUESTS, "remote"), options=OPTIONS)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(
        _served(resource_pb2_grpc.ResourceMonitorServicer, monitor), server
    )
    engine_pb2_grpc.add_EngineServicer_to_server(_served(engine_pb2_grpc.EngineServicer, engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(address, options=OPTIONS) as channel:
            answer = language_pb2_grpc.LanguageRuntimeStub(channel).Run(_request(program, f"127.0.0.1:{port}"))
        return answer.error if not answer.bail else "the program failed; its own process has reported it"
    except grpc.RpcError as error:
        raise EngineError(f"the program at {address} does not answer: {error.details()}") from error  # type: ignore[attr-defined]
    finally:
        server.stop(None)


def _request(program: Program, monitor: str) -> Any:  # noqa: ANN401 - protobuf
    folder = str(program.folder)
    return language_pb2.RunRequest(
        project=program.project,
        stack=program.stack,
        pwd=folder,
        program=folder,
        config=program.config,
        configSecretKeys=program.secret_keys,
        dryRun=program.preview,
        parallel=program.parallel,
        monitor_address=monitor,
        organization="organization",
        info=language_pb2.ProgramInfo(root_directory=str(program.root), program_directory=folder, entry_point="."),
    )


def _served(servicer: type, target: object) -> Any:  # noqa: ANN401
    """A servicer whose methods are those of an object in this process."""

    def method(name: str) -> Callable[..., Any]:
        def call(self: object, request: Any, context: Any) -> Any:  # noqa: ANN401
            del self
            function = getattr(target, name, None)
            if function is None:
                context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{name} is not served by this engine")
            try:
                return function(request)  # type: ignore[misc]
            except grpc.RpcError as error:
                context.abort(error.code(), error.details())  # type: ignore[attr-defined]

        return call

    names = [name for name in vars(servicer) if not name.startswith("_")]
    return type(f"Served{servicer.__name__}", (servicer,), {name: method(name) for name in names})()
