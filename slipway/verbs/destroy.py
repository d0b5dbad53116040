"""The end of a stack: what will go is said first, then it is taken down, then somebody looks at what is left.

state -> farewell -> the name, where it is kept or protected -> destroy -> audit -> what is left
"""

import sys
from collections.abc import Sequence
from typing import Any

from slipway.errors import UserError
from slipway.sandbox import composition
from slipway.stack import session
from slipway.stack.destroy_plan import Farewell, farewell
from slipway.stack.ownership import tenure
from slipway.stack.session import Run, backend_of
from slipway.verbs import residue_check
from slipway.verbs.lost_versions import unpin_all
from slipway.verbs.residue_check import Found
from slipway.verbs.tables import console

ATTEMPTS = 3
"""How often a stack past its end is tried, each time after looking at what is really there."""


def destroy(run: Run, confirm: str | None) -> int:
    """Say what will happen, ask for the name where it must be said, take the stack down, look, and say what is left.

    ``confirm`` is the name as the command line has it. Raises :class:`UserError` where it is needed and not given.
    """
    if run.sandbox and not session.initialised(run):
        console().print(f"nothing to destroy: the stack {run.stack!r} has never been up here")
        return _close(run, []) if _local_clouds(run) else 0
    resources = backend_of(run).resources(run.stack)
    if run.sandbox and not resources and not _local_clouds(run):
        console().print(f"nothing to destroy: the stack {run.stack!r} is down")
        return 0
    said = farewell(resources)
    show(run, said)
    known = tenure(resources)
    if said.protected or (known is not None and known.kind == "kept" and said.count):
        _refuse_unless_named(run, confirm, said)
    if said.protected and (status := _lift_protection(run)):
        return status
    status = take_down(run, resources)
    if not status and not backend_of(run).resources(run.stack):  # with `--target` something stays
        unpin_all(run)
    return status


def take_down(run: Run, resources: Sequence[dict[str, Any]], *, attempts: int = 1) -> int:
    """Destroy the stack and look at what is left; after a failed attempt unlock, refresh and try again."""
    if run.sandbox:
        session.start(run)
    status = _destroy(run)
    for _ in range(attempts - 1):
        if not status:
            break
        print(f"the destroy of {run.stack!r} did not finish: looking at what is there, and trying again")
        _engine(run, "cancel", "--yes")
        _engine(run, "refresh", "--yes", "--skip-preview")
        status = _destroy(run)
    return status or _close(run, resources)


def show(run: Run, said: Farewell) -> None:
    """What goes, what blocks, what lingers and what it costs."""
    out = console()
    going = ", ".join(f"{number} {kind.rpartition(':')[2]}" for kind, number in said.going)
    out.print(f"{run.stack}: {said.count} resources will go" + (f": {going}" if going else ""), soft_wrap=True)
    for one in said.stateful:
        out.print(f"  with what is in it: {one.what} {one.id}", soft_wrap=True)
    for block in said.blocking:
        word = "blocks" if block.certain else "may block"
        out.print(f"  {word}: {block.what.what} {block.what.id}: {block.why}", soft_wrap=True)
    for left in said.lingering:
        where = "  lingers" if not run.sandbox else "  would linger in the cloud"
        out.print(f"{where}: {left.what.what} {left.what.id}: {left.until}; it costs {left.cost}", soft_wrap=True)


def _refuse_unless_named(run: Run, confirm: str | None, said: Farewell) -> None:
    why = "holds protected resources" if said.protected else "is kept"
    if confirm is None and sys.stdin.isatty():
        confirm = input(f"The stack {run.stack!r} {why}. Its name, to destroy it all the same: ").strip()
    if confirm is None:
        raise UserError(f"the stack {run.stack!r} {why}: say its name to destroy it, `--confirm {run.stack}`")
    if confirm != run.stack:
        raise UserError(f"the stack {run.stack!r} {why}, and the name given is {confirm!r}: nothing was destroyed")


def _lift_protection(run: Run) -> int:
    """Forget the protection in the state; what the clouds themselves refuse, they go on refusing."""
    return backend_of(run).run(["state", "unprotect", "--all", "--yes", "--stack", run.stack])


def _destroy(run: Run) -> int:
    return _engine(run, "destroy", *(["--yes", "--skip-preview"] if run.sandbox else []), *run.words)


def _engine(run: Run, verb: str, *words: str) -> int:
    if run.sandbox:
        return session.act(verb, run, words)
    return backend_of(run).run([verb, "--stack", run.stack, *words])


def _close(run: Run, resources: Sequence[dict[str, Any]]) -> int:
    """Look at what is left; in the sandbox also end the local clouds, where no other stack lives in them."""
    left = _sandbox_residue(run, resources) if run.sandbox else residue_check.look(resources)
    return _told(run, left)


def _local_clouds(run: Run) -> bool:
    return composition.find(run.project.home) is not None


def _sandbox_residue(run: Run, resources: Sequence[dict[str, Any]]) -> list[Found]:
    home = run.project.home
    residue = composition.audit(home)
    if others := [s.name for s in backend_of(run).stacks() if s.resources and s.name != run.stack]:
        print(f"the local clouds go on, for {', '.join(others)}")
        return [Found(line, True) for line in residue if residue_check.names_one_of(line, resources)]
    composition.stop(home)
    return [Found(line, True) for line in [*residue, *composition.audit(home)]]


def _told(run: Run, left: Sequence[Found]) -> int:
    out = console()
    for found in left:
        word = "[red]left behind[/red]" if found.there else "not looked at"
        out.print(f"{word}: {found.what}", soft_wrap=True)
    if left:
        return 1 if any(found.there for found in left) else 0
    if run.sandbox and not (run.project.home / "sandbox").exists():
        out.print("nothing is left: no process, no port, no object in an emulator; the stack's history is kept in")
        out.print(f"{run.project.home / 'state'}", soft_wrap=True)
    elif run.sandbox:
        out.print(f"nothing of {run.stack} is left in the local clouds; its history is kept")
    else:
        out.print("nothing is left: each cloud was asked for what it had; the stack's history is kept in its backend")
    return 0
