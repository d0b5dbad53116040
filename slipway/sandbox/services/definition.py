"""A kind of service: how it is started and how its health is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Ports = Mapping[str, int]


class StartError(Exception):
    """A service could not be started; says which, and the end of its log."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One kind of service."""

    name: str
    command: Callable[[Path, Ports], Sequence[str]]
    """Given the state folder, and its ports by name; of one that inherits them, the numbers of the open sockets."""
    variables: Callable[[Path, Ports], Mapping[str, str]] = lambda _state_folder, _gateway: {}
    """Given the state folder and the gateway's ports."""
    ports: tuple[str, ...] = ()
    """Names of the ports of 127.0.0.1 that it listens on."""
    inherits: bool = False
    """Whether it is started with its ports bound and open."""
    socket: bool = False
    """Whether it listens on a socket file (:mod:`slipway.sandbox.services.sockets`), where its health is asked."""
    health: str = ""
    """A path that answers 200 over HTTP, at its socket file or its first port; "" where an open port is enough."""
    installs: bool = False
    """Whether it installs packages, and needs the user's index for that."""
    volatile: bool = False
    """Whether what it holds is gone when it ends."""
    files: Callable[[Path], Path] | None = None
    """Where it keeps what it holds, for one that is not volatile."""
    wanted: Callable[[], bool] = lambda: True
    """Whether it is part of the sandbox on this machine."""

    def holds_nothing(self, state_folder: Path) -> bool:
        """Whether it starts with an empty world."""
        return self.volatile or (self.files is not None and not self.files(state_folder).exists())
