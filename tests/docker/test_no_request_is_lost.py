"""Requests go on while versions are deployed, tried, promoted and taken back: none is lost."""

import re

import pytest

from tests.docker.conftest import Containers
from tests.docker.load import load

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]


def test_cloud_run_answers_throughout(containers: Containers):
    """The traffic is stored first; the old revision ends after it has answered."""
    containers.leave("hello-run")
    containers.verb("up")
    with load(containers.url("hello-run")) as asked:
        containers.edit("hello_container/main.py", "Hello, World!", "Hello, second!")
        containers.verb("up")
        containers.edit("hello_container/main.py", "Hello, second!", "Hello, third!")
        containers.verb("up", "--canary", "40")
        containers.verb("promote", "hello-run")
        containers.verb("rollback", "hello-run")
    assert asked.lost == []
    assert {"Hello, World!", "Hello, second!", "Hello, third!"} <= set(asked.answers)


def test_a_container_answers_throughout(containers: Containers):
    """The new container starts beside the old one, and the proxy that owns the port leads to it once it is well."""
    containers.leave("dockerize")
    containers.verb("up")
    with load(f"http://127.0.0.1:{containers.ports['dockerize']}") as asked:
        containers.edit("dockerize/main.py", "Hello World!", "Hello, second!")
        containers.verb("up")
        containers.edit("dockerize/main.py", "Hello, second!", "Hello, third!")
        containers.verb("up", "--canary", "40")
        containers.verb("promote", "dockerize")
        containers.verb("rollback", "dockerize")
    assert asked.lost == []
    assert {"Hello World!", "Hello, second!", "Hello, third!"} <= set(asked.answers)
    assert containers.page("dockerize") == "Hello, second!"


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
