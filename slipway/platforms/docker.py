"""Containers on a Docker engine, day by day."""

from collections.abc import Iterator, Sequence

from slipway.errors import UserError
from slipway.platforms.platform import Deployment, Platform
from slipway.sandbox.docker import watch
from slipway.sandbox.handler import CloudError

NEAR = 0.9
"""The share of its memory from which a container counts as near its limit."""


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """What the container wrote to its output, the engine's own log of it."""
    try:
        yield from watch.lines(deployment.app.resource, lines, follow=follow)
    except CloudError as failed:
        raise UserError(f"{deployment.app.name} has no log: {failed}") from None


def state(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """Whether it runs, how often it was started again, and what it uses of what it may."""
    try:
        container = watch.look(deployment.app.resource)
    except CloudError as failed:
        return [("container", str(failed))]
    words = [container.status, *([container.health] if container.health else []), f"{container.restarts} restarts"]
    if container.out_of_memory:
        words.append("killed because it ran out of memory")
    if container.status == "exited":
        words.append(f"exit status {container.exit_code}")
    rows = [("container", ", ".join(words))]
    if container.use is not None:
        rows.append(("memory", _memory(container.use.memory, container.use.memory_limit)))
        rows.append(("processor", _cpus(container.use.cpus, container.use.cpus_limit)))
    return rows


def well(deployment: Deployment) -> bool:
    """Whether the container runs and says of itself that it is well."""
    try:
        container = watch.look(deployment.app.resource, use=False)
    except CloudError:
        return False
    return container.status == "running" and container.health != "unhealthy"


def _memory(used: int, limit: int) -> str:
    use = f"{used / 2**20:.0f} MB"
    if not limit:
        return f"{use}, no limit"
    near = ", near its limit" if used >= NEAR * limit else ""
    return f"{use} of {limit / 2**20:.0f} MB{near}"


def _cpus(used: float, limit: float) -> str:
    return f"{used:.2f} of {limit:g} since its start" if limit else f"{used:.2f} since its start, no limit"


PLATFORM = Platform(
    name="Docker",
    logs=logs,
    versions="Docker runs one version of a container: its images are in the registry, by version and digest",
    rollback="Docker runs one version of a container: set the earlier one's sources and `slipway up`",
    canary="Docker runs one version of a container: try a new one in a copy, `slipway stack new`",
    prune="Docker keeps no earlier versions of a container",
    invoke="Docker's containers answer requests and take no events: ask the app at its address",
    trigger="Docker has no schedules: use Lambda's, App Engine's or Cloud Run's",
    state=state,
    well=well,
)
