"""Google's own command does its work on the sandbox, with the variables that `slipway sandbox env` prints."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from slipway.sandbox.composition import google_clients
from tests.contract.google_cloud import documents
from tests.google_service import TOKEN, Served

CONTAINERS = Path(__file__).parent / "gcloud" / "containers" / "run.json"
SCRIPTS = sorted((Path(__file__).parent / "gcloud").glob("*.json"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed"),
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path, google: Served, tmp_path: Path) -> None:
    """Every command of the script ends as its file says, and asks for nothing else that is not served."""
    unserved = run(script, google, tmp_path, {"address": google.address})
    assert google.unserved == unserved
    assert documents.not_listed("gcloud", google.calls) == []


@pytest.mark.services
@pytest.mark.docker
def test_services_of_cloud_run(services_of_run: tuple[Served, str], tmp_path: Path) -> None:
    """`gcloud run` deploys, shares the requests, shows, executes and deletes, in containers of the Docker daemon."""
    google, image = services_of_run
    run(CONTAINERS, google, tmp_path, {"image": image})
    assert google.unserved == []
    assert documents.not_listed("gcloud", google.calls) == []


def run(script: Path, google: Served, folder: Path, values: Mapping[str, str]) -> list[str]:
    """Run the commands of a script in a folder; ``<name>`` in one stands for a value.

    The calls that its steps expect to be refused as not served.
    """
    environment = {
        **os.environ,
        **google_clients.gcloud(google.gateway),
        "CLOUDSDK_CONFIG": str(folder / "gcloud"),
        "CLOUDSDK_AUTH_ACCESS_TOKEN": TOKEN,
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_PROJECT": "demo-project",
    }
    (folder / "README.md").write_text("a file that a command sends\n", encoding="utf-8")
    steps = json.loads(script.read_text(encoding="utf-8"))["steps"]
    for step in steps:
        words = [re.sub(r"<(\w+)>", lambda match: values[match[1]], word) for word in shlex.split(step["gcloud"])]
        command = ["gcloud", *words, "--format=json"]
        done = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, text=True, timeout=240, check=False
        )
        if "refused" in step:
            assert done.returncode != 0 and step["refused"] in done.stderr, done.stderr
            continue
        assert done.returncode == 0, f"{step['gcloud']}: {done.stderr}"
        if "prints" in step:
            assert contains(json.loads(done.stdout), step["prints"]), f"{step['gcloud']}: {done.stdout}"
    return [step["unserved"] for step in steps if "unserved" in step]


def contains(answer: Any, expected: Any) -> bool:
    """Whether every value of ``expected`` is at its place in the answer."""
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(
            key in answer and contains(answer[key], item) for key, item in expected.items()
        )
    if isinstance(expected, list):
        return len(answer) == len(expected) and all(map(contains, answer, expected))
    return answer == expected
