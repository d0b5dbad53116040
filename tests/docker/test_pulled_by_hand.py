"""The guide's commands by which a person pulls an image of the sandbox's registry."""

import shlex
import sys
from pathlib import Path

import pytest

from tests.demo.clones import ROOT
from tests.docker.conftest import Containers

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]

GUIDE = ROOT / "docs/guide/containers.md"
HEADING = "**To pull an image of the sandbox's registry**"


def test_an_image_is_pulled_by_digest_after_the_documented_login(containers: Containers, tmp_path: Path):
    """As the guide says it, with the digest of the outputs; without the login the registry gives nothing."""
    containers.leave("dockerize")
    containers.verb("up")
    (reference,) = containers.outputs()["apps"]["dockerize"]["images"].values()
    path = reference.partition("/")[2]
    lines = GUIDE.read_text().partition(HEADING)[2].partition("\n\n")[2].partition("\n\n")[0].splitlines()
    assert len(lines) == 3
    commands = "\n".join(lines).replace("PROJECT-STACK/APP@sha256:DIGEST", path)
    commands = commands.replace("slipway sandbox", f"{shlex.quote(sys.executable)} -m slipway sandbox")
    surroundings = f"export DOCKER_CONFIG={shlex.quote(str(tmp_path / 'config'))}\nset -e\n"
    containers.docker_says("rm", "--force", *containers.docker_says("ps", "-aq", "--filter", containers.ours).split())
    containers.docker_says("image", "rm", "--force", reference)
    without = commands.replace(lines[1], "true")
    assert "no basic auth credentials" in containers.execute(surroundings + without, status=1)
    assert f"Digest: {reference.partition('@')[2]}" in containers.execute(surroundings + commands)
