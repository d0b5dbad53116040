"""Whether a service answers."""

import logging
import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import stamina

from slipway.sandbox.services import sockets
from slipway.sandbox.services.definition import Definition
from slipway.sandbox.services.registry import Service

# Without a handler of its own stamina would tell the user of every try.
logging.getLogger("stamina").addHandler(logging.NullHandler())

PATIENCE = 30.0
"""Seconds that a service has to answer for the first time."""


TRIES = 4
"""How often a running service is asked before it counts as hung; each time it has :data:`ANSWER` seconds."""

ANSWER = 2.0


class UnhealthyError(Exception):
    """A service does not answer (yet)."""


class EndedError(Exception):
    """The process of a service ended by itself."""


def answers(state_folder: Path, definition: Definition, service: Service) -> bool:
    """Whether it runs and answers; one that runs is asked again before it counts as hung.

    A service that is taken for hung is ended, and an emulator's world with it: a busy machine must not be enough.
    """
    try:
        for attempt in stamina.retry_context(on=UnhealthyError, attempts=TRIES, wait_initial=0.1, wait_jitter=0.0):
            with attempt:
                _ask(state_folder, definition, service)
    except (UnhealthyError, EndedError):
        return False
    return True


def answers_now(state_folder: Path, definition: Definition, service: Service) -> bool:
    """Whether it answers when it is asked once."""
    try:
        _ask(state_folder, definition, service)
    except (UnhealthyError, EndedError):
        return False
    return True


def wait(state_folder: Path, definition: Definition, service: Service) -> None:
    """Return once it answers. Raises :class:`EndedError`, or :class:`UnhealthyError` after :data:`PATIENCE` seconds."""
    for attempt in stamina.retry_context(
        on=UnhealthyError, attempts=None, timeout=PATIENCE, wait_initial=0.03, wait_max=0.05, wait_jitter=0.0
    ):
        with attempt:
            _ask(state_folder, definition, service)


def _ask(state_folder: Path, definition: Definition, service: Service) -> None:
    if not service.process.alive:
        raise EndedError(f"{service.name} has ended")
    try:
        for port in service.ports.values():
            socket.create_connection(("127.0.0.1", port), timeout=ANSWER).close()
        if definition.health:
            _get(
                _Line(sockets.path(state_folder, service.name) if definition.socket else service.port),
                definition.health,
            )
    except (HTTPException, OSError) as error:
        raise UnhealthyError(f"{service.name} does not answer: {error}") from error


class _Line(HTTPConnection):
    """A connection to a port of 127.0.0.1 or a socket file."""

    def __init__(self, place: Path | int) -> None:
        super().__init__("127.0.0.1", 0 if isinstance(place, Path) else place, timeout=ANSWER)
        self._place = place

    def connect(self) -> None:
        """By the file, where it is one."""
        if isinstance(self._place, Path):
            self.sock = sockets.connect(self._place, ANSWER)
        else:
            super().connect()


def _get(connection: HTTPConnection, path: str) -> None:
    """Ask a page of this machine. Raises OSError or HTTPException, also for an answer that is an error.

    By the standard library: every command looks at the services first, and importing httpx takes longer than that.
    """
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status >= 400:
        raise HTTPException(f"GET {path} answers {status}")
