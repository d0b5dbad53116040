"""The versions of App Engine services as processes: started, found again, ended, listed.

bytes -> unpacked -> requirements -> entry point on a free port -> answers | the end of its log
"""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.bundle.interpreters import OWN
from slipway.sandbox.databases import servers
from slipway.sandbox.running import entrance, restarts, web
from slipway.sandbox.running.app_user import Limits
from slipway.sandbox.running.requirements import UninstallableError, environment
from slipway.sandbox.running.unpack import HostileZipError, unpack
from slipway.sandbox.running.web import FailedStartError
from slipway.sandbox.services import files, registry
from slipway.sandbox.stores.google import Record, Store, store_path

PREFIX = "version:"
"""Begins a version's name in the registry: ``version:PROJECT/SERVICE/ID``."""
DEFAULT_ENTRYPOINT = "gunicorn -b :$PORT main:app"
"""https://cloud.google.com/appengine/docs/standard/python3/runtime#application_startup."""
RUNTIME = re.compile(r"python3(\d+)")
"""App Engine's name of a Python."""
PORT = re.compile(r"\$\{?PORT\b")
"""How an entry point says its port."""
MEMORY = {"F1": 384, "F2": 768, "F4": 1536, "F4_1G": 3072, "B1": 384, "B2": 768, "B4": 1536, "B4_1G": 3072, "B8": 3072}
"""MB of an instance, by its class: https://cloud.google.com/appengine/docs/standard#instance_classes."""


@dataclass(frozen=True)
class Version:
    """A version of a service. ``traffic`` is its share, 0 to 1; ``port`` is 0 where its process has ended."""

    project: str
    service: str
    id: str
    created: str
    traffic: float
    port: int

    @property
    def serving(self) -> bool:
        """Whether its process runs."""
        return bool(self.port)


def log_path(state_folder: Path, name: str) -> Path:
    """The file that a version writes to; ``name`` is ``PROJECT/SERVICE/ID``: copies of a stack have the same ids."""
    return registry.folder(state_folder) / "logs" / f"{name.replace('/', '.')}.log"


def folder_of(state_folder: Path, name: str) -> Path:
    """Where a version's files lie; ``name`` is ``PROJECT/SERVICE/ID``."""
    return registry.folder(state_folder) / "versions" / name


def listed(state_folder: Path, service: str | None = None) -> list[Version]:
    """The versions, newest first; of one service or of all."""
    if not store_path(state_folder).exists():
        return []
    store, running = Store(store_path(state_folder)), registry.load(state_folder)
    shares = {record.name: record.body["allocations"] for record in store.all("split")}
    versions = []
    for record in store.all("version"):
        project, of, id = record.name.split("/")
        process = running.get(PREFIX + record.name)
        port = process.port if process and process.process.alive else 0
        share = float(shares.get(f"{project}/{of}", {}).get(id, 0))
        versions.append(Version(project, of, id, record.body["created"], share, port))
    chosen = [version for version in versions if service in (None, version.service)]
    return sorted(chosen, key=lambda version: version.created, reverse=True)


def serving(state_folder: Path, service: str) -> list[str]:
    """The names in the registry of a service's versions that have traffic."""
    return [
        f"{PREFIX}{version.project}/{service}/{version.id}"
        for version in listed(state_folder, service)
        if version.traffic
    ]


def deploy(state_folder: Path, name: str, source: bytes, body: Mapping[str, Any]) -> None:
    """Unpack and start a version, in place of one of the same name. Raises :class:`FailedStartError`."""
    target = folder_of(state_folder, name)
    with restarts.alone(state_folder, PREFIX + name):
        end(state_folder, name)
        try:
            unpack(source, target)
        except HostileZipError as error:
            files.remove(target)
            raise FailedStartError(str(error)) from error
        try:
            start(state_folder, name, body)
        except FailedStartError:
            end(state_folder, name)
            files.remove(target)
            raise


def start_again(state_folder: Path, name: str) -> bool:
    """Start a version whose process has ended, with its files there; whether that was tried.

    One that fails stays down: the front answers 503, and its log has the reason.
    """
    with restarts.alone(state_folder, PREFIX + name):
        record = Store(store_path(state_folder)).get("version", name)
        service = registry.load(state_folder).get(PREFIX + name)
        if record is None or (service and service.process.alive) or not folder_of(state_folder, name).exists():
            return False
        with suppress(FailedStartError):
            start(state_folder, name, record.body)
        return True


def start(state_folder: Path, name: str, body: Mapping[str, Any]) -> None:
    """Start a version whose files are there. Raises :class:`FailedStartError`."""
    project, service, id = name.split("/")
    source, log = folder_of(state_folder, name), log_path(state_folder, name)
    entrypoint = (body.get("entrypoint") or {}).get("shell") or DEFAULT_ENTRYPOINT
    try:
        installed = environment(
            state_folder, source, needs_gunicorn=entrypoint == DEFAULT_ENTRYPOINT, python=_python(body)
        )
    except UninstallableError as error:
        raise FailedStartError(f"requirements.txt does not install:\n{error}") from error
    web.launch_anywhere(
        state_folder,
        lambda port: web.WebApp(
            name=PREFIX + name,
            command=web.on_loopback(entrypoint, PORT),
            said=f"entry point `{entrypoint}`",
            remedy="Bind to 127.0.0.1, or say `:$PORT` in the entry point",
            source=source,
            installed=installed,
            port=port,
            log=log,
            ask="/_ah/warmup",
            variables=servers.variables_here(state_folder, variables(project, service, id, body)),
            limits=limits(body),
        ),
    )


def limits(body: Mapping[str, Any]) -> Limits:
    """Read-only files but for /tmp, which is memory and counts as the instance's:
    https://cloud.google.com/appengine/docs/standard/using-temp-files. What processes share is in memory too, as gVisor
    has it, which the platform runs on: a lock of ``multiprocessing`` works there.
    """
    memory = MEMORY.get(str(body.get("instanceClass") or "F1"), MEMORY["F1"]) << 20
    shared = tuple(place for place in (Path("/dev/shm"),) if place.is_mount())  # noqa: S108 - the kernel's own
    hidden = (Path("/var/tmp"),)  # noqa: S108 - not there
    return Limits(read_only=True, temporary=memory, writable=shared, hidden=hidden, memory=memory)


def _python(body: Mapping[str, Any]) -> str:
    """The Python of a version's runtime: ``3.13`` of ``python313``."""
    match = RUNTIME.fullmatch(str(body.get("runtime", "")))
    return f"3.{match[1]}" if match else OWN


def variables(project: str, service: str, id: str, body: Mapping[str, Any]) -> dict[str, str]:
    """What App Engine tells a version: https://cloud.google.com/appengine/docs/standard/python3/runtime."""
    return {
        **{key: str(value) for key, value in (body.get("envVariables") or {}).items()},
        entrance.PORT_THERE: "8080",
        "GAE_APPLICATION": f"e~{project}",
        "GAE_DEPLOYMENT_ID": id,
        "GAE_ENV": "standard",
        "GAE_INSTANCE": "0",
        "GAE_RUNTIME": str(body.get("runtime", "")),
        "GAE_SERVICE": service,
        "GAE_VERSION": id,
        "GOOGLE_CLOUD_PROJECT": project,
    }


def end(state_folder: Path, name: str, *, drain: bool = False) -> None:
    """End a version's process and forget it; its files stay. ``drain`` lets it answer its requests first."""
    web.end(state_folder, PREFIX + name, drain=drain)


def remove(state_folder: Path, name: str, *, drain: bool = False) -> None:
    """End a version and remove its files; ``drain`` lets it answer its requests first."""
    with restarts.alone(state_folder, PREFIX + name):
        end(state_folder, name, drain=drain)
        files.remove(folder_of(state_folder, name))


def end_all(state_folder: Path, project: str) -> None:
    """End every version of a project that is going away."""
    for record in Store(store_path(state_folder)).all("version", project):
        remove(state_folder, record.name)


def revive(state_folder: Path, pool: ThreadPoolExecutor) -> list[str]:
    """Start the versions whose processes have ended, as after a reboot; the names of those that run again.

    One that fails stays down: the front answers 503, and its log has the reason.
    """
    if not store_path(state_folder).exists():
        return []
    running = registry.load(state_folder)

    def dead(record: Record) -> bool:
        service = running.get(PREFIX + record.name)
        return (service is None or not service.process.alive) and folder_of(state_folder, record.name).exists()

    def again(record: Record) -> str:
        start_again(state_folder, record.name)
        service = registry.load(state_folder).get(PREFIX + record.name)
        return PREFIX + record.name if service and service.process.alive else ""

    ended = [record for record in Store(store_path(state_folder)).all("version") if dead(record)]
    return [name for name in pool.map(again, ended) if name]


def _declared(state_folder: Path) -> list[str]:
    if not store_path(state_folder).exists():
        return []
    return [PREFIX + record.name for record in Store(store_path(state_folder)).all("version")]


RESTARTED = restarts.Kind(
    declared=_declared, start=lambda state_folder, name: start_again(state_folder, name.removeprefix(PREFIX))
)
"""What has ended is started again."""
