"""The alerts that a stack's Prometheus raises now, by app: part of ``slipway status``."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slipway.platforms import PLATFORMS, platform_of
from slipway.platforms.platform import Deployment
from slipway.stack.outputs import App

if TYPE_CHECKING:
    import httpx

SECONDS = 5.0
"""For Prometheus to answer."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert that fires."""

    name: str
    app: str
    severity: str
    """``critical`` or ``warning``."""
    summary: str
    """What is wrong, in words."""


def firing(apps: Iterable[App], transport: "httpx.BaseTransport | None" = None) -> list[Alert]:
    """The alerts that fire, the critical ones first; none where the stack has no Prometheus, or it does not answer.

    Prometheus is an app of the stack: where it does not answer, that is seen by the probe.
    https://prometheus.io/docs/prometheus/latest/querying/api/#alerts
    """
    import httpx  # takes a tenth of a second to import, and most stacks watch nothing

    alerts: list[Alert] = []
    for app in apps:
        if "dashboard" not in app.details or not app.url:
            continue
        try:
            with httpx.Client(transport=transport, trust_env=False, timeout=SECONDS) as client:
                answer = client.get(f"{app.url}/api/v1/alerts").raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            continue
        alerts += [_alert(one, app.name) for one in answer["data"]["alerts"] if one["state"] == "firing"]
    return sorted(alerts, key=lambda alert: (alert.severity != "critical", alert.app, alert.name))


def own_troubles(deployments: Iterable[Deployment], already: Iterable[Alert]) -> list[Alert]:
    """What platforms count themselves, for apps that no Prometheus watches; without what one raises already."""
    raised = {(alert.app, alert.name) for alert in already}
    return [
        Alert(name=name, app=deployment.app.name, severity="critical", summary=summary)
        for deployment in deployments
        if deployment.app.platform in PLATFORMS
        for name, summary in platform_of(deployment.app.platform).troubles(deployment)
        if (deployment.app.name, name) not in raised
    ]


def _alert(alert: dict[str, dict[str, str]], otherwise: str) -> Alert:
    labels = alert["labels"]
    return Alert(
        name=labels.get("alertname", "an alert"),
        app=labels.get("job", otherwise),
        severity=labels.get("severity", "critical"),
        summary=alert.get("annotations", {}).get("summary", ""),
    )
