"""What `slipway sandbox env` prints is enough for the clouds' own clients, and for nobody who does not have it."""

import json
import re
import sys

import pytest

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]

FUNCTIONS = "import boto3; print([f['FunctionName'] for f in boto3.client('lambda').list_functions()['Functions']])"
BUCKETS = """
import os, json, urllib.request
url = f"{os.environ['STORAGE_EMULATOR_HOST']}/storage/v1/b?project={os.environ['GOOGLE_CLOUD_PROJECT']}"
asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {os.environ['CLOUDSDK_AUTH_ACCESS_TOKEN']}"})
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(json.dumps([bucket["name"] for bucket in json.load(opener.open(asked)).get("items", [])]))
"""


def test_the_owners_clients_see_the_stack_that_is_up(clone: Clone):
    """boto3 lists the function without being told a region, and Cloud Storage the bucket of the stack's project."""
    clone.keep_only("time-service", "hello-function")
    clone.verb("up")
    printed = clone.run("sandbox", "env")
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:" in printed
    (clone.folder / "buckets.py").write_text(BUCKETS)
    (clone.folder / "functions.py").write_text(FUNCTIONS)

    def with_them(script: str) -> str:
        return clone.execute(f'eval "$({sys.executable} -m slipway sandbox env)" && {sys.executable} {script}')

    assert "slipway-sandbox-hello-function" in with_them("functions.py")
    project = re.search(r"export GOOGLE_CLOUD_PROJECT=(\S+)", printed)
    assert project
    assert any(name.startswith(project[1]) for name in json.loads(with_them("buckets.py").splitlines()[-1]))
