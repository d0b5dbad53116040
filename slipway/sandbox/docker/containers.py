"""Containers: ``docker:index/container:Container``.

    image at hand -> create -> join its networks -> start -> wait until its health check says that it is well

A port of this machine that is taken is replaced (:mod:`slipway.sandbox.docker.host_ports`): the output says by which.

What was begun and never handed over, because the provider host ended in the middle, is removed by the next one: a name
no state names would hold its port forever.
"""

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from slipway.sandbox.docker import container_inputs, host_ports, listening, own_checks, registries
from slipway.sandbox.docker.client import Docker, explained, unless_gone, words
from slipway.sandbox.docker.container_inputs import MB
from slipway.sandbox.handler import Calls, CloudError, Handler, Props
from slipway.wire import images as names

if TYPE_CHECKING:
    from docker.models.containers import Container

PATIENCE = 60
"""Seconds for the health check, where the program names none."""
MOST_RESTARTS = 3
"""How often a container may end before it counts as one that does not start."""
POLL = 0.02
MOST_LINES = 200
"""Lines of what a command wrote that its state keeps."""
ANEW = "`slipway refresh`, then `slipway up` make it anew"
INPUTS = "slipway.inputs"
"""A label: the digest of what a container was made from, so that one that is there already is known again."""
IN_PLACE = frozenset(
    {
        "memory",
        "memorySwap",
        "memoryReservation",
        "cpuShares",
        "restart",
        "maxRetryCount",
        "wait",
        "waitTimeout",
        "mustRun",
        "removeVolumes",
        "destroyGraceSeconds",
        "logs",
        "attach",
    }
)
"""What changes without a new container."""


def create(docker: Docker, new: Props) -> tuple[str, Props]:
    """Make and start it."""
    name = new["name"]
    doing = f"creating the container {name}"
    _have_image(docker, new)
    with docker.begun(name), words(doing, docker.where):
        container = _begun(docker, doing, name, new)
        if new.get("start", True):
            _await_well(container, doing, new)
            if new.get("attach"):  # as the provider: until it has ended, with whatever status
                container.wait(timeout=new.get("waitTimeout") or PATIENCE)
        output = {"containerLogs": _output_of(container)} if new.get("attach") and new.get("logs") else {}
        return str(container.id), {**_outputs(container), **_ports(container, new), **output}


def update(docker: Docker, id: str, old: Props, new: Props) -> Props:
    """Change limits and the restart policy; start it again where it was stopped, and wait for it where it was not."""
    doing = f"updating the container {new['name']}"
    with words(doing, docker.where):
        container = unless_gone(lambda: docker.client.containers.get(id))
        if container is None:
            raise CloudError(f"{doing}: it is gone: {ANEW}")
        limits = {key: new[key] for key in ("memory", "memorySwap", "memoryReservation") if new.get(key)}
        docker.client.api.update_container(
            id,
            mem_limit=limits.get("memory", 0) * MB or None,
            memswap_limit=_swap(limits.get("memorySwap", 0)),
            mem_reservation=limits.get("memoryReservation", 0) * MB or None,
            cpu_shares=new.get("cpuShares"),
            restart_policy={"Name": new.get("restart", "no"), "MaximumRetryCount": new.get("maxRetryCount", 0)},
        )
        if new.get("start", True):
            try:
                _started(container, doing)
            except CloudError as error:
                raise CloudError(f"{error}. It is removed: {ANEW}") from None
            _await_well(container, doing, new)
        return {**_outputs(container), **_ports(container, new)}


def read(docker: Docker, id: str) -> Props | None:
    """By id. One that has ended says that it need not run: a program that says it must then has something to do."""
    with words(f"looking at the container {id[:12]}", docker.where):
        container = unless_gone(lambda: docker.client.containers.get(id))
        if container is None:
            return None
        return {"name": container.name, **({} if _runs(container) else {"mustRun": False}), **_outputs(container)}


def delete(docker: Docker, id: str, old: Props) -> None:
    """Stop it, giving it the time the program names, and remove it."""
    with words(f"removing the container {old.get('name', id[:12])}", docker.where):
        container = unless_gone(lambda: docker.client.containers.get(id))
        if container is not None:
            if old.get("destroyGraceSeconds"):
                unless_gone(lambda: container.stop(timeout=int(old["destroyGraceSeconds"])))
            unless_gone(lambda: container.remove(force=True, v=old.get("removeVolumes", True)))


def _have_image(docker: Docker, new: Props) -> None:
    """Pull the image where the daemon lacks it, as Docker's own ``run`` does."""
    try:
        name = names.parse(new["image"])
    except ValueError:
        return  # an id; the daemon says it where there is none
    with words(f"looking at the image {new['image']}", docker.where):
        if unless_gone(lambda: docker.client.images.get(new["image"])) is None:
            registries.pull(docker, name, platform=new.get("platform") or "")


def _adopted(docker: Docker, name: str, new: Props) -> "Container | None":
    container = unless_gone(lambda: docker.client.containers.get(name))
    if container is None or not docker.resumed(container.labels) or container.labels.get(INPUTS) != _digest(new):
        return None  # what has the name and is not ours is the daemon's to refuse
    return container


def _begun(docker: Docker, doing: str, name: str, new: Props) -> "Container":
    """The container, on its networks and started; on other ports of this machine where the daemon refuses those."""
    ports: list[Props] = list(new.get("ports") or ())
    refused = frozenset[int]()
    container = _adopted(docker, name, new)
    while True:
        container = container or _created(docker, name, new, ports)
        for network in (new.get("networksAdvanced") or ())[1:]:
            _join(docker, container, network)
        try:
            if new.get("start", True):
                _started(container, doing)
        except CloudError as error:
            more = host_ports.refused(str(error), ports) - refused
            if not more:
                raise
            refused, container = refused | more, None
            ports = host_ports.replaced(new["ports"], refused)
        else:
            return container


def _created(docker: Docker, name: str, new: Props, ports: list[Props]) -> "Container":
    labels = {**docker.owned, INPUTS: _digest(new)}
    body = container_inputs.configuration({**new, "ports": ports} if ports else new, labels)
    created = docker.client.api.create_container_from_config(body, name, new.get("platform") or None)
    return docker.client.containers.get(created["Id"])


def _join(docker: Docker, container: "Container", network: Props) -> None:
    container.reload()
    if network["name"] not in container.attrs["NetworkSettings"]["Networks"]:
        docker.client.networks.get(network["name"]).connect(
            container, aliases=network.get("aliases"), ipv4_address=network.get("ipv4Address")
        )


def _started(container: "Container", doing: str) -> None:
    """Start it. One that cannot start is removed: nothing of it would be worth looking at."""
    from docker.errors import APIError

    try:
        container.start()
    except APIError as error:
        container.remove(force=True, v=True)
        raise CloudError(f"{doing}: {explained(error)}") from None


def _await_well(container: "Container", doing: str, new: Props) -> None:
    """Wait until it counts as up. Raises :class:`CloudError` with its last words; it then is stopped."""
    deadline = time.monotonic() + (new.get("waitTimeout") or PATIENCE)
    check = own_checks.Checks(container)
    while (why := _not_yet(container, new)) and not (new.get("wait") and check.passed()):
        if why.endswith(".") or time.monotonic() > deadline:
            words_of_it, properties = _last_words(container), {**_outputs(container), **_ports(container, new)}
            # Stopped, not removed: its log stays, and the next `up` starts it again or replaces it.
            container.stop(timeout=1)
            raise CloudError(f"{doing}: {why}{words_of_it}", id=str(container.id), properties=properties)
        time.sleep(POLL)


def _not_yet(container: "Container", new: Props) -> str:
    """Why it does not count as up; "" where it does. What waiting cannot change ends with a full stop."""
    container.reload()
    state = container.attrs["State"]
    if new.get("mustRun", True) and not _runs(container):
        killed = ", killed because it used too much memory" if state.get("OOMKilled") else ""
        return f"it ended with status {state['ExitCode']}{killed}."
    health = (state.get("Health") or {}).get("Status")
    if not new.get("wait") or health == "healthy":
        return ""
    if health in (None, "none"):
        return "it has no health check to wait for: give it one, or leave `wait` out."
    restarts = container.attrs["RestartCount"]
    if restarts >= MOST_RESTARTS:
        return f"it has ended {restarts} times, the last time with status {state['ExitCode']}."
    return f"it is {health} after {new.get('waitTimeout') or PATIENCE} s, started {restarts + 1} times"


def _last_words(container: "Container") -> str:
    # Of a container that has ended the last check only says that it could not be made.
    checks = (container.attrs["State"].get("Health") or {}).get("Log") or [] if _runs(container) else []
    output = [f"its health check said: {checks[-1]['Output'].strip()}"] if checks else []
    env = dict(line.split("=", 1) for line in container.attrs["Config"].get("Env") or () if "=" in line)
    # What is wrong with its port says more than the program of the check that could not connect.
    output = [why] if checks and (why := listening.sentence(listening.sockets_of(container), env)) else output
    lines = container.logs(tail=10).decode(errors="replace").rstrip().splitlines()
    return "".join(f"\n{line}" for line in [*output, *(f"    {line}" for line in lines)])


def _output_of(container: "Container") -> str:
    return container.logs(tail=MOST_LINES).decode(errors="replace")


def _runs(container: "Container") -> bool:
    return container.attrs["State"]["Status"] in ("running", "restarting", "paused")


def _outputs(container: "Container") -> Props:
    container.reload()
    settings = container.attrs["NetworkSettings"]
    return {
        "bridge": settings.get("Bridge", ""),
        "exitCode": container.attrs["State"]["ExitCode"],
        "networkDatas": [_network(name, there) for name, there in sorted(settings["Networks"].items())],
    }


def _ports(container: "Container", new: Props) -> Props:
    """The ports with those of this machine that it has got; an update's program names the declared ones."""
    if not new.get("ports"):
        return {}
    return {"ports": host_ports.bound(container.attrs["HostConfig"].get("PortBindings"), new["ports"])}


def _network(name: str, there: Any) -> Props:  # noqa: ANN401 - the daemon's JSON
    return {
        "networkName": name,
        "ipAddress": there["IPAddress"],
        "ipPrefixLength": there["IPPrefixLen"],
        "gateway": there["Gateway"],
        "macAddress": there["MacAddress"],
    }


def _digest(new: Props) -> str:
    compared = {key: value for key, value in new.items() if key not in container_inputs.OF_THE_HANDLER}
    return hashlib.sha256(json.dumps(compared, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _swap(megabytes: int) -> int | None:
    return megabytes * MB if megabytes > 0 else (megabytes or None)


COMPUTED = frozenset({"bridge", "exitCode", "networkDatas", "containerLogs"})
HANDLERS = {
    "docker:index/container:Container": Handler(
        check=container_inputs.check,
        calls=Calls(create=create, read=read, update=update, delete=delete),
        auto_name="name",
        replace_on=container_inputs.SERVED - IN_PLACE,
        computed=COMPUTED,
        volatile=COMPUTED,
    )
}
