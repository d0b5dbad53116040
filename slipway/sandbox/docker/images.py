"""Images that are built here and pushed: ``docker:index/image:Image``.

    context -> its digest among the inputs -> build -> push -> ``repoDigest``

Built again only when an input or the context changed; never in a preview. The sandbox holds a repository for one Image:
deleting it takes the repository's tags from the daemon and from the sandbox's registry, where the real provider leaves
both to others.
"""

from pathlib import Path

from slipway.providers.protocol.wire import is_unknown
from slipway.sandbox.docker import builds, contexts, image_times, owned_images, registries
from slipway.sandbox.docker.builds import Build
from slipway.sandbox.docker.client import Docker, unless_gone, words
from slipway.sandbox.handler import Calls, Handler, Props, program_folder
from slipway.wire import images as names

CLASSIC = "BuilderV1"


def check(new: Props) -> dict[str, str]:
    """What Docker refuses of names and builds, and what the sandbox does not do."""
    wrong: dict[str, str] = {}
    try:
        name = names.parse(new["imageName"]) if "imageName" in new else None
    except ValueError as error:
        wrong["imageName"] = str(error)
        name = None
    if name and name.digest:
        wrong["imageName"] = f"must be a name with a tag; what is built has no digest yet, got {new['imageName']!r}"
    if new.get("buildOnPreview"):
        wrong["buildOnPreview"] = "the sandbox never builds in a preview: leave it out"
    build = new.get("build") or {}
    return wrong | contexts.problem(*_place(build))


def defaults(new: Props) -> Props:
    """The digest of the context, as the provider notes it: what makes a changed file a changed image."""
    build = dict(new.get("build") or {})
    if is_unknown(build.get("context")) or is_unknown(build.get("dockerfile")) or contexts.problem(*_place(build)):
        return new
    context, dockerfile = _place(build)
    build["contextDigest"] = contexts.digest(Path(context), Path(dockerfile) if dockerfile else None)
    return {"skipPush": False, "buildOnPreview": False, **new, "build": build}


def create(docker: Docker, new: Props) -> tuple[str, Props]:
    """Build and push; both do little where it was done before."""
    return new["imageName"], _made(docker, new)


def update(docker: Docker, _id: str, _old: Props, new: Props) -> Props:
    """Build and push the changed image. The earlier one stays, for whatever still runs it."""
    built = _made(docker, new)
    with docker.pushing:
        registries.sweep(docker)
    with words("removing what no tag names any more"):
        owned_images.remove_earlier(docker.client, docker.mark)
    return built


def read(docker: Docker, id: str) -> Props | None:
    """By the name it was first built under."""
    return refresh(docker, id, {"imageName": id})


def refresh(docker: Docker, _id: str, old: Props) -> Props | None:
    """What the registry has of it; what was not pushed is the daemon's."""
    name = names.parse(old["imageName"])
    if name.host == docker.registry and not old.get("skipPush"):
        digest = registries.digest_of(docker, name)
        return None if digest is None else {"imageName": name.tagged, "repoDigest": f"{name.repository}@{digest}"}
    with words(f"looking at {name.tagged}", docker.where):
        image = unless_gone(lambda: docker.client.images.get(name.tagged))
    return None if image is None else {"imageName": old["imageName"]}


def delete(docker: Docker, _id: str, old: Props) -> None:
    """Remove the repository from the sandbox's registry, and its tags from the daemon."""
    name = names.parse(old["imageName"])
    if name.host == docker.registry:
        registries.forget(docker, name.path)
    builds.place_of(docker, name.tagged).unlink(missing_ok=True)
    with words(f"removing {name.repository}", docker.where):
        for image in owned_images.listed(docker.client, name.repository):
            tags = [tag for tag in owned_images.names_of(image, docker.mark) if _repository(tag) == name.repository]
            owned_images.remove_names(docker.client, docker.mark, tags)
        owned_images.remove_earlier(docker.client, docker.mark)


def _repository(tag: str) -> str:
    return names.parse(tag).repository


def _place(build: Props) -> tuple[str, str]:
    """Context and Dockerfile of a build, from the root: relative ones are relative to the program's folder."""
    context, dockerfile = build.get("context") or ".", build.get("dockerfile") or ""
    if "://" in context:
        return context, dockerfile
    folder = program_folder.get()()
    return str(folder / context), str(folder / dockerfile) if dockerfile else ""


def _made(docker: Docker, new: Props) -> Props:
    name = names.parse(new["imageName"])
    declared = new.get("build") or {}
    context, dockerfile = _place(declared)
    build_spec = Build(
        name=name.tagged,
        context=Path(context),
        dockerfile=dockerfile,
        args={key: str(value) for key, value in (declared.get("args") or {}).items()},
        target=declared.get("target") or "",
        platform=declared.get("platform") or "",
        network=declared.get("network") or "",
        hosts=tuple(declared.get("addHosts") or ()),
        cache_from=tuple((declared.get("cacheFrom") or {}).get("images") or ()),
        buildkit=declared.get("builderVersion") != CLASSIC,
    )
    with words(f"looking at {name.tagged}", docker.where):
        earlier = unless_gone(lambda: docker.client.images.get(name.tagged))
    id = builds.build(docker, build_spec)
    with words(f"naming {name.tagged}", docker.where):
        id = image_times.with_time(docker, id, name.tagged, build_spec.args)
        owned_images.own(docker, name.tagged, earlier)
    server = (new.get("registry") or {}).get("server") or name.host
    digest = id if new.get("skipPush") else registries.push(docker, name, _login(docker, new))
    with words(f"looking at {name.tagged}", docker.where):
        attributes = docker.client.images.get(id).attrs
    return {
        "baseImageName": name.repository,
        "context": declared.get("context") or ".",
        "dockerfile": declared.get("dockerfile") or str(Path(declared.get("context") or ".") / contexts.DOCKERFILE),
        "platform": f"{attributes['Os']}/{attributes['Architecture']}",
        "registryServer": server,
        "repoDigest": id if new.get("skipPush") else f"{name.repository}@{digest}",
    }


def _login(docker: Docker, new: Props) -> dict[str, str] | None:
    """The sandbox's own login is always the one of now: the program's may be of an earlier start of the registry."""
    login = new.get("registry") or {}
    own = docker.login(names.parse(new["imageName"]).host)
    if own or not login.get("username"):
        return own
    return {"username": login["username"], "password": login.get("password", "")}


COMPUTED = frozenset({"baseImageName", "context", "dockerfile", "platform", "registryServer", "repoDigest"})
HANDLERS = {
    "docker:index/image:Image": Handler(
        check=check,
        defaults=defaults,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        refresh=refresh,
        computed=COMPUTED,
        volatile=COMPUTED,
        carried=frozenset({"registry.password", "buildOnPreview"}),
    )
}
