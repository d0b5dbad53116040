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


@dataclass(frozen=True)
class State:
    """How a service is now."""

    name: str
    port: int
    pid: int
    healthy: bool


def ensure(state_folder: Path, root: Path, *, containers: bool = True) -> "Sandbox":
    """Start what is missing; what was started, and whose world is empty. Raises ``StartError``.

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
    """End every service, and remove what is not kept; the names of what was ended (:func:`.ending.stop`)."""
    from slipway.sandbox.composition import ending  # as in `ensure`

    return ending.stop(state_folder, written)


def strays_of(state_folder: Path) -> list[int]:
    """The ids of services that run although the folder has no record of them, as after `rm -rf .slipway`."""
    from slipway.sandbox.composition import ending  # as in `ensure`

    return ending.strays_of(state_folder)


def audit(state_folder: Path) -> list[str]:
    """What is left, looked for anew: in the clouds while they run; processes, ports and files once they do not."""
    from slipway.sandbox.composition import residue  # as in `ensure`

    return residue.audit(state_folder)
