"""The sandbox as a whole: its services started together, found again by the next command, ended without a trace.

``state_folder`` is the folder that a project's runs write to (``.slipway``); each has a sandbox of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slipway.sandbox.aws.limits import LIMITS as AWS
from slipway.sandbox.composition.environment import client_variables, environment, plugin_variables
from slipway.sandbox.docker.limits import LIMITS as DOCKER
from slipway.sandbox.gcp.limits import LIMITS as GOOGLE
from slipway.sandbox.pythonanywhere import set_aside
from slipway.sandbox.pythonanywhere.limits import LIMITS as PYTHONANYWHERE
from slipway.sandbox.services import registry
from slipway.sandbox.services.registry import Service

if TYPE_CHECKING:
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
    "less_than_the_clouds",
    "plugin_variables",
    "states",
    "stop",
]

LIMITS: tuple[tuple[str, str], ...] = (*GOOGLE, *AWS, *DOCKER, *PYTHONANYWHERE)
"""Where the sandbox does less than the clouds: (subject, what is less)."""


def less_than_the_clouds() -> list[tuple[str, str]]:
    """:data:`LIMITS`, and which limits of the platforms this machine holds no app to."""
    from slipway.sandbox.running import app_user  # as in `ensure`

    return [*LIMITS, *(("This machine", f"does not hold apps to {one}") for one in app_user.unenforced())]


KEPT = ("state", "databases", set_aside.FOLDER)
"""What of the state folder outlives `sandbox stop`."""


@dataclass(frozen=True)
class State:
    """How a service is now."""

    name: str
    port: int
    pid: int
    healthy: bool


def ensure(state_folder: Path, root: Path, *, containers: bool = True) -> "Sandbox":
    """Start what is missing; what was started, and whose world is empty. Raises ``start.StartError``.

    With ``containers`` a Docker daemon also has the images that apps are built on.
    """
    from slipway.sandbox.composition import start  # what it imports takes longer than `status` and `stop` need

    return start.ensure(state_folder, root, containers=containers)


def find(state_folder: Path) -> dict[str, Service] | None:
    """The services that the sandbox is known to have, running or not; None where it has none."""
    return registry.load(state_folder) or None


def states(state_folder: Path) -> list[State]:
    """Every service and whether it answers, the fixed ones first."""
    from slipway.sandbox.composition.definitions import DEFINITIONS  # as in `ensure`
    from slipway.sandbox.services import health

    services = registry.load(state_folder)
    fixed = [
        State(
            d.name,
            services[d.name].port,
            services[d.name].process.pid,
            health.answers(state_folder, d, services[d.name]),
        )
        for d in DEFINITIONS
        if d.name in services
    ]
    names = {state.name for state in fixed}
    others = [service for name, service in sorted(services.items()) if name not in names]
    return fixed + [State(s.name, s.port, s.process.pid, s.process.alive) for s in others]


def stop(state_folder: Path, written: Sequence[str] = ()) -> list[str]:
    """End every service and remove all in ``state_folder`` or runs on the Docker daemon, but the stacks' history, the
    rows of their databases, and what apps have ``written`` on PythonAnywhere: paths of its machine.

    Returns the names of what was ended.
    """
    from slipway.sandbox.databases import servers  # as in `ensure`
    from slipway.sandbox.docker import left
    from slipway.sandbox.running import memory
    from slipway.sandbox.services import files, processes

    existed, strays = state_folder.exists(), strays_of(state_folder)
    if not existed and not strays:
        return []
    with registry.locked(state_folder), registry.locked(state_folder, "registry"):
        services = registry.load(state_folder)
        ended = [name for name, service in sorted(services.items()) if service.process.alive]
        servers.close(services.values())
        processes.end([service.process for service in services.values()])
        processes.end_marked(state_folder)
        memory.remove_all(state_folder)
        left.remove(state_folder)
        set_aside.set_aside(state_folder, written)
        for entry in state_folder.iterdir():
            if entry.name not in KEPT and not entry.name.endswith(".lock"):
                files.remove(entry)
        registry.forget_locks(state_folder)
    if not existed:
        state_folder.rmdir()
    return [*ended, *([f"{len(strays)} processes without a record"] if strays else [])]


def strays_of(state_folder: Path) -> list[int]:
    """Services that run although the folder has no record of them, as after `rm -rf .slipway`: their process ids."""
    from slipway.sandbox.services import processes  # as in `ensure`

    return [] if registry.load(state_folder) else [process.pid for process in processes.marked(state_folder)]


def audit(state_folder: Path) -> list[str]:
    """What is left, looked for anew: in the clouds while they run; processes, ports and files once they do not."""
    from slipway.sandbox.composition import residue  # as in `ensure`

    return residue.audit(state_folder)
