"""The embedded engine does what Pulumi's own did, in 71 recorded programs (README.md beside this file)."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.quick import HERE, Quick, judge, played

ENGINE = [sys.executable, "-m", "slipway", "engine"]
SCENARIOS = sorted((HERE / "scenarios").glob("[0-9]*.py"))
BY_COMMAND = ("01", "11", "23", "26")
"""Scenarios that are also played through the command line as a user would, a process for each command."""


def compare(path: Path, found: list[dict[str, Any]]) -> None:
    """Compare with the recording."""
    recorded = json.loads((HERE / "recorded" / f"{path.stem}.json").read_text())
    found = json.loads(json.dumps(found))
    assert len(found) == len(recorded)
    settled = judge().settled
    wrong = []
    for want, got in zip(recorded, found, strict=True):
        got = {key: value for key, value in got.items() if key in want or key != "exit"}  # the oldest name none
        wrong += judge().differences(settled(want), settled(got), want["command"])
    assert not wrong, "\n".join(wrong)


def test_there_is_a_recording_for_every_scenario():
    """A scenario without a recording would compare with nothing."""
    assert len(SCENARIOS) == 75
    assert {path.stem for path in SCENARIOS} == {path.stem for path in (HERE / "recorded").glob("*.json")}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path, launcher, tmp_path):
    """Exit status, provider calls, checkpoint, plan and world are those of Pulumi's engine."""
    compare(path, played(judge().Scenario(path), Quick(launcher, tmp_path)))


@pytest.mark.parametrize(
    "path", [path for path in SCENARIOS if path.stem.split("_")[0] in BY_COMMAND], ids=lambda path: path.stem
)
def test_scenario_by_command(path, monkeypatch, tmp_path):
    """The same through the command itself, as the judge runs it."""
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    compare(path, judge().Scenario(path).run(ENGINE))


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        (lambda found: found[0].update(failed=True), ".failed"),
        (lambda found: found[0]["in_order"].pop(), ".in_order"),
        (lambda found: found[0]["state"]["resources"][-1].update(id="other"), ".state"),
    ],
    ids=["exit", "calls", "state"],
)
def test_the_judge_sees_a_difference(mistake, told):
    """A judge that finds nothing wrong with anything would let everything through."""
    path = SCENARIOS[1]
    found = json.loads((HERE / "recorded" / f"{path.stem}.json").read_text())
    mistake(found)
    with pytest.raises(AssertionError, match=told):
        compare(path, found)
