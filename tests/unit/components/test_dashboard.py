"""The CloudWatch dashboard of a stack's functions."""

import json

import pytest

from components.aws.dashboard import FunctionsDashboard, FunctionsDashboardArgs, body


def test_shows_requests_latency_and_errors_of_every_function():
    """A row a function, in one order; nothing overlaps and everything is within the grid."""
    widgets = json.loads(body(["b", "a"], "eu-central-1"))["widgets"]
    assert [w["properties"]["title"] for w in widgets] == [
        *("a: requests", "a: latency", "a: errors"),
        *("b: requests", "b: latency", "b: errors"),
    ]
    assert len({(w["x"], w["y"]) for w in widgets}) == 6
    assert max(w["x"] + w["width"] for w in widgets) <= 24
    metrics = {metric[1] for w in widgets for metric in w["properties"]["metrics"]}
    assert metrics == {"Invocations", "Throttles", "Duration", "Errors"}


def test_is_one_resource_with_a_fixed_name(deploy):
    """One dashboard a stack, however many functions: each is paid for."""
    args = FunctionsDashboardArgs(dashboard_name="slipway-dev", functions=["f"], region="eu-central-1")
    deployed = deploy(lambda: FunctionsDashboard("functions", args).url)
    dashboard = deployed.one("Dashboard")
    assert dashboard.inputs["dashboardName"] == "slipway-dev"
    assert dashboard.inputs["dashboardBody"] == body(["f"], "eu-central-1")
    assert deployed.result.endswith("#dashboards/dashboard/slipway-dev")


def test_of_nothing_is_a_mistake():
    """An empty dashboard would be paid for too."""
    with pytest.raises(ValueError, match="functions must name one or more, got none"):
        FunctionsDashboardArgs(dashboard_name="x", functions=[], region="eu-central-1")
