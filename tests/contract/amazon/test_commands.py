"""AWS's own command does its work on the sandbox: a script a service under ``commands``.

A step is a command, without `aws`; ``prints`` is a part of the JSON that it prints, ``refused`` a part of its error,
``writes`` a part of the JSON in the file ``out.json``, ``logs`` the words with which the lines of an invocation's log
tail begin. With ``within`` it is repeated for as many seconds until it prints that.
``short`` says why a step ends otherwise than on AWS: the page "Less than the cloud" is made of these.
"""

import base64
import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.amazon.conftest import Account
from tests.contract.google_cloud.test_gcloud import contains
from tests.sandbox.aws.beanstalk_stage import trust
from tests.sandbox.aws.materials import zipped

SCRIPTS = sorted((Path(__file__).parent / "commands").glob("*.json"))
READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}
CODE = """
def handler(event, context):
    print("got", event)
    if event == "large":
        return "x" * 6291556
    if event == "wrong":
        raise ValueError("the event is wrong")
    return event
"""
SELECTION = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5}
LIFECYCLE = {"rules": [{"rulePriority": 1, "selection": SELECTION, "action": {"type": "expire"}}]}
pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("aws") is None, reason="aws is not installed"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that commands send."""
    (tmp_path / "README.md").write_text("a file that a command send\n", encoding="utf-8")
    (tmp_path / "trust.json").write_text(trust("lambda.amazonaws.com"), encoding="utf-8")
    (tmp_path / "policy.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [READS]}), encoding="utf-8")
    (tmp_path / "lifecycle.json").write_text(json.dumps(LIFECYCLE), encoding="utf-8")
    (tmp_path / "code.zip").write_bytes(zipped({"main.py": CODE}))
    (tmp_path / "large.json").write_text(json.dumps("x" * (6 << 20)), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path, empty_account: Account, folder: Path) -> None:
    """Every command ends as its file says, and prints what the file says as part of its JSON."""
    environment = {**os.environ, **empty_account.variables, "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": ""}
    failures = list(failing(json.loads(script.read_text(encoding="utf-8"))["steps"], environment, folder))
    assert not failures, "\n".join(failures)


def failing(steps: list[dict[str, Any]], environment: dict[str, str], folder: Path) -> Iterator[str]:
    """The steps that end otherwise than they should."""
    for step in steps:
        until = time.monotonic() + step.get("within", 0)
        while (failure := failed(step, environment, folder)) and time.monotonic() < until:
            time.sleep(1)
        if failure:
            yield f"{step['aws']}: {failure}"


def failed(step: dict[str, Any], environment: dict[str, str], folder: Path) -> str:
    """How a step ends otherwise than it should; "" where it does not."""
    command = ["aws", *shlex.split(step["aws"]), *([] if step["aws"].startswith("s3 ") else ["--output=json"])]
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    if "refused" in step:
        fits = done.returncode != 0 and step["refused"] in done.stderr
        return "" if fits else f"{done.returncode} {done.stdout}{done.stderr}"
    if done.returncode:
        return done.stderr
    if "prints" in step and not contains(json.loads(done.stdout or "null"), step["prints"]):
        return done.stdout
    if "writes" in step and not contains(json.loads((folder / "out.json").read_text()), step["writes"]):
        return (folder / "out.json").read_text()
    if "logs" in step:
        lines = base64.b64decode(json.loads(done.stdout)["LogResult"]).decode().splitlines()
        if any(not line.startswith(words) for line, words in zip(lines, step["logs"], strict=False)) or not lines:
            return "\n".join(lines)
    return ""
