"""What Prometheus is told: whom to ask, and when to raise an alarm. The same inputs give the same bytes."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from components.containers.dashboard import dashboard, provisioning

CONFIGURATION, RULES, DASHBOARD = "prometheus.yml", "rules.yml", "grafana/dashboards/json/containers.json"
SAMPLES = 5000
"""Series that an app may have; with more it counts what it should not, and Prometheus takes none of them."""
MISSED = 4
"""Answers that an app may owe before it counts as down."""
RESTARTS = 3
"""Starts within the time that a rate is taken over, from which an app counts as one that crashes again and again."""
LOOKED_AT = 20
"""Answers that a rate is taken over: with fewer, one slow request is an alarm."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """An app that is watched."""

    app: str
    address: str
    """``HOST:PORT``, as Prometheus reaches it."""
    path: str = "/metrics"


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """When it is too much."""

    scrape_seconds: int = 15
    error_percent: int = 5
    latency_ms: int = 1000
    """Time in which 95 % of the requests are answered."""
    memory_percent: int = 90
    """Of the container's limit."""


@dataclass(frozen=True, kw_only=True)
class Alertmanager:
    """Who is told of alerts, and sends them on as messages: https://prometheus.io/docs/alerting/latest/alertmanager/."""

    scheme: str
    """``http`` or ``https``."""
    address: str
    """``HOST:PORT``, as Prometheus reaches it."""
    path: str = ""
    """What its paths begin with."""

    @classmethod
    def at(cls, url: str) -> "Alertmanager":
        """Of its address, as ``https://alerts.example.com:9093/team``. Raises ValueError for what is none."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in url:
            raise ValueError(
                f"an Alertmanager has an address as http://HOST:9093 or https://HOST/PATH, without a login, got {url!r}"
            )
        port = parts.port or {"http": 9093, "https": 443}[parts.scheme]
        return cls(scheme=parts.scheme, address=f"{parts.hostname}:{port}", path=parts.path.rstrip("/"))


def files(
    targets: Sequence[Target],
    thresholds: Thresholds,
    labels: Mapping[str, str],
    alertmanagers: Sequence[Alertmanager] = (),
    url: str = "http://127.0.0.1:9090",
) -> dict[str, str]:
    """Name -> text of everything that is mounted. YAML as JSON, which it is a superset of.

    ``url`` is Prometheus' own, as Grafana on the same machine reaches it.
    """
    return {
        **{name: _written(document) for name, document in provisioning(url).items()},
        CONFIGURATION: _written(_configuration(targets, thresholds, labels, alertmanagers)),
        RULES: _written({"groups": [{"name": "apps", "rules": _rules(thresholds)}]}),
        DASHBOARD: _written(dashboard([target.app for target in targets])),
    }


def digest_of(rendered: Mapping[str, str]) -> str:
    """Hex sha256 over the files: another one is another configuration."""
    return hashlib.sha256(json.dumps(rendered, sort_keys=True).encode()).hexdigest()


def _written(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _configuration(
    targets: Sequence[Target],
    thresholds: Thresholds,
    labels: Mapping[str, str],
    alertmanagers: Sequence[Alertmanager],
) -> dict[str, Any]:
    seconds = f"{thresholds.scrape_seconds}s"
    timeout = f"{min(thresholds.scrape_seconds, 10)}s"
    return {
        "global": {
            "scrape_interval": seconds,
            "scrape_timeout": timeout,
            "evaluation_interval": seconds,
            # A label's name has letters, digits and underscores alone:
            # https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
            "external_labels": {re.sub(r"\W", "_", name, flags=re.ASCII): labels[name] for name in sorted(labels)},
        },
        "rule_files": [RULES],
        **({"alerting": {"alertmanagers": [_told(one) for one in alertmanagers]}} if alertmanagers else {}),
        "scrape_configs": [
            {
                "job_name": target.app,
                "metrics_path": target.path,
                "static_configs": [{"targets": [target.address]}],
                "sample_limit": SAMPLES,
            }
            for target in sorted(targets, key=lambda target: target.app)
        ],
    }


def _told(alertmanager: Alertmanager) -> dict[str, Any]:
    return {
        "scheme": alertmanager.scheme,
        **({"path_prefix": alertmanager.path} if alertmanager.path else {}),
        "static_configs": [{"targets": [alertmanager.address]}],
    }


def _rules(thresholds: Thresholds) -> list[dict[str, Any]]:
    window, patience = f"{LOOKED_AT * thresholds.scrape_seconds}s", f"{MISSED * thresholds.scrape_seconds}s"
    errors = f"sum by (job) (rate(http_errors_total[{window}]))"
    requests = f"sum by (job) (rate(http_requests_total[{window}]))"
    buckets = f"sum by (job, le) (rate(http_request_duration_seconds_bucket[{window}]))"
    return [
        _rule(
            "AppDown",
            f"up == 0 unless scrape_samples_scraped > {SAMPLES}",
            patience,
            "critical",
            "{{ $labels.job }} does not answer Prometheus",
        ),
        # An answer that is too large counts as none, and is counted all the same:
        # https://prometheus.io/docs/concepts/jobs_instances/#automatically-generated-labels-and-time-series
        _rule(
            "AppHasTooManySeries",
            f"scrape_samples_scraped > {SAMPLES}",
            patience,
            "critical",
            f"{{{{ $labels.job }}}} answers Prometheus with {{{{ $value }}}} series, of {SAMPLES} at most: "
            "none is taken",
        ),
        _rule(
            "AppFails",
            f"100 * {errors} / {requests} > {thresholds.error_percent}",
            patience,
            "critical",
            "{{ $labels.job }} fails {{ $value | printf `%.1f` }} % of its requests",
        ),
        _rule(
            "AppIsSlow",
            f"histogram_quantile(0.95, {buckets}) > {thresholds.latency_ms / 1000:g}",
            patience,
            "warning",
            "{{ $labels.job }} takes {{ $value | humanizeDuration }} for one request in twenty",
        ),
        _rule(
            "AppNearMemoryLimit",
            f"100 * app_memory_bytes / app_memory_limit_bytes > {thresholds.memory_percent}",
            patience,
            "warning",
            "{{ $labels.job }} uses {{ $value | printf `%.0f` }} % of its memory: it is killed at 100 %",
        ),
        _rule(
            "AppKilledForMemory",
            f"increase(app_oom_kills_total[{window}]) > 0",
            "0s",
            "critical",
            "the kernel has killed a process of {{ $labels.job }}, which used all of its memory",
        ),
        _rule(
            "AppRestarts",
            f"changes(process_start_time_seconds[{window}]) >= {RESTARTS}",
            "0s",
            "critical",
            f"{{{{ $labels.job }}}} was started again {{{{ $value }}}} times in {window}",
        ),
    ]


def _rule(alert: str, condition: str, patience: str, severity: str, says: str) -> dict[str, Any]:
    return {
        "alert": alert,
        "expr": condition,
        "for": patience,
        "labels": {"severity": severity},
        "annotations": {"summary": says},
    }
