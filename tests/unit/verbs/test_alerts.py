"""`slipway status` asks the stack's Prometheus what is wrong."""

import httpx
import pytest

from slipway.stack.outputs import App, deployed
from slipway.verbs.alerts import firing

APPS = deployed(
    {
        "apps": {
            "web": {"platform": "Docker", "url": "http://127.0.0.1:8080"},
            "prometheus": {"platform": "Docker", "url": "http://127.0.0.1:9090", "dashboard": "/x/dashboard.json"},
        }
    }
)


def alert(name: str, state: str, severity: str = "warning") -> dict[str, object]:
    labels = {"alertname": name, "job": "web", "severity": severity}
    return {"labels": labels, "state": state, "annotations": {"summary": f"web: {name}"}}


def prometheus(*alerts: dict[str, object]) -> httpx.MockTransport:
    """A Prometheus that says these alerts, and knows no other page."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "http://127.0.0.1:9090/api/v1/alerts"
        return httpx.Response(200, json={"status": "success", "data": {"alerts": list(alerts)}})

    return httpx.MockTransport(answer)


def test_what_fires_is_told_the_worst_first():
    """What is pending has not lasted long enough to be one."""
    transport = prometheus(
        alert("AppIsSlow", "firing"), alert("AppFails", "pending"), alert("AppDown", "firing", "critical")
    )
    alerts = firing(APPS.values(), transport)
    assert [(one.name, one.app, one.severity) for one in alerts] == [
        ("AppDown", "web", "critical"),
        ("AppIsSlow", "web", "warning"),
    ]
    assert alerts[0].summary == "web: AppDown"


@pytest.mark.parametrize("status", [200, 404, 503])
def test_a_prometheus_that_says_something_else_raises_no_alert(status: int):
    """That it is not well is what the probe shows: it is an app of the stack."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text="<html>"))
    assert firing(APPS.values(), transport) == []


def test_a_stack_that_is_not_watched_asks_nobody():
    """Without monitoring there is no request."""
    apps: list[App] = [APPS["web"]]
    assert firing(apps, httpx.MockTransport(lambda _: pytest.fail("asked"))) == []
