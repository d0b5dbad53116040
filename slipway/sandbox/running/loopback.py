"""Keeps a Python app on this machine: an address open to all is taken for 127.0.0.1.

Apps say ``0.0.0.0`` because that is what platforms want. The sandbox puts this file into the environment of each app,
where Python imports it first; an app's own code is not changed.
"""

import socket

WIDE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - what is replaced
_bind = socket.socket.bind


def bind(self, address):  # noqa: ANN001, ANN201 - in the place of the standard library's
    """Bind to loopback where the app would bind to every address."""
    if self.family == socket.AF_INET and address[0] in WIDE:
        address = ("127.0.0.1", *address[1:])
    elif self.family == socket.AF_INET6 and address[0] in WIDE:
        address = ("::1", *address[1:])
    return _bind(self, address)


socket.socket.bind = bind
