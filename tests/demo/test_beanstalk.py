"""An app's life on Elastic Beanstalk: up, a version that does not start, a way back, and nothing left."""

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
    """The old version answers through it all; the error is the app's own; what mends it is the next up."""
    clone.verb("up")
    assert "nothing would change" in clone.verb("preview")
    assert "Ready, Green" in clone.run("status")

    clone.edit(MAIN, "WELCOME = ", "1 / 0\nWELCOME = ")
    failed = clone.verb("up", status=1)
    assert "ZeroDivisionError" in failed
    assert "Failed to deploy application." in failed
    assert "Ready, Red" in clone.run("status")
    assert clone.page(APP).startswith("Welcome to the time service")

    clone.edit(MAIN, "1 / 0\nWELCOME = ", "WELCOME = ")
    clone.verb("up")
    assert "Ready, Green" in clone.run("status")
    assert "nothing would change" in clone.verb("preview")

    clone.edit(MAIN, "Welcome to the", "Good morning from the")
    told = clone.verb("up")
    assert "aws:elasticbeanstalk/environment:Environment" in told
    assert clone.page(APP).startswith("Good morning")
    assert "GET / " in clone.run("logs", APP)

    clone.run("rollback", APP)
    assert clone.page(APP).startswith("Welcome to the")
    assert "nothing would change" in clone.verb("preview")
    clone.run("rollback", APP, "--forget")
    assert clone.page(APP).startswith("Good morning")

    assert "nothing is left" in clone.verb("destroy", "--yes")
