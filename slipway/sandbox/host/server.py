"""The host's servers: one port a package, because the provider protocol does not say which package a call is for."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from slipway.providers.protocol.owners import Owners
from slipway.providers.protocol.servicer import Provider
from slipway.sandbox.handler import Package, Props

PACKAGES = {
    "aws": "slipway.sandbox.aws.package",
    "docker": "slipway.sandbox.docker.package",
    "gcp": "slipway.sandbox.gcp.package",
    "pythonanywhere": "slipway.providers.pythonanywhere.package",
    "random": "slipway.sandbox.random.package",
}
"""Package -> the module whose ``PACKAGE`` serves it."""

OPTIONS = (
    ("grpc.max_receive_message_length", 400 << 20),
    ("grpc.so_reuseport", 0),
    # Our engine asks every ten seconds whether the host is still there; by default a server takes that for an attack.
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.http2.max_ping_strikes", 0),
)
THREADS = 32
"""Calls that one package answers at a time: what engines ask for at most unless told otherwise."""


def load(name: str) -> Package:
    """A package of :data:`PACKAGES`."""
    return import_module(PACKAGES[name]).PACKAGE


def serve(
    package: Package,
    port: int,
    environment: Callable[[], Mapping[str, str]],
    configured: Callable[[Props], None] = lambda _config: None,
    owners: Owners | None = None,
    interceptors: Sequence[grpc.ServerInterceptor] = (),
    folder_of: Callable[[str], Path] = lambda _peer: Path.cwd(),
) -> grpc.Server:
    """Serve ``package`` on ``port`` of 127.0.0.1 until the server is stopped.

    ``environment``, ``configured``, ``owners`` and ``folder_of`` are the :class:`Provider`'s; ``interceptors`` see each
    call first.
    Raises :class:`RuntimeError` for a taken port.
    """
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix=package.name)
    server = grpc.server(pool, interceptors=list(interceptors), options=OPTIONS)
    provider = Provider(package, environment, configured, owners, folder_of)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    if server.add_insecure_port(f"127.0.0.1:{port}") != port:
        raise RuntimeError(f"port {port} of 127.0.0.1, for the package {package.name!r}, is in use")
    server.start()
    return server
