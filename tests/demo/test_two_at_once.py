"""Two commands at once, and a state folder that goes away under what runs: nothing half done, nothing left running."""

import shutil
import signal
from pathlib import Path

import pytest

from tests.demo.clones import PATIENCE, Clone, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.services]


def test_the_second_up_is_told_in_a_sentence_and_changes_nothing(tmp_path: Path):
    """It names the other process and what to do, at once; the first one ends as if it were alone."""
    clone = Clone(tmp_path / "clone", "embedded")
    clone.keep_only("hello-function")
    with clone.start("up", "--yes", "--stack", "sandbox", "--engine", "embedded") as first:
        try:
            wait_for(first, "creating")
            first.send_signal(signal.SIGSTOP)
            refusal = clone.verb("up", status=1)
            first.send_signal(signal.SIGCONT)
            output, _ = first.communicate(timeout=300)
            assert first.returncode == 0, output
        finally:
            first.kill()
    assert f"pid {first.pid}" in refusal
    assert "the stack is locked: let the other command end" in refusal
    assert "Traceback" not in refusal
    assert clone.nothing_would_change()
    clone.verb("destroy")


@pytest.mark.parametrize("command", [("sandbox", "stop"), ("destroy", "--yes", "--stack", "sandbox")])
def test_what_runs_is_ended_although_its_state_folder_is_gone(clone: Clone, command: tuple[str, ...]):
    """The machine is asked as well as the folder, which is removed while everything runs."""
    clone.keep_only("hello-function")
    clone.verb("up")
    assert clone.processes()
    shutil.rmtree(clone.folder / ".slipway", ignore_errors=True)
    clone.run(*command)
    assert clone.processes() == []


def test_a_state_that_is_removed_is_no_dead_end(clone: Clone):
    """While an `up` runs and after it: the next one takes over what was made, and a `destroy` leaves nothing of it."""
    clone.keep_only("hello-function")
    state = clone.folder / ".slipway/state"
    with clone.start("up", "--stack", "sandbox", "--engine", clone.engine) as cut:
        try:
            wait_for(cut, " hello-function-role +creat")
            shutil.rmtree(state, ignore_errors=True)
            output, _ = cut.communicate(timeout=PATIENCE)
        finally:
            cut.kill()
    if clone.engine == "embedded":  # `pulumi` shows one of its own where its backend is gone
        assert "Traceback" not in output
    assert clone.verb("up").count("200") >= 1

    shutil.rmtree(state)
    again = clone.verb("up")
    assert "the state of 'sandbox' is gone, and the local clouds hold" in again
    assert again.count("200") >= 1
    assert clone.nothing_would_change()

    shutil.rmtree(state)
    assert "nothing is left" in clone.verb("destroy", "--yes")
