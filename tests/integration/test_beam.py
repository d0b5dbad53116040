"""When `make` asks for Beam's environment."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_does_not_wait_for_beam():
    """Some hundred MB are for who asks for a pipeline, and for the tests."""
    asked = {
        goal: subprocess.run(["make", "--dry-run", "--always-make", goal], cwd=ROOT, capture_output=True, text=True)
        for goal in ("demo", "test")
    }
    assert asked["demo"].returncode == 0, asked["demo"].stderr
    assert "slipway.sandbox.dataflow.beam" not in asked["demo"].stdout
    assert "slipway.sandbox.dataflow.beam" in asked["test"].stdout
