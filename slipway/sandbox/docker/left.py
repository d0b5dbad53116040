"""What a sandbox has left on the machine's daemon and in its registry; and its end."""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from slipway.sandbox.docker import client, daemon, owned_images, registries
from slipway.sandbox.docker.client import LABEL, mark
from slipway.sandbox.handler import CloudError

if TYPE_CHECKING:
    from docker import DockerClient

Filters: TypeAlias = dict[str, str | list[str] | bool]


def listed(state_folder: Path) -> Iterator[str]:
    """A line for each of the sandbox's things on the daemon; nothing where no daemon answers."""
    where = daemon.find()
    if where is None:
        return
    ours: Filters = {"label": f"{LABEL}={mark(state_folder)}"}
    with closing(daemon.connect(where)) as client:
        yield from (f"container {one.name}" for one in client.containers.list(all=True, filters=ours))
        yield from (f"network {one.name}" for one in client.networks.list(filters=ours))
        yield from (f"volume {one.name}" for one in client.volumes.list(filters=ours))
        for image in owned_images.owned(client, mark(state_folder)):
            yield from (
                f"image {name}" for name in owned_images.names_of(image, mark(state_folder)) or [image.short_id]
            )


def stored(docker: client.Docker) -> Iterator[str]:
    """A line for each image in the sandbox's registry, which has to run; none where the daemon is gone."""
    if docker.login(docker.registry) is None:
        return
    yield from (f"registry object {name}" for name in registries.tags(docker))


def remove(state_folder: Path) -> list[str]:
    """Take everything of the sandbox's off the daemon; what was taken. A daemon that is gone has nothing."""
    where = daemon.find()
    if where is None:
        return []
    leftovers = list(listed(state_folder))
    if leftovers:
        with closing(daemon.connect(where)) as docker_client, suppress(CloudError), client.words("cleaning up", where):
            _remove(docker_client, mark(state_folder))
    return leftovers


def _remove(docker_client: "DockerClient", home: str) -> None:
    ours: Filters = {"label": f"{LABEL}={home}"}
    for container in docker_client.containers.list(all=True, filters=ours):
        client.unless_gone(lambda container=container: container.remove(force=True, v=True))
    for network in docker_client.networks.list(filters=ours):
        client.unless_gone(network.remove)
    for volume in docker_client.volumes.list(filters=ours):
        client.unless_gone(volume.remove)
    owned_images.remove_all(docker_client, home)
