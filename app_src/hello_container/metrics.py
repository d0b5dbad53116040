"""What the app counts for Prometheus: requests, errors, how long they took, and its memory against its limit."""

import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

QUIET = frozenset({"metrics", "healthz"})
"""Endpoints that machines ask: counting them would hide what people do."""
UNLIMITED = 1 << 60
"""Bytes; cgroup v1 says a number above this where there is no limit, v2 says ``max``."""


def watched(app: Flask, registry: CollectorRegistry) -> CollectorRegistry:
    """Count every request of ``app``, whose routes are there, into ``registry``, which is returned.

    Each series is there from the start, at 0: Prometheus does not see how a series grew that is born large. By endpoint
    and not by path: a path is the caller's to choose, and every new one would be a new series for ever.
    """
    requests = Counter("http_requests", "Requests answered.", ["method", "endpoint", "status"], registry=registry)
    errors = Counter("http_errors", "Requests answered with a 5xx.", ["endpoint"], registry=registry)
    seconds = Histogram("http_request_duration_seconds", "Time to an answer.", ["endpoint"], registry=registry)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(Memory())
    for endpoint in {rule.endpoint for rule in app.url_map.iter_rules()} - QUIET - {"static"}:
        errors.labels(endpoint)
        seconds.labels(endpoint)
        for status in ("200", "500"):
            requests.labels("GET", endpoint, status)

    @app.before_request
    def started() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def answered(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        if endpoint not in QUIET:
            requests.labels(request.method, endpoint, str(response.status_code)).inc()
            seconds.labels(endpoint).observe(time.perf_counter() - g.started)
            if response.status_code >= 500:
                errors.labels(endpoint).inc()
        return response

    return registry


class Memory(Collector):
    """The memory of the whole container, as the kernel judges it, its limit, and what was killed for it."""

    def __init__(self, root: Path = Path("/sys/fs/cgroup")) -> None:
        self._root = root

    def collect(self) -> Iterator[Metric]:
        """Two gauges in bytes, and a counter; each only where the kernel says it.

        What the kernel can take back without harm (inactive file cache) is not counted as used.
        """
        used = self._number("memory.current", "memory/memory.usage_in_bytes")
        limit = self._number("memory.max", "memory/memory.limit_in_bytes")
        if used is not None:
            idle = self._of_file(("memory.stat", "memory/memory.stat"), ("total_inactive_file", "inactive_file")) or 0
            yield GaugeMetricFamily("app_memory_bytes", "Memory in use.", value=max(used - idle, 0))
        if limit is not None and limit < UNLIMITED:
            yield GaugeMetricFamily("app_memory_limit_bytes", "Memory at which the app is killed.", value=limit)
        kills = self._of_file(("memory.events", "memory/memory.oom_control"), ("oom_kill",))
        if kills is not None:
            yield CounterMetricFamily("app_oom_kills", "Processes killed for the container's memory.", value=kills)

    def _number(self, *names: str) -> int | None:
        """The first of the files (cgroup v2's, v1's) that holds a number."""
        for name in names:
            try:
                return int((self._root / name).read_text())
            except (OSError, ValueError):
                continue
        return None

    def _of_file(self, names: tuple[str, ...], keys: tuple[str, ...]) -> int | None:
        """The value of the first key that the first of the files has; None without one."""
        for name in names:
            try:
                lines = (self._root / name).read_text().splitlines()
            except OSError:
                continue
            found = dict(line.split(" ", 1) for line in lines if " " in line)
            return next((int(found[key]) for key in keys if key in found), None)
        return None
