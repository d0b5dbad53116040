"""A program's request becomes a goal: options are read, and what makes no sense is refused."""

from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import resource_pb2

from slipway.engine.errors import EngineError
from slipway.engine.plan.defaults import plugin_inputs
from slipway.engine.plan.goals import goal_of
from slipway.engine.plan.steps import Goal


def goal(parent: Goal | None = None, **fields: Any) -> Goal:
    """The goal of a request of a component, which no provider serves."""
    request = resource_pb2.RegisterResourceRequest(type="my:own:Thing", name="a", **fields)
    return goal_of(request, parent, Path("/program"), None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1ns", 1e-9),
        ("2us", 2e-6),
        ("2µs", 2e-6),
        ("3ms", 0.003),
        ("4s", 4),
        ("5m", 300),
        ("1h", 3600),
        ("1h30m", 5400),
        (".5s", 0.5),
        ("1.5h", 5400),
    ],
)
def test_timeouts_are_durations_as_go_writes_them(text: str, seconds: float) -> None:
    """https://pkg.go.dev/time#ParseDuration"""
    timeouts = resource_pb2.RegisterResourceRequest.CustomTimeouts(create=text)
    read = goal(customTimeouts=timeouts).timeouts["create"]
    assert read == pytest.approx(seconds)
    assert isinstance(read, int) is (seconds == int(seconds)), "a checkpoint has whole seconds as whole numbers"


@pytest.mark.parametrize("text", ["5", "5 minutes", "1h 30m", "s", "-"])
def test_another_timeout_is_refused(text: str) -> None:
    """With what was written, and how it is written."""
    timeouts = resource_pb2.RegisterResourceRequest.CustomTimeouts(update=text)
    with pytest.raises(EngineError, match=f"{text}: write it like"):
        goal(customTimeouts=timeouts)


@pytest.mark.parametrize(
    ("version", "url", "inputs"),
    [
        ("", "", {}),
        ("1.2.3", "", {"version": "1.2.3", "__internal": {}}),
        ("", "https://example.com", {"__internal": {"pluginDownloadURL": "https://example.com"}}),
        (
            "1.2.3",
            "https://example.com",
            {"version": "1.2.3", "__internal": {"pluginDownloadURL": "https://example.com"}},
        ),
    ],
)
def test_a_provider_says_which_plugin_serves_it(version, url, inputs):
    """As Pulumi records it: the version is an input, the address is one of the engine's own."""
    assert plugin_inputs(version, url) == inputs
