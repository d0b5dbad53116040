"""Pulumi's Automation API with this engine for its `pulumi`: a program that lives in the caller's own process."""

import sys
from pathlib import Path

import pulumi
import pytest
from pulumi import automation

ROOT = Path(__file__).parents[2]


@pytest.fixture
def options(tmp_path: Path) -> automation.LocalWorkspaceOptions:
    """A workspace whose command is this engine."""
    command = tmp_path / "bin" / "pulumi"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m slipway engine "$@"\n')
    command.chmod(0o755)
    (tmp_path / "state").mkdir()
    url = f"file://{tmp_path}/state"
    return automation.LocalWorkspaceOptions(
        pulumi_command=automation.PulumiCommand(root=str(tmp_path)),
        pulumi_home=str(tmp_path / "home"),
        env_vars={"PULUMI_CONFIG_PASSPHRASE": "x", "PULUMI_BACKEND_URL": url, "PYTHONPATH": str(ROOT)},
        project_settings=automation.ProjectSettings(
            name="inline", runtime="python", backend=automation.ProjectBackend(url=url)
        ),
    )


def program() -> None:
    """What the stack is to be."""
    pulumi.export("name", pulumi.Config().require("name"))
    pulumi.export("hidden", pulumi.Output.secret("hush"))


def test_a_stack_from_its_first_setting_to_its_removal(options):
    """Settings, preview with its events, up with its outputs, history, export and import, destroy."""
    stack = automation.create_or_select_stack("dev", project_name="inline", program=program, opts=options)
    stack.set_all_config({"name": automation.ConfigValue("one"), "key": automation.ConfigValue("s", secret=True)})
    key = stack.get_config("key")
    assert (key.value, key.secret) == ("s", True)
    events: list[automation.EngineEvent] = []
    assert stack.preview(on_event=events.append).change_summary == {"create": 1}
    assert [event.summary_event.resource_changes for event in events if event.summary_event] == [{"create": 1}]
    done = stack.up()
    assert (done.summary.result, done.outputs["name"].value, done.outputs["hidden"].secret) == (
        "succeeded",
        "one",
        True,
    )
    assert [entry.kind for entry in stack.history()] == ["update"]
    stack.import_stack(stack.export_stack())
    assert stack.destroy().summary.result == "succeeded"
    stack.workspace.remove_stack("dev")
    assert stack.workspace.list_stacks() == []
