"""The alert rules behave: each fires when it has to, ends, and stays quiet otherwise; promtool plays the series."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from components.containers.rules import RULES, Target, Thresholds, files

CASES = sorted((Path(__file__).parents[1] / "cases/alerts").glob("*.yaml"))
RENDERED = files([Target(app="web", address="web:8080")], Thresholds(), {})[RULES]
PROMTOOL = shutil.which("promtool")


@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool on this machine (Debian's package prometheus)")
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_rule_fires_ends_and_stays_quiet(case: Path, tmp_path: Path):
    """As the file says, in the format of `promtool test rules`."""
    (tmp_path / RULES).write_text(RENDERED)
    shutil.copy(case, tmp_path)
    words = [str(PROMTOOL), "test", "rules", case.name]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_has_a_file():
    """A new rule comes with its behaviour."""
    rules = [rule["alert"] for group in json.loads(RENDERED)["groups"] for rule in group["rules"]]
    assert {name for name in rules for case in CASES if f"alertname: {name}" in case.read_text()} == set(rules)
