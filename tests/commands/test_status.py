"""`slipway status` where nothing runs, as after a reboot: the way back, at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = {
    *("boto3", "botocore", "docker", "google.auth", "google.cloud", "grpc", "httpx", "pulumi", "requests", "rich.live"),
    *("slipway.recognise", "slipway.bundle.kinds", "slipway.sandbox.composition.start", "slipway.verbs.up"),
}
"""What takes long to import: the clouds' SDKs, and what other verbs need."""
SECONDS = 1.0
"""Of a processor, so that the answer is there within 3 s also where other programs leave it a third of one."""
PROGRAM = """
import atexit, json, resource, sys
from slipway.__main__ import main
sys.argv = ["slipway", "status"]
def report():
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"modules": [*sys.modules], "seconds": used.ru_utime + used.ru_stime}))
atexit.register(report)
main()
"""


def test_it_names_the_way_back_and_imports_no_sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A stack that was up, and no service: one line, by less than a second of a processor."""
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.sandbox.yaml").write_text("config:\n  slipway:environment: sandbox\n")
    stacks = tmp_path / ".slipway/state/.pulumi/stacks/slipway"
    stacks.mkdir(parents=True)
    urn = "urn:pulumi:sandbox::slipway::pulumi:pulumi:Stack::slipway-sandbox"
    apps = {"web": {"platform": "AWS Lambda", "url": "http://127.0.0.1:9/", "versions": []}}
    stack = {"urn": urn, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": {"apps": apps}}
    document = {"version": 3, "checkpoint": {"stack": "organization/slipway/sandbox", "latest": {"resources": [stack]}}}
    (stacks / "sandbox.json").write_text(json.dumps(document))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SLIPWAY_HOME", raising=False)
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    sentence, report = done.stdout.strip().splitlines()
    assert sentence == "nothing runs on this machine: `slipway up --stack sandbox` brings back web"
    used = json.loads(report)
    assert SLOW & {*used["modules"]} == set()
    assert used["seconds"] < SECONDS
