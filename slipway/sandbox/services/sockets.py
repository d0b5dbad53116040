"""Sockets that are files: where a service of the sandbox listens for its owner alone.

They lie in a folder that no other user may enter, and no browser speaks to them.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slipway.sandbox.services.registry import folder

LONGEST = 100
"""Bytes of a path that every system takes as the address of a socket."""
BACKLOG = 256


def path(state_folder: Path, name: str) -> Path:
    """The socket of a service."""
    return folder(state_folder) / "sockets" / f"{name}.sock"


@contextmanager
def address(place: Path) -> Iterator[str]:
    """What ``bind`` and ``connect`` take for a socket file, however deep it lies."""
    if len(os.fsencode(place)) <= LONGEST:
        yield str(place)
        return
    handle = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{place.name}"
    finally:
        os.close(handle)


def listen(place: Path) -> socket.socket:
    """Listen on a socket file, in place of one that an ended process has left."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.parent.chmod(0o700)
    place.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    with address(place) as where:
        listener.bind(where)
    place.chmod(0o600)
    listener.listen(BACKLOG)
    return listener


def connect(place: Path, seconds: float) -> socket.socket:
    """A connection to a socket file. Raises OSError."""
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(seconds)
    try:
        with address(place) as where:
            line.connect(where)
    except OSError:
        line.close()
        raise
    return line
