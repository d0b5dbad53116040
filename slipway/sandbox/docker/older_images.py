"""The images of versions that a stack keeps no more: they go from the daemon and from the sandbox's registry."""

from collections.abc import Collection
from contextlib import closing
from typing import TYPE_CHECKING

from slipway.sandbox.docker import daemon, owned_images, registries
from slipway.sandbox.docker.client import Docker, words
from slipway.wire import images as names

if TYPE_CHECKING:
    from docker import DockerClient


def remove_older(docker: Docker, references: Collection[str]) -> list[str]:
    """Remove the images of an app but those that ``references`` name by digest; the names that went.

    The registry's disk is freed by a later push, which holds the lock that a clean-up needs. Raises
    :class:`CloudError`.
    """
    kept = {names.parse(reference) for reference in references}
    repositories = {name.repository: name for name in kept if name.digest and name.host == docker.registry}
    going: list[str] = []
    with closing(daemon.connect(docker.where)) as client, words("removing older images", docker.where):
        for repository, name in repositories.items():
            digests = {one.digest for one in kept if one.repository == repository}
            older = _older(client, docker.mark, repository, digests)
            owned_images.remove_names(client, docker.mark, older)
            going += sorted({*older, *registries.remove_but(docker, name.path, digests)})
        owned_images.remove_earlier(client, docker.mark)
    return going


def _older(client: "DockerClient", mark: str, repository: str, digests: Collection[str]) -> list[str]:
    """The names of the app's images of other digests; without a digest an image was not pushed and is left alone."""
    result: list[str] = []
    for image in client.images.list(repository):
        pushed = {names.parse(one).digest for one in image.attrs.get("RepoDigests") or () if one.startswith(repository)}
        if pushed and not pushed & set(digests):
            result += [tag for tag in owned_images.names_of(image, mark) if names.parse(tag).repository == repository]
    return result
