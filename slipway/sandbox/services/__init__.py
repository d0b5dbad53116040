"""The sandbox's long-lived services: started together, found again by the next command, ended without a trace.

``home`` is the folder that a project's runs write to (``.slipway``); each has a sandbox of its own.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slipway.sandbox.services.environment import environment
from slipway.sandbox.services.registry import Service

if TYPE_CHECKING:
    from slipway.sandbox.appengine.versions import Version
    from slipway.sandbox.services.start import Sandbox

__all__ = ["Service", "State", "audit", "ensure", "environment", "find", "limits", "states", "stop", "versions"]


@dataclass(frozen=True)
class State:
    """How a service is now."""

    name: str
    port: int
    pid: int
    healthy: bool


def ensure(home: Path, root: Path) -> "Sandbox":
    """Start what is missing; what was started, and whose world is empty. Raises ``start.StartError``."""
    from slipway.sandbox.services import start

    return start.ensure(home, root)


def find(home: Path) -> dict[str, Service] | None:
    """The services that the sandbox is known to have, running or not; None where it has none."""
    from slipway.sandbox.services import registry

    return registry.load(home) or None


def states(home: Path) -> list[State]:
    """Every service and whether it answers, the fixed ones first."""
    from slipway.sandbox.services import health, registry
    from slipway.sandbox.services.definitions import DEFINITIONS

    known = registry.load(home)
    found = [
        State(d.name, known[d.name].port, known[d.name].process.pid, health.answers(d, known[d.name]))
        for d in DEFINITIONS
        if d.name in known
    ]
    fixed = {state.name for state in found}
    others = [service for name, service in sorted(known.items()) if name not in fixed]
    return found + [State(s.name, s.port, s.process.pid, s.process.alive) for s in others]


def stop(home: Path) -> list[str]:
    """End every service and remove all that lies in ``home`` or runs on the engine, but the stacks' history.

    Returns the names of what was ended.
    """
    from slipway.sandbox.docker import left
    from slipway.sandbox.services import processes, registry

    if not home.exists():
        return []
    with registry.locked(home), registry.locked(home, "registry"):
        known = registry.load(home)
        ended = [name for name, service in sorted(known.items()) if service.process.alive]
        processes.end([service.process for service in known.values()])
        processes.end_marked(home)
        left.remove(home)
        for entry in home.iterdir():
            if entry.name != "state" and not entry.name.endswith(".lock"):
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        registry.forget_locks(home)
    return ended


def audit(home: Path) -> list[str]:
    """What is left, looked for anew: in the clouds while they run; processes, ports and files once they do not."""
    from slipway.sandbox.services import residue

    return residue.audit(home)


def limits() -> list[tuple[str, str]]:
    """Where the sandbox does less than the clouds: (subject, what is less)."""
    from slipway.sandbox.aws.limits import LIMITS as AWS
    from slipway.sandbox.docker.limits import LIMITS as DOCKER
    from slipway.sandbox.gcp.limits import LIMITS as GOOGLE
    from slipway.sandbox.pythonanywhere.limits import LIMITS as PYTHONANYWHERE

    return [*GOOGLE, *AWS, *DOCKER, *PYTHONANYWHERE]


def versions(home: Path, service: str | None = None) -> "list[Version]":
    """App Engine's versions, newest first, with their traffic; of one service or of all."""
    from slipway.sandbox.appengine.versions import listed

    return listed(home, service)
