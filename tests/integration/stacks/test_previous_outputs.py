"""What the last `up` exported, and the program as a whole, on Pulumi's mocks."""

import json
import runpy
from pathlib import Path

import pulumi
import pytest
import yaml

from components.gcp.versions import Version
from slipway.stack.project import Project
from slipway.wire import variables
from stacks.google import on_google_cloud
from stacks.previous_outputs import (
    OUTPUTS,
    PreviousOutputs,
    app_engine_output,
    app_engine_versions,
    pruned_versions,
    read_previous_outputs,
    version_digests,
)
from stacks.settings import load

ROOT = Path(__file__).parents[3]


def version(character):
    return Version(
        runtime="python311",
        entrypoint="gunicorn -b :$PORT main:app",
        digest=character * 64,
        object=f"time-service/{character * 64}.zip",
        min_instances=0,
        max_instances=1,
    )


def configuration(stack, **change):
    config = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"] | change
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@pytest.fixture
def in_the_checkout(monkeypatch):
    """The program runs in the project's folder."""
    monkeypatch.chdir(ROOT)


def program():
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def test_there_are_no_previous_outputs_before_the_first_deployment(deploy):
    """The reference to itself has no outputs then."""
    assert deploy(lambda: vars(read_previous_outputs())).result == vars(PreviousOutputs())


def test_versions_are_read_with_their_artifacts_newest_first_and_less_what_is_pruned(monkeypatch):
    """What Beanstalk keeps is declared again from the outputs; a platform without digests keeps nothing."""
    apps = {
        "hello": {"versions": ["v-b", "v-c", "v-a"], "digests": {"v-a": "a", "v-b": "b", "v-c": "c"}},
        "function": {"versions": ["7"]},
    }
    assert {app: list(found.items()) for app, found in version_digests(apps).items()} == {
        "hello": [("v-b", "b"), ("v-c", "c"), ("v-a", "a")],
        "function": [],
    }
    monkeypatch.setenv(variables.PRUNED, "hello/v-c,other/v-a")
    assert list(version_digests(apps, pruned_versions())["hello"]) == ["v-b", "v-a"]


def test_what_was_exported_is_read_again(deploy):
    """Region and versions survive the way through outputs, which knows one kind of number."""
    output = json.loads(
        json.dumps(app_engine_output("us-east1", {"time-service": [version("a"), version("b")]})), parse_int=float
    )
    versions = app_engine_versions(output)
    assert list(versions["time-service"]) == [version("a"), version("b")]
    read = []
    deploy(lambda: read.append(read_previous_outputs()), before={"app_engine": output})
    assert read == [PreviousOutputs(region="us-east1", versions=versions)]


def test_a_mistake_in_the_settings_forgets_nothing(deploy, in_the_checkout):
    """An operation that stops early exports what it has: without the old outputs the versions would be lost."""
    before = {"apps": {"a": {}}, "registries": {}, "app_engine": app_engine_output("us-east1", {"a": [version("a")]})}
    before["lifecycle"] = {"owner": "platform", "kind": "ephemeral", "expires": "2027-12-31"}
    exports = []

    def stopped():
        try:
            program()
        except pulumi.RunError:
            exports.extend(pulumi.runtime.get_root_resource().outputs)

    deployed = deploy(stopped, config={**configuration("dev"), "slipway:kind": "keep"}, before=before)
    assert set(exports) == set(OUTPUTS)
    assert deployed.exports["apps"] == before["apps"]
    assert deployed.resources == []


def test_a_changed_region_is_refused_before_anything_is_declared(deploy, in_the_checkout):
    """App Engine never moves: the preview says so, and what to do."""
    said = []

    def moved():
        try:
            on_google_cloud(load(), PreviousOutputs(region="us-east1"))
        except pulumi.RunError as error:
            said.append(str(error))

    deployed = deploy(moved, stack="sandbox", config=configuration("sandbox"))
    assert deployed.resources == []
    assert said == [
        "slipway:gcp.region: App Engine's region must stay 'us-east1', got 'europe-west1': an application never moves. "
        "Put 'us-east1' back, or take a new project for 'europe-west1' (a stack of its own)"
    ]


def test_the_program_tells_the_command_where_everything_is(deploy, in_the_checkout):
    """The outputs have what `slipway` and the next `up` read: where each app is, how to probe it."""
    deployed = deploy(program, stack="sandbox", config=configuration("sandbox"))
    exports = deployed.exports
    assert set(exports) == set(OUTPUTS)
    assert {name: app["platform"] for name, app in exports["apps"].items()} == {
        "time-service": "App Engine",
        "hello-function": "AWS Lambda",
        "time-service-beanstalk": "Elastic Beanstalk",
        "hello-flask": "PythonAnywhere",
    }
    time_service = exports["apps"]["time-service"]
    assert time_service["url"].startswith("http://slipway-sandbox-ab12cd.")
    assert time_service["probe"] == ["/", "/date", "/time"]
    (served,) = deployed.of("StandardAppVersion")
    assert time_service["versions"] == [served.inputs["versionId"]]
    assert exports["apps"]["hello-function"]["resource"] == deployed.one("Function").inputs["name"]
    assert set(exports["registries"]) == {"gcp", "aws"}
    assert [v.id for v in app_engine_versions(exports["app_engine"])["time-service"]] == time_service["versions"]


def test_the_second_deployment_of_the_same_declares_the_same(deploy, in_the_checkout):
    """An unchanged preview is quiet: names and inputs depend on content and settings alone."""
    first = deploy(program, stack="sandbox", config=configuration("sandbox"))
    second = deploy(program, stack="sandbox", config=configuration("sandbox"), before=first.exports)
    assert {r.name for r in first.resources} == {r.name for r in second.resources}
    assert first.exports == second.exports


def test_every_child_has_a_parent_of_ours(deploy, in_the_checkout):
    """What a component declares is under it in the tree; only components stand at the top."""
    deployed = deploy(program, stack="sandbox", config=configuration("sandbox"))
    components = {r.name for r in deployed.resources if r.type.startswith("slipway:")}
    assert {r.parent for r in deployed.resources if not r.type.startswith("slipway:")} <= components


def test_what_the_stack_is_called_is_what_the_command_knows():
    """The command finds the same stacks that the settings read."""
    assert Project.find(ROOT).stacks == ["dev", "prod", "sandbox", "staging"]
