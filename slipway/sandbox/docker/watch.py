"""How a container is: its state, its restarts, what it uses against its limits, what it wrote."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from slipway.sandbox.docker import daemon
from slipway.sandbox.docker.client import unless_gone
from slipway.sandbox.handler import CloudError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container


class NoContainerError(CloudError):
    """There is no container of that name."""


@dataclass(frozen=True)
class Use:
    """What a running container uses: bytes now, processors since it was started; a limit of 0 is none."""

    memory: int
    memory_limit: int
    cpus: float
    cpus_limit: float


@dataclass(frozen=True)
class Sight:
    """A container as it is now."""

    status: str
    """``running``, ``restarting``, ``exited`` …"""
    health: str
    """``healthy``, ``unhealthy``, ``starting``; "" without a health check."""
    restarts: int
    exit_code: int
    out_of_memory: bool
    """Whether it was killed for using too much memory the last time it ended."""
    memory_kills: int
    """Processes that were killed for using too much memory since its start, a worker of a server for one."""
    started: str
    """ISO 8601, UTC."""
    use: Use | None
    """None where it does not run."""


def look(name: str, *, use: bool = True) -> Sight:
    """How the container is; what it uses takes the daemon up to a second to say.

    Raises :class:`NoContainerError`, :class:`daemon.NoDaemonError`.
    """
    with closing(daemon.connect(daemon.address())) as client:
        container = _container(client, name)
        attributes = container.attrs
        state = attributes["State"]
        return Sight(
            status=state["Status"],
            health=(state.get("Health") or {}).get("Status", ""),
            restarts=attributes["RestartCount"],
            exit_code=state["ExitCode"],
            out_of_memory=bool(state.get("OOMKilled")),
            memory_kills=_memory_kills(client, container),
            started=state["StartedAt"],
            use=_use(client, container) if use and state["Status"] == "running" else None,
        )


def containers_of(labels: Mapping[str, str]) -> list[str]:
    """The names of the containers with these labels, newest first. Raises :class:`daemon.NoDaemonError`."""
    filters: dict[str, str | list[str] | bool] = {"label": [f"{label}={value}" for label, value in labels.items()]}
    with closing(daemon.connect(daemon.address())) as client:
        # As the daemon lists them: the one made last comes first.
        return [str(container.name) for container in client.containers.list(all=True, filters=filters)]


def side_by_side(containers: Mapping[str, str], count: int, *, follow: bool) -> Iterator[str]:
    """The lines of containers as they come, with several each after its title; ``containers`` is by title.

    Raises as :func:`lines`.
    """
    if len(containers) == 1:
        yield from lines(next(iter(containers.values())), count, follow=follow)
        return
    queue: SimpleQueue[str | CloudError | None] = SimpleQueue()

    def read(title: str, name: str) -> None:
        end = None
        try:
            for line in lines(name, count, follow=follow):
                queue.put(f"{title}: {line}")
        except CloudError as failed:
            end = failed
        queue.put(end)

    for title, name in containers.items():
        Thread(target=read, args=(title, name), daemon=True).start()
    for _ in containers:
        while (line := queue.get()) is not None:
            if isinstance(line, CloudError):
                raise line
            yield line


def lines(name: str, count: int, *, follow: bool) -> Iterator[str]:
    """The last ``count`` lines it wrote; with ``follow`` what comes after them. Raises as :func:`look`."""
    with closing(daemon.connect(daemon.address())) as client:
        container = _container(client, name)
        rest = b""
        output = container.logs(tail=count, stream=True, follow=follow)
        for chunk in output:
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (line.decode(errors="replace").rstrip("\r") for line in whole)
        if rest:
            yield rest.decode(errors="replace")


def _container(client: "DockerClient", name: str) -> "Container":
    container = unless_gone(lambda: client.containers.get(name))
    if container is None:
        raise NoContainerError(f"there is no container {name!r}")
    return container


def _use(client: "DockerClient", container: "Container") -> Use | None:
    stats = _stats(client, container)
    if not stats.get("memory_stats"):
        return None  # it ended meanwhile
    host = container.attrs["HostConfig"]
    quota, period = host.get("CpuQuota") or 0, host.get("CpuPeriod") or 100_000
    seconds = max(datetime.now(UTC).timestamp() - _started(container), 1.0)
    return Use(
        memory=_memory(stats["memory_stats"]),
        memory_limit=host.get("Memory") or 0,
        cpus=stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9 / seconds,
        cpus_limit=(host.get("NanoCpus") or 0) / 1e9 or max(quota, 0) / period,
    )


def _memory_kills(client: "DockerClient", container: "Container") -> int:
    """How often the kernel had to end a process of the container, as far as the daemon remembers (256 events)."""
    if container.attrs["State"]["StartedAt"].startswith("0001-"):
        return 0  # it was never started
    events = client.events(
        since=_started(container),
        until=datetime.now(UTC).timestamp(),
        filters={"container": container.id, "event": "oom"},
        decode=True,
    )
    return sum(1 for _ in events)


def _started(container: "Container") -> float:
    """Seconds since the epoch."""
    return datetime.fromisoformat(container.attrs["State"]["StartedAt"][:19] + "+00:00").timestamp()


def _stats(client: "DockerClient", container: "Container") -> dict[str, Any]:
    # One shot: without it the daemon takes two seconds, to tell of the processor between them.
    return client.api.stats(str(container.id), decode=None, stream=False, one_shot=True)


def _memory(stats: dict[str, Any]) -> int:
    """As `docker stats` counts: without the file cache that the kernel would give up at once (cgroup v1 and v2)."""
    inside = stats.get("stats") or {}
    return stats["usage"] - (inside.get("total_inactive_file") or inside.get("inactive_file") or 0)
