"""What `slipway destroy` shows before it asks, of a stack whose local clouds do not run."""

import json
from pathlib import Path

import pytest

from slipway.stack.destroy_plan import plan_destroy
from slipway.stack.engines import Engine
from slipway.stack.project import Project
from slipway.stack.session import Run
from slipway.verbs.destroy import show

STACK = "urn:pulumi:sandbox::shop::pulumi:pulumi:Stack::shop-sandbox"
VOLUME = {"type": "docker:index/volume:Volume", "urn": "urn::web-uploads", "id": "web-uploads", "custom": True}
APPS = {
    "web": {"platform": "Docker", "url": "http://127.0.0.1:9/", "versions": [], "data": {"uploads": "/data/uploads"}},
    "notes": {"platform": "PythonAnywhere", "url": "", "versions": [], "data": {"db": "/home/anna/notes/db"}},
}


def test_data_that_goes_and_data_that_stays_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A container's folders go with its volume, PythonAnywhere keeps an app's; either way a command saves a copy."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    stacks = tmp_path / ".slipway/state/.pulumi/stacks/shop"
    stacks.mkdir(parents=True)
    resources = [
        {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": {"apps": APPS}},
        VOLUME,
    ]
    document = {"version": 3, "checkpoint": {"stack": "organization/shop/sandbox", "latest": {"resources": resources}}}
    (stacks / "sandbox.json").write_text(json.dumps(document))
    run = Run(Project(tmp_path, tmp_path / ".slipway"), "sandbox", Engine.embedded, sandbox=True)
    show(run, plan_destroy(resources), resources)
    lines = capsys.readouterr().out.splitlines()
    assert "  with what is in it: volume web-uploads" in lines
    assert "  data of web: uploads goes too: `slipway data pull web --stack sandbox` brings a copy" in lines
    assert "  data of notes: db stays in its account: `slipway data pull notes --stack sandbox` brings a copy" in lines
