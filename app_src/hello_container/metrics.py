"""What the app counts for Prometheus: requests, errors, how long they took, and its memory against its limit."""

import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

QUIET = frozenset({"metrics", "healthz"})
"""Endpoints that machines ask: counting them would hide what people do."""
UNLIMITED = 1 << 60
"""Bytes; cgroup v1 says a number above this where there is no limit, v2 says ``max``."""


def watched(app: Flask, registry: CollectorRegistry) -> CollectorRegistry:
    """Count every request of ``app`` into ``registry``, which is returned.

    By endpoint and not by path: a path is the caller's to choose, and every new one would be a new series for ever.
    """
    requests = Counter("http_requests", "Requests answered.", ["method", "endpoint", "status"], registry=registry)
    errors = Counter("http_errors", "Requests answered with a 5xx.", ["endpoint"], registry=registry)
    seconds = Histogram("http_request_duration_seconds", "Time to an answer.", ["endpoint"], registry=registry)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(Memory())

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
    """The memory of the whole container, as the kernel judges it, and its limit; nothing where there is none."""

    def __init__(self, root: Path = Path("/sys/fs/cgroup")) -> None:
        self._root = root

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Two gauges in bytes. What the kernel can take back without harm (inactive file cache) is not counted."""
        used = self._number("memory.current", "memory/memory.usage_in_bytes")
        limit = self._number("memory.max", "memory/memory.limit_in_bytes")
        if used is not None:
            idle = self._of_statistics("inactive_file", "total_inactive_file")
            yield GaugeMetricFamily("app_memory_bytes", "Memory in use.", value=max(used - idle, 0))
        if limit is not None and limit < UNLIMITED:
            yield GaugeMetricFamily("app_memory_limit_bytes", "Memory at which the app is killed.", value=limit)

    def _number(self, *names: str) -> int | None:
        """The first of the files (cgroup v2's, v1's) that holds a number."""
        for name in names:
            try:
                return int((self._root / name).read_text())
            except (OSError, ValueError):
                continue
        return None

    def _of_statistics(self, *keys: str) -> int:
        for name in ("memory.stat", "memory/memory.stat"):
            try:
                lines = (self._root / name).read_text().splitlines()
            except OSError:
                continue
            found = dict(line.split(" ", 1) for line in lines)
            return next((int(found[key]) for key in reversed(keys) if key in found), 0)
        return 0
