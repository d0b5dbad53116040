"""The disk is full or read-only, at each write."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import oracle
from tests.faults.invariants import broken
from tests.faults.lab import OPERATIONS, Lab
from tests.faults.ledger import Ledger
from tests.faults.stack import Raw

Labs = Callable[..., Lab]
Undisturbed = Callable[[str], Raw]
SAID = {"full": "No space left on device", "read-only": "Read-only file system"}
WRITES = 24
"""Those from the lock to well within the operation; the last one is met by ``lasting`` faults all the same."""


def disturb(lab: Lab, name: str, fault: str, n: int, *, lasting: bool) -> bool:
    """Run the operation with its ``n``-th write failing, and all later ones where it is ``lasting``.

    False where there was no such write. The engine fails with the reason and without a traceback.
    """
    running = lab.begin(OPERATIONS[name].command, fault=f"{fault}:write:{n}{'+' if lasting else ''}")
    status = running.wait()
    assert "Traceback" not in running.said, running.said
    if status == 0:
        # A write in the background that came right the next time has done no harm.
        return SAID[fault] in running.said
    assert status == 1, running.said
    assert SAID[fault] in running.said, running.said
    return True


@pytest.mark.parametrize("fault", SAID)
@pytest.mark.parametrize(
    ("name", "n"),
    [("up", 1), ("up", 2), ("up", 3), ("up", 7), ("up", 12), ("replace", 6), ("destroy", 4), ("refresh", 2)],
)
def test_from_one_write_on(name: str, n: int, fault: str, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """Nothing is lost: what the cloud has is in the state or pending, and freeing space is all that is needed."""
    lab = lab_for(name)
    assert disturb(lab, name, fault, n, lasting=True)
    oracle.check(lab, OPERATIONS[name], undisturbed(name))
    ledger.recovered(f"disk {fault}", "from one write on")


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("fault", SAID)
@pytest.mark.parametrize("name", ["up", "replace-first", "destroy"])
def test_at_every_write(name: str, fault: str, lasting: bool, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """The same at each write, for one write and for all that follow."""
    for n in range(1, WRITES + 1):
        lab = lab_for(name, adopts=n % 2 == 0)
        disturb(lab, name, fault, n, lasting=lasting)
        oracle.check(lab, OPERATIONS[name], undisturbed(name))
        lab.close()
        ledger.recovered(f"disk {fault}", "from one write on" if lasting else "one write")


@pytest.mark.parametrize("limit", [1_500, 3_000, 6_000, 9_000])
def test_a_file_cannot_grow(limit: int, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """The system cuts a write short (here by RLIMIT_FSIZE), and no half line is ever taken for a whole one."""
    lab = lab_for("up")
    running = lab.begin("up", limit=limit)
    assert running.wait() == 1, running.said
    assert "Traceback" not in running.said, running.said
    oracle.check(lab, OPERATIONS["up"], undisturbed("up"))
    ledger.recovered("disk full", "in the middle of a write")


def test_emergency_copy(lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """Where the checkpoint cannot be written, the message names a copy elsewhere that ``stack import`` takes."""
    lab = lab_for("up")
    old = lab.checkpoint.read_bytes()
    running = lab.begin("up", fault="full:temporary-written:3+")
    assert running.wait() == 1, running.said
    named = re.search(r"stack import --file (\S+?)`", running.said)
    assert named, running.said
    copy = Path(named[1])
    assert copy.stat().st_mode & 0o077 == 0
    assert lab.checkpoint.read_bytes() != b""
    assert len(old) > 0
    lab.tell("cancel", "--yes")
    lab.tell("stack", "import", "--file", str(copy), "--stack", "test")
    assert broken(lab.latest()) == []
    oracle.complete(lab)
    oracle.check(lab, OPERATIONS["up"], undisturbed("up"))
    ledger.recovered("disk full", "emergency copy imported")
