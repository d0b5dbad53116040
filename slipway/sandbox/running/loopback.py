"""Keeps a Python app on this machine and behind the front.

An address open to all is taken for 127.0.0.1: apps say ``0.0.0.0`` because that is what platforms want. At the port
that the platform has given it the app gets to see those connections alone that begin with the front's greeting, which
is taken off, and those that its own process makes, as Gradio does to see whether it is up. The sandbox puts this file
into the environment of each app, where Python imports it first; an app's own code is not changed.
"""

import os
import select
import socket
import time
import weakref

WIDE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - what is replaced
HERE = frozenset({"localhost", "127.0.0.1", *WIDE})
"""How an app calls the machine that it runs on."""
SECONDS = 0.5
"""For a greeting to arrive; the system hands a connection over once something has."""
FRONT = ("127.0.0.1", 0)
"""Who asks at a socket file: servers and apps take a client to have an address."""
_port, _, _greeting = os.environ.get("SLIPWAY_ENTRANCE", "").encode().partition(b":")
_there = os.environ.get("SLIPWAY_PORT_THERE", "").encode()
_bind = socket.socket.bind
_setsockopt = socket.socket.setsockopt
_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_own = {}
"""Port -> the socket from which this process asks its own entrance."""
_accept = socket.socket._accept  # pyright: ignore[reportAttributeAccessIssue] - what accept() itself calls


def bind(self, address):  # noqa: ANN001, ANN201 - in the place of the standard library's
    """Bind to loopback where the app would bind to every address, and to its port where it says the platform's."""
    if self.family in (socket.AF_INET, socket.AF_INET6) and _port and str(address[1]).encode() == _there:
        address = (address[0], int(_port), *address[2:])
    if self.family == socket.AF_INET and address[0] in WIDE:
        address = ("127.0.0.1", *address[1:])
    elif self.family == socket.AF_INET6 and address[0] in WIDE:
        address = ("::1", *address[1:])
    if _is_entrance(self, address) and hasattr(socket, "TCP_DEFER_ACCEPT"):
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)
    return _bind(self, address)


def setsockopt(self, *option):  # noqa: ANN001, ANN002, ANN201 - in the place of the standard library's
    """Set an option; a socket file has no port to share, which servers ask for that would have one."""
    if self.family == socket.AF_UNIX and option[1] == getattr(socket, "SO_REUSEPORT", None):
        return None
    return _setsockopt(self, *option)


def connect(self, address):  # noqa: ANN001, ANN201 - in the place of the standard library's
    """Connect; a connection to the app's own entrance is remembered."""
    _remember(self, address)
    return _connect(self, address)


def connect_ex(self, address):  # noqa: ANN001, ANN201 - in the place of the standard library's
    """The same with a number for an error."""
    _remember(self, address)
    return _connect_ex(self, address)


def accept(self):  # noqa: ANN001, ANN201 - in the place of the standard library's
    """The next connection that may be one: it came by the socket file, or with the greeting."""
    while True:
        descriptor, address = _accept(self)
        if self.family == socket.AF_UNIX:
            return descriptor, address or FRONT
        if not _is_entrance(self, self.getsockname()) or _is_own(address) or _greeted(descriptor):
            return descriptor, address
        os.close(descriptor)


def _is_entrance(self, address):  # noqa: ANN001, ANN202
    inet = self.family in (socket.AF_INET, socket.AF_INET6)
    return inet and self.type == socket.SOCK_STREAM and _greeting != b"" and str(address[1]).encode() == _port


def _remember(self, address):  # noqa: ANN001, ANN202
    """Give a socket that asks the app's own entrance a port before it connects, by which the entrance knows it.

    Another machine may have the same port: a socket that asks there is left as it is.
    """
    if self.family != socket.AF_INET or address[0] not in HERE or not _is_entrance(self, address):
        return
    try:
        if not self.getsockname()[1]:
            _bind(self, ("127.0.0.1", 0))
        _own[self.getsockname()[1]] = weakref.ref(self)
    except OSError:
        return  # it is connected already, or not to this machine: connecting says so


def _is_own(address):  # noqa: ANN001, ANN202
    """Whether a connection is one that this process makes: its other end is a socket that is open here.

    By address and port: all of 127.0.0.0/8 is this machine, and another process may have the port at another address.
    """
    made = _own.get(address[1], lambda: None)()
    if made is None or made.fileno() < 0 or made.getsockname()[:2] != address[:2]:
        return False
    return _own.pop(address[1], None) is not None


def _greeted(descriptor):  # noqa: ANN001, ANN202
    """Whether a connection begins with the greeting, which is read."""
    until, rest = time.monotonic() + SECONDS, len(_greeting)
    received = b""
    try:
        while rest and _greeting.startswith(received):
            if not select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
                return False
            piece = os.read(descriptor, rest)
            if not piece:
                return False
            received += piece
            rest -= len(piece)
    except OSError:
        return False
    return received == _greeting


socket.socket.bind = bind
socket.socket.connect = connect
socket.socket.connect_ex = connect_ex
socket.socket.setsockopt = setsockopt  # pyright: ignore[reportAttributeAccessIssue]
socket.socket._accept = accept  # pyright: ignore[reportAttributeAccessIssue]
