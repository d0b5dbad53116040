"""Requests go on while versions are deployed, tried, promoted and taken back: none is lost."""

import os
import re

import pytest

from tests.contract.requests_lost import SUBJECTS, Subject, changed
from tests.docker.conftest import Containers
from tests.docker.load import load

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]


TIMES = int(os.environ.get("SLIPWAY_DEPLOYS", "1"))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("subject", [pytest.param(one, id=one.app) for one in SUBJECTS if one.docker])
def test_an_app_answers_throughout(containers: Containers, subject: Subject):
    """The new one has to be well before traffic moves to it; the old one ends what it answers."""
    containers.leave(subject.app)
    with changed(subject, containers, TIMES) as (asked, count):
        assert asked.lost == []
        assert {f"Hello, {number}!" for number in range(1, count + 1)} <= set(asked.answers)


BROKEN = {
    "ends at once": ("\napp = Flask", '\nraise SystemExit("cannot start")\napp = Flask', "cannot start"),
    "is never well": (
        "    return Response",
        '    raise RuntimeError("broken")\n    return Response',
        "unhealthy|starting",
    ),
}
"""What is wrong -> a line of the app, what stands there instead, and what `up` says of it."""


def test_a_broken_container_leaves_the_one_before_serving(containers: Containers):
    """`up` fails with the reason, `logs` shows the failed one, and no request is lost; the next good version serves."""
    containers.leave("dockerize")
    containers.verb("up")
    source = containers.folder / "app_src/dockerize/main.py"
    good = source.read_text()
    with load(f"http://127.0.0.1:{containers.ports['dockerize']}") as asked:
        for line, broken, reason in BROKEN.values():
            assert line in good
            source.write_text(good.replace(line, broken))
            assert re.search(reason, containers.verb("up", status=1))
        assert "RuntimeError: broken" in containers.run("logs", "dockerize", "--lines", "40")
        source.write_text(good.replace("Hello World!", "Hello again!"))
        containers.verb("up")
    assert asked.lost == []
    assert set(asked.answers) == {"Hello World!", "Hello again!"}


def test_a_broken_revision_of_cloud_run_leaves_the_one_before_serving(containers: Containers):
    """`up` fails with what the container printed last, and no request is lost; the next good revision serves."""
    containers.leave("hello-run")
    containers.verb("up")
    source = containers.folder / "app_src/hello_container/main.py"
    good = source.read_text()
    with load(containers.url("hello-run")) as asked:
        source.write_text(good.replace("\napp = create_app()", '\nraise SystemExit("cannot start")'))
        assert "cannot start" in containers.verb("up", status=1)
        source.write_text(good.replace("Hello, World!", "Hello again!"))
        containers.verb("up")
    assert asked.lost == []
    assert set(asked.answers) == {"Hello, World!", "Hello again!"}
