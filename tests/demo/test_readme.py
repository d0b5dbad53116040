"""The README's tour is run, line by line, as it stands there."""

import re
import sys
from pathlib import Path

import pytest

from tests.demo.clones import ROOT, Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]


def tour() -> list[str]:
    """The commands of the README's console block."""
    block = re.search(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block is not None
    return [line.removeprefix("$ ") for line in block[1].splitlines()]


def test_the_tour_runs_as_it_is_written(clone: Clone):
    """A reader copies these lines: each does what its comment says."""
    clone.verb("up")
    (clone.folder / ".venv").symlink_to(Path(sys.prefix))
    said = [(line.split("#")[0].strip(), clone.execute(line)) for line in tour()]
    shown = [text for _, text in said]
    assert "unchanged" in shown[0]
    assert "value1" in shown[1]
    assert "key2 = value2" in shown[2]
    assert "time-service: ~ main.py" in shown[4]
    by_command = dict(said)
    versions = by_command[".venv/bin/slipway versions time-service"].splitlines()
    assert len([line for line in versions if line.startswith("v-")]) == 2
    assert "Good morning" in by_command[".venv/bin/slipway status"]
    assert "Less than the cloud" in by_command[".venv/bin/slipway sandbox status"]
    assert "nothing is left" in shown[-1]
