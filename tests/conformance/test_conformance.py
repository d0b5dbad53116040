"""The embedded engine does what Pulumi's own did, in 30 recorded programs (README.md beside this file)."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENGINE = [sys.executable, "-m", "slipway", "engine"]


def _harness():
    spec = importlib.util.spec_from_file_location("conformance_harness", HERE / "conformance.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


harness = _harness()
SCENARIOS = sorted((HERE / "scenarios").glob("[0-9]*.py"))


def test_there_is_a_recording_for_every_scenario():
    """A scenario without a recording would compare with nothing."""
    assert len(SCENARIOS) == 30
    assert {path.stem for path in SCENARIOS} == {path.stem for path in (HERE / "recorded").glob("*.json")}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path, monkeypatch, tmp_path):
    """Exit status, provider calls, checkpoint, plan and world are those of Pulumi's engine."""
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    recorded = json.loads((HERE / "recorded" / f"{path.stem}.json").read_text())
    found = json.loads(json.dumps(harness.Scenario(path).run(ENGINE)))
    assert len(found) == len(recorded)
    wrong = [
        line
        for want, got in zip(recorded, found, strict=True)
        for line in harness.differences(want, got, want["command"])
    ]
    assert not wrong, "\n".join(wrong)
