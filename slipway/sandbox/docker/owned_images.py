"""Whose an image is: told by names of the sandbox's own, not by a label in the image.

Two clones that build the same sources get the same image, which a label of either would make two. Beside each name that
the sandbox gives an image it gives one of a registry that is none, ``slipway.home/MARK:DIGEST-OF-THE-NAME``.
"""

import hashlib
from typing import TYPE_CHECKING

from slipway.sandbox.docker.client import Docker, unless_gone

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.images import Image

HOST = "slipway.home"
EARLIER = "earlier-"
"""Before an image's id: it had a name of the sandbox's, which another image has now."""


def own(docker: Docker, name: str, earlier: "Image | None") -> None:
    """Note that the sandbox gave ``name`` to the image that has it now; ``earlier`` had it before."""
    image = docker.client.images.get(name)
    if earlier is not None and earlier.id != image.id:
        earlier.tag(f"{HOST}/{docker.mark}", tag=f"{EARLIER}{earlier.short_id.removeprefix('sha256:')}")
    image.tag(f"{HOST}/{docker.mark}", tag=_key(name))


def owned(client: "DockerClient", mark: str) -> "list[Image]":
    """The images that the sandbox has given a name to."""
    return listed(client, f"{HOST}/{mark}")


def listed(client: "DockerClient", name: str) -> "list[Image]":
    """The images of a repository. One that another removes between the list and the look at it is none of them."""
    ids = {entry["Id"]: None for entry in client.api.images(name=name)}
    images = [unless_gone(lambda id=id: client.images.get(id)) for id in ids]
    return [image for image in images if image is not None]


def names_of(image: "Image", mark: str) -> list[str]:
    """The names that the sandbox has given to an image."""
    keys = {tag.rpartition(":")[2] for tag in image.tags if tag.startswith(f"{HOST}/{mark}:")}
    return [tag for tag in image.tags if _key(tag) in keys]


def remove_names(client: "DockerClient", mark: str, tags: list[str]) -> None:
    """Take the sandbox's names off; the daemon removes an image that has none left."""
    for tag in tags:
        for name in (tag, f"{HOST}/{mark}:{_key(tag)}"):
            unless_gone(lambda name=name: client.images.remove(name, force=True))


def remove_earlier(client: "DockerClient", mark: str, *, force: bool = False) -> None:
    """Remove images whose names others have now; those that a container still runs stay until the next time."""
    from docker.errors import APIError

    for image in owned(client, mark):
        for tag in (tag for tag in image.tags if tag.startswith(f"{HOST}/{mark}:{EARLIER}")):
            try:
                unless_gone(lambda tag=tag: client.images.remove(tag, force=force))
            except APIError:
                continue


def remove_all(client: "DockerClient", mark: str) -> None:
    """Take the sandbox's images off the daemon; those that another sandbox has given a name to keep that name."""
    for image in owned(client, mark):
        remove_names(client, mark, names_of(image, mark))
    remove_earlier(client, mark, force=True)
    for image in owned(client, mark):  # their names were taken off by hand
        for tag in (tag for tag in image.tags if tag.startswith(f"{HOST}/{mark}:")):
            unless_gone(lambda tag=tag: client.images.remove(tag, force=True))


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:12]
