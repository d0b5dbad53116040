"""Closes a container's network to everything from outside but one port: run inside of it, by ``python3 -ISc``.

    python3 -ISc "$(cat closed_door.py)" PORT

A container has an address in the Docker daemon's network, and every process of the machine reaches each of its ports
there, published or not. This program is the container whose network others share: it tells the kernel to drop what
opens a TCP connection from outside to another port than PORT, prints ``closed``, and waits. What the containers open
themselves, and what they say to each other on 127.0.0.1, passes. The rule lives as long as the network does, and comes
back with this program; it needs the capability NET_ADMIN, over its own network alone, and no other.

The words of netfilter are the kernel's (include/uapi/linux/netfilter/nf_tables.h); nothing but Python's own library is
in the image.
"""

import os
import signal
import socket
import struct
import sys

NETLINK, NETFILTER, TABLES = 16, 12, 10
CREATE, APPEND, ACKNOWLEDGE, REQUEST = 0x400, 0x800, 4, 1
IP_AND_IPV6, LOCAL_IN, ACCEPT, DROP = 1, 1, 1, 0
INTERFACE, PROTOCOL, LOOPBACK, TCP = 4, 16, 1, 6
TABLE, CHAIN = b"slipway\0", b"input\0"


def attribute(kind: int, data: bytes) -> bytes:
    """One attribute of a message, to the next four bytes."""
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def number(kind: int, value: int) -> bytes:
    """An attribute that is a number."""
    return attribute(kind, struct.pack("!I", value))


def nested(kind: int, *parts: bytes) -> bytes:
    """An attribute of attributes."""
    return attribute(kind | 0x8000, b"".join(parts))


def expression(name: str, *parts: bytes) -> bytes:
    """A step of a rule: it reads into, or compares, the first register."""
    return nested(1, attribute(1, name.encode() + b"\0"), nested(2, *parts))


def meta(key: int) -> bytes:
    """Read a fact about the packet."""
    return expression("meta", number(1, 1), number(2, key))


def payload(offset: int, length: int) -> bytes:
    """Read bytes of the head of TCP."""
    return expression("payload", number(1, 1), number(2, 2), number(3, offset), number(4, length))


def compare(value: bytes, *, equal: bool = True) -> bytes:
    """Go on with the rule only if it is so."""
    return expression("cmp", number(1, 1), number(2, 0 if equal else 1), nested(3, attribute(1, value)))


def masked(mask: bytes) -> bytes:
    """Leave some bits of what was read."""
    zeros = bytes(len(mask))
    sizes = number(1, 1), number(2, 1), number(3, len(mask))
    return expression("bitwise", *sizes, nested(4, attribute(1, mask)), nested(5, attribute(1, zeros)))


def message(kind: int, flags: int, sequence: int, *parts: bytes, family: int = IP_AND_IPV6, resource: int = 0) -> bytes:
    """One message of a batch."""
    body = struct.pack("!BBH", family, 0, resource) + b"".join(parts)
    return struct.pack("=IHHII", 16 + len(body), kind, REQUEST | flags, sequence, 0) + body


def batch(port: int) -> bytes:
    """A table, a chain for what arrives, and the rule in it."""
    create = CREATE | ACKNOWLEDGE
    rule = (
        *(meta(PROTOCOL), compare(bytes([TCP]))),
        *(meta(INTERFACE), compare(struct.pack("=I", LOOPBACK), equal=False)),
        # SYN without ACK: what opens a connection.
        *(payload(13, 1), masked(b"\x12"), compare(b"\x02")),
        *(payload(2, 2), compare(struct.pack("!H", port), equal=False)),
        expression("immediate", number(1, 0), nested(2, nested(2, number(1, DROP)))),
    )
    hook = nested(4, number(1, LOCAL_IN), number(2, 0))
    chain = attribute(1, TABLE), attribute(3, CHAIN), hook, number(5, ACCEPT), attribute(7, b"filter\0")
    return b"".join(
        (
            message(0x10, 0, 1, family=0, resource=TABLES),
            message(TABLES << 8, create, 2, attribute(1, TABLE)),
            message(TABLES << 8 | 3, create, 3, *chain),
            message(TABLES << 8 | 6, create | APPEND, 4, attribute(1, TABLE), attribute(2, CHAIN), nested(4, *rule)),
            message(0x11, 0, 5, family=0, resource=TABLES),
        )
    )


def close(port: int) -> None:
    """Have the kernel take the batch. Raises :class:`OSError` where it refuses."""
    with socket.socket(NETLINK, socket.SOCK_RAW, NETFILTER) as line:
        line.bind((0, 0))
        line.settimeout(5)
        line.send(batch(port))
        answered = 0
        while answered < 3:
            answer = line.recv(65536)
            while answer:
                length, kind = struct.unpack("=IH", answer[:6])
                refused = -struct.unpack("=i", answer[16:20])[0] if kind == 2 else 0
                if refused:
                    raise OSError(refused, os.strerror(refused))
                answered += 1
                answer = answer[(length + 3) & ~3 :]


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        close(int(sys.argv[1]))
        print("closed", flush=True)
    except OSError as error:
        # A kernel without netfilter's tables: the app is still to run, and who started this says what is open.
        print(f"open: {error}", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
