"""A random valid state, a random program, random failures, one operation: the result is always valid."""

import itertools
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from slipway.engine.checkpoint.backend import Backend
from slipway.engine.checkpoint.state import manifest
from tests.faults import inside
from tests.faults.inside import KINDS, PROJECT, STACK, Cloud, Raw, Run, Wanted, on_disk
from tests.faults.invariants import broken
from tests.faults.ledger import Ledger
from tests.faults.stack import SALT, secrets

QUICK, FULL = 60, 1_500
"""Examples."""
NAMES = tuple("abcdef")


@st.composite
def programs(draw: st.DrawFn) -> list[Wanted]:
    """Resources that name only earlier ones, in any order."""
    found: list[Wanted] = []
    for name in draw(st.permutations(NAMES))[: draw(st.integers(0, len(NAMES)))]:
        groups = ["", *(item.name for item in found if not item.custom)]
        earlier = [item.name for item in found]
        custom = draw(st.integers(0, 3)) > 0
        found.append(
            Wanted(
                name=name,
                custom=custom,
                parent=draw(st.sampled_from(groups)),
                needs=tuple(draw(st.sets(st.sampled_from(earlier), max_size=2))) if earlier else (),
                value=draw(st.integers(0, 1)),
                key=draw(st.integers(0, 1)),
                deletes_first=draw(st.sampled_from([None, True, False])),
                protect=custom and draw(st.integers(0, 7)) == 0,
                retain=custom and draw(st.integers(0, 9)) == 0,
            )
        )
    return found


@st.composite
def states(draw: st.DrawFn) -> tuple[list[Raw], list[Raw], dict[str, Raw]]:
    """Entries and pending operations of a valid checkpoint, and the things of the cloud that go with them."""
    root, things = f"urn:pulumi:{STACK}::{PROJECT}", {}
    reference = f"{root}::{inside.PROVIDER}::default"
    entries: list[Raw] = [{"urn": reference, "custom": True, "id": "p", "type": inside.PROVIDER}]
    urns: dict[str, str] = {}
    for number, wanted in enumerate(draw(programs())):
        above = f"{urns[wanted.parent].split('::')[2]}$" if wanted.parent else ""
        kind = inside.THING if wanted.custom else inside.GROUP
        urn = urns[wanted.name] = f"{root}::{above}{kind}::{wanted.name}"
        entry: Raw = {"urn": urn, "custom": wanted.custom, "type": kind}
        entry |= {"parent": urns[wanted.parent]} if wanted.parent else {}
        entry |= {"dependencies": [urns[name] for name in wanted.needs]} if wanted.needs else {}
        if wanted.custom:
            inputs = {"value": wanted.value, "key": wanted.key}
            entry |= {"id": f"old-{number}", "provider": f"{reference}::p", "inputs": inputs, "outputs": inputs}
            entry["propertyDependencies"] = {"key": [urns[name] for name in wanted.needs]}
            entry |= draw(
                st.sampled_from(
                    [{}, {}, {}, {"protect": True}, {"initErrors": ["once"]}, {"retainOnDelete": True},
                     {"pendingReplacement": True}, {"delete": True}]
                )
            )  # fmt: skip
            if not entry.get("pendingReplacement"):
                things[entry["id"]] = {"urn": urn, "inputs": dict(inputs)}
        entries.append(entry)
    needed = {urn for entry in entries for urn in (entry.get("parent"), *entry.get("dependencies", ()))}
    for entry in entries:
        # What is to be deleted has been replaced, and what depends on its name depends on the new one.
        if entry["urn"] in needed:
            entry.pop("delete", None)
    made = [entry for entry in entries[1:] if entry["custom"]]
    pending = [
        {"resource": entry, "type": draw(st.sampled_from(["updating", "deleting", "reading"]))}
        for entry in draw(st.sets(st.integers(0, len(made) - 1), max_size=2) if made else st.just(set()))
        for entry in [made[entry]]
    ]
    return entries, pending, things


def write(folder: Path, entries: list[Raw], pending: list[Raw]) -> None:
    latest = {"manifest": manifest(), "secrets_providers": {"type": "passphrase", "state": {"salt": SALT}}}
    latest |= {"resources": entries, "pending_operations": pending}
    path = Backend(folder, PROJECT).file(STACK)
    path.parent.mkdir(parents=True)
    document = {"version": 3, "checkpoint": {"stack": f"organization/{PROJECT}/{STACK}", "latest": latest}}
    path.write_text(json.dumps(document))


def lost(folder: Path, cloud: Cloud, retained: set[str]) -> list[str]:
    """Things of the cloud that neither the state nor a pending operation knows."""
    latest = on_disk(folder)
    known = {entry.get("id") for entry in latest.get("resources") or []}
    pending = {operation["resource"]["urn"] for operation in latest.get("pending_operations") or []}
    return [
        identity
        for identity, thing in list(cloud.things.items())
        if identity not in known and thing["urn"] not in pending and identity not in retained
    ]


def holds(folder: Path, cloud: Cloud, retained: set[str], run: Run) -> None:
    assert broken(on_disk(folder)) == [], run.quiet.told
    assert lost(folder, cloud, retained) == [], run.quiet.told


def one_operation(
    folder: Path,
    state: tuple[list[Raw], list[Raw], dict[str, Raw]],
    program: list[Wanted],
    faults: dict[int, str],
    what: str,
) -> int:
    """See the test below. The number of faults that struck."""
    entries, pending, things = state
    write(folder, entries, pending)
    cloud = Cloud(things=dict(things))
    retained: set[str] = set()
    cloud.faults = faults
    run = Run(folder, cloud, secrets())
    problems: list[str] = []

    def look() -> None:
        found = broken(on_disk(folder)) + lost(folder, cloud, _retained(run, retained))
        problems.extend(f"before or after call {cloud.calls}: {problem}" for problem in found)

    cloud.looked = look
    {"up": lambda: run.up(program), "destroy": run.destroy, "refresh": run.refresh}[what]()
    assert problems == [], run.quiet.told
    retained = _retained(run, retained)
    holds(folder, cloud, retained, run)
    struck = sum(number <= cloud.calls for number in faults)
    cloud.faults, cloud.looked = {}, lambda: None
    go_on(folder, cloud, retained, [_free(wanted) for wanted in program])
    return struck


def go_on(folder: Path, cloud: Cloud, retained: set[str], program: list[Wanted]) -> None:
    """Settle, refresh, up, up again, destroy; with nothing protected and nothing failing."""
    latest = on_disk(folder)
    known = {entry.get("id") for entry in latest.get("resources") or []}
    orphans = {thing["urn"]: id for id, thing in cloud.things.items() if id not in known and id not in retained}
    steps = [
        lambda run: run.refresh(orphans),
        lambda run: run.up(program),
        lambda run: run.up(program),
        lambda run: run.destroy(),
    ]
    for number, step in enumerate(steps):
        cloud.changes.clear()
        run = Run(folder, cloud, secrets())
        protected = any(resource.protect for resource in run.checkpoint.resources)
        went_well = step(run)
        retained = _retained(run, retained)
        holds(folder, cloud, retained, run)
        if protected:  # something the program no longer has may not be deleted: that is told, and nothing more to see
            return
        assert went_well, run.quiet.told
        if number == 2:
            assert cloud.changes == [], "a second up changed something"
    assert set(cloud.things) <= retained, "destroy left something"
    assert not on_disk(folder).get("resources")


def _retained(run: Run, before: set[str]) -> set[str]:
    """Ids of what is not to be deleted in the cloud when it leaves the state."""
    kept = {
        item.id for item in (*run.checkpoint.resources, *run.machine.executor.current.values()) if item.retainOnDelete
    }
    return before | kept


def _free(wanted: Wanted) -> Wanted:
    return Wanted(**{**vars(wanted), "protect": False})


FAULTS = st.dictionaries(st.integers(1, 30), st.sampled_from(sorted(KINDS)), max_size=4)


@pytest.mark.timeout(1800)
def test_random_operations(ledger: Ledger, request: pytest.FixtureRequest):
    """At every moment of it and at its end the state on disk is valid and knows everything that lives."""
    full = request.config.getoption("--full-campaign")
    counter = itertools.count()

    @settings(
        max_examples=FULL if full else QUICK,
        deadline=None,
        derandomize=not full,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(
        state=states(),
        program=programs(),
        faults=FAULTS,
        what=st.sampled_from(["up", "up", "up", "destroy", "refresh"]),
    )
    def check(
        state: tuple[list[Raw], list[Raw], dict[str, Raw]], program: list[Wanted], faults: dict[int, str], what: str
    ) -> None:
        note(f"{what} {program} {faults}")
        next(counter)
        with tempfile.TemporaryDirectory() as folder:
            ledger.recovered(
                "random operation", "faults that struck", one_operation(Path(folder), state, program, faults, what)
            )

    check()
    ledger.recovered("random operation", "operations", next(counter))
