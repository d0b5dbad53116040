"""The way from the front to a revision's container, which no page and no other user of this machine can take.

A container's published port would answer every process and every page in a browser, past what the front refuses and
past who may call a private service. So HAProxy stands before it, in a container of its own: it takes a connection that
begins with the secret of the revision, by the PROXY protocol, and passes on what follows as it is.

A user who may speak to the Docker daemon is as root on this machine, and may read the secret. The address of the
container itself, in the daemon's network, stays within reach of this machine's processes.
"""

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slipway.sandbox.docker.container_limits import locked_down
from slipway.sandbox.images import bases

if TYPE_CHECKING:
    from docker import DockerClient

INSIDE = 8080
MEMORY = 96 << 20
"""Bytes."""
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
    default-server init-addr libc,none resolvers docker resolve-prefer ipv4
resolvers docker
    nameserver docker 127.0.0.11:53
    timeout resolve 500ms
    timeout retry 500ms
    hold valid 1s
frontend entrance
    bind :{inside} accept-proxy
    tcp-request session reject unless {{ fc_pp_authority -m str {secret} }}
    default_backend app
backend app
    server app {container}:{port}
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


def arguments(
    client: "DockerClient", container: str, port: int, *, secret: str, outside: int, labels: Mapping[str, str]
) -> dict[str, Any] | None:
    """What the SDK's ``containers.run`` takes for it, but the network; None where there is no image of HAProxy."""
    image = bases.newest(client, "proxy")
    if image is None:
        return None
    text = CONFIGURATION.format(inside=INSIDE, secret=secret, container=container, port=port)
    return {
        "name": f"{container}-entrance",
        "image": image,
        "entrypoint": ["/bin/sh", "-c"],
        "command": ['printf %s "$CONFIGURATION" > /tmp/haproxy.cfg && exec haproxy -db -f /tmp/haproxy.cfg'],
        "environment": {"CONFIGURATION": text},
        "ports": {f"{INSIDE}/tcp": ("127.0.0.1", outside)},
        "nano_cpus": int(0.5 * 1e9),
        **locked_down(MEMORY),
        "restart_policy": {"Name": "unless-stopped"},
        "log_config": {"type": "json-file", "config": {"max-size": "1m", "max-file": "2"}},
        "labels": dict(labels),
    }
