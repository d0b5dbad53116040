"""What Prometheus is told: whom to ask, and when to raise an alarm. The same inputs give the same bytes."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.containers.dashboard import dashboard

CONFIGURATION, RULES, DASHBOARD = "prometheus.yml", "rules.yml", "dashboard.json"
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


def files(targets: Sequence[Target], thresholds: Thresholds, labels: Mapping[str, str]) -> dict[str, str]:
    """Name -> text of everything that is mounted. YAML as JSON, which it is a superset of."""
    return {
        CONFIGURATION: _written(_configuration(targets, thresholds, labels)),
        RULES: _written({"groups": [{"name": "apps", "rules": _rules(thresholds)}]}),
        DASHBOARD: _written(dashboard([target.app for target in targets])),
    }


def digest_of(rendered: Mapping[str, str]) -> str:
    """Hex sha256 over the files: another one is another configuration."""
    return hashlib.sha256(json.dumps(rendered, sort_keys=True).encode()).hexdigest()


def _written(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _configuration(targets: Sequence[Target], thresholds: Thresholds, labels: Mapping[str, str]) -> dict[str, Any]:
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
        "scrape_configs": [
            {
                "job_name": target.app,
                "metrics_path": target.path,
                "static_configs": [{"targets": [target.address]}],
                # An app that says more than this counts what it should not.
                "sample_limit": 5000,
            }
            for target in sorted(targets, key=lambda target: target.app)
        ],
    }


def _rules(thresholds: Thresholds) -> list[dict[str, Any]]:
    window, patience = f"{LOOKED_AT * thresholds.scrape_seconds}s", f"{MISSED * thresholds.scrape_seconds}s"
    errors = f"sum by (job) (rate(http_errors_total[{window}]))"
    requests = f"sum by (job) (rate(http_requests_total[{window}]))"
    buckets = f"sum by (job, le) (rate(http_request_duration_seconds_bucket[{window}]))"
    return [
        _rule("AppDown", "up == 0", patience, "critical", "{{ $labels.job }} does not answer Prometheus"),
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
