"""Stacks whose resources an emulator has lost stay known as such."""

from pathlib import Path

from slipway.stack.lost_worlds import forget_lost, is_lost, note_lost
from slipway.stack.project import Project


def test_every_stack_with_a_state_is_lost_until_it_was_refreshed(tmp_path: Path):
    """One emulator serves all stacks of a project: a refresh of one says nothing of another."""
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\n")
    project = Project(tmp_path, tmp_path / ".slipway")
    states = project.state_folder / "state/.pulumi/stacks/slipway"
    states.mkdir(parents=True)
    for stack in ("sandbox", "demo-a"):
        (states / f"{stack}.json").touch()
    assert not is_lost(project, "sandbox")
    note_lost(project)
    forget_lost(project, "demo-a")
    assert (is_lost(project, "sandbox"), is_lost(project, "demo-a"), is_lost(project, "new")) == (True, False, False)
    forget_lost(project, "new")  # a stack without a mark
