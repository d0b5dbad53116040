"""What the handlers of the package ``docker`` share: a client of the daemon, whose objects are ours, who may push."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from slipway.sandbox.docker import daemon
from slipway.sandbox.handler import CloudError, Props, creation

if TYPE_CHECKING:
    from docker import DockerClient

LABEL = "slipway.home"
"""On everything that a sandbox makes; its value tells one sandbox's things from another's on the same daemon."""
OWNER = "slipway.owner"
"""The label that holds the hash of the URN of the resource that made a thing."""


def mark(state_folder: Path | str) -> str:
    """The value of :data:`LABEL` for a sandbox: a digest, so that no image tells where it was made."""
    return hashlib.sha256(str(state_folder).encode()).hexdigest()[:16]


class Docker:
    """A daemon, and the sandbox whose things are on it. The daemon is asked for at the first use, not before."""

    def __init__(self, where: str, state_folder: str, environment: Mapping[str, str]) -> None:
        self.where, self.mark, self.state_folder = where, mark(state_folder), Path(state_folder)
        self.registry = environment.get("SLIPWAY_REGISTRY", "")
        self._login = environment.get("SLIPWAY_REGISTRY_USER", ""), environment.get("SLIPWAY_REGISTRY_PASSWORD", "")
        self.pushing = threading.Lock()
        """Held while a push is under way or the registry is cleaned up: the clean-up must not take half a push."""

    @cached_property
    def client(self) -> "DockerClient":
        """The SDK's client. Raises :class:`daemon.NoDaemonError`."""
        client = daemon.connect(self.where)
        with words("tidying up", self.where):
            self._tidy(client)
        return client

    @property
    def labels(self) -> dict[str, str]:
        """What marks a thing as this sandbox's."""
        return {LABEL: self.mark}

    @property
    def owned(self) -> dict[str, str]:
        """What marks a thing as this sandbox's, and as that of the resource that is being created."""
        return {**self.labels, OWNER: _owner()}

    def login(self, host: str) -> dict[str, str] | None:
        """What the SDK sends to a registry; None for one that is not the sandbox's."""
        user, password = self._login
        return {"username": user, "password": password} if host == self.registry and user else None

    @contextmanager
    def begun(self, name: str) -> Iterator[None]:
        """Note that a container is being made until it is handed over, or has failed in words."""
        note = self._notes / name
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(str(os.getpid()), encoding="utf-8")
        try:
            yield
        finally:
            note.unlink(missing_ok=True)

    @property
    def _notes(self) -> Path:
        return self.state_folder / "sandbox" / "docker" / "begun"

    def _tidy(self, client: "DockerClient") -> None:
        """Remove what another process began and never handed over: no state names it, and it may hold a port."""
        for note in sorted(self._notes.glob("*")):
            if note.read_text(encoding="utf-8") == str(os.getpid()):
                continue
            container = unless_gone(lambda note=note: client.containers.get(note.name))
            if container is not None and self.ours(container.labels):
                container.remove(force=True, v=True)
            note.unlink(missing_ok=True)

    def ours(self, labels: Mapping[str, str] | None) -> bool:
        """Whether a thing with these labels is this sandbox's."""
        return (labels or {}).get(LABEL) == self.mark

    def resumed(self, labels: Mapping[str, str] | None) -> bool:
        """Whether the creation that is being asked for made a thing with these labels, and was cut off then."""
        return self.ours(labels) and creation.get().resumes and (labels or {}).get(OWNER) == _owner()


def _owner() -> str:
    return hashlib.sha256(creation.get().urn.encode()).hexdigest()[:16]


class words(AbstractContextManager[None]):  # noqa: N801 - reads as a word in `with words(…):`
    """The daemon's refusals in its own words, after what was being done; a lost connection says what to do."""

    def __init__(self, doing: str, where: str = "") -> None:
        self._doing, self._where = doing, where

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, CloudError) or not isinstance(error, Exception):
            return
        import requests
        from docker.errors import APIError, DockerException

        if isinstance(error, APIError):
            raise CloudError(f"{self._doing}: {explained(error)}") from None
        if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.ReadTimeout):
            why = f"{self._doing}: the connection was lost"
            raise daemon.NoDaemonError(self._where or daemon.address(), why) from None
        if isinstance(error, DockerException):
            raise CloudError(f"{self._doing}: {error}") from None


def explained(error: Any) -> str:  # noqa: ANN401 - an APIError, imported only where it is caught
    """The daemon's own sentence in an error of the SDK."""
    return str(error.explanation or error).strip().removeprefix("Error response from daemon: ")


def unless_gone(act: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the SDK answers
    """``act``'s answer; None where what it asks for is not there."""
    from docker.errors import NotFound

    try:
        return act()
    except NotFound:
        return None


def connect(config: Mapping[str, Any] | None = None, *, environment: Mapping[str, str] | None = None) -> Docker:
    """The daemon that the provider's ``host`` or the environment names.

    A daemon that does not answer is an error of the first resource that needs it: a stack without containers may name
    the package all the same.
    """
    environment = os.environ if environment is None else environment
    where = str((config or {}).get("host") or environment.get("SLIPWAY_DOCKER") or daemon.address())
    daemon.load_sdk()
    return Docker(where, environment.get("SLIPWAY_HOME", ""), environment)


def labels_of(new: Props) -> dict[str, str]:
    """A resource's labels, given as a list of ``label`` and ``value``."""
    return {entry["label"]: entry.get("value", "") for entry in new.get("labels") or ()}
