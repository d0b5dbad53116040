"""Providers that the engine starts itself: the SDK's own for dynamic resources, and plugins in PULUMI_HOME."""

import shutil
import sys
from pathlib import Path

import pytest

DYNAMIC = """
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Provider(ResourceProvider):
    def create(self, props):
        return CreateResult(f"made-{props['label']}", {**props, "state": "new"})

    def update(self, id, olds, news):
        return UpdateResult({**news, "state": "changed"})


class Made(Resource):
    state: pulumi.Output[str]

    def __init__(self, name, label):
        super().__init__(Provider(), name, {"label": label, "state": None})


pulumi.export("state", Made("a", f"v{STEP}").state)
"""


@pytest.fixture
def program(stage):
    """A stage whose settings say which Python the real command is to take."""
    (stage.folder / "Pulumi.yaml").write_text(
        f"name: conformance\nruntime:\n  name: python\n  options:\n    virtualenv: {sys.prefix}\n"
    )
    return stage


def test_dynamic_providers(program):
    """Their code travels in the program; they are made, changed and deleted as any other resource."""
    program.program(DYNAMIC)
    program.up()
    assert program.resource("a")["id"] == "made-v1"
    program.must("preview", "--expect-no-changes", "--stack", "test")
    program.up(step=2)
    assert program.must("stack", "output", "state").strip() == "changed"
    program.must("destroy", "--yes", "--skip-preview")
    assert program.latest.get("resources") in (None, [])


def test_a_plugin_in_pulumis_home_is_started(program, tmp_path):
    """A package that no port is named for is served by its installed plugin, which ends with the operation."""
    folder = Path(program.env["PULUMI_HOME"]) / "plugins" / "resource-conf-v1.2.3"
    folder.mkdir(parents=True)
    script = Path(shutil.copy(Path(__file__).parent / "provider.py", folder / "provider.py"))
    plugin = folder / "pulumi-resource-conf"
    plugin.write_text(PLUGIN.format(python=sys.executable, script=script, folder=tmp_path))
    plugin.chmod(0o755)
    program.program('Thing("a", value="x")')
    program.must("up", "--yes", "--skip-preview", "--stack", "test", PULUMI_DEBUG_PROVIDERS="")
    assert program.resource("a")["id"] == "a-1"
    assert (tmp_path / "plugin-world.json").exists()


PLUGIN = """#!/bin/sh
"{python}" "{script}" "{folder}/plugin-world.json" "{folder}/plugin-calls.jsonl" "{folder}/plugin-port" &
trap "kill $!" TERM
while [ ! -s "{folder}/plugin-port" ]; do sleep 0.05; done
sed "s/conf://" "{folder}/plugin-port"
echo
wait
"""


def test_a_package_that_nothing_serves_is_named(program):
    """With where the engine looked."""
    program.program('Thing("a")')
    done = program.run("preview", "--stack", "test", PULUMI_DEBUG_PROVIDERS="", PATH="/usr/bin:/bin")
    assert done.returncode == 1
    assert "no provider for the package 'conf' is running here, and no plugin of it is installed" in done.stdout
