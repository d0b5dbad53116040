"""When Beam's environment is asked for: by who has a pipeline, and by nobody else."""

import subprocess
from pathlib import Path

import pytest

from slipway.sandbox.dataflow import beam

ROOT = Path(__file__).resolve().parents[2]
APPS = {
    "site": {"platform": "app-engine", "source": "app_src/site"},
    "count": {"platform": "dataflow", "source": "app_src/count", "optional": True},
}
ALWAYS = {"always": {"platform": "dataflow", "source": "app_src/always"}}


@pytest.mark.parametrize(
    ("apps", "present", "needed"),
    [(APPS, (), False), (APPS, ("site",), False), (APPS, ("count", "site"), True), ({**APPS, **ALWAYS}, (), True)],
)
def test_a_stack_needs_beam_for_the_pipelines_that_are_brought_in(apps, present, needed):
    """An optional one by this command, or by an earlier one; the others always."""
    assert beam.needed(apps, present) is needed


@pytest.mark.parametrize("apps", [{}, "nonsense", None, {"site": "nonsense"}])
def test_a_stack_without_apps_needs_no_beam(apps):
    """A mistake in a stack's file is the program's to report."""
    assert beam.needed(apps, ()) is False


def test_the_demo_does_not_wait_for_beam():
    """Some hundred MB are for who asks for a pipeline, and for the tests."""
    asked = {
        goal: subprocess.run(["make", "--dry-run", "--always-make", goal], cwd=ROOT, capture_output=True, text=True)
        for goal in ("demo", "test")
    }
    assert asked["demo"].returncode == 0, asked["demo"].stderr
    assert "slipway.sandbox.dataflow.beam" not in asked["demo"].stdout
    assert "slipway.sandbox.dataflow.beam" in asked["test"].stdout
