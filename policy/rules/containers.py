"""Images and containers: who they run as, what they are made of, what they can reach."""

import posixpath
import re
from collections.abc import Iterator, Mapping

from policy.images import BUILDS, CONTAINER, NAMED_BY, RUNS, bases, containers, images, user
from policy.model import Context, Resource, rule
from policy.values import Value, at, fault, items, readable, text
from slipway.wire.images import split

VOLUME, PLUGIN = "docker:index/volume:Volume", "docker:index/plugin:Plugin"
ROOT = frozenset({"", "root", "toor"})
PRIVILEGED_GROUPS = frozenset({"root", "docker", "wheel", "sudo", "disk", "kvm", "shadow", "libvirt"})
LARGEST_UID = 2**31 - 1
"""Above it Docker refuses a number, or the kernel takes it for another."""

ALLOWED: Mapping[str, tuple[Value, ...]] = {
    "pidMode": (None, ""),
    "ipcMode": (None, "", "private", "none"),
    "usernsMode": (None, ""),
    "cgroupnsMode": (None, "", "private"),
    "gpus": (None, ""),
    "devices": (None, []),
    "runtime": (None, "", "runc", "runsc"),
    "volumesFroms": (None, []),
}
"""Property of a container → the values that keep it apart from the machine; every other is a finding."""

CAPABILITIES = frozenset({"NET_BIND_SERVICE"})
"""What may be given back when all is dropped: a port below 1024."""

SECURITY = frozenset({"apparmor=docker-default", "apparmor:docker-default", "seccomp=builtin"})
"""Security options that take nothing away, beside no-new-privileges."""
NO_NEW_PRIVILEGES = frozenset({"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"})

NETWORKS = re.compile(r"(?!host$|container:)[\w.-]*", re.IGNORECASE)
SYSCTLS = re.compile(r"net\.(ipv4\.(ip_unprivileged_port_start|tcp_\w+|ip_local_port_range)|core\.somaxconn)")

OWN_FOLDER = re.compile(r"/(?!(etc|proc|sys|dev|run|root|boot|usr|bin|sbin|lib\w*|var)(/|$))[^/]+/[^/]+/.+")
"""A folder deep enough to be a project's, and none of the machine's."""
CREDENTIALS = re.compile(r"/\.(ssh|aws|docker|kube|gnupg|azure|pulumi|config/gcloud)(/|$)")
MOVING = re.compile(
    r"(?i)(latest|stable|edge|main|master|trunk|head|nightly|dev|develop|lts|current|rolling|canary|mainline|release)"
    r"(-[a-z]+)*"
)
"""Tags that are made to be pushed again."""
LOOPBACK = ("127.0.0.1", "::1")
SOCKET = re.compile(r"\.sock$|/(docker|containerd|podman|crio|buildkit)[^/]*\.sock")


@rule(
    "container-not-root",
    source="Checkov CKV_DOCKER_8",
    remedy="Add a user to the image and name it in USER.",
    types=(*RUNS, *BUILDS),
    worst={"user": ("root",), "privileged": (True,)},
)
def not_root(resource: Resource, context: Context) -> Iterator[str]:
    """Containers do not run as root.

    Root in a container is one fault of the kernel away from root on the machine.

    Neither the image's last USER nor the container's user is root.
    """
    for container in containers(resource):
        value = user(container)
        if text(value) and not is_unprivileged(value):
            yield fault("the user", value or "root, because there is no USER", "a user other than root")
        if container.get("privileged") is True:
            yield fault("privileged", True, "false")
        for group in items(container.get("groupAdds")):
            if str(group).strip().casefold() in PRIVILEGED_GROUPS or _number(group) == 0:
                yield fault("groupAdds", group, "a group without rights on the machine")


@rule(
    "container-no-latest",
    source="Checkov CKV_DOCKER_7",
    remedy="Name the version's tag or the digest.",
    types=tuple(NAMED_BY),
)
def no_latest(resource: Resource, context: Context) -> Iterator[str]:
    """Images are named by version.

    What `latest` is changes without any change of ours.

    Every image has a tag that says which, or a digest.
    """
    for name in (*images(resource), *bases(resource)):
        reference = split(name)
        if not reference.digest and (not reference.tag or MOVING.fullmatch(reference.tag)):
            yield fault("the image", name, "a version's tag, or a digest")


@rule(
    "container-pinned",
    source="house rule",
    remedy="Write the digest behind the name, as `docker buildx imagetools inspect` prints it.",
    types=tuple(NAMED_BY),
)
def pinned(resource: Resource, context: Context) -> Iterator[str]:
    """Production images are pinned by digest.

    A tag can be pushed again; a digest is the bytes that were reviewed.

    In production what runs, and what it is built from, is named by digest.
    """
    if not context.production:
        return
    run = () if resource.type in BUILDS else images(resource)
    for name in (*run, *bases(resource)):
        if not split(name).digest:
            yield fault("the image", name, "name@sha256:… where the stack is production")


@rule(
    "container-ports-loopback",
    source="house rule",
    remedy="Set ip to 127.0.0.1 and put a proxy in front of what is public.",
    types=(CONTAINER,),
    worst={"networkMode": ("host",), "ip": ("*",)},
)
def ports_on_loopback(container: Resource, context: Context) -> Iterator[str]:
    """Container ports are open on loopback alone.

    Docker's published ports pass by the machine's firewall.

    A container's port is open on this machine alone.
    """
    for port in items(container.get("ports")):
        if isinstance(port, Mapping):
            address = port.get("ip")
            if readable(address) and address not in LOOPBACK:
                yield fault(f"the address of port {port.get('external') or port.get('internal')}", address, "127.0.0.1")
    mode = container.get("networkMode")
    if text(mode) and not NETWORKS.fullmatch(mode.strip()):
        yield fault("networkMode", mode, "'bridge', 'none' or a network by name, with ports on 127.0.0.1")
    for network in items(container.get("networksAdvanced")):
        name = network.get("name") if isinstance(network, Mapping) else None
        if text(name) and not NETWORKS.fullmatch(name.strip()):
            yield fault("networksAdvanced", name, "a network of the stack's own")
    if container.get("publishAllPorts") is True:
        yield fault("publishAllPorts", True, "false, with ports on 127.0.0.1")


@rule(
    "container-no-docker-socket",
    source="house rule",
    remedy="Give the container what it needs of the daemon by other means.",
    types=RUNS,
)
def no_docker_socket(resource: Resource, context: Context) -> Iterator[str]:
    """No container holds the Docker socket.

    A process that can speak to the daemon can mount the machine's root.

    The socket of the daemon is root on the machine.
    """
    for container in containers(resource):
        for key, source, _ in _binds(container):
            if SOCKET.search(source):
                yield fault(f"a mount in {key}", source, "any folder but the daemon's socket")


@rule(
    "container-locked-down",
    source="OWASP Docker Security Cheat Sheet, rules 2 to 8; CIS Docker Benchmark 5",
    remedy="Set readOnly, drop all capabilities, give securityOpts no-new-privileges:true, and leave the rest unset.",
    types=(CONTAINER, VOLUME, PLUGIN),
    worst={
        "pidMode|ipcMode|usernsMode|cgroupnsMode": ("host",),
        "adds": (["ALL"],),
        "securityOpts": (["seccomp=unconfined"],),
        "hostPath|source": ("/",),
        "readOnly": (False,),
        "grantAllPermissions": (True,),
        "driverOpts": ({"o": "bind", "device": "/"},),
    },
)
def locked_down(container: Resource, context: Context) -> Iterator[str]:
    """Containers can neither write their root, nor gain privileges, nor reach into the machine.

    An attacker of the app then gets only the app's own rights, and cannot stay.

    An app that was taken over can write nothing, become no one else, and see nothing of the machine.
    """
    if container.type != CONTAINER:
        yield from _folder("driverOpts", container.get("driverOpts"))
        if container.get("grantAllPermissions") is True:
            yield fault("grantAllPermissions", True, "the permissions that are needed, in grantPermissions")
        return
    written = container.get("readOnly")
    if readable(written) and written is not True:
        yield fault("readOnly", written, "true, with tmpfs for what is written")
    drops = container.get("capabilities.drops")
    if _is_known(drops) and "ALL" not in [_capability(one) for one in items(drops)]:
        yield fault("capabilities.drops", drops, "ALL; what is needed is added by name")
    for added in items(container.get("capabilities.adds")):
        if text(added) and _capability(added) not in CAPABILITIES:
            yield fault("capabilities.adds", added, ", ".join(sorted(CAPABILITIES)))
    options = container.get("securityOpts")
    options_given = [one.strip().lower() for one in items(options) if text(one)]
    if _is_known(options) and not NO_NEW_PRIVILEGES & {*options_given}:
        yield fault("securityOpts", options, "no-new-privileges:true")
    for option in options_given:
        if option not in SECURITY | NO_NEW_PRIVILEGES:
            yield fault("securityOpts", option, "no-new-privileges:true alone")
    yield from _apart(container)


def _folder(key: str, options: Value) -> Iterator[str]:
    """A folder or a disk of the machine that a volume's driver mounts: `docker volume create -o o=bind`."""
    device = options.get("device") if isinstance(options, Mapping) else None
    if text(device) and device.strip().startswith(("/", ".")):
        yield fault(f"the device in {key}", device, "none; a volume is a folder of the daemon's own")


def _apart(container: Resource) -> Iterator[str]:
    """What joins a container to its machine or to another container."""
    for name, allowed in ALLOWED.items():
        value = container.get(name)
        if readable(value) and (value.strip() if text(value) else value) not in allowed:
            yield fault(name, value, ", ".join(repr(one) for one in allowed if one is not None))
    sysctls = container.get("sysctls")
    for name in sysctls if isinstance(sysctls, Mapping) else ():
        if not SYSCTLS.fullmatch(name):
            yield fault("sysctls", name, "net.ipv4.ip_unprivileged_port_start, net.ipv4.tcp_…, net.core.somaxconn")
    for volume in items(container.get("volumes")):
        other = volume.get("fromContainer") if isinstance(volume, Mapping) else None
        if text(other) and other:
            yield fault("a volume in volumes, fromContainer", other, "volumes of its own")
    for mount in items(container.get("mounts")):
        if isinstance(mount, Mapping):
            yield from _folder("mounts", at(mount, "volumeOptions.driverOptions"))
    for key, source, read_only in _binds(container):
        if SOCKET.search(source):
            continue  # the rule about the daemon's socket says it
        path = posixpath.normpath(source)
        if not OWN_FOLDER.fullmatch(path) or CREDENTIALS.search(path):
            yield fault(f"a mount in {key}", source, "a folder of the project's own, or a volume")
        elif read_only is not True and readable(read_only):
            yield fault(f"a mount in {key} of {source}, read only", read_only, "true; what is written goes to a volume")


def _binds(container: Resource) -> Iterator[tuple[str, str, Value]]:
    """Property, folder of the machine and whether it is read only, of every folder of the machine that is mounted."""
    for key, field in (("volumes", "hostPath"), ("volumes", "volumeName"), ("mounts", "source")):
        for mount in items(container.get(key)):
            source = mount.get(field) if isinstance(mount, Mapping) else None
            bound = field == "hostPath" or (isinstance(mount, Mapping) and mount.get("type") == "bind")
            if text(source) and (bound or source.strip().startswith(("/", "."))):
                yield key, source.strip(), mount.get("readOnly", False)


def _capability(name: Value) -> str:
    return str(name).strip().upper().removeprefix("CAP_")


def _number(value: Value) -> int | None:
    try:
        return int(str(value).strip(), 0) if str(value).strip().lower().startswith("0x") else int(str(value).strip())
    except ValueError:
        return None


def is_unprivileged(value: str) -> bool:
    """Whether a user, by name or number and perhaps with a group, is not root."""
    name, _, group = value.strip().partition(":")
    number = _number(name)
    if group and (group.strip().casefold() in PRIVILEGED_GROUPS - {"root"}):
        return False
    if number is not None:
        return 0 < number <= LARGEST_UID
    return "$" not in name and name.strip().casefold() not in ROOT


def _is_known(values: Value) -> bool:
    """Whether a list can be read, to its last item."""
    return readable(values) and all(text(one) for one in items(values))


@rule(
    "container-limited",
    source="house rule",
    remedy="Set memory and cpus, and logOpts max-size and max-file.",
    types=(CONTAINER,),
)
def limited(container: Resource, context: Context) -> Iterator[str]:
    """Containers have limits of memory, processors and log.

    One app that leaks takes every other one on the machine with it, and its log the disk.

    Memory, processors and the log have an end before the machine's have.
    """
    for key, allowed in (("memory", "a number of MB"), ("cpus", "a number of processors")):
        value = container.get(key)
        if readable(value) and not _is_positive(value):
            yield fault(key, value, allowed)
    driver, log = container.get("logDriver"), container.get("logOpts")
    size = log.get("max-size") if isinstance(log, Mapping) else log
    if driver in (None, "", "json-file", "local") and readable(size) and size in (None, "", "-1", "0"):
        yield fault("logOpts.max-size", size, "a size at which the log is rotated")


def _is_positive(value: Value) -> bool:
    try:
        return 0 < float(value) < float("inf")
    except (TypeError, ValueError):
        return False


RULES = (
    not_root,
    no_latest,
    pinned,
    ports_on_loopback,
    locked_down,
    limited,
    no_docker_socket,
)
