"""The way from the front to a revision's container, which no page and no other user of this machine can take.

A container's published port would answer every process and every page in a browser, past what the front refuses and
past who may call a private service. So HAProxy stands before it, in a container of its own: it takes a connection that
begins with the secret of the revision, by the PROXY protocol, and passes on what follows as it is.

    the door (closed_door.py): owns the network, in which one port takes connections from outside
    the entrance (HAProxy) and the app share it, and meet on 127.0.0.1

A user who may speak to the Docker daemon is as root on this machine, and may read the secret.
"""

import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.sandbox.docker.container_limits import locked_down
from slipway.sandbox.images import bases

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

INSIDE = 61080
"""The port that the entrance takes connections on: an app listens below, and connects from below
(``net.ipv4.ip_local_port_range``)."""
MEMORY, MEMORY_OF_THE_DOOR = 96 << 20, 48 << 20
"""Bytes."""
PATIENCE_S = 20.0
"""For the start of the door."""
DOOR = Path(__file__).with_name("closed_door.py")
AUTHORITY = 0x02
"""The field of the PROXY protocol that carries the secret.
https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt."""
CONFIGURATION = """global
    nbthread 1
    maxconn 1000
    hard-stop-after 10s
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
frontend entrance
    bind :{inside} accept-proxy
    tcp-request session reject unless {{ fc_pp_authority -m str {secret} }}
    default_backend app
backend app
    server app 127.0.0.1:{port}
"""


def greeting(secret: str) -> str:
    """With which a connection begins; "" without a secret. Of characters below 128 alone, so that it is text too."""
    if not secret:
        return ""
    field = struct.pack("!BH", AUTHORITY, len(secret)) + secret.encode()
    # A connection of TCP over IPv4, from and to this machine.
    addresses = bytes((127, 0, 0, 1, 127, 0, 0, 1)) + struct.pack("!HH", 1, 1)
    head = b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", len(addresses) + len(field))
    return (head + addresses + field).decode("ascii")


class NoDoorError(Exception):
    """The door did not start; says the end of its log."""


def images(client: "DockerClient") -> tuple[str, str] | None:
    """Those of the door and of HAProxy; None where one of them is not there."""
    door, proxy = bases.newest(client, "python"), bases.newest(client, "proxy")
    return (door, proxy) if door and proxy else None


def door(image: str, container: str, *, outside: int, labels: Mapping[str, str]) -> dict[str, Any]:
    """What the SDK's ``containers.run`` takes for the container that owns the network, but the network's name."""
    return {
        "name": f"{container}-door",
        "image": image,
        "entrypoint": ["python3", "-ISc"],
        "command": [DOOR.read_text(encoding="utf-8"), str(INSIDE)],
        "user": "0:0",
        "ports": {f"{INSIDE}/tcp": ("127.0.0.1", outside)},
        "nano_cpus": int(0.5 * 1e9),
        **locked_down(MEMORY_OF_THE_DOOR),
        "cap_add": ["NET_ADMIN"],
        "restart_policy": {"Name": "unless-stopped"},
        "log_config": {"type": "json-file", "config": {"max-size": "1m", "max-file": "2"}},
        "labels": dict(labels),
    }


def wait_for(door: "Container") -> str:
    """Until the door has done what it can: "" where it is closed, else why the kernel takes no such rule.

    Raises :class:`NoDoorError`.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not (log := door.logs().decode(errors="replace")).startswith(("closed", "open: ")):
        door.reload()
        if door.status not in ("created", "running") or door.attrs["RestartCount"] or time.monotonic() > deadline:
            raise NoDoorError(log.strip().rpartition("\n")[2] or "no answer in time")
        time.sleep(0.05)
    return log.strip().removeprefix("closed").removeprefix("open: ")


def arguments(image: str, container: str, port: int, *, secret: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """What the SDK's ``containers.run`` takes for HAProxy, but the network."""
    text = CONFIGURATION.format(inside=INSIDE, secret=secret, port=port)
    return {
        "name": f"{container}-entrance",
        "image": image,
        "entrypoint": ["/bin/sh", "-c"],
        "command": ['printf %s "$CONFIGURATION" > /tmp/haproxy.cfg && exec haproxy -db -f /tmp/haproxy.cfg'],
        "environment": {"CONFIGURATION": text},
        "nano_cpus": int(0.5 * 1e9),
        **locked_down(MEMORY),
        "restart_policy": {"Name": "unless-stopped"},
        "log_config": {"type": "json-file", "config": {"max-size": "1m", "max-file": "2"}},
        "labels": dict(labels),
    }
