"""Starts what is missing of a sandbox, all at once, and says what was started.

look at the registry -> spawn what does not answer -> write the registry -> wait until everything answers
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from slipway.sandbox.appengine import versions
from slipway.sandbox.aws import beanstalk_instances
from slipway.sandbox.cloudrun import containers as cloud_run
from slipway.sandbox.composition.definitions import DEFINITIONS, GATEWAY, one_more
from slipway.sandbox.composition.lost_worlds import note_lost
from slipway.sandbox.databases import servers
from slipway.sandbox.docker import daemon, surroundings
from slipway.sandbox.pythonanywhere import set_aside
from slipway.sandbox.running import app_user, memory
from slipway.sandbox.services import files, health, keys, logs, ports, processes, registry
from slipway.sandbox.services.definition import Definition, StartError
from slipway.sandbox.services.registry import Service

ATTEMPTS = 3
"""How often a service may lose its port to somebody else between the choice and the start."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. ``started`` names what this call (re)started.

    ``lost`` names those of them whose world is empty now, although an engine's state may still speak of it; ``notes``
    are lines on what else was made, or could not be.
    """

    state_folder: Path
    services: Mapping[str, Service]
    started: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def ensure(state_folder: Path, root: Path, *, containers: bool = True) -> Sandbox:
    """Every service of the sandbox runs and answers when this returns; ``root`` is where programs run.

    With ``containers`` a Docker daemon also has the images that apps are built on, which takes a minute once. Raises
    :class:`StartError`.
    """
    with registry.locked(state_folder), ThreadPoolExecutor(8) as pool:
        moved = _leave_behind(state_folder)
        if not registry.load(state_folder) or not keys.load(state_folder):
            # The folder or a file of it was removed while they ran: no record names them, or no client has their keys.
            processes.end_marked(state_folder)
        keys.ensure(state_folder)
        files.sweep(state_folder)
        memory.sweep()
        healthy, hung = _running(state_folder, pool)
        emptied = tuple(
            d.name for d in DEFINITIONS if d.name not in healthy and d.wanted() and d.holds_nothing(state_folder)
        )
        missing = [d for d in DEFINITIONS if d.name not in healthy and d.wanted()]
        set_aside.put_back(state_folder)
        if emptied:
            note_lost(state_folder)
        if "ministack" in emptied:
            # One account: Beanstalk knows nothing any more of versions whose bucket and roles are gone.
            beanstalk_instances.forget(state_folder)
        images = pool.submit(surroundings.ready, state_folder) if containers else None
        # Meanwhile: each asks processes of its own, which an `up` need not wait for after its services.
        user = pool.submit(_notes_of_user, state_folder) if missing else None
        started = _start(state_folder, root, missing, pool) if missing else {}
        databases = servers.revive(state_folder)  # before the apps that ask them
        revived = [*databases, *versions.revive(state_folder, pool), *beanstalk_instances.revive(state_folder, pool)]
        if containers and (where := daemon.find()):
            revived += cloud_run.revive(where, state_folder)
        restarted = [f"{name} ran and did not answer: it was ended and started again" for name in hung]
        notes = [*filter(None, [moved]), *(user.result() if user else []), *restarted]
        notes += images.result() if images else []
        return Sandbox(state_folder, registry.load(state_folder), (*started, *revived), emptied, tuple(notes))


def _notes_of_user(state_folder: Path) -> list[str]:
    """What this machine lacks to hold apps as their platforms do."""
    warning = app_user.note(state_folder)
    return [
        *filter(None, [warning]),
        *(f"this machine does not hold apps to {one}" for one in app_user.unenforced()),
    ]


def ensure_one_more(state_folder: Path, root: Path, name: str, module: str) -> None:
    """A module runs and answers, beside the services of the sandbox, which run already. Raises :class:`StartError`."""
    definition = one_more(name, module)
    with registry.locked(state_folder):
        service = registry.load(state_folder).get(name)
        if service and health.answers(state_folder, definition, service):
            return
        processes.end([service.process] if service else [])
        service = _spawn(state_folder, root, definition, None)
        registry.put(state_folder, service)
        if failure := _failure(state_folder, definition, service):
            raise StartError(failure)


def _leave_behind(state_folder: Path) -> str:
    """Forget services of another folder, whose record came here with the project; what is to be said of it, or "".

    A project that was moved has taken the folder away in which they work: they are ended. One that was copied has left
    them to the original.
    """
    services = registry.load(state_folder).values()
    others = {folder for one in services if (folder := processes.folder_served(one.process))} - {state_folder}
    if not others:
        return ""
    gone = [folder for folder in others if not folder.exists()]
    for folder in gone:
        processes.end_marked(folder)
    with registry.locked(state_folder, "registry"):
        registry.save(state_folder, {})
    verb = "moved" if gone else "copied"
    return f"the project was {verb} here from {min(others).parent}: its local clouds are started anew in this folder"


def _running(state_folder: Path, pool: ThreadPoolExecutor) -> tuple[dict[str, Service], list[str]]:
    """The registered services that answer, and the names of those that run and hang.

    What does not answer is ended and forgotten, except for its ports.

    One that another release of this project started with fewer ports is not what is needed, however well it is.
    """
    services = registry.load(state_folder)
    ours = [d for d in DEFINITIONS if d.name in services]

    def well(definition: Definition) -> bool:
        service = services[definition.name]
        return set(service.ports) == set(definition.ports) and health.answers(state_folder, definition, service)

    healthy = dict(zip([d.name for d in ours], pool.map(well, ours), strict=True))
    hung = [name for name, fine in healthy.items() if not fine and services[name].process.alive]
    processes.end([services[name].process for name, fine in healthy.items() if not fine])
    return {name: services[name] for name, fine in healthy.items() if fine}, hung


def _start(state_folder: Path, root: Path, missing: list[Definition], pool: ThreadPoolExecutor) -> dict[str, Service]:
    """Start the missing services with the ports they had, or free ones; a service whose port is taken gets another."""
    pending, started = list(missing), {}
    earlier = registry.load(state_folder)
    for attempt in range(ATTEMPTS):
        for definition in pending:
            service = _spawn(state_folder, root, definition, earlier.get(definition.name) if not attempt else None)
            started[definition.name] = service
            # At once, so that an interrupted command leaves nothing that the next one does not know of.
            registry.put(state_folder, service)
        failures = list(pool.map(lambda d: _failure(state_folder, d, started[d.name]), pending))
        ended = [d for d, failure in zip(pending, failures, strict=True) if failure]
        if not ended:
            return started
        if attempt == ATTEMPTS - 1:
            raise StartError("\n".join(failure for failure in failures if failure))
        pending = ended
    return started


def _spawn(state_folder: Path, root: Path, definition: Definition, before: Service | None) -> Service:
    """Start a service; the gateway is the first of them, and its ports are open before any other starts."""
    earlier = before.ports if before and set(before.ports) == set(definition.ports) else {}
    if definition.inherits:
        listeners = ports.listen({name: earlier.get(name, 0) for name in definition.ports})
        chosen = {name: listener.getsockname()[1] for name, listener in listeners.items()}
        arguments = {name: listener.fileno() for name, listener in listeners.items()}
    else:
        listeners = {}
        same = bool(earlier) and all(map(ports.free, earlier.values()))
        arguments = chosen = dict(earlier) if same else ports.choose(definition.ports)
    gateway = chosen if definition.name == GATEWAY else registry.load(state_folder)[GATEWAY].ports
    process = processes.spawn(
        definition.command(state_folder, arguments),
        state_folder=state_folder,
        log=logs.of(state_folder, definition.name),
        extra=definition.variables(state_folder, gateway),
        cwd=root,
        descriptors=[listener.fileno() for listener in listeners.values()],
        installs=definition.installs,
    )
    for listener in listeners.values():
        listener.close()
    return Service(definition.name, process, chosen)


def _failure(state_folder: Path, definition: Definition, service: Service) -> str:
    """Why it did not come up; "" where it did."""
    try:
        health.wait(state_folder, definition, service)
    except (health.EndedError, health.UnhealthyError) as error:
        processes.end([service.process])
        log = logs.tail(logs.of(state_folder, definition.name))
        return f"the sandbox's {definition.name} did not start: {error}\n{log}"
    return ""
