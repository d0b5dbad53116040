"""Requests go on while versions are deployed, tried, promoted and taken back: none is lost."""

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
