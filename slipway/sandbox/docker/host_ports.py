"""Ports of this machine for containers: the declared ones, or the next free ones in the place of those that are taken.

Two checkouts of one project declare the same ports, and share one daemon. In the sandbox the second one's containers
get other ports, which their outputs say; outside of it no port is replaced.
"""

import re
import socket
from collections.abc import Iterator, Sequence
from typing import Any

from slipway.sandbox.handler import Props

TAKEN = re.compile(
    r"port is already allocated|address already in use|cannot expose privileged port|bind: permission denied"
)
"""How daemons say that a port cannot be had: another container's, another program's, an administrator's alone."""
PRIVILEGED = 1024
"""Ports below are the administrator's."""
ABOVE = 8000
"""How far such a port's replacement is above it: 80 becomes 8080."""
TRIED = 200
"""Ports that are looked at."""


def refused(why: str, ports: Sequence[Props]) -> frozenset[int]:
    """The ports of this machine that the daemon's sentence ``why`` refuses; all where it names none of them."""
    if not TAKEN.search(why):
        return frozenset()
    declared = frozenset(int(port["external"]) for port in ports if port.get("external"))
    named = frozenset(int(number) for number in re.findall(r"(?<=[: ])\d{1,5}\b", why))
    return declared & named or declared


def replaced(ports: Sequence[Props], refused: frozenset[int]) -> list[Props]:
    """``ports`` with another ``external``, which is free, for each that is in ``refused``."""
    return [_replaced(port, refused) if port.get("external") in refused else port for port in ports]


def _replaced(port: Props, refused: frozenset[int]) -> Props:
    address, protocol = port.get("ip") or "", port.get("protocol") or "tcp"
    candidates = (number for number in _candidates(int(port["external"])) if number not in refused)
    free = next((number for number in candidates if _is_free(address, number, protocol)), port["external"])
    return {**port, "external": free}


def _candidates(declared: int) -> Iterator[int]:
    start = declared + (ABOVE if declared < PRIVILEGED else 1)
    yield from range(start, min(start + TRIED, 65536))


def _is_free(address: str, port: int, protocol: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    try:
        with socket.socket(family, kind) as trial:
            trial.bind((address, port))
    except OSError:
        return False
    return True


def bound(bindings: Any, ports: Sequence[Props]) -> list[Props]:  # noqa: ANN401 - the daemon's JSON
    """``ports`` with the ``external`` that a container has, by its ``HostConfig.PortBindings``."""
    given = {key: list(entries or ()) for key, entries in (bindings or {}).items()}
    return [_with_binding(port, given) for port in ports]


def _with_binding(port: Props, given: dict[str, list[Any]]) -> Props:
    entries = given.get(f"{port['internal']}/{port.get('protocol', 'tcp')}")
    number = entries.pop(0).get("HostPort") if entries else ""
    return {**port, "external": int(number)} if number and port.get("external") else port
