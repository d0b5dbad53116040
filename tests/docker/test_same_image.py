"""The same sources are the same image, in whichever clone they are built."""

from pathlib import Path

import pytest

from tests.docker.conftest import Containers

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]


def test_two_clones_build_the_same_image(containers: Containers, tmp_path: Path):
    """One id and the labels of the Open Container Initiative; the end of one clone leaves the other's app alone."""
    containers.leave("dockerize")
    containers.verb("up")
    other = Containers(tmp_path / "other")
    other.leave("dockerize")
    try:
        other.verb("up")
        ids = [
            one.docker_says("inspect", "-f", "{{.Image}}", one.container("dockerize")) for one in (containers, other)
        ]
        assert ids[0] == ids[1]
        labels = containers.docker_says("inspect", "-f", "{{json .Config.Labels}}", ids[0].strip())
        assert '"org.opencontainers.image.title":"dockerize"' in labels
    finally:
        other.run("destroy", "--yes", "--stack", "sandbox", status=None)
        other.run("sandbox", "stop", status=None)
    assert containers.docker_says("inspect", "-f", "{{.State.Running}}", containers.container("dockerize")) == "true\n"
    assert "nothing is left" in containers.run("destroy", "--yes", "--stack", "sandbox")
