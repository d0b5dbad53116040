"""The dashboard of the watched apps, in Grafana's format, and the files by which Grafana loads it at its start."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 12, 8
"""Of a panel, in Grafana's grid of 24 columns."""
SCHEMA = 39
"""Grafana 10's and 11's: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/"""


@dataclass(frozen=True)
class Panel:
    """One picture: a query by app, and the unit of what it shows."""

    title: str
    query: str
    unit: str
    """As Grafana calls it."""


PANELS = (
    Panel("Up", 'up{job=~"$app"}', "bool_on_off"),
    Panel("Requests a second", 'sum by (job) (rate(http_requests_total{job=~"$app"}[$__rate_interval]))', "reqps"),
    Panel(
        "Requests that fail",
        'sum by (job) (rate(http_errors_total{job=~"$app"}[$__rate_interval])) '
        '/ sum by (job) (rate(http_requests_total{job=~"$app"}[$__rate_interval]))',
        "percentunit",
    ),
    Panel(
        "Answered in (95 %)",
        "histogram_quantile(0.95, sum by (job, le) "
        '(rate(http_request_duration_seconds_bucket{job=~"$app"}[$__rate_interval])))',
        "s",
    ),
    Panel("Memory", 'app_memory_bytes{job=~"$app"}', "bytes"),
    Panel(
        "Memory against its limit",
        'app_memory_bytes{job=~"$app"} / app_memory_limit_bytes{job=~"$app"}',
        "percentunit",
    ),
    Panel("Processor", 'rate(process_cpu_seconds_total{job=~"$app"}[$__rate_interval])', "percentunit"),
    Panel("Alerts", 'count by (alertname, alertstate) (ALERTS{job=~"$app"})', "short"),
)


def dashboard(apps: Sequence[str]) -> dict[str, Any]:
    """The dashboard with a choice of ``apps``; the data source is asked for at import."""
    return {
        "title": "Containers",
        "uid": "slipway-containers",
        "schemaVersion": SCHEMA,
        "editable": True,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_source(), _choice(sorted(apps))]},
        "panels": [_panel(number, panel) for number, panel in enumerate(PANELS)],
    }


def provisioning(url: str) -> dict[str, dict[str, Any]]:
    """Name -> what Grafana is told whose folder ``provisioning`` is ``grafana/``: its source, and where dashboards are.

    https://grafana.com/docs/grafana/latest/administration/provisioning/
    """
    source = {"name": "Prometheus", "type": "prometheus", "access": "proxy", "url": url, "isDefault": True}
    folder = {"path": "/etc/grafana/provisioning/dashboards/json"}
    provider = {"name": "slipway", "type": "file", "allowUiUpdates": False, "options": folder}
    return {
        "grafana/datasources/slipway.yaml": {"apiVersion": 1, "datasources": [source]},
        "grafana/dashboards/slipway.yaml": {"apiVersion": 1, "providers": [provider]},
    }


def _source() -> dict[str, Any]:
    return {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _choice(apps: Sequence[str]) -> dict[str, Any]:
    return {
        "name": "app",
        "type": "custom",
        "label": "App",
        "query": ",".join(apps),
        "includeAll": True,
        "multi": True,
        "current": {"text": ["All"], "value": ["$__all"]},
        "options": [{"text": app, "value": app, "selected": False} for app in apps],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, 24 // WIDTH)
    source = {"type": "prometheus", "uid": "${source}"}
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": source,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [{"refId": "A", "expr": panel.query, "legendFormat": "{{job}}", "datasource": source}],
    }
