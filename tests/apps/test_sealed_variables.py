"""Sealed variables in the sandbox: an app gets them, by references where its platform has them; nothing else does."""

import json
import sys

import pytest
import yaml

from tests.demo.clones import Clone

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]
APP = """
import os


def app(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [os.environ["KEY"][::-1].encode()]
"""


def test_beanstalk_reads_a_sealed_variable_from_a_secret(clone: Clone) -> None:
    """Another value starts new instances; the value is in no state, preview or output, and nothing is left behind."""
    folder = clone.folder / "app_src/shop"
    folder.mkdir()
    (folder / "main.py").write_text(APP)
    (folder / "requirements.txt").write_text("")
    path = clone.folder / "stacks/Pulumi.sandbox.yaml"
    document = yaml.safe_load(path.read_text())
    app = {"platform": "beanstalk", "source": "app_src/shop", "entry": "main:app", "interface": "wsgi"}
    document["config"]["slipway:apps"] = {"shop": app}
    path.write_text(yaml.safe_dump(document))
    printed = ""
    for value in ("hush-first", "hush-second"):
        clone.execute(f"echo {value} | {sys.executable} -m slipway secret set shop KEY --stack sandbox")
        printed += clone.run("preview", "--diff", "--engine", "embedded") + clone.run("up", "--engine", "embedded")
        assert clone.page("shop") == value[::-1]
    assert "references to secrets of Secrets Manager" in clone.run("status", "shop")
    assert "nothing would change" in clone.run("preview", "--refresh", "--engine", "embedded")
    states = [*clone.folder.glob(".slipway/state/.pulumi/stacks/**/*.json")]
    assert states
    assert "hush-" not in printed + json.dumps(clone.outputs()) + "".join(one.read_text() for one in states)
    assert "left behind" not in clone.run("destroy", "--yes")
