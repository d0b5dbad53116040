"""A container's health check, made by us while it starts: Docker makes its first one after a whole interval.

Docker counts a container as well from its first check that passes, so that one of ours says the same, and sooner:
https://docs.docker.com/reference/dockerfile/#healthcheck.
"""

import time
from typing import TYPE_CHECKING, Any

from slipway.sandbox.docker import listening

if TYPE_CHECKING:
    from docker.models.containers import Container

GAP = 0.2
"""Seconds from the end of a check to the next one: a check takes of the processor that the app starts with."""
SILENT = 0.5
"""Seconds after which one that listens nowhere is checked too: its check may ask for something else than a port."""


class Checks:
    """The checks of one container, one at a time, without waiting for any."""

    def __init__(self, container: "Container") -> None:
        self._api: Any = container.client.api if container.client else None
        self._container, self._id = container, container.id
        self._words = command(container.attrs["Config"].get("Healthcheck") or {})
        self._running = ""
        self._listens = False
        self._next = time.monotonic() + SILENT

    def passed(self) -> bool:
        """Whether a check that was begun before has ended well; begins the next one where none runs."""
        from docker.errors import APIError

        if not self._words or self._api is None:
            return False
        try:
            return self._look()
        except APIError:  # it does not run at the moment, or is gone: the caller sees that itself
            self._running, self._next = "", time.monotonic() + GAP
            return False

    def _look(self) -> bool:
        if not self._running:
            if self._due():
                self._running = self._api.exec_create(self._id, self._words)["Id"]
                self._api.exec_start(self._running, detach=True)
            return False
        state = self._api.exec_inspect(self._running)
        if state["Running"]:
            return False
        self._running, self._next = "", time.monotonic() + GAP
        return state["ExitCode"] == 0

    def _due(self) -> bool:
        """Whether to check now: at the moment from which it listens, and from time to time."""
        if not self._listens and (listening.sockets_of(self._container) or not listening.is_shown(self._container)):
            self._listens = True
            return True
        return time.monotonic() >= self._next


def command(check: dict[str, Any]) -> list[str]:
    """The words of a health check, as Docker runs them; none where there is no check."""
    kind, *words = check.get("Test") or ["NONE"]
    if kind == "CMD-SHELL":
        return ["/bin/sh", "-c", *words]
    return words if kind == "CMD" else []
