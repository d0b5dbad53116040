"""Images of versions that a stack keeps no more."""

import pytest

from slipway.sandbox.composition.environment import cloud_variables
from slipway.sandbox.docker import registries
from slipway.sandbox.docker.client import connect
from tests.docker.conftest import Containers

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]


def test_a_pruned_version_leaves_no_image(containers: Containers):
    """Neither on the daemon nor in the registry; the version that a rollback goes to stays, and serves again."""
    containers.leave("dockerize")
    for old, new in (("", ""), ("Hello World!", "Hello, second!"), ("Hello, second!", "Hello, third!")):
        containers.edit("dockerize/main.py", old, new)
        containers.verb("up")
    assert len(kept(containers)) == 3
    assert "whose version is kept no more" in containers.verb("prune", "dockerize", "--keep", "1")
    tags = kept(containers)
    assert len(tags) == 2
    images = containers.docker_says("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
    assert (
        sorted(name.partition("/")[2] for name in images if name.startswith(f"127.0.0.1:{containers.registry}/"))
        == tags
    )
    containers.verb("rollback", "dockerize")
    assert containers.page("dockerize") == "Hello, second!"


def kept(containers: Containers) -> list[str]:
    """What the sandbox's registry has."""
    return sorted(registries.tags(connect(environment=cloud_variables(containers.state_folder))))
