"""Revisions as containers: started, waited for, found again, ended. The daemon's SDK is imported when one is needed."""

import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.sandbox.cloudrun import entrances
from slipway.sandbox.cloudrun.sizes import memory, processors
from slipway.sandbox.databases import servers
from slipway.sandbox.docker import daemon
from slipway.sandbox.docker.client import LABEL, mark
from slipway.sandbox.docker.container_limits import as_on_cloud_run
from slipway.sandbox.docker.daemon import NoDaemonError, connect
from slipway.sandbox.services import ports
from slipway.sandbox.stores.google import Store

if TYPE_CHECKING:
    from docker import DockerClient

SERVICE, REVISION, ENTRANCE = "slipway.run.service", "slipway.run.revision", "slipway.run.entrance"
"""Labels: which service, which revision, and that it is part of the way to one."""
ENDS = ("", "proxy", "door")
"""Values of the label :data:`ENTRANCE`, in the order in which a revision's containers end."""
GRACE_S = 10
"""Seconds that a revision has to finish its requests.
https://cloud.google.com/run/docs/container-contract#instance-shutdown."""
GOING = (404, 409)
"""The daemon's answers about a container that is not there, or whose removal is in progress.
https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerDelete"""
SHOWN = 20
"""Lines of a failed revision's log that are shown."""
LOGGED = 1000
"""Lines of a task's log that are stored, from its end."""


class NotReadyError(Exception):
    """A revision did not listen in time or ended; says what its log says."""


@contextmanager
def connected(where: str) -> Iterator["DockerClient"]:
    """The daemon at ``where``. Raises :class:`NoDaemonError`."""
    if not where:
        raise NoDaemonError("SLIPWAY_DOCKER", "the sandbox found none when it started")
    client = connect(where)
    try:
        yield client
    finally:
        client.close()


def start(
    client: "DockerClient", state_folder: Path, record: str, revision: str, template: Mapping[str, Any], seconds: float
) -> tuple[int, str]:
    """Run a revision, in place of one of the same name; its port and secret, once something listens behind them.

    Raises :class:`NotReadyError`.
    """
    from docker.errors import APIError

    end(client, state_folder, record, revision)
    chosen, secret = ports.choose_one(), secrets.token_hex(32)
    app = _arguments(client, state_folder, record, revision, template)
    images = entrances.images(client)
    try:
        if images is None:
            secret, app = "", {**app, "ports": {f"{port(template)}/tcp": ("127.0.0.1", chosen)}}
        else:
            _entrance(client, images, app, port(template), secret=secret, outside=chosen)
        container = client.containers.run(**app, detach=True)
    except (APIError, entrances.NoDoorError) as refused:
        end(client, state_folder, record, revision)
        raise NotReadyError(str(getattr(refused, "explanation", None) or refused)) from refused
    deadline = time.monotonic() + seconds
    while not _listens(chosen, entrances.greeting(secret)):
        container.reload()
        if container.status not in ("created", "running") or time.monotonic() > deadline:
            log = container.logs(tail=SHOWN).decode(errors="replace").strip()
            end(client, state_folder, record, revision)
            raise NotReadyError(log)
        time.sleep(0.05)
    return chosen, secret


def _entrance(
    client: "DockerClient", images: tuple[str, str], app: dict[str, Any], port: int, *, secret: str, outside: int
) -> None:
    """Start what stands before an app, and have the app share its network. Raises :class:`entrances.NoDoorError`."""
    name, labels = app["name"], app["labels"]
    door = client.containers.run(
        **entrances.door(images[0], name, outside=outside, labels={**labels, ENTRANCE: "door"}),
        network=app.pop("network"),
        detach=True,
    )
    app["network_mode"] = f"container:{door.id}"
    if reason := entrances.wait_for(door):
        print(f"{name}: every process of this machine reaches its address ({reason})", file=sys.stderr, flush=True)
    entrance = entrances.arguments(images[1], name, port, secret=secret, labels={**labels, ENTRANCE: "proxy"})
    client.containers.run(**entrance, network_mode=app["network_mode"], detach=True)


def revive(where: str, state_folder: Path) -> list[str]:
    """Start what has ended of the revisions, as after a restart of the daemon; the names of those that run again.

    The daemon itself starts containers in any order, and one that shares a network only if its owner runs.
    """
    ours = daemon.listed(where, f"{LABEL}={mark(state_folder)}", ENTRANCE)
    groups = {one["Labels"][REVISION] for one in ours}
    if not ours:
        return []
    everything = daemon.listed(where, f"{LABEL}={mark(state_folder)}", REVISION)
    ended = {one["Labels"][REVISION] for one in everything if one["State"] != "running"} & groups
    if not ended:
        return []
    with connected(where) as client:
        for revision in ended:
            for container in reversed(_all(client, state_folder, "", revision)):
                # A network that was made anew is another one: who shared the old one has to start again as well.
                container.start() if container.labels.get(ENTRANCE) == "door" else container.restart(timeout=GRACE_S)
    return sorted(ended)


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task of an execution of a job."""

    job: str
    """As the store calls it: ``PROJECT/LOCATION/JOB``."""
    execution: str
    template: Mapping[str, Any]
    seconds: float
    """That it may take."""
    index: int = 0
    count: int = 1
    attempt: int = 0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a task's container ended."""

    status: int
    """Its exit status; -1 where it took too long."""
    lines: Sequence[tuple[str, str]]
    """The end of its log: when (RFC 3339), and what."""

    @property
    def log(self) -> str:
        """The last lines that are shown with a failure."""
        return "\n".join(text for _, text in self.lines[-SHOWN:]).strip()


def run_once(client: "DockerClient", state_folder: Path, task: Task, cancelled: Callable[[], bool]) -> Ended:
    """Run a task's container to its end; at once where ``cancelled`` says so after its start.

    Who cancels notes that first and then ends what runs: a container that is not there yet is seen here.
    """
    from requests.exceptions import ConnectionError as SilentError
    from requests.exceptions import ReadTimeout

    arguments = {
        key: value
        for key, value in _arguments(client, state_folder, task.job, task.execution, task.template).items()
        if key != "restart_policy"
    }
    # https://cloud.google.com/run/docs/container-contract#jobs-env-vars
    names = {
        "CLOUD_RUN_JOB": task.job.rsplit("/", 1)[-1],
        "CLOUD_RUN_EXECUTION": task.execution,
        "CLOUD_RUN_TASK_INDEX": str(task.index),
        "CLOUD_RUN_TASK_COUNT": str(task.count),
        "CLOUD_RUN_TASK_ATTEMPT": str(task.attempt),
    }
    variables = {key: value for key, value in arguments["environment"].items() if not key.startswith("K_")}
    try:
        container = client.containers.run(**{**arguments, "environment": {**variables, **names}}, detach=True)
        if cancelled():
            kill(client, state_folder, task.job, task.execution)
        try:
            status = int(container.wait(timeout=task.seconds)["StatusCode"])
        except (ReadTimeout, SilentError):
            status = -1
        log = container.logs(tail=LOGGED, timestamps=True).decode(errors="replace")
        parted = [line.partition(" ") for line in log.splitlines()]
        return Ended(status=status, lines=[(time, text) for time, _, text in parted])
    finally:
        end(client, state_folder, task.job, task.execution)
        if not found(client, state_folder, task.job):
            end(client, state_folder, task.job)


def kill(client: "DockerClient", state_folder: Path, job: str, execution: str) -> None:
    """End the container of an execution at once; who waits for it sees that it has failed."""
    from docker.errors import APIError

    for container in found(client, state_folder, job, execution):
        try:
            container.kill()
        except APIError:  # it has ended meanwhile
            continue


def end(client: "DockerClient", state_folder: Path, record: str, revision: str = "") -> None:
    """Remove the containers of a revision, or all of a service with its network."""
    from docker.errors import APIError

    for container in _all(client, state_folder, record, revision):
        try:
            container.stop(timeout=GRACE_S)
            container.remove(force=True, v=True)
        except APIError as refused:
            if refused.status_code not in GOING:
                raise
    if not revision:
        for network in client.networks.list(filters=_filters(state_folder, record)):
            network.remove()


def end_all(where: str, state_folder: Path, store: Store, project: str) -> None:
    """End every service of a project that is going away."""
    services = store.all("run_service", project)
    if services:
        with connected(where) as client:
            for service in services:
                end(client, state_folder, service.name)


def found(client: "DockerClient", state_folder: Path, record: str = "", revision: str = "") -> list[Any]:
    """The containers of a service, of one revision, or of both where both are given; without the ways to them."""
    return [one for one in _all(client, state_folder, record, revision) if ENTRANCE not in one.labels]


def _all(client: "DockerClient", state_folder: Path, record: str, revision: str) -> list[Any]:
    """The same with the ways to them, which end last: requests are answered by them, in the network of the door."""
    containers = client.containers.list(all=True, filters=_filters(state_folder, record, revision))
    return sorted(containers, key=lambda one: ENDS.index(one.labels.get(ENTRANCE, "")))


def _arguments(
    client: "DockerClient", state_folder: Path, record: str, revision: str, template: Mapping[str, Any]
) -> dict[str, Any]:
    from docker.types import Mount

    (container,) = template["containers"]
    inside = port(template)
    limits = (container.get("resources") or {}).get("limits") or {}
    labels = {LABEL: mark(state_folder), SERVICE: record, REVISION: revision}
    return {
        "name": f"{revision}-{secrets.token_hex(3)}",
        "image": container["image"],
        "command": container.get("args"),
        "entrypoint": container.get("command"),
        "environment": {
            **{one["name"]: one.get("value", "") for one in container.get("env") or ()},
            # https://cloud.google.com/run/docs/container-contract#env-vars
            "PORT": str(inside),
            "K_SERVICE": record.rsplit("/", 1)[-1],
            "K_REVISION": revision,
            "K_CONFIGURATION": record.rsplit("/", 1)[-1],
        },
        # Not as volumes: their form has no room for the colons of an instance's name.
        "mounts": [
            Mount(target=place, source=str(folder), type="bind") for folder, place in _sockets(state_folder, template)
        ],
        "network": _network(client, state_folder, record),
        "nano_cpus": int(processors(limits.get("cpu", "1")) * 1e9),
        **as_on_cloud_run(memory(limits.get("memory", "512Mi"))),
        "restart_policy": {"Name": "unless-stopped"},
        "log_config": {"type": "json-file", "config": {"max-size": "10m", "max-file": "2"}},
        "labels": labels,
    }


def _sockets(state_folder: Path, template: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """What Cloud Run's connector is there: the socket files of the databases that a template names."""
    for volume in template.get("volumes") or ():
        connections = (volume.get("cloudSqlInstance") or {}).get("instances") or ()
        yield from servers.sockets(state_folder, connections).items()


def port(template: Mapping[str, Any]) -> int:
    """The port that the container of a template listens on."""
    ports = template["containers"][0].get("ports") or [{}]
    return int(ports[0].get("containerPort") or 8080)


def _network(client: "DockerClient", state_folder: Path, record: str) -> str:
    """The service's own: services do not see each other."""
    existing = client.networks.list(filters=_filters(state_folder, record))
    if existing:
        return str(existing[0].name)
    name = f"{record.rsplit('/', 1)[-1]}-run-{secrets.token_hex(4)}"
    client.networks.create(name, driver="bridge", labels={LABEL: mark(state_folder), SERVICE: record})
    return name


def _filters(state_folder: Path, record: str, revision: str = "") -> dict[str, str | list[str] | bool]:
    output = {LABEL: mark(state_folder), SERVICE: record, REVISION: revision}
    return {"label": [f"{label}={value}" for label, value in output.items() if value]}


def _listens(port: int, greeting: str) -> bool:
    """Whether the container takes connections: what stands before it does from the start, so it is asked something."""
    question = f"{greeting}GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5.0) as line:
            line.sendall(question.encode())
            return bool(line.recv(1))
    except OSError:
        return False
