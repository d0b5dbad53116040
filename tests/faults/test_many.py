"""Several ``up`` at once, a lock whose owner is dead, a preview while an ``up`` runs."""

import re
import signal
from collections.abc import Callable

import pytest

from tests.faults import oracle
from tests.faults.lab import OPERATIONS, Lab
from tests.faults.ledger import Ledger
from tests.faults.stack import Raw

Labs = Callable[..., Lab]
Undisturbed = Callable[[str], Raw]
ROUNDS = 1
FULL_ROUNDS = 15
"""Rounds for each number of engines; with seven numbers a hundred and five."""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", range(2, 9))
def test_several_at_once(
    count: int, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger, request: pytest.FixtureRequest
):
    """At most one changes anything; the others fail and say who holds the lock, or find nothing left to do."""
    for number in range(FULL_ROUNDS if request.config.getoption("--full-campaign") else ROUNDS):
        lab = lab_for("up")
        lab.conduct(delay=0.05)
        lab.serve()
        running = [lab.begin("up") for _ in range(count)]
        statuses = [each.wait() for each in running]
        told = "\n".join(each.said for each in running)
        assert set(statuses) <= {0, 1}, told
        assert "Traceback" not in told
        pids = {each.pid for each in running}
        for each, status in zip(running, statuses, strict=True):
            if status:
                named = {int(found) for found in re.findall(r"pid (\d+)", each.said)}
                assert "locked" in each.said
                assert named <= pids - {each.pid}, each.said
                assert named, each.said
        made = lab.world()["made"]
        assert set(made.values()) <= {1}, f"round {number}: something was made twice: {made}"
        assert not list(lab.store.glob("locks/**/*.json"))
        oracle.sound(lab)
        oracle.complete(lab)
        if number == 0:
            lab.conduct(delay=0.0)
            oracle.check(lab, OPERATIONS["up"], undisturbed("up"))
        lab.close()
        ledger.recovered("several at once", f"{count} engines")


def test_a_lock_whose_owner_is_dead(lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """It is refused and called dead, and ``cancel`` is what to do."""
    lab = lab_for("up")
    assert lab.begin("up", fault="kill:lock-taken:1").wait() == -signal.SIGKILL
    running = lab.begin("up")
    assert running.wait() == 1
    assert "dead" in running.said
    assert "cancel" in running.said
    assert lab.world()["things"] == {}
    oracle.check(lab, OPERATIONS["up"], undisturbed("up"))
    ledger.recovered("stale lock")


def test_a_preview_during_an_up(lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """A preview takes no lock and writes nothing, and reads a whole state at every moment."""
    lab = lab_for("up")
    lab.conduct(delay=0.3)
    running = lab.begin("up")
    oracle.wait_for_change(lab)
    previews = 0
    while not running.ended.is_set():
        lab.tell("preview", "--non-interactive")
        previews += 1
    assert running.wait() == 0, running.said
    assert previews > 1
    assert set(lab.world()["made"].values()) == {1}
    lab.conduct(delay=0.0)
    oracle.check(lab, OPERATIONS["up"], undisturbed("up"))
    ledger.recovered("preview during an up", times=previews)


def test_other_commands_mind_the_lock(lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """While an ``up`` runs, whatever else would write the state is refused."""
    lab = lab_for("update")
    exported = lab.folder / "exported.json"
    lab.tell("stack", "export", "--file", str(exported), "--stack", "test")
    lab.conduct(delay=0.5)
    running = lab.begin("up")
    oracle.wait_for_change(lab)
    others = [
        lab.begin("destroy"),
        lab.begin("refresh"),
        lab.start("stack", "import", "--file", str(exported), "--stack", "test"),
        lab.start("stack", "rm", "--force", "--yes", "--stack", "test"),
    ]
    for other in others:
        assert other.wait() == 1, other.said
        assert "locked" in other.said, other.said
    assert running.wait() == 0, running.said
    lab.conduct(delay=0.0)
    oracle.check(lab, OPERATIONS["update"], undisturbed("update"))
    ledger.recovered("refused while locked", times=len(others))
