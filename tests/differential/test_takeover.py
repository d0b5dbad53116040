"""Both engines on one stack, command by command in turns: each takes over what the other left as its own."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.conformance.quick import HERE, judge
from tests.differential.play import home

ALTERNATE = [sys.executable, str(Path(__file__).parent / "alternate.py")]
ROOT = Path(__file__).parents[2]
SCENARIOS = (
    "03_replace",
    "11_secrets",
    "12_create_fails",
    "23_assets",
    "91_deleted_with_chain",
    "98_options_alone",
    "170_update_plans",
)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="the `pulumi` command is not on this machine's PATH")
@pytest.mark.parametrize("first", [0, 1], ids=["pulumi first", "embedded first"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_engines_take_turns(name, first, tmp_path, monkeypatch):
    """What happens is what was recorded of Pulumi's engine alone, whichever of the two begins."""
    (tmp_path / "counter").write_text(str(first))
    monkeypatch.setenv("ALTERNATE", str(tmp_path / "counter"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with home(tmp_path):
        found = json.loads(json.dumps(judge().Scenario(HERE / "scenarios" / f"{name}.py").run(ALTERNATE)))
    recorded = json.loads((HERE / "recorded" / f"{name}.json").read_text())
    settled, wrong = judge().settled, []
    for want, got in zip(recorded, found, strict=True):
        got = {key: value for key, value in got.items() if key in want or key != "exit"}
        wrong += judge().differences(settled(want), settled(got), want["command"])
    assert wrong == []
