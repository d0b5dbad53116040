"""How a container is: its state, its restarts, what it uses against its limits, what it wrote."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slipway.sandbox.docker import engine
from slipway.sandbox.docker.client import unless_gone
from slipway.sandbox.handler import CloudError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

MB = 1024 * 1024
BETWEEN = 0.2
"""Seconds between two looks at the processor time."""


class NoContainerError(CloudError):
    """There is no container of that name."""


@dataclass(frozen=True)
class Use:
    """What a running container uses. Bytes and processors; a limit of 0 is none."""

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
    """Whether it was killed for want of memory the last time it ended."""
    started: str
    """ISO 8601, UTC."""
    use: Use | None
    """None where it does not run."""


def look(name: str) -> Sight:
    """How the container is. Raises :class:`NoContainerError`, :class:`engine.NoEngineError`."""
    with closing(engine.connect(engine.address())) as client:
        container = _container(client, name)
        attributes = container.attrs
        state = attributes["State"]
        return Sight(
            status=state["Status"],
            health=(state.get("Health") or {}).get("Status", ""),
            restarts=attributes["RestartCount"],
            exit_code=state["ExitCode"],
            out_of_memory=bool(state.get("OOMKilled")),
            started=state["StartedAt"],
            use=_use(client, container) if state["Status"] == "running" else None,
        )


def lines(name: str, count: int, *, follow: bool) -> Iterator[str]:
    """The last ``count`` lines it wrote; with ``follow`` what comes after them. Raises as :func:`look`."""
    with closing(engine.connect(engine.address())) as client:
        container = _container(client, name)
        rest = b""
        said = container.logs(tail=count, stream=True, follow=follow)
        for chunk in said:
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (line.decode(errors="replace").rstrip("\r") for line in whole)
        if rest:
            yield rest.decode(errors="replace")


def _container(client: "DockerClient", name: str) -> "Container":
    found = unless_gone(lambda: client.containers.get(name))
    if found is None:
        raise NoContainerError(f"there is no container {name!r}")
    return found


def _use(client: "DockerClient", container: "Container") -> Use | None:
    first = _stats(client, container)
    time.sleep(BETWEEN)
    second = _stats(client, container)
    if not (first.get("memory_stats") and second.get("memory_stats")):
        return None  # it ended meanwhile
    host = container.attrs["HostConfig"]
    quota, period = host.get("CpuQuota") or 0, host.get("CpuPeriod") or 100_000
    return Use(
        memory=_memory(second["memory_stats"]),
        memory_limit=host.get("Memory") or 0,
        cpus=(_cpu(second) - _cpu(first)) / 1e9 / BETWEEN,
        cpus_limit=(host.get("NanoCpus") or 0) / 1e9 or max(quota, 0) / period,
    )


def _stats(client: "DockerClient", container: "Container") -> dict[str, Any]:
    # One shot: without it the engine takes two seconds to measure by itself.
    return client.api.stats(str(container.id), decode=None, stream=False, one_shot=True)


def _cpu(stats: dict[str, Any]) -> int:
    return stats["cpu_stats"]["cpu_usage"]["total_usage"]


def _memory(stats: dict[str, Any]) -> int:
    """As `docker stats` counts: without the file cache that the kernel would give up at once (cgroup v1 and v2)."""
    inside = stats.get("stats") or {}
    return stats["usage"] - (inside.get("total_inactive_file") or inside.get("inactive_file") or 0)
