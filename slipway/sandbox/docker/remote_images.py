"""Images that are pulled, pushed and named again: ``RemoteImage``, ``RegistryImage`` and ``Tag``."""

from typing import TYPE_CHECKING

from slipway.sandbox.docker import registries
from slipway.sandbox.docker.client import Docker, unless_gone, words
from slipway.sandbox.docker.networks import unserved
from slipway.sandbox.handler import Calls, CloudError, Handler, Props
from slipway.sandbox.images import bases
from slipway.wire import images as names

if TYPE_CHECKING:
    from docker.models.images import Image

REMOTE_INPUTS = frozenset(["forceRemove", "keepLocally", "name", "platform", "pullTriggers", "triggers"])
PUSHED_INPUTS = frozenset(["authConfig", "insecureSkipVerify", "keepRemotely", "name", "triggers"])


def check_remote(new: Props) -> dict[str, str]:
    """A name that Docker takes; builds are for :mod:`slipway.sandbox.docker.images`."""
    return unserved(REMOTE_INPUTS, new) | _check_name(new, "name")


def pull(docker: Docker, new: Props) -> tuple[str, Props]:
    """Have the image; one that the daemon has is not pulled again unless it is named by a tag of a registry."""
    name = names.parse(new["name"])
    local = _found(docker, new["name"])
    # What this machine made itself is in no registry.
    if local is None or (name.host and not name.digest):
        registries.pull(docker, name, platform=new.get("platform") or "")
        local = _found(docker, new["name"])
    if local is None:
        raise CloudError(f"pulling {new['name']}: No such image: {new['name']}")
    return f"{local.id}{new['name']}", _remote(local, name)


def read_remote(docker: Docker, id: str) -> Props | None:
    """By id: the image's own, and its name behind it."""
    text = id[len("sha256:") + 64 :]
    image = _found(docker, text) if text else None
    return None if image is None else {"name": text, **_remote(image, names.parse(text))}


def pull_again(docker: Docker, _id: str, _old: Props, new: Props) -> Props:
    """Look for the image once more, as the provider does after a change of what becomes of it later."""
    return pull(docker, new)[1]


def remove(docker: Docker, _id: str, old: Props) -> None:
    """Take the name off the daemon unless the program keeps it; base images are the machine's and stay."""
    image = _found(docker, old["name"])
    if image is None or old.get("keepLocally") or bases.is_one(old["name"]):
        return
    with words(f"removing the image {old['name']}", docker.where):
        unless_gone(lambda: docker.client.images.remove(old["name"], force=bool(old.get("forceRemove"))))


def check_pushed(new: Props) -> dict[str, str]:
    """A name that Docker takes; what is pushed has to be there already."""
    return unserved(PUSHED_INPUTS, new) | _check_name(new, "name")


def push(docker: Docker, new: Props) -> tuple[str, Props]:
    """Push an image that the daemon has."""
    name = names.parse(new["name"])
    if _found(docker, name.tagged) is None:
        raise CloudError(f"pushing {name.tagged}: An image does not exist locally with the tag: {name.repository}")
    credentials = new.get("authConfig") or {}
    login = docker.login(name.host) or (
        {"username": credentials["username"], "password": credentials["password"]}
        if credentials.get("username")
        else None
    )
    digest = registries.push(docker, name, login)
    return digest, {"sha256Digest": digest}


def read_pushed(docker: Docker, id: str) -> Props | None:
    """Nothing is known of it but its digest."""
    return {"sha256Digest": id}


def keep_pushed(_docker: Docker, id: str, _old: Props, _new: Props) -> Props:
    """Nothing is pushed again: what changes in place is of its removal, and of the way to the registry."""
    return {"sha256Digest": id}


def refresh_pushed(docker: Docker, id: str, old: Props) -> Props | None:
    """What the sandbox's registry has; another registry is taken at its word."""
    name = names.parse(old["name"])
    if name.host != docker.registry:
        return {"sha256Digest": id}
    digest = registries.digest_of(docker, name)
    return None if digest is None else {"sha256Digest": digest}


def remove_pushed(docker: Docker, _id: str, old: Props) -> None:
    """Remove it from the sandbox's registry unless the program keeps it there."""
    name = names.parse(old["name"])
    if name.host == docker.registry and not old.get("keepRemotely"):
        registries.forget(docker, name.path)


def tag(docker: Docker, new: Props) -> tuple[str, Props]:
    """Give an image another name."""
    source = _found(docker, new["sourceImage"])
    target = names.parse(new["targetImage"])
    with words(f"tagging {new['sourceImage']}", docker.where):
        if source is None:
            raise CloudError(f"tagging {new['sourceImage']}: No such image: {new['sourceImage']}")
        source.tag(target.repository, tag=target.tag or "latest")
    return f"{new['sourceImage']}.{new['targetImage']}", {"sourceImageId": str(source.id)}


def read_tag(docker: Docker, id: str) -> Props | None:
    """By id: both names; a digest among them has no dot, a host may."""
    return {} if id else None


def refresh_tag(docker: Docker, _id: str, old: Props) -> Props | None:
    """Whether the name is there."""
    image = _found(docker, old["targetImage"])
    return None if image is None else {"sourceImageId": str(image.id)}


def untag(docker: Docker, _id: str, old: Props) -> None:
    """Take the name off again."""
    with words(f"removing the tag {old['targetImage']}", docker.where):
        unless_gone(lambda: docker.client.images.remove(old["targetImage"], force=True))


def _check_name(new: Props, *keys: str) -> dict[str, str]:
    wrong = {}
    for key in keys:
        try:
            names.parse(new.get(key, "a"))
        except ValueError as error:
            wrong[key] = str(error)
    return wrong


def _found(docker: Docker, name: str) -> "Image | None":
    with words(f"looking at the image {name}", docker.where):
        return unless_gone(lambda: docker.client.images.get(name))


def _remote(image: "Image", name: names.Name) -> Props:
    digests = [digest for digest in image.attrs.get("RepoDigests") or () if digest.startswith(f"{name.repository}@")]
    return {"imageId": str(image.id), "repoDigest": digests[0] if digests else ""}


HANDLERS = {
    "docker:index/remoteImage:RemoteImage": Handler(
        check=check_remote,
        calls=Calls(create=pull, read=read_remote, update=pull_again, delete=remove),
        computed=frozenset({"imageId", "repoDigest"}),
    ),
    "docker:index/registryImage:RegistryImage": Handler(
        check=check_pushed,
        calls=Calls(create=push, read=read_pushed, update=keep_pushed, delete=remove_pushed),
        refresh=refresh_pushed,
        computed=frozenset({"sha256Digest"}),
        carried=frozenset({"authConfig.password"}),
    ),
    "docker:index/tag:Tag": Handler(
        check=lambda new: _check_name(new, "targetImage"),
        calls=Calls(create=tag, read=read_tag, delete=untag),
        refresh=refresh_tag,
        computed=frozenset({"sourceImageId"}),
    ),
}
