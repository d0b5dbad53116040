"""`slipway status` asks the stack's Prometheus what is wrong."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from slipway.platforms import platform_of
from slipway.platforms.platform import Deployment, troubles
from slipway.stack.engines import Engine
from slipway.stack.outputs import App, deployed
from slipway.stack.project import Project
from slipway.stack.session import Run
from slipway.verbs import alerts
from slipway.verbs.alerts import Alert, firing, own_troubles

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
    raised = firing(APPS.values(), transport)
    assert [(one.name, one.app, one.severity) for one in raised] == [
        ("AppDown", "web", "critical"),
        ("AppIsSlow", "web", "warning"),
    ]
    assert raised[0].summary == "web: AppDown"


@pytest.mark.parametrize("status", [200, 404, 503])
def test_a_prometheus_that_says_something_else_raises_no_alert(status: int):
    """That it is not well is what the probe shows: it is an app of the stack."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text="<html>"))
    assert firing(APPS.values(), transport) == []


def test_a_stack_that_is_not_watched_asks_nobody():
    """Without monitoring there is no request."""
    apps: list[App] = [APPS["web"]]
    assert firing(apps, httpx.MockTransport(lambda _: pytest.fail("asked"))) == []


def deployment(platform: str) -> Deployment:
    run = Run(Project(Path("/nowhere"), Path("/nowhere")), "sandbox", Engine.embedded, sandbox=True)
    return Deployment(run, deployed({"apps": {"web": {"platform": platform, "url": "http://127.0.0.1:8080"}}})["web"])


def counts(monkeypatch: pytest.MonkeyPatch, **met: int) -> None:
    """Have the platform of containers count these."""
    counting = replace(platform_of("Docker"), troubles=lambda _: troubles(**met))
    monkeypatch.setattr(alerts, "platform_of", lambda _: counting)


def test_troubles_that_a_platform_counts_are_alerts(monkeypatch: pytest.MonkeyPatch):
    """An app that no Prometheus watches is seen too: a worker that was ended for memory, and restarts."""
    counts(monkeypatch, memory_kills=2, restarts=3)
    met = own_troubles([deployment("Docker"), deployment("of tomorrow")], [])
    assert [(one.app, one.name, one.summary) for one in met] == [
        ("web", "AppKilledForMemory", "the kernel has ended 2 processes, which used all of its memory"),
        ("web", "AppRestarts", "it was started again 3 times"),
    ]


def test_a_trouble_that_prometheus_raises_is_not_named_twice(monkeypatch: pytest.MonkeyPatch):
    """Both have the alert's name."""
    counts(monkeypatch, memory_kills=1)
    raised = Alert(name="AppKilledForMemory", app="web", severity="critical", summary="")
    assert own_troubles([deployment("Docker")], [raised]) == []


def test_a_restart_or_two_is_no_trouble():
    """As the rule of Prometheus has it: a machine that was started again does not make every `status` end with 1."""
    assert list(troubles(memory_kills=0, restarts=2)) == []
