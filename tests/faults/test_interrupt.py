"""Ctrl-C, once and twice, in every phase."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.faults import oracle
from tests.faults.bench import ROOT
from tests.faults.lab import OPERATIONS, Lab
from tests.faults.ledger import Ledger
from tests.faults.stack import Raw

Labs = Callable[..., Lab]
Undisturbed = Callable[[str], Raw]
QUICK = {
    "lock-taken": (1,),
    "pending-written": (2,),
    "temporary-written": (2,),
    "call-sent": (4,),
    "answer-received": (7,),
    "end-written": (3,),
    "history": (1,),
    "unlock": (1,),
}
ENDS = {0, 1, 8, 130}
"""0: too late to stop anything. 8: canceled, as the Pulumi CLI says it. 130: ended by SIGINT."""

THINGS = 6
"""How many the program has; half of them need others."""


@pytest.mark.parametrize(("point", "n"), [(point, n) for point, numbers in QUICK.items() for n in numbers])
@pytest.mark.parametrize(("name", "action"), [("up", "interrupt"), ("replace-first", "interrupt-twice")])
def test_interrupted_at(
    name: str, point: str, n: int, action: str, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger
):
    """Once: what runs ends and is recorded. Twice: it stops at once. Either way the next run goes on."""
    lab = lab_for(name)
    disturb(lab, name, f"{action}:{point}:{n}")
    oracle.check(lab, OPERATIONS[name], undisturbed(name))
    ledger.recovered(action, point)


def disturb(lab: Lab, name: str, fault: str) -> None:
    """Run the operation with the signals at that point; it ends by itself, and orderly after one signal."""
    running = lab.begin(OPERATIONS[name].command, fault=fault)
    status = running.wait()
    assert status in ENDS, running.said
    assert "Traceback" not in running.said, running.said
    if fault.startswith("interrupt:"):
        assert not lab.latest().get("pending_operations"), "after one Ctrl-C nothing is left pending"
        assert not list(lab.store.glob("locks/**/*.json")), "after one Ctrl-C the lock is given back"


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("action", ["interrupt", "interrupt-twice"])
@pytest.mark.parametrize("point", QUICK)
@pytest.mark.parametrize("name", ["update", "replace", "destroy"])
def test_interrupted_at_every(
    name: str, point: str, action: str, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger
):
    """The same at the first passings of the point."""
    for n in range(1, 7):
        lab = lab_for(name, adopts=n % 2 == 0)
        disturb(lab, name, f"{action}:{point}:{n}")
        oracle.check(lab, OPERATIONS[name], undisturbed(name))
        lab.close()
        ledger.recovered(action, point)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", ["up", "destroy"])
def test_while_the_cloud_works(
    name: str, number: signal.Signals, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger
):
    """The first signal tells the provider, starts nothing new, and waits for what runs."""
    lab = lab_for(name)
    lab.conduct(delay=0.3)
    running = lab.begin(OPERATIONS[name].command)
    oracle.wait_for_change(lab)
    running.signal(number)
    assert running.wait() == 8, running.said
    calls = [call["call"] for call in lab.calls()]
    assert "Cancel" in calls
    assert 1 <= len([call for call in calls if call in ("Create", "Delete")]) < THINGS, "nothing new was to be begun"
    assert not lab.latest().get("pending_operations")
    lab.conduct(delay=0.0)
    oracle.check(lab, OPERATIONS[name], undisturbed(name))
    ledger.recovered(f"{number.name} once", "while the provider works")


@pytest.mark.parametrize("name", ["up", "destroy"])
def test_twice_while_the_cloud_works(name: str, lab_for: Labs, undisturbed: Undisturbed, ledger: Ledger):
    """The second signal does not wait; what the provider does all the same is pending in the state."""
    lab = lab_for(name)
    lab.conduct(delay=1.0)
    running = lab.begin(OPERATIONS[name].command)
    oracle.wait_for_change(lab)
    running.signal(signal.SIGINT)
    time.sleep(0.1)
    running.signal(signal.SIGINT)
    assert running.wait(0.8) == 130, running.said
    assert lab.latest()["pending_operations"]
    time.sleep(1.0)
    lab.conduct(delay=0.0)
    oracle.check(lab, OPERATIONS[name], undisturbed(name))
    ledger.recovered("SIGINT twice", "while the provider works")


@pytest.mark.parametrize("command", ["preview", "up"])
def test_while_the_program_loads(command: str, lab_for: Labs, ledger: Ledger):
    """A program that sleeps before it registers anything can be left, too."""
    lab = lab_for("up")
    entry = lab.program / "__main__.py"
    entry.write_text("import time, pathlib\npathlib.Path('here').touch()\ntime.sleep(20)\n" + entry.read_text())
    before = lab.checkpoint.read_bytes()
    flags = [] if command == "preview" else ["--yes", "--skip-preview"]
    running = lab.start(command, *flags, "--non-interactive")
    oracle.until((lab.program / "here").exists, "the program runs")
    running.signal(signal.SIGINT)
    time.sleep(0.2)
    running.signal(signal.SIGINT)
    assert running.wait(5) in (8, 130), running.said
    assert "Traceback" not in running.said
    assert lab.latest().get("resources") in (None, [])
    assert len(before) > 0
    ledger.recovered("SIGINT twice", f"while the program loads, {command}")


WAITS = """
import signal, threading, time
from slipway.engine.operation.operation import _signals
lock = threading.Lock()
lock.acquire()


def other():
    for _ in range(2):
        time.sleep(0.3)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)


threading.Thread(target=other, daemon=True).start()
with _signals():
    lock.acquire()
"""


def test_a_signal_that_another_thread_got(ledger: Ledger):
    """The system may give Ctrl-C to any thread; the main one, waiting for a lock, takes it all the same."""
    done = subprocess.run([sys.executable, "-c", WAITS], cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert done.returncode == 130, done.stderr
    assert "stopping" in done.stderr
    assert "stopped at once" in done.stderr
    ledger.recovered("SIGINT twice", "taken by another thread")
