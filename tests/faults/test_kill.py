"""kill -9 of the engine at every named point of every operation, and of the provider alone."""

import signal
from collections.abc import Callable

import pytest

from tests.faults import oracle
from tests.faults.lab import OPERATIONS, Lab
from tests.faults.ledger import Ledger
from tests.faults.stack import Raw

QUICK = {
    "lock-taken": (1,),
    "pending-written": (3,),
    "temporary-written": (2,),
    "renamed": (2,),
    "call-sent": (6,),
    "answer-received": (8,),
    "end-written": (2,),
    "history": (1,),
    "unlock": (1,),
}
"""At which passing of a point the engine is killed; the full campaign takes every passing there is."""
NEVER_PASSED = {"refresh": {"pending-written", "call-sent", "answer-received", "end-written"}}
"""A refresh changes nothing in the cloud, so nothing of it is ever pending."""
CASES = [(name, point) for name in OPERATIONS for point in QUICK if point not in NEVER_PASSED.get(name, ())]

Labs = Callable[..., Lab]
Undisturbed = Callable[[str], Raw]


def kill(lab: Lab, name: str, point: str, n: int) -> bool:
    """Run the operation until the engine has killed itself there; False where it never came to that point."""
    running = lab.begin(OPERATIONS[name].command, fault=f"kill:{point}:{n}")
    status = running.wait()
    assert status in (0, -signal.SIGKILL), running.said
    return status != 0


@pytest.mark.parametrize(("name", "point", "n"), [(*case, n) for case in CASES for n in QUICK[case[1]]])
def test_killed_at(name: str, point: str, n: int, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """Whatever the moment at which the engine dies, the next one knows enough to go on."""
    lab = lab_for(name, adopts=n % 2 == 0)
    assert kill(lab, name, point, n), "this point was never passed so often"
    oracle.check(lab, OPERATIONS[name], undisturbed(name))
    ledger.recovered("engine killed", point)


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "point"), CASES)
def test_killed_at_every(name: str, point: str, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """The same at every passing of the point, by turns in a cloud that adopts and in one that makes things twice."""
    n = 0
    while True:
        n += 1
        lab = lab_for(name, adopts=n % 2 == 0)
        if not kill(lab, name, point, n):
            break
        oracle.check(lab, OPERATIONS[name], undisturbed(name))
        ledger.recovered("engine killed", point)
        lab.close()
    assert n > 1


@pytest.mark.parametrize("name", ["up", "replace", "destroy"])
def test_provider_killed_while_it_works(name: str, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """The provider alone dies in the middle of its calls: the engine says so, fails, and the next run goes on."""
    lab = lab_for(name)
    lab.conduct(delay=0.2)
    running = lab.begin(OPERATIONS[name].command)
    oracle.wait_for_change(lab)
    assert lab.provider
    lab.provider.signal(signal.SIGKILL)
    assert running.wait() == 1, running.said
    assert "Traceback" not in running.said
    lab.conduct(delay=0.0)
    oracle.check(lab, OPERATIONS[name], undisturbed(name))
    ledger.recovered("provider killed", name)
