"""What a stack's file says of versions and schedules, through the whole program, on Pulumi's mocks."""

import json
import runpy
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from stacks.previous_outputs import app_engine_versions
from tests.unit.conftest import Deployed

ROOT = Path(__file__).parents[3]
NIGHTLY = {"cron": "0 3 * * *", "time_zone": "Europe/Berlin"}


@pytest.fixture
def run(deploy: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the program of the stack `dev`: ``run(before, time_service={…}, hello_function={…})``."""
    monkeypatch.chdir(ROOT)

    def once(before: dict[str, Any] | None = None, **change: dict[str, Any]) -> Deployed:
        config = yaml.safe_load((ROOT / "stacks/Pulumi.dev.yaml").read_text())["config"]
        for app, settings in change.items():
            config["slipway:apps"][app.replace("_", "-")].update(settings)
        plain = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
        return deploy(
            lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), config=plain, before=before or {}
        )

    return once


def test_a_version_that_is_named_serves_and_the_outputs_say_so(run: Any):
    """After a deployment with other settings the old version gets all requests, and a preview of it is the same."""
    first = run()
    old = first.exports["apps"]["time-service"]["versions"][0]
    pinned = {"instance_class": "F2", "serve": old}
    second = run(first.exports, time_service=pinned)
    said = second.exports["apps"]["time-service"]
    assert said["versions"][1] == old != said["versions"][0]
    assert (said["traffic"], said["serve"]) == ({old: 100}, old)
    assert said["digests"][old] == said["digests"][said["versions"][0]] == said["digest"]
    third = run(second.exports, time_service=pinned)
    assert {r.name for r in third.resources} == {r.name for r in second.resources}
    assert third.one("EngineSplitTraffic").inputs == second.one("EngineSplitTraffic").inputs
    assert third.exports == second.exports


def test_a_version_that_is_not_kept_stops_the_program(run: Any):
    """Before anything is declared: to serve the newest would put live what somebody has taken back."""
    first = run()
    kept = first.exports["apps"]["time-service"]["versions"][0]
    with pytest.raises(pulumi.RunError) as refused:
        run(first.exports, time_service={"serve": "v-gone"})
    assert str(refused.value) == (
        f"slipway:apps.time-service.serve: must be a version that is kept, {kept}, got 'v-gone': "
        "`slipway versions time-service` shows them, `slipway rollback time-service --forget` serves the newest"
    )


def test_before_the_first_deployment_the_newest_serves_with_a_warning(run: Any):
    """As in a review, which knows no state: there is nothing yet that the names could mean."""
    deployed = run(time_service={"serve": "v-1", "canary": 10}, hello_function={"serve": "3"})
    (newest,) = deployed.exports["apps"]["time-service"]["versions"]
    assert deployed.exports["apps"]["time-service"]["traffic"] == {newest: 100}
    assert deployed.one("Alias").inputs["functionVersion"] == "7"
    warned = "\n".join(deployed.warnings)
    assert "time-service is not deployed yet, so there is no v-1 to serve: the newest version serves" in warned
    assert "hello-function is not deployed yet, so there is no 3 to serve" in warned


def test_a_functions_alias_goes_where_the_file_says(run: Any):
    """Lambda alone knows its versions, so what is deployed is believed."""
    first = run()
    second = run(first.exports, hello_function={"serve": "3", "canary": 10})
    assert second.one("Alias").inputs["functionVersion"] == "3"
    assert second.exports["apps"]["hello-function"]["traffic"] == {"3": 90, "7": 10}


def test_what_is_pruned_is_declared_no_more(run: Any, monkeypatch: pytest.MonkeyPatch):
    """Nor remembered: at the next run, without a word about it, it is not declared either."""
    first = run()
    second = run(first.exports, time_service={"instance_class": "F2"})
    newest, old = second.exports["apps"]["time-service"]["versions"]
    with monkeypatch.context() as told:
        told.setenv("SLIPWAY_PRUNED", f"hello-function/1,time-service/{old}")
        third = run(second.exports, time_service={"instance_class": "F2"})
    assert third.exports["apps"]["time-service"]["versions"] == [newest]
    assert [v.id for v in app_engine_versions(third.exports["app_engine"])["time-service"]] == [newest]
    fourth = run(third.exports, time_service={"instance_class": "F2"})
    assert {r.name for r in fourth.resources} == {r.name for r in third.resources}


def test_schedules_are_declared_and_told(run: Any):
    """In each cloud's words; without any, neither API nor component is there."""
    assert run().of("Job") == []
    due = run(
        time_service={"schedules": {"nightly": {**NIGHTLY, "path": "/date"}}},
        hello_function={"schedules": {"nightly": {**NIGHTLY, "event": {"key1": "a"}}}},
    )
    assert due.one("Job").inputs["schedule"] == "0 3 * * *"
    assert due.one("Schedule").inputs["scheduleExpression"] == "cron(0 3 * * ? *)"
    assert "cloudscheduler.googleapis.com" in {
        api.inputs["service"] for api in due.resources if api.type == "gcp:projects/service:Service"
    }
    apps = due.exports["apps"]
    assert apps["time-service"]["schedules"] == {
        "nightly": {
            "when": "0 3 * * * Europe/Berlin",
            "does": "GET /date",
            "resource": "time-service-clock-nightly-id",
        }
    }
    assert apps["hello-function"]["schedules"]["nightly"]["does"] == '{"key1": "a"}'
    assert apps["hello-function"]["schedules"]["nightly"]["resource"] == "slipway-dev-hello-function-nightly"
