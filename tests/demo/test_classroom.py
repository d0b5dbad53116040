"""Copies for a class: three beside each other in one sandbox, and one end for all."""

import re

import httpx
import pytest
import yaml

from slipway.platforms.addresses import reachable
from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]


def test_a_class_of_three(clone: Clone):
    """Each student has a stack, an owner, an expiry, an address and a log of their own; one command ends them all."""
    clone.keep_only("time-service")
    names = clone.folder / "students.txt"
    names.write_text("anna\nben # sits at the back\n\ncarla\n")
    words = ("classroom", "students.txt", "--from", "sandbox", "--engine", clone.engine)

    shown = clone.run(*words, "--up")
    addresses = re.findall(r"demo-\w+ +time-service +(http://\S+)", shown)
    assert len(set(addresses)) == 3, shown
    address, headers = reachable(f"{addresses[0]}/asked-of-anna")
    assert httpx.get(address, headers=headers, trust_env=False).status_code == 404
    asked = [
        student for student in ("anna", "ben") if "/asked-of-anna" in clone.run("logs", "--stack", f"demo-{student}")
    ]
    assert asked == ["anna"]
    for student in ("anna", "ben", "carla"):
        config = yaml.safe_load((clone.folder / f"stacks/Pulumi.demo-{student}.yaml").read_text())["config"]
        assert config["slipway:owner"] == student
        assert config["slipway:expires_after"] == "3d"
    assert re.search(r"demo-anna .* anna .* lives until", clone.run("reap", "--dry-run", status=None))

    shown = clone.run(*words, "--down")
    assert shown.count("not up") == 3
