"""Copies for a class: three beside each other in one sandbox, and one end for all."""

import re

import pytest
import yaml

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]


def test_a_class_of_three(clone: Clone):
    """Each student has a stack, an owner, an expiry and an address of their own; one command takes all of them down."""
    clone.keep_only("hello-function")
    names = clone.folder / "students.txt"
    names.write_text("anna\nben # sits at the back\n\ncarla\n")
    words = ("classroom", "students.txt", "--from", "sandbox", "--engine", clone.engine)

    shown = clone.run(*words, "--up")
    addresses = re.findall(r"demo-\w+ +hello-function +(http://\S+)", shown)
    assert len(set(addresses)) == 3, shown
    for student in ("anna", "ben", "carla"):
        config = yaml.safe_load((clone.folder / f"stacks/Pulumi.demo-{student}.yaml").read_text())["config"]
        assert config["slipway:owner"] == student
        assert config["slipway:expires_after"] == "3d"
    assert re.search(r"demo-anna .* anna .* lives until", clone.run("reap", "--dry-run", status=None))

    shown = clone.run(*words, "--down")
    assert shown.count("not up") == 3
