"""What holds for every workflow: pinned, least privileged, and a stranger's code never near a token that writes."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = ROOT / ".venv" / "bin"
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
FOLLOWED = {"pip": ("requirements*.in",), "docker": ("Dockerfile",)}
"""Dependabot's word for a kind → the files that it follows."""
STARTER = ROOT / "slipway/verbs/project_files/check.yml"
"""The workflow of a new project."""
PINNED = re.compile(r"uses: (?P<action>[\w./-]+)@(?P<commit>[0-9a-f]{40}) # v(?P<major>\d+)\.\d+\.\d+$")
NODE_24 = {
    "actions/checkout": 5,
    "actions/download-artifact": 7,
    "actions/github-script": 8,
    "actions/setup-python": 6,
    "actions/upload-artifact": 6,
    "aws-actions/configure-aws-credentials": 6,
    "google-github-actions/auth": 3,
    "pulumi/actions": 7,
}
"""Action → its first major version that runs on Node 24, by its ``action.yml``; GitHub's runners have no Node 20."""


def load(path: Path) -> dict[str, Any]:
    return YAML(typ="safe").load(path.read_text())


def jobs() -> list[Any]:
    return [
        pytest.param(load(path), job, id=f"{path.stem}: {name}")
        for path in FILES
        for name, job in load(path)["jobs"].items()
    ]


def writes(job: dict[str, Any]) -> set[str]:
    return {scope for scope, access in job["permissions"].items() if access == "write"}


def test_the_workflows_are_what_github_reads():
    """GitHub's own schema, which check-jsonschema carries along."""
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *FILES]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_gitlab_example_is_what_gitlab_reads():
    """GitLab's own schema."""
    example = ROOT / "docs" / "examples" / "gitlab-ci.yml"
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", example]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_zizmor_finds_nothing():
    """Not even what it tells pedants alone."""
    command = [BIN / "zizmor", "--offline", "--quiet", "--no-progress", "--persona", "pedantic", ROOT / ".github"]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit(path: Path):
    """A tag can be moved to other code; the version stands beside the commit for its reader."""
    used = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses: " in line]
    assert [line for line in used if not PINNED.match(line) and not line.startswith("uses: ./")] == []


def test_an_action_is_pinned_once():
    """The same action is the same commit in every workflow, so that an update is seen whole."""
    pinned: dict[str, set[str]] = {}
    for path in (*FILES, STARTER):
        for line in path.read_text().splitlines():
            if found := PINNED.search(line):
                pinned.setdefault(found["action"], set()).add(found["commit"])
    assert {action: commits for action, commits in pinned.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("path", [*FILES, STARTER], ids=lambda path: path.stem)
def test_an_action_runs_on_the_node_that_runners_have(path: Path):
    """A new action comes with the version of its own that runs on Node 24."""
    pinned = [match for line in path.read_text().splitlines() if (match := PINNED.search(line))]
    assert [one[0] for one in pinned if int(one["major"]) < NODE_24[one["action"]]] == []


def test_what_is_pinned_moves_once_a_week_in_one_change_a_kind():
    """Actions, every folder with a list of packages, and every folder with a base image."""
    updates = load(ROOT / ".github/dependabot.yml")["updates"]
    assert {one["package-ecosystem"] for one in updates} == {"github-actions", "pip", "docker"}
    for one in updates:
        assert one["schedule"]["interval"] == "weekly"
        assert [group["patterns"] for group in one["groups"].values()] == [["*"]]
        patterns = [folder.strip("/") for folder in one.get("directories", [one.get("directory")])]
        folders = {folder for pattern in patterns for folder in (ROOT.glob(pattern) if pattern else (ROOT,))}
        for name in FOLLOWED.get(one["package-ecosystem"], ()):
            files = [*ROOT.glob(name), *ROOT.glob(f"policy/{name}"), *ROOT.glob(f"app_src/*/{name}")]
            assert files
            assert {path.parent for path in files} <= folders


def test_plans_need_no_experiment():
    """Pulumi's plans are on by themselves."""
    assert [path.name for path in (*FILES, STARTER) if "PULUMI_EXPERIMENTAL" in path.read_text()] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_workflow_has_no_rights_of_its_own(path: Path):
    """Rights are given job by job; no long-lived secret is used anywhere, and nothing runs as `pull_request_target`."""
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert "secrets." not in path.read_text()
    assert "pull_request_target" not in workflow["on"]


@pytest.mark.parametrize(("workflow", "job"), jobs())
def test_a_job_is_bounded(workflow: dict[str, Any], job: dict[str, Any]):
    """It says which rights it has and when it is cut off; concurrency is limited for it or its workflow."""
    assert set(job["permissions"]) <= {"contents", "id-token", "pull-requests", "actions"}
    assert writes(job) <= {"id-token", "pull-requests"}
    if "uses" not in job:
        assert 1 <= job["timeout-minutes"] <= 120
    assert "workflow_call" in workflow["on"] or "concurrency" in workflow


@pytest.mark.parametrize(("workflow", "job"), jobs())
def test_a_checkout_leaves_no_token_behind(workflow: dict[str, Any], job: dict[str, Any]):
    """Later steps, and the code they run, find no credentials in the clone."""
    checkouts = [step for step in job.get("steps", ()) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step for step in checkouts if step["with"].get("persist-credentials") is not False] == []


@pytest.mark.parametrize(("workflow", "job"), jobs())
def test_no_expression_is_written_into_a_script(workflow: dict[str, Any], job: dict[str, Any]):
    """A branch may be named `$(…)`: values come into a script by its environment."""
    scripts = [step.get("run") or (step.get("with") or {}).get("script", "") for step in job.get("steps", ())]
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize(("workflow", "job"), jobs())
def test_a_strangers_code_runs_without_rights(workflow: dict[str, Any], job: dict[str, Any]):
    """In a pull request a job has rights only where the branch is ours; the one that comments runs no code of it."""
    if "pull_request" in workflow["on"] and writes(job):
        assert job["if"] == SAME_REPOSITORY
    if "workflow_run" in workflow["on"]:
        steps = job["steps"]
        assert [step for step in steps if "run" in step or step["uses"].startswith("actions/checkout@")] == []


@pytest.mark.parametrize(("workflow", "job"), jobs())
def test_clouds_are_reached_by_an_environments_roles(workflow: dict[str, Any], job: dict[str, Any]):
    """A job that asks for a cloud's token runs in an environment, which is what the clouds' trust is about."""
    if "id-token" in job["permissions"] and "uses" not in job:
        assert job["environment"]
        assert not any("access-key" in key for step in job["steps"] for key in step.get("with", {}))
