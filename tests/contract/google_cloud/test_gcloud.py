"""Google's own command does its work on the sandbox, with the variables that `slipway sandbox env` prints."""

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from slipway.sandbox.composition import google_clients
from tests.google_service import Served

SCRIPTS = sorted((Path(__file__).parent / "gcloud").glob("*.json"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed"),
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path, google: Served, tmp_path: Path) -> None:
    """Every command of the script ends as its file says, and prints what the file says as part of its JSON."""
    environment = {
        **os.environ,
        **google_clients.gcloud(google.address),
        "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"),
        "CLOUDSDK_AUTH_ACCESS_TOKEN": "any",
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_PROJECT": "demo-project",
    }
    (tmp_path / "README.md").write_text("a file that a command sends\n", encoding="utf-8")
    for step in json.loads(script.read_text(encoding="utf-8"))["steps"]:
        words = shlex.split(step["gcloud"].replace("<address>", google.address))
        command = ["gcloud", *words, "--format=json"]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        if "refused" in step:
            assert done.returncode != 0 and step["refused"] in done.stderr, done.stderr
            continue
        assert done.returncode == 0, f"{step['gcloud']}: {done.stderr}"
        if "prints" in step:
            assert contains(json.loads(done.stdout), step["prints"]), f"{step['gcloud']}: {done.stdout}"


def contains(answer: Any, expected: Any) -> bool:
    """Whether every value of ``expected`` is at its place in the answer."""
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(
            key in answer and contains(answer[key], item) for key, item in expected.items()
        )
    if isinstance(expected, list):
        return len(answer) == len(expected) and all(map(contains, answer, expected))
    return answer == expected
