"""A throw-away copy beside the sandbox: made, forgotten by its file, reaped when its day has passed."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.demo.clones import Clone

pytestmark = [pytest.mark.slow, pytest.mark.services]


def days(number: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=number)).isoformat()


def stack_file(clone: Clone, stack: str) -> Path:
    return clone.folder / "stacks" / f"Pulumi.{stack}.yaml"


def test_a_demo_lives_beside_the_sandbox_and_is_reaped_alone(clone: Clone):
    """One journey: two stacks in one sandbox, the expired one goes without its file, the other goes on answering."""
    clone.keep_only("time-service", "hello-function")
    clone.verb("up")
    clone.run("stack", "new", "demo-x", "--from", "sandbox", "--expires", "2d", "--owner", "anna")
    file = stack_file(clone, "demo-x")
    text = file.read_text()
    file.write_text(re.sub(r'expires: ".*"', f'expires: "{days(-3)}"', text))
    engine = ("--engine", clone.engine)
    assert f"now lives until {days(2)}" in clone.run("up", "--stack", "demo-x", *engine)
    assert f'slipway:expires: "{days(2)}"' in file.read_text()

    # With `pulumi` also its own backend is asked; where nobody is signed in, that is reported by the exit status.
    shown = clone.run("reap", "--dry-run", *engine, status=None)
    assert re.search(rf"^demo-x .* anna .* lives until {days(2)}$", shown, re.M)
    assert re.search(r"^sandbox .* has no end$", shown, re.M)

    # Nobody prolongs it any more: the day in its state has passed.
    file.write_text(
        re.sub(
            r'expires: ".*"', f'expires: "{days(-3)}"', file.read_text().replace("  slipway:expires_after: 2d\n", "")
        )
    )
    clone.run("up", "--stack", "demo-x", *engine)
    file.unlink()
    shown = clone.run("reap", "--dry-run", *engine, status=None)
    assert re.search(rf"^demo-x .* expired on {days(-3)}, 3 days ago +would be destroyed$", shown, re.M)

    shown = clone.run("reap", *engine, status=None)
    assert "the local clouds go on, for sandbox" in shown
    assert "nothing of demo-x is left in the local clouds" in shown
    assert "time-service" in clone.run("status")
    before, _, after = clone.verb("destroy").partition("Destroying (sandbox)")
    assert re.search(r"with what is in it: Google Cloud bucket slipway-sandbox-\S+: 1 object$", before, re.M)
    assert "nothing is left: no process" in after
    assert "nothing to destroy: the stack 'sandbox' is down" in clone.verb("destroy")
