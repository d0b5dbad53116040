"""Whether a service answers."""

import logging
import socket
from http.client import HTTPConnection, HTTPException

import stamina

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


def answers(definition: Definition, service: Service) -> bool:
    """Whether it runs and answers; one that runs is asked again before it counts as hung.

    A service that is taken for hung is ended, and an emulator's world with it: a busy machine must not be enough.
    """
    try:
        for attempt in stamina.retry_context(on=UnhealthyError, attempts=TRIES, wait_initial=0.1, wait_jitter=0.0):
            with attempt:
                _ask(definition, service)
    except (UnhealthyError, EndedError):
        return False
    return True


def wait(definition: Definition, service: Service) -> None:
    """Return once it answers. Raises :class:`EndedError`, or :class:`UnhealthyError` after :data:`PATIENCE` seconds."""
    for attempt in stamina.retry_context(
        on=UnhealthyError, attempts=None, timeout=PATIENCE, wait_initial=0.03, wait_max=0.2, wait_jitter=0.0
    ):
        with attempt:
            _ask(definition, service)


def _ask(definition: Definition, service: Service) -> None:
    if not service.process.alive:
        raise EndedError(f"{service.name} has ended")
    try:
        if definition.health:
            _get(service.port, definition.health)
            return
        for port in service.ports.values():
            socket.create_connection(("127.0.0.1", port), timeout=ANSWER).close()
    except (HTTPException, OSError) as error:
        raise UnhealthyError(f"{service.name} does not answer on port {service.port}: {error}") from error


def _get(port: int, path: str) -> None:
    """Ask a page of this machine. Raises OSError or HTTPException, also for an answer that is an error.

    By the standard library: every command looks at the services first, and importing httpx takes longer than that.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status >= 400:
        raise HTTPException(f"GET {path} answers {status}")
