"""kill -9 of the engine at every named point of every operation."""

import signal
from collections.abc import Callable

import pytest

from tests.faults import oracle
from tests.faults.lab import OPERATIONS, Lab
from tests.faults.stack import Raw

POINTS = (
    "lock-taken",
    "pending-written",
    "temporary-written",
    "renamed",
    "call-sent",
    "answer-received",
    "end-written",
    "history",
    "unlock",
)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_at(name: str, point: str, lab_for: Callable[..., Lab], undisturbed: Callable[[str], Raw]):
    """Whatever the moment at which the engine dies, the next one knows enough to go on."""
    lab = lab_for(name)
    running = lab.begin(OPERATIONS[name].command, fault=f"kill:{point}:1")
    assert running.wait() == -signal.SIGKILL, running.said
    oracle.check(lab, OPERATIONS[name], undisturbed(name))
