"""Free ports of this machine, and sockets that listen on them."""

import socket
from collections.abc import Mapping

BACKLOG = 512


def choose(names: tuple[str, ...]) -> dict[str, int]:
    """A free port of 127.0.0.1 for each name; they are asked for together, so they differ."""
    probes = [socket.socket() for _ in names]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return {name: probe.getsockname()[1] for name, probe in zip(names, probes, strict=True)}
    finally:
        for probe in probes:
            probe.close()


def choose_one() -> int:
    """A free port of 127.0.0.1."""
    return choose(("any",))["any"]


def free(port: int) -> bool:
    """Whether a port of 127.0.0.1 has no listener now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def listen(ports: Mapping[str, int]) -> dict[str, socket.socket]:
    """A listening socket on 127.0.0.1 for each name, at its port; at a free one where that is 0 or taken."""
    return {name: _listener(port) for name, port in ports.items()}


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)
    return listener
