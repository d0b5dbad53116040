"""The sandbox as a whole: its services started together, found again by the next command, ended without a trace.

``home`` is the folder that a project's runs write to (``.slipway``); each has a sandbox of its own.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slipway.sandbox.aws.limits import LIMITS as AWS
from slipway.sandbox.composition.environment import client_variables, environment
from slipway.sandbox.docker.limits import LIMITS as DOCKER
from slipway.sandbox.gcp.limits import LIMITS as GOOGLE
from slipway.sandbox.pythonanywhere.limits import LIMITS as PYTHONANYWHERE
from slipway.sandbox.services import registry
from slipway.sandbox.services.registry import Service

if TYPE_CHECKING:
    from slipway.sandbox.appengine.versions import Version
    from slipway.sandbox.composition.start import Sandbox

__all__ = [
    "LIMITS",
    "Service",
    "State",
    "audit",
    "client_variables",
    "ensure",
    "environment",
    "find",
    "states",
    "stop",
    "versions",
]

LIMITS: tuple[tuple[str, str], ...] = (*GOOGLE, *AWS, *DOCKER, *PYTHONANYWHERE)
"""Where the sandbox does less than the clouds: (subject, what is less)."""


@dataclass(frozen=True)
class State:
    """How a service is now."""

    name: str
    port: int
    pid: int
    healthy: bool


def ensure(home: Path, root: Path) -> "Sandbox":
    """Start what is missing; what was started, and whose world is empty. Raises ``start.StartError``."""
    from slipway.sandbox.composition import start  # what it imports takes longer than `status` and `stop` need

    return start.ensure(home, root)


def find(home: Path) -> dict[str, Service] | None:
    """The services that the sandbox is known to have, running or not; None where it has none."""
    return registry.load(home) or None


def states(home: Path) -> list[State]:
    """Every service and whether it answers, the fixed ones first."""
    from slipway.sandbox.composition.definitions import DEFINITIONS  # as in `ensure`
    from slipway.sandbox.services import health

    services = registry.load(home)
    fixed = [
        State(d.name, services[d.name].port, services[d.name].process.pid, health.answers(home, d, services[d.name]))
        for d in DEFINITIONS
        if d.name in services
    ]
    names = {state.name for state in fixed}
    others = [service for name, service in sorted(services.items()) if name not in names]
    return fixed + [State(s.name, s.port, s.process.pid, s.process.alive) for s in others]


def stop(home: Path) -> list[str]:
    """End every service and remove all that lies in ``home`` or runs on the Docker daemon, but the stacks' history.

    Returns the names of what was ended.
    """
    from slipway.sandbox.docker import left  # as in `ensure`
    from slipway.sandbox.services import files, processes

    existed, strays = home.exists(), strays_of(home)
    if not existed and not strays:
        return []
    with registry.locked(home), registry.locked(home, "registry"):
        services = registry.load(home)
        ended = [name for name, service in sorted(services.items()) if service.process.alive]
        processes.end([service.process for service in services.values()])
        processes.end_marked(home)
        left.remove(home)
        for entry in home.iterdir():
            if entry.name != "state" and not entry.name.endswith(".lock"):
                files.remove(entry)
        registry.forget_locks(home)
    if not existed:
        home.rmdir()
    return [*ended, *([f"{len(strays)} processes without a record"] if strays else [])]


def strays_of(home: Path) -> list[int]:
    """Services that run although the folder has no record of them, as after `rm -rf .slipway`: their process ids."""
    from slipway.sandbox.services import processes  # as in `ensure`

    return [] if registry.load(home) else [process.pid for process in processes.marked(home)]


def audit(home: Path) -> list[str]:
    """What is left, looked for anew: in the clouds while they run; processes, ports and files once they do not."""
    from slipway.sandbox.composition import residue  # as in `ensure`

    return residue.audit(home)


def versions(home: Path, service: str | None = None) -> "list[Version]":
    """App Engine's versions, newest first, with their traffic; of one service or of all."""
    from slipway.sandbox.appengine.versions import listed  # as in `ensure`

    return listed(home, service)
