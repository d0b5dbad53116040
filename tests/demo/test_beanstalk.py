"""An app's life on Elastic Beanstalk: up, a version that does not start, a way back, and nothing left."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.clones import Clone

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]
APP = "time-service-beanstalk"
MAIN = "app_src/time_service/main.py"


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A copy of the project whose sandbox has this app alone."""
    made = Clone(tmp_path / "clone", "embedded")
    made.keep_only(APP)
    yield made
    made.run("sandbox", "stop")


def test_a_version_that_does_not_start_and_the_way_back(clone: Clone):
    """Nothing of it is deployed, the old version answers on; the error is the app's own; the next up mends it."""
    clone.verb("up")
    assert "nothing would change" in clone.verb("preview")
    assert "Ready, Green" in clone.run("status")

    clone.edit(MAIN, "WELCOME = ", "1 / 0\nWELCOME = ")
    failed = clone.verb("up", status=1)
    assert "ZeroDivisionError" in failed
    assert "Ready, Green" in clone.run("status")
    assert clone.page(APP).startswith("Welcome to the time service")

    clone.edit(MAIN, "1 / 0\nWELCOME = ", "WELCOME = ")
    clone.verb("up", "--canary", "10")
    assert "Ready, Green" in clone.run("status")
    assert "nothing would change" in clone.verb("preview")

    clone.edit(MAIN, "Welcome to the", "Good morning from the")
    refused = clone.verb("up", "--canary", "10", status=1)
    assert "Elastic Beanstalk serves one version at a time" in refused and "`--all`" in refused
    assert clone.page(APP).startswith("Welcome to the time service")
    told = clone.verb("up")
    assert "aws:elasticbeanstalk/environment:Environment" in told
    assert clone.page(APP).startswith("Good morning")
    assert "GET / " in clone.run("logs", APP)
    url = clone.run("open", APP).strip()
    assert url == clone.url(APP)
    clone.follow(APP, lambda word: clone.page(APP, f"/?{word}"))

    # Back from what serves; what the folder has become meanwhile is deployed beside.
    clone.edit(MAIN, "Good morning from the", "Good evening from the")
    told = clone.run("rollback", APP)
    assert "it is deployed beside, and gets no requests" in told
    assert clone.page(APP).startswith("Welcome to the")
    assert "nothing would change" in clone.verb("preview")
    evening, morning, welcome = listed(clone)
    assert welcome.endswith("pinned")
    clone.run("rollback", APP, "--to", morning.split()[1])
    assert clone.page(APP).startswith("Good morning")
    clone.run("rollback", APP, "--forget")
    assert clone.page(APP).startswith("Good evening")

    # Pruned, the way back is left; the bundle goes with its version, and the state knows.
    oldest = welcome.split()[0]
    assert f"would go: {oldest}" in clone.run("prune", APP, "--keep", "1", "--dry-run")
    assert len(listed(clone)) == 3
    pruned = clone.run("prune", APP, "--keep", "1")
    assert f"goes: {oldest}" in pruned
    assert re.search(f"{APP}-{oldest} +deleted", pruned)
    assert [row.split()[0] for row in listed(clone)] == [evening.split()[0], morning.split()[0]]
    assert "unchanged" in clone.verb("refresh")
    assert "nothing would change" in clone.verb("preview")
    assert "2 of 2 versions" in clone.run("prune", APP, "--keep", "1")

    before, _, after = clone.verb("destroy", "--yes").partition("Destroying (sandbox)")
    assert re.search(r"with what is in it: AWS bucket slipway-sandbox-bundles\S*: \d objects$", before, re.M)
    assert "nothing is left" in after


def listed(clone: Clone) -> list[str]:
    """The rows of the app's table of versions, newest first."""
    return clone.run("versions", APP).splitlines()[2:]
