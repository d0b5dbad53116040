"""Pulumi's own Google plugin acts on the sandbox, as `slipway sandbox env --plugin gcp` leads it there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.sandbox.composition import google_clients
from tests.google_service import Served

PROGRAM = Path(__file__).parent / "program"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("pulumi") is None or shutil.which("pulumi-resource-gcp") is None,
        reason="pulumi and its Google plugin are not installed",
    ),
]


def test_a_stack_comes_up_is_quiet_changes_and_goes(google: Served, tmp_path: Path) -> None:
    """Up; a refresh and a preview without a change; an edit in place; and nothing is left in the store."""
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
    pulumi("config", "set", "description", "second")
    changed = pulumi("up", "--yes", "--skip-preview")
    assert "2 updated" in changed and "replaced" not in changed
    pulumi("destroy", "--yes", "--skip-preview")
    kinds = ("account", "network", "subnetwork", "firewall", "repository", "job", "secret", "topic", "subscription")
    assert [record.name for kind in kinds for record in google.cloud.store.all(kind)] == []
    assert google.cloud.store.active_projects() == []
