"""The n-th call to the provider fails, in every way in which a call can fail."""

import json
import signal
from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults import oracle
from tests.faults.lab import OPERATIONS, Lab, until
from tests.faults.ledger import Ledger
from tests.faults.stack import Raw

Labs = Callable[..., Lab]
Undisturbed = Callable[[str], Raw]

EVERY = ("error", "quota", "lost", "lost-after", "timeout", "hang")
FITTING = {"partial": {"Create", "Update", "Read"}, "anonymous": {"Create"}}
"""Ways to fail that only some calls have; the others can happen to all."""
TIMES = {"quota": 2}
"""How many calls in a row are refused."""
QUICK = [
    ("up", "error", "Create", 2),
    ("up", "error", "Check", 3),
    ("up", "error", "Configure", 1),
    ("up", "lost", "Create", 1),
    ("up", "lost-after", "Create", 3),
    ("up", "timeout", "CheckConfig", 1),
    ("up", "timeout", "Create", 2),
    ("up", "hang", "Create", 2),
    ("up", "partial", "Create", 1),
    ("up", "anonymous", "Create", 4),
    ("up", "quota", "Create", 1),
    ("update", "error", "Diff", 2),
    ("update", "timeout", "Update", 1),
    ("update", "partial", "Update", 1),
    ("update", "lost-after", "Delete", 1),
    ("replace", "timeout", "Create", 1),
    ("replace", "partial", "Create", 1),
    ("replace", "lost-after", "Create", 2),
    ("replace", "hang", "Delete", 1),
    ("replace-first", "timeout", "Delete", 1),
    ("replace-first", "lost-after", "Create", 1),
    ("replace-first", "anonymous", "Create", 1),
    ("destroy", "error", "Delete", 3),
    ("destroy", "timeout", "Delete", 1),
    ("destroy", "lost-after", "Delete", 2),
    ("refresh", "error", "Read", 2),
    ("refresh", "lost", "Configure", 1),
    ("refresh", "partial", "Read", 3),
    ("refresh", "hang", "Read", 1),
]


@pytest.mark.parametrize(("name", "kind", "call", "which"), QUICK)
def test_a_call_fails(
    name: str, kind: str, call: str, which: int, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger
):
    """The operation says so and fails; what it had done is recorded, and the next one goes on from there."""
    lab = lab_for(name)
    disturb(lab, name, kind, call, which)
    oracle.check(lab, OPERATIONS[name], undisturbed(name), tries=TIMES.get(kind, 1))
    ledger.recovered(f"call: {kind}", call)


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", [*EVERY, *FITTING])
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_call_fails(name: str, kind: str, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """The same for every n."""
    problems = []
    for call, n in calls_of(lab_for(name), name):
        if call not in FITTING.get(kind, {call}):
            continue
        lab = lab_for(name, adopts=n % 2 == 0)
        try:
            disturb(lab, name, kind, call, n)
            oracle.check(lab, OPERATIONS[name], undisturbed(name), tries=TIMES.get(kind, 1))
        except (AssertionError, TimeoutError) as error:
            problems.append(f"call {n}, {call}: {error}")
            continue
        finally:
            lab.close()
        ledger.recovered(f"call: {kind}", call)
    assert problems == []


def calls_of(lab: Lab, name: str) -> list[tuple[str, int]]:
    """The calls that an undisturbed run makes: (Create, 1), (Create, 2) and so on."""
    lab.run(OPERATIONS[name].command, "--parallel", "1")
    counts = Counter(call["call"] for call in lab.calls())
    lab.close()
    return [(call, n) for call, count in sorted(counts.items()) for n in range(1, count + 1)]


def disturb(lab: Lab, name: str, kind: str, call: str, n: int) -> None:
    """Run the operation with its ``n``-th ``call`` failing; it must fail, and say why without a traceback."""
    lab.serve()
    lab.fault(kind, call, n, TIMES.get(kind, 1))
    running = lab.begin(OPERATIONS[name].command, "--parallel", "1")
    if kind == "hang":
        until(lambda: any(call["fault"] for call in lab.calls()), "the call hangs")
        running.signal(signal.SIGINT)
        until(lambda: "once more stops at once" in running.said, "the first Ctrl-C is answered")
        running.signal(signal.SIGINT)
        assert running.wait() == 130, running.said
        assert lab.provider
        lab.provider.signal(signal.SIGKILL)
        lab.provider.wait()
    elif (kind, call) == ("partial", "Read"):
        assert running.wait() == 0, running.said  # what was found is recorded as unwell, with a warning
        assert "warning" in running.said
    else:
        assert running.wait() == 1, running.said
        assert "error" in running.said
    assert "Traceback" not in running.said, running.said
    assert [call for call in lab.calls() if call["fault"]], json.dumps(lab.calls())
