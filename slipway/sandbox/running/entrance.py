"""The way from the front to an app, which nothing else of this machine can take.

An app's own port would answer every process and every page in a browser, past what the front refuses. So servers that
can, listen on a socket file in a folder of the app. Other Python servers have their port, and ``loopback.py`` in the
app's environment closes each connection there that does not begin with the greeting, which the front alone knows. For a
server that accepts connections by code of its own there is neither: its port is open to this machine.
"""

import hmac
import os
import re
import socket
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path

from slipway.sandbox.services import files, keys, registry, sockets

ENTRANCE = "SLIPWAY_ENTRANCE"
"""The variable by which ``loopback.py`` is told the port and the greeting."""
PORT_THERE = "SLIPWAY_PORT_THERE"
"""The variable by which ``loopback.py`` is told the port that every app has on the platform: one that an app names as a
number stands for its own. https://cloud.google.com/appengine/docs/standard/python3/runtime says 8080."""
GUNICORN = re.compile(r"(?:^|[\s/&;])gunicorn(?=\s)")
PORTS = r"(?:{}|\$PORT|\$\{{PORT(?::-\d+)?\}})"
"""How a command says the port: by number or by its variable."""
BIND = r"(?P<flag>(?<=\s)(?:-b\s*|--bind[ =]))(?P<quote>[\"']?)(?:\[[^\]\s]*\]|[\w.-]*):<port>(?P=quote)(?=\s|$)"
"""gunicorn's address, as its author wrote it."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How an app is reached: its socket file, else its port with the greeting, which is "" where it asks for none."""

    port: int
    socket: Path | None = None
    greeting: str = ""
    seconds: float = 0.0
    """That a request may take; 0 where its settings leave that to the platform."""


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """What an app is told of where to listen."""

    folder: Path
    """Its user's own: the socket file is made there."""
    socket: Path | None
    """None where the path is too long for the address of a socket."""
    port: int
    greeting: str

    @property
    def variables(self) -> dict[str, str]:
        """For the app's environment; gunicorn and uvicorn read what is theirs."""
        by_port = {ENTRANCE: f"{self.port}:{self.greeting}"}
        if self.socket is None:
            # Without an address of its own gunicorn would take all of this machine's.
            return {**by_port, "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{self.port} --access-logfile -"}
        return {
            **by_port,
            "GUNICORN_CMD_ARGS": f"--bind unix:{self.socket} --access-logfile -",
            "UVICORN_UDS": str(self.socket),
            "FORWARDED_ALLOW_IPS": "*",  # the front is the only one there
        }

    def command(self, command: str) -> str:
        """The same command with gunicorn listening on the socket file."""
        if self.socket is None or not GUNICORN.search(command):
            return command
        return re.sub(BIND.replace("<port>", PORTS.format(self.port)), rf"\g<flag>unix:{self.socket}", command)


def prepare(state_folder: Path, name: str, port: int) -> Entrance:
    """A new entrance for the app of this name in the registry of services, in place of the one that it had."""
    place = folder_of(state_folder, name)
    files.remove(place)
    registry.private(place)
    drawn = keys.load(state_folder)
    secret = drawn.token.encode() if drawn else os.urandom(32)
    greeting = hmac.new(secret, name.encode(), sha256).hexdigest()
    registry.write(_greeting(state_folder, name), greeting)
    path = place / "app.sock"
    fits = len(os.fsencode(path)) <= sockets.LONGEST and not re.search(r"[^\w./@%+=:,-]", str(path))
    return Entrance(folder=place, socket=path if fits else None, port=port, greeting=greeting)


def way(state_folder: Path, name: str, port: int) -> Way:
    """How the app of this name is reached now."""
    path = folder_of(state_folder, name) / "app.sock"
    if path.exists():
        return Way(port=port, socket=path)
    try:
        return Way(port=port, greeting=_greeting(state_folder, name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Way(port=port)


def open_to_all(state_folder: Path, name: str) -> None:
    """Note that the app's server does not ask for the greeting."""
    _greeting(state_folder, name).unlink(missing_ok=True)


def remove(state_folder: Path, name: str) -> None:
    """Remove what an ended app has left of its entrance."""
    files.remove(folder_of(state_folder, name))
    _greeting(state_folder, name).unlink(missing_ok=True)


def folder_of(state_folder: Path, name: str) -> Path:
    """The app's folder for its socket file."""
    return registry.folder(state_folder) / "entrances" / sha256(name.encode()).hexdigest()[:12]


def _greeting(state_folder: Path, name: str) -> Path:
    return folder_of(state_folder, name).with_suffix(".greeting")


class Line(HTTPConnection):
    """A connection to an app, as the front makes it. ``greeted=False`` is how another process would come."""

    def __init__(self, way: Way, seconds: float, *, greeted: bool = True) -> None:
        super().__init__("127.0.0.1", way.port, timeout=seconds)
        self._way, self._greeted = way, greeted

    def connect(self) -> None:
        """By the socket file, or by the port and with the greeting."""
        if self._way.socket is not None:
            self.sock = sockets.connect(self._way.socket, self.timeout or 0)
            return
        self.sock = socket.create_connection((self.host, self.port), self.timeout)
        if self._greeted:
            self.sock.sendall(self._way.greeting.encode())
