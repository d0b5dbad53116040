"""Which services a sandbox has: a JSON file beside their data, written whole, and a lock for its writers."""

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from slipway.sandbox.services.processes import Process

FILE = "services.json"
PATIENCE = 120.0
"""Seconds for which a command waits for another one that is starting or stopping services."""


class BusyError(Exception):
    """Another command holds the sandbox; says which folder."""


@dataclass(frozen=True)
class Service:
    """A service that was started. ``ports`` are on 127.0.0.1, by what they are for; most services have one."""

    name: str
    process: Process
    ports: Mapping[str, int] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """Its first port; 0 where it listens nowhere."""
        return next(iter(self.ports.values()), 0)


def folder(state_folder: Path) -> Path:
    """Where everything of the sandbox lies."""
    return state_folder / "sandbox"


def load(state_folder: Path) -> dict[str, Service]:
    """The services by name, running or not; empty before the first start.

    A file that is damaged, as an empty one after the machine lost its power, is as none: what runs without a record is
    ended by the next start.
    """
    try:
        document = json.loads((folder(state_folder) / FILE).read_text(encoding="utf-8"))
        return {
            name: Service(name, Process(entry["pid"], entry["created"]), entry["ports"])
            for name, entry in document["services"].items()
        }
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def save(state_folder: Path, services: Mapping[str, Service]) -> None:
    """Write the registry: a reader sees the old one or the new one, whole. The caller holds the lock."""
    path = folder(state_folder) / FILE
    private(path.parent)
    entries = {
        name: {"pid": service.process.pid, "created": service.process.created, "ports": dict(service.ports)}
        for name, service in sorted(services.items())
    }
    write(path, json.dumps({"version": 1, "services": entries}, indent=1))


def private(place: Path) -> None:
    """Make a folder that its owner alone may enter; one that is there becomes so.

    A group that may pass through keeps that: it is the user of the apps, where the sandbox runs as root. Raises
    :class:`OSError` naming the folder where none can be.
    """
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place)) from None
    except FileNotFoundError:  # `parents` makes them, but not in a file system of the kernel's, as /proc
        raise OSError(errno.EROFS, "no folder can be made there", str(place)) from None
    if place.stat().st_mode & 0o067:
        place.chmod(0o700)


CLOSED = ("cache", "classroom", "monitoring", "review", "sbom", "state")
"""Folders beside the sandbox's that other programs fill, Pulumi among them, with modes of their own."""


def close(state_folder: Path) -> None:
    """Make a state folder its owner's alone, with what the apps' user, who may pass through it, has no business in."""
    for place in (state_folder, *(state_folder / name for name in CLOSED)):
        private(place)


def write(path: Path, text: str) -> None:
    """Write a file that its owner alone may read: a reader sees the old one or the new one, whole."""
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def regions(state_folder: Path) -> set[str]:
    """The AWS regions that an engine has configured the provider for: where its resources may be."""
    path = folder(state_folder) / "regions"
    return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()


def note_region(state_folder: Path, region: str) -> None:
    """Remember a region for :func:`regions`."""
    with locked(state_folder, "registry"):
        if region not in regions(state_folder):
            write(folder(state_folder) / "regions", "\n".join(sorted({*regions(state_folder), region})))


def put(state_folder: Path, service: Service) -> None:
    """Add or replace one service."""
    with locked(state_folder, "registry"):
        save(state_folder, {**load(state_folder), service.name: service})


def drop(state_folder: Path, name: str) -> None:
    """Forget one service."""
    with locked(state_folder, "registry"):
        save(state_folder, {key: service for key, service in load(state_folder).items() if key != name})


@contextmanager
def locked(state_folder: Path, what: str = "services") -> Iterator[None]:
    """Hold the lock ``what`` of this sandbox.

    ``services`` is held while services start or stop, ``registry`` while the file changes. Raises :class:`BusyError`
    where another process keeps it for longer than :data:`PATIENCE`.
    """
    path = state_folder / f".{what}.lock"
    deadline = time.monotonic() + PATIENCE
    handle = _taken(path)
    while handle is None:
        if time.monotonic() > deadline:
            raise BusyError(
                f"another command has been starting or stopping the services in {state_folder} for too long"
            )
        time.sleep(0.02)
        handle = _taken(path)
    try:
        yield
    finally:
        os.close(handle)


def forget_locks(state_folder: Path) -> None:
    """Remove the lock files. The caller holds both; who waits for one notices and makes a new one."""
    for path in state_folder.glob(".*.lock"):
        path.unlink(missing_ok=True)


def _taken(path: Path) -> int | None:
    private(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A lock on a file that was removed meanwhile excludes no other process.
        if os.fstat(handle).st_ino == path.stat().st_ino:
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(handle)
    return None
