"""Release commands in the sandbox: once for each version, before it serves; one that fails or hangs stops the rest."""

import json

import pytest
import yaml

from tests.demo.clones import Clone

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]
HANDLER = """
import os

RAN = os.path.join(os.environ["TMP_OF_A_TEST"], "ran")


def handler(event, context):
    return {"mode": os.environ["MODE"], "ran": os.path.exists(RAN)}
"""
MIGRATE = """
import os
import time

open(os.path.join(os.environ["TMP_OF_A_TEST"], "ran"), "a").write("x")
time.sleep({"hang": 60}.get(os.environ["MODE"], 0))
raise SystemExit({"fail": "no table"}.get(os.environ["MODE"]))
"""


@pytest.fixture
def releasing(clone: Clone):
    """A function with a release command, in a mode."""
    folder = clone.folder / "app_src/shop"
    folder.mkdir()
    (folder / "main.py").write_text(HANDLER)
    (folder / "migrate.py").write_text(MIGRATE)
    (folder / "requirements.txt").write_text("")

    def up(mode: str, status: int = 0) -> str:
        path = clone.folder / "stacks/Pulumi.sandbox.yaml"
        document = yaml.safe_load(path.read_text())
        document["config"]["slipway:apps"] = {
            "shop": {
                "platform": "lambda",
                "source": "app_src/shop",
                "handler": "main.handler",
                "timeout": 4,
                "release": "python migrate.py",
                "env": {"MODE": mode, "TMP_OF_A_TEST": "/tmp"},
            }
        }
        path.write_text(yaml.safe_dump(document))
        return clone.run("up", "--engine", "embedded", status=status)

    return up


def mode(clone: Clone) -> dict[str, object]:
    """What the version answers that callers get."""
    event = clone.folder / "event.json"
    event.write_text("{}")
    return json.loads(clone.run("invoke", "shop", "--event", str(event)).splitlines()[0])


def test_a_release_that_fails_or_hangs_leaves_the_version_before(clone: Clone, releasing) -> None:
    """Lambda's alias moves after the command has succeeded, and no way back leads to what was not released."""
    releasing("first")
    assert mode(clone) == {"mode": "first", "ran": True}
    assert "the release command `python migrate.py` ended with status 1: no table" in releasing("fail", status=1)
    assert "did not end within the function's timeout (4 seconds)" in releasing("hang", status=1)
    assert mode(clone)["mode"] == "first"
    releasing("mended")
    assert mode(clone)["mode"] == "mended"
    assert "nothing would change" in clone.run("preview", "--engine", "embedded")
    assert clone.run("versions", "shop").count("not released") == 2
    clone.run("rollback", "shop")
    assert mode(clone)["mode"] == "first"
    assert "left behind" not in clone.run("destroy", "--yes")
