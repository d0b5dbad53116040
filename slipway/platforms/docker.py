"""Containers on a Docker daemon, day by day."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from slipway.errors import UserError
from slipway.platforms.platform import Data, Deployment, Platform, Version, still_there, traffic, troubles
from slipway.sandbox.docker import daemon, volumes, watch
from slipway.sandbox.docker.client import LABEL, Docker, mark
from slipway.sandbox.docker.older_images import remove_older
from slipway.sandbox.handler import CloudError
from slipway.stack import session

NEAR = 0.9
"""The share of its memory from which a container counts as near its limit."""


def logs(deployment: Deployment, follow: bool, lines: int) -> Iterator[str]:
    """What the app's containers wrote to their output, the daemon's own log; with several, after each one's name."""
    try:
        names = containers(deployment) or [deployment.app.resource]
        yield from watch.side_by_side({name: name for name in names}, lines, follow=follow)
    except CloudError as failed:
        raise UserError(f"{deployment.app.name} has no log: {failed}") from None


def containers(deployment: Deployment) -> list[str]:
    """The names of the app's containers, newest first: by labels, so that one that failed to start is among them."""
    run = deployment.run
    labels = {"slipway.app": deployment.app.name, "slipway.stack": f"{run.project.name}-{run.stack}"}
    if run.sandbox:
        labels[LABEL] = mark(run.project.state_folder)
    return watch.containers_of(labels)


def versions(deployment: Deployment) -> Sequence[Version]:
    """The images that a rollback may name, newest first: they are in the registry."""
    details = deployment.app.details
    shares = details.get("traffic") or {}
    digests = details.get("digests") or {}
    return [
        Version(id=tag, digest=digests.get(tag, ""), share=float(shares.get(tag, 0)) / 100)
        for tag in details.get("versions") or ()
    ]


def present(deployment: Deployment) -> Collection[str]:
    """Those of which the sandbox's registry or this machine's daemon has the image."""
    images: Mapping[str, str] = deployment.app.details.get("images") or {}
    where = daemon.address()
    return {tag for tag, reference in images.items() if daemon.has_image(where, reference)}


def tidy(deployment: Deployment) -> Sequence[str]:
    """Remove the images of versions that a rollback may name no more."""
    images: Mapping[str, str] = deployment.app.details.get("images") or {}
    run = deployment.run
    docker = Docker(daemon.address(), str(run.project.state_folder), session.sandbox_environment(run))
    try:
        return remove_older(docker, list(images.values()))
    except CloudError:
        return []  # the next `up` removes them


def state(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """Of each container whether it runs, how often it was started again, and what it uses of what it may."""
    try:
        names = containers(deployment) or [deployment.app.resource]
        return [
            *(row for name in names for row in _state(name, alone=len(names) == 1)),
            *traffic(deployment),
        ]
    except CloudError as failed:
        return [("container", str(failed))]


def pull(deployment: Deployment, folder: Path) -> int:
    """The data folders of the container that serves."""
    try:
        with closing(daemon.connect(daemon.address())) as client:
            return sum(
                volumes.pull(client, deployment.app.resource, where, folder / path)
                for path, where in (deployment.app.details.get("data") or {}).items()
            )
    except CloudError as failed:
        raise UserError(f"{deployment.app.name}: {failed}") from None


def push(deployment: Deployment, folder: Path) -> int:
    """Into the data folders, as their owner; what the folder has not stays as it is there."""
    try:
        with closing(daemon.connect(daemon.address())) as client:
            return sum(
                volumes.push(client, deployment.app.resource, folder / path, where)
                for path, where in (deployment.app.details.get("data") or {}).items()
            )
    except CloudError as failed:
        raise UserError(f"{deployment.app.name}: {failed}") from None


def _state(name: str, *, alone: bool) -> list[tuple[str, str]]:
    container = watch.look(name)
    words = [container.status, *([container.health] if container.health else []), f"{container.restarts} restarts"]
    if container.out_of_memory:
        words.append("killed because it ran out of memory")
    if container.memory_kills:
        words.append(f"{container.memory_kills} processes killed for memory since its start")
    if container.status == "exited":
        words.append(f"exit status {container.exit_code}")
    rows = [("container" if alone else name, ", ".join(words))]
    if container.use is not None:
        rows.append(("memory", _memory(container.use.memory, container.use.memory_limit)))
        rows.append(("processor", _cpus(container.use.cpus, container.use.cpus_limit)))
    return rows


def well(deployment: Deployment) -> bool:
    """Whether every container of the app runs and says of itself that it is well."""
    try:
        names = containers(deployment) or [deployment.app.resource]
        visited = [watch.look(name, use=False) for name in names]
    except CloudError:
        return False
    return all(container.status == "running" and container.health != "unhealthy" for container in visited)


def restarts_and_kills(deployment: Deployment) -> Sequence[tuple[str, str]]:
    """Of the containers that run: one that was made anew begins at none."""
    try:
        names = containers(deployment) or [deployment.app.resource]
        visited = [watch.look(name, use=False) for name in names]
    except CloudError:
        return ()
    return troubles(
        memory_kills=sum(container.memory_kills for container in visited),
        restarts=max(container.restarts for container in visited),
    )


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
    versions=versions,
    rollback=still_there,
    canary=True,
    prune=True,
    invoke="Docker's containers answer requests and take no events: ask the app at its address",
    trigger="Docker has no schedules: use Lambda's, App Engine's or Cloud Run's",
    state=state,
    well=well,
    troubles=restarts_and_kills,
    present=present,
    tidy=tidy,
    data=Data(pull=pull, push=push),
)
