"""A package as a plugin of the `pulumi` command: serve on a free port, say which, until the command ends it.

The order is that of every Pulumi plugin: the engine's address comes as an argument, the port goes to standard output,
a line of its own; what is logged goes to standard error.
"""

import logging
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from slipway.providers.protocol.handler import Package
from slipway.providers.protocol.servicer import Provider

THREADS = 16
OPTIONS = (("grpc.max_receive_message_length", 400 << 20), ("grpc.so_reuseport", 0))
PULSE = 2.0
"""Seconds between looks whether the command that started the plugin still lives."""


def start(package: Package, port: int = 0) -> tuple[grpc.Server, int]:
    """Serve ``package`` on 127.0.0.1 with the process's own variables: the server, and its port."""
    server = grpc.server(ThreadPoolExecutor(THREADS, thread_name_prefix=package.name), options=OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(package, lambda: dict(os.environ)), server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, bound


def run(package: Package) -> None:
    """Serve until SIGTERM or SIGINT, or until the parent process has ended."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    # Without a handler of its own stamina would tell the user of every try.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    ended, parent = threading.Event(), os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server, port = start(package)
    print(port, flush=True)
    while not ended.wait(PULSE) and os.getppid() == parent:
        continue
    server.stop(grace=0.2)
