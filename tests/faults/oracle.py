"""What must hold after every fault, in one place; every test of the campaign ends here.

1. The checkpoint parses and its invariants hold, with and without the journal beside it.
2. No living thing of the cloud is missing from both state and pending operations.
3. Going on (``cancel``, ``refresh``, the same operation, ``up``) reaches the state of an undisturbed run.
4. A second ``up`` changes nothing. 5. ``destroy`` leaves nothing.
"""

from slipway.engine.checkpoint.state import load
from tests.faults.invariants import broken
from tests.faults.lab import Lab, Operation, until
from tests.faults.stack import Raw, normal


def check(lab: Lab, operation: Operation, undisturbed: Raw, *, tries: int = 1) -> None:
    """Raise AssertionError where something does not hold. ``tries``: how often the operation may fail again."""
    lab.heal()
    sound(lab)
    complete(lab)
    go_on(lab, operation, tries)
    _same(normal(lab.latest(), lab.world()), undisturbed)
    changes_nothing(lab)
    lab.run("destroy")
    assert lab.world()["things"] == {}, "destroy left something in the cloud"
    assert not lab.latest().get("resources"), "destroy left something in the state"
    leftovers = [path.name for path in lab.checkpoint.parent.iterdir()]
    assert sorted(leftovers) == ["test.json", "test.json.bak"], leftovers


def sound(lab: Lab) -> None:
    """The state parses and its invariants hold: as the engine reads it, and as Pulumi does."""
    for what, latest in (("the state", lab.latest()), ("the checkpoint", lab.written())):
        assert broken(latest) == [], what
        load(latest, what, lambda value, owner: value)


def complete(lab: Lab) -> None:
    """Every living thing is in the state by its id, or in a pending operation of its name."""
    latest = lab.latest()
    known = {entry["id"] for entry in latest.get("resources") or [] if entry.get("id")}
    pending = {operation["resource"]["urn"] for operation in latest.get("pending_operations") or []}
    lost = [id for id, thing in lab.world()["things"].items() if id not in known and thing["urn"] not in pending]
    assert lost == [], f"in the cloud, but neither in the state nor pending ({sorted(pending)}): {lost}"


def go_on(lab: Lab, operation: Operation, tries: int = 1) -> None:
    """Do what the documentation says after an interruption: free the lock, settle what is pending, do it again."""
    lab.tell("cancel", "--yes")
    lab.run("refresh", *_settling(lab))
    sound(lab)
    complete(lab)
    for left in range(tries, 0, -1):
        running = lab.begin(operation.command)
        if running.wait() == 0:
            break
        sound(lab)
        complete(lab)
        assert left > 1, f"{running.what} failed again:\n{running.said}"
    if operation.command == "destroy":
        assert lab.world()["things"] == {}
    if operation.command != "up":
        lab.run("up")


def changes_nothing(lab: Lab) -> None:
    """Another ``up`` calls nothing that changes anything."""
    lab.forget_calls()
    lab.run("up", "--expect-no-changes")
    assert [call for call in lab.calls() if call["call"] in ("Create", "Update", "Delete")] == []


def _settling(lab: Lab) -> list[str]:
    """The flags of ``refresh`` by which a person who has looked at the cloud settles pending creations.

    A creation that was cut off twice left two things where the cloud draws the names: a URN has room for one, and the
    person deletes the earlier ones by hand.
    """
    latest, things = lab.latest(), lab.world()["things"]
    known = {entry.get("id") for entry in latest.get("resources") or []}
    flags, superseded = [], set[str]()
    for operation in latest.get("pending_operations") or []:
        urn = operation["resource"]["urn"]
        if operation["type"] == "creating":
            orphans = [identity for identity, thing in things.items() if thing["urn"] == urn and identity not in known]
            for identity in orphans[-1:]:
                flags += ["--import-pending-creates", urn, identity]
            superseded.update(orphans[:-1])
    if superseded:
        lab.change_world(lambda world: [world["things"].pop(identity) for identity in superseded])
    return [*flags, "--clear-pending-creates"]


def _same(got: Raw, wanted: Raw) -> None:
    for part in wanted:
        assert got[part] == wanted[part], f"the {part} differ from those of an undisturbed run"


def wait_for_change(lab: Lab, count: int = 1) -> None:
    """Wait until the provider has been asked to change something."""
    changing = ("Create", "Update", "Delete")
    until(lambda: sum(call["call"] in changing for call in lab.calls()) >= count, "the provider is at work")
