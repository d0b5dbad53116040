"""Killed, and killed again while the next run picks up what the first one left."""

import signal
from collections.abc import Callable

import pytest

from tests.faults import oracle
from tests.faults.lab import OPERATIONS, Lab
from tests.faults.ledger import Ledger
from tests.faults.stack import Raw

QUICK = (("temporary-written", 2), ("renamed", 2), ("pending-written", 1))
FULL = (*QUICK, ("temporary-written", 1), ("temporary-written", 3), ("renamed", 1), ("renamed", 3))


@pytest.mark.parametrize("fault", ["kill", "full"])
@pytest.mark.parametrize(("name", "first"), [("up", "answer-received:5"), ("replace", "end-written:1")])
def test_disturbed_twice(
    name: str,
    first: str,
    fault: str,
    lab_for: Callable[..., Lab],
    undisturbed: Callable[[str], Raw],
    ledger: Ledger,
    request: pytest.FixtureRequest,
):
    """What the first one did is kept at every moment of the second one's beginning."""
    for point, n in FULL if request.config.getoption("--full-campaign") else QUICK:
        lab = lab_for(name)
        operation = OPERATIONS[name]
        running = lab.begin(operation.command, fault=f"kill:{first}")
        assert running.wait() == -signal.SIGKILL, running.said
        oracle.complete(lab)
        lab.tell("cancel", "--yes")
        running = lab.begin(operation.command, fault=f"{fault}:{point}:{n}{'+' if fault == 'full' else ''}")
        assert running.wait() == (-signal.SIGKILL if fault == "kill" else 1), f"{point}:{n} {running.said}"
        oracle.check(lab, operation, undisturbed(name))
        lab.close()
        ledger.recovered("disturbed twice", f"killed, {fault}")
