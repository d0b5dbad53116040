"""Stacks whose resources an emulator has lost stay known as such."""

from pathlib import Path

from slipway.sandbox.composition.lost_worlds import forget_lost, is_lost, note_lost


def test_every_stack_with_a_state_is_lost_until_it_was_refreshed(tmp_path: Path):
    """One emulator serves all stacks of a project: a refresh of one says nothing of another."""
    states = tmp_path / "state/.pulumi/stacks/slipway"
    states.mkdir(parents=True)
    for stack in ("sandbox", "demo-a"):
        (states / f"{stack}.json").touch()
    assert not is_lost(tmp_path, "sandbox")
    note_lost(tmp_path)
    forget_lost(tmp_path, "demo-a")
    assert (is_lost(tmp_path, "sandbox"), is_lost(tmp_path, "demo-a"), is_lost(tmp_path, "new")) == (True, False, False)
    forget_lost(tmp_path, "new")  # a stack without a mark
