"""When Beam's environment is asked for: by who has a pipeline, and by nobody else."""

import subprocess
from pathlib import Path

import pytest

from slipway import beam
from slipway.project import Project

ROOT = Path(__file__).resolve().parents[2]
STACK = """
config:
  slipway:apps:
    site: {home: app-engine, source: app_src/site}
    count: {home: dataflow, source: app_src/count, optional: true}
    always: {home: dataflow, source: app_src/always}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a stack of three apps, two of them pipelines."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.sandbox.yaml").write_text(STACK)
    for name in ("SLIPWAY_WITH", "SLIPWAY_WITHOUT"):
        monkeypatch.delenv(name, raising=False)
    return Project(tmp_path, tmp_path / ".slipway")


@pytest.mark.parametrize(
    ("present", "brought", "left", "wanted"),
    [
        ((), "", "", ["always"]),
        ((), "count", "", ["count", "always"]),
        (("count", "site"), "", "", ["count", "always"]),
        (("count",), "", "count", ["always"]),
    ],
)
def test_optional_pipelines_are_wanted_where_somebody_brings_them_in(
    project, monkeypatch, present, brought, left, wanted
):
    """By this command, or by an earlier one; not once they are taken out."""
    monkeypatch.setenv("SLIPWAY_WITH", brought)
    monkeypatch.setenv("SLIPWAY_WITHOUT", left)
    assert beam.wanted(project, "sandbox", present) == wanted


@pytest.mark.parametrize("said", ["config: {}", "config: {'slipway:apps': nonsense}", ""])
def test_a_stack_without_apps_wants_nothing(project, said):
    """What is wrong with a stack's file is the program's to say."""
    (project.root / "stacks/Pulumi.sandbox.yaml").write_text(said)
    assert beam.wanted(project, "sandbox", ()) == []


def test_the_demo_does_not_wait_for_beam():
    """Some hundred MB are for who asks for a pipeline, and for the tests."""
    asked = {
        goal: subprocess.run(["make", "--dry-run", "--always-make", goal], cwd=ROOT, capture_output=True, text=True)
        for goal in ("demo", "test")
    }
    assert asked["demo"].returncode == 0, asked["demo"].stderr
    assert "slipway.beam" not in asked["demo"].stdout
    assert "slipway.beam" in asked["test"].stdout
