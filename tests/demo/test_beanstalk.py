"""An app's life on Elastic Beanstalk: up, a version that does not start, a way back, and nothing left."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from slipway.engine.api import stack_outputs
from slipway.probe import reachable
from tests.demo.clones import Clone

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]
APP = "time-service-beanstalk"


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A copy of the project whose sandbox has this app alone."""
    made = Clone(tmp_path / "clone", "embedded")
    path = made.folder / "stacks" / "Pulumi.sandbox.yaml"
    said = yaml.safe_load(path.read_text())
    said["config"]["slipway:apps"] = {APP: said["config"]["slipway:apps"][APP]}
    for unused in ("slipway:monitoring", "slipway:registries", "slipway:gcp"):
        said["config"].pop(unused, None)
    path.write_text(yaml.safe_dump(said))
    yield made
    made.run("sandbox", "stop")


def edit(clone: Clone, old: str, new: str) -> None:
    path = clone.folder / "app_src" / "time_service" / "main.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def welcome(clone: Clone) -> str:
    outputs = stack_outputs(clone.folder, f"file://{clone.folder / '.slipway' / 'state'}", "sandbox")
    address, headers = reachable(outputs["apps"][APP]["url"])
    return httpx.get(address, headers=headers, trust_env=False).text


def test_a_version_that_does_not_start_and_the_way_back(clone: Clone):
    """The old version answers through it all; the error is the app's own; what mends it is the next up."""
    clone.verb("up")
    assert "nothing would change" in clone.verb("preview")
    assert "Ready, Green" in clone.run("status")

    edit(clone, "WELCOME = ", "1 / 0\nWELCOME = ")
    failed = clone.verb("up", status=1)
    assert "ZeroDivisionError" in failed
    assert "Failed to deploy application." in failed
    assert "Ready, Red" in clone.run("status")
    assert welcome(clone).startswith("Welcome to the time service")

    edit(clone, "1 / 0\nWELCOME = ", "WELCOME = ")
    clone.verb("up")
    assert "Ready, Green" in clone.run("status")
    assert "nothing would change" in clone.verb("preview")

    edit(clone, "Welcome to the", "Good morning from the")
    told = clone.verb("up")
    assert "aws:elasticbeanstalk/environment:Environment" in told
    assert welcome(clone).startswith("Good morning")
    assert "GET / " in clone.run("logs", APP)

    clone.run("rollback", APP)
    assert welcome(clone).startswith("Welcome to the")
    assert "nothing would change" in clone.verb("preview")
    clone.run("rollback", APP, "--forget")
    assert welcome(clone).startswith("Good morning")

    assert "nothing is left" in clone.verb("destroy", "--yes")
