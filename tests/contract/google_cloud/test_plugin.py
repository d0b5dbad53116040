"""Pulumi's own Google plugin acts on the sandbox, as `slipway sandbox env --plugin gcp` leads it there."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.catalog.permissions import GCP, OF_THE_ACCOUNT, needed
from slipway.sandbox.composition import google_clients
from tests.contract.google_cloud import documents
from tests.google_service import Served

PROGRAM = Path(__file__).parent / "program"
VERBS = {"insert": "create", "patch": "update", "batchEnable": "enable", "resume": "enable"}
"""Methods that are called otherwise than the permission that they need.
https://cloud.google.com/iam/docs/permissions-reference"""
OF_ANOTHER_RESOURCE = {"secretmanager.projects.secrets.addVersion": "secretmanager.versions.add"}
"""Methods whose permission is one on another resource: the same page."""
SERVICES = {"cloudresourcemanager": "resourcemanager", "sqladmin": "cloudsql"}
NOT_OF_A_PROJECT = ("cloudbilling.", "resourcemanager.projects.create", "resourcemanager.projects.delete")
"""Of the account or of who made the project: :data:`OF_THE_ACCOUNT`."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("pulumi") is None or shutil.which("pulumi-resource-gcp") is None,
        reason="pulumi and its Google plugin are not installed",
    ),
]


def permission(called: str) -> str:
    """What a method asks of its caller: ``run.projects.locations.services.create`` -> ``run.services.create``."""
    service, *above, verb = called.split(".")
    if called in OF_ANOTHER_RESOURCE:
        return OF_ANOTHER_RESOURCE[called]
    return f"{SERVICES.get(service, service)}.{above[-1]}.{VERBS.get(verb, verb)}"


def not_granted(calls: list[str], types: set[str]) -> list[str]:
    """The calls that a deployer of a stack with these types may not make; who began an operation may read it."""
    granted = {*needed(GCP, types, write=True)}
    asked = {call: permission(call) for call in calls if not call.endswith("operations.get")}
    return [
        f"{call} needs {permission}"
        for call, permission in asked.items()
        if permission not in granted and not permission.startswith(NOT_OF_A_PROJECT)
    ]


def test_a_stack_comes_up_is_quiet_changes_and_goes(google: Served, tmp_path: Path) -> None:
    """Up; a refresh and a preview without a change; an edit in place; and nothing is left in the store.

    All that the plugin asks for is granted to the pipelines of a stack that declares the same types.
    """
    program = shutil.copytree(PROGRAM, tmp_path / "program")
    (tmp_path / "state").mkdir()
    environment = {
        **os.environ,
        **google_clients.plugin(google.address, google.address),
        "GOOGLE_OAUTH_ACCESS_TOKEN": "any",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def pulumi(*words: str) -> str:
        command = ["pulumi", *words, "--non-interactive", "--stack", "test"]
        done = subprocess.run(command, cwd=program, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    pulumi("stack", "init")
    assert "created" in pulumi("up", "--yes", "--skip-preview")
    pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    pulumi("preview", "--expect-no-changes")
    deployed = json.loads(pulumi("stack", "export"))["deployment"]["resources"]
    pulumi("config", "set", "description", "second")
    changed = pulumi("up", "--yes", "--skip-preview")
    assert "2 updated" in changed and "replaced" not in changed
    pulumi("destroy", "--yes", "--skip-preview")
    kinds = ("account", "network", "subnetwork", "firewall", "repository", "job", "secret", "topic", "subscription")
    assert [record.name for kind in kinds for record in google.cloud.store.all(kind)] == []
    assert google.cloud.store.active_projects() == []
    types = {resource["type"] for resource in deployed if resource["type"].startswith("gcp:")}
    assert types - {*GCP, *OF_THE_ACCOUNT} == set()
    assert (google.unserved, documents.not_listed("Pulumi's Google plugin", google.calls)) == ([], [])
    assert not_granted(google.calls, types) == []
