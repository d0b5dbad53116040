"""What a sandbox has left on the machine's engine and in its registry; and its end."""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from slipway.sandbox.docker import client, engine, registries
from slipway.sandbox.docker.client import LABEL, mark
from slipway.sandbox.handler import CloudError

if TYPE_CHECKING:
    from docker import DockerClient

Filters: TypeAlias = dict[str, str | list[str] | bool]


def listed(home: Path) -> Iterator[str]:
    """A line for each of the sandbox's things on the engine; nothing where no engine answers."""
    where = engine.find()
    if where is None:
        return
    ours: Filters = {"label": f"{LABEL}={mark(home)}"}
    with closing(engine.connect(where)) as found:
        yield from (f"container {one.name}" for one in found.containers.list(all=True, filters=ours))
        yield from (f"network {one.name}" for one in found.networks.list(filters=ours))
        yield from (f"volume {one.name}" for one in found.volumes.list(filters=ours))
        for image in found.images.list(filters=ours):
            yield from (f"image {name}" for name in image.tags or [str(image.short_id)])


def stored(docker: client.Docker) -> Iterator[str]:
    """A line for each image in the sandbox's registry, which has to run."""
    yield from (f"registry object {name}" for name in registries.tags(docker))


def remove(home: Path) -> list[str]:
    """Take everything of the sandbox's off the engine; what was taken. An engine that is gone has nothing."""
    where = engine.find()
    if where is None:
        return []
    taken = list(listed(home))
    if taken:
        with closing(engine.connect(where)) as found, suppress(CloudError), client.words("cleaning up", where):
            _remove(found, {"label": f"{LABEL}={mark(home)}"})
    return taken


def _remove(found: "DockerClient", ours: Filters) -> None:
    for container in found.containers.list(all=True, filters=ours):
        client.unless_gone(lambda container=container: container.remove(force=True, v=True))
    for network in found.networks.list(filters=ours):
        client.unless_gone(network.remove)
    for volume in found.volumes.list(filters=ours):
        client.unless_gone(volume.remove)
    for image in found.images.list(filters=ours):
        client.unless_gone(lambda image=image: found.images.remove(image.id, force=True))
