"""Images and containers: who they run as, what they are made of, what they can reach."""

from collections.abc import Iterator, Mapping

from policy.images import BUILDS, NAMED_BY, Reference, bases, images, user
from policy.model import Context, Resource, Rule
from policy.values import Value, fault, items, readable, text

CONTAINER = "docker:index/container:Container"
ROOT = frozenset({"", "0", "root"})
LOOPBACK = ("127.0.0.1", "::1")
SOCKET = "docker.sock"


def not_root(resource: Resource, context: Context) -> Iterator[str]:
    """Neither the image's last USER nor the container's user is root."""
    given = user(resource)
    if text(given) and given.partition(":")[0] in ROOT:
        yield fault("the user", given or "root, for want of a USER", "a user other than root")
    if resource.get("privileged") is True:
        yield fault("privileged", True, "false")


def no_latest(resource: Resource, context: Context) -> Iterator[str]:
    """Every image has a tag that says which, or a digest."""
    for name in (*images(resource), *bases(resource)):
        reference = Reference.parse(name)
        if reference.digest is None and reference.tag in (None, "latest"):
            yield fault("the image", name, "a version's tag, or a digest")


def pinned(resource: Resource, context: Context) -> Iterator[str]:
    """In production what runs, and what it is built from, is named by digest."""
    if not context.production:
        return
    run = () if resource.type in BUILDS else images(resource)
    for name in (*run, *bases(resource)):
        if Reference.parse(name).digest is None:
            yield fault("the image", name, "name@sha256:… where the stack is production")


def ports_on_loopback(container: Resource, context: Context) -> Iterator[str]:
    """A container's port is open on this machine alone."""
    for port in items(container.get("ports")):
        if isinstance(port, Mapping):
            address = port.get("ip")
            if readable(address) and address not in LOOPBACK:
                yield fault(f"the address of port {port.get('external') or port.get('internal')}", address, "127.0.0.1")
    if container.get("networkMode") == "host":
        yield fault("networkMode", "host", "'bridge', with ports on 127.0.0.1")


def no_docker_socket(container: Resource, context: Context) -> Iterator[str]:
    """The socket of the daemon is root on the machine."""
    for key, field in (("volumes", "hostPath"), ("mounts", "source")):
        for mount in items(container.get(key)):
            source = mount.get(field) if isinstance(mount, Mapping) else None
            if text(source) and source.endswith(SOCKET):
                yield fault(f"a mount in {key}", source, "any folder but the daemon's socket")


def locked_down(container: Resource, context: Context) -> Iterator[str]:
    """An app that was taken over can write nothing, become nobody else, and use no more than its share."""
    written = container.get("readOnly")
    if readable(written) and written is not True:
        yield fault("readOnly", written, "true, with tmpfs for what is written")
    drops = container.get("capabilities.drops")
    if _says(drops) and "ALL" not in [one.removeprefix("CAP_") for one in items(drops)]:
        yield fault("capabilities.drops", drops, "ALL; what is needed is added by name")
    options = container.get("securityOpts")
    if _says(options) and not any(one.startswith("no-new-privileges") for one in items(options)):
        yield fault("securityOpts", options, "no-new-privileges:true")


def _says(values: Value) -> bool:
    """Whether a list can be read, to its last item."""
    return readable(values) and all(text(one) for one in items(values))


def limited(container: Resource, context: Context) -> Iterator[str]:
    """Memory, processors and the log have an end before the machine's have."""
    for key, allowed in (("memory", "a number of MB"), ("cpus", "a number of processors")):
        if container.get(key) in (None, 0, "", "0"):
            yield fault(key, container.get(key), allowed)
    driver, log = container.get("logDriver"), container.get("logOpts")
    if driver in (None, "json-file") and (log is None or (isinstance(log, Mapping) and "max-size" not in log)):
        yield fault("logOpts.max-size", None, "a size at which the log is rotated")


RULES = (
    Rule(
        id="container-not-root",
        level="mandatory",
        title="Containers do not run as root",
        rationale="Root in a container is one fault of the kernel away from root on the machine.",
        source="Checkov CKV_DOCKER_8",
        remedy="Add a user to the image and name it in USER.",
        types=(CONTAINER, *BUILDS),
        check=not_root,
    ),
    Rule(
        id="container-no-latest",
        level="mandatory",
        title="Images are named by version",
        rationale="What `latest` is changes without any change of ours.",
        source="Checkov CKV_DOCKER_7",
        remedy="Name the version's tag or the digest.",
        types=tuple(NAMED_BY),
        check=no_latest,
    ),
    Rule(
        id="container-pinned",
        level="mandatory",
        title="Production images are pinned by digest",
        rationale="A tag can be pushed again; a digest is the bytes that were reviewed.",
        source="house rule",
        remedy="Write the digest behind the name, as `docker buildx imagetools inspect` prints it.",
        types=tuple(NAMED_BY),
        check=pinned,
    ),
    Rule(
        id="container-ports-loopback",
        level="mandatory",
        title="Container ports are open on loopback alone",
        rationale="Docker's published ports pass by the machine's firewall.",
        source="house rule",
        remedy="Set ip to 127.0.0.1 and put a proxy in front of what is public.",
        types=(CONTAINER,),
        check=ports_on_loopback,
    ),
    Rule(
        id="container-locked-down",
        level="mandatory",
        title="Containers can neither write their root nor gain privileges",
        rationale="What an attacker of the app gets is then what the app had, and no place to stay.",
        source="house rule",
        remedy="Set readOnly, drop all capabilities, and give securityOpts no-new-privileges:true.",
        types=(CONTAINER,),
        check=locked_down,
    ),
    Rule(
        id="container-limited",
        level="mandatory",
        title="Containers have limits of memory, processors and log",
        rationale="One app that leaks takes every other one on the machine with it, and its log the disk.",
        source="house rule",
        remedy="Set memory and cpus, and logOpts max-size and max-file.",
        types=(CONTAINER,),
        check=limited,
    ),
    Rule(
        id="container-no-docker-socket",
        level="mandatory",
        title="No container holds the Docker socket",
        rationale="Whoever can speak to the daemon can mount the machine's root.",
        source="house rule",
        remedy="Give the container what it needs of the daemon by other means.",
        types=(CONTAINER,),
        check=no_docker_socket,
    ),
)
