"""Destroy a stack: ``slipway destroy``.

state -> destroy plan -> the stack's name, if it is kept or protected -> destroy -> residue check -> what is left
"""

import glob
import sys
from collections.abc import Sequence
from typing import Any

from slipway.errors import UserError, some
from slipway.sandbox import composition
from slipway.sandbox.composition import orphans
from slipway.sandbox.pythonanywhere import set_aside
from slipway.stack import session
from slipway.stack.destroy_plan import DestroyPlan, plan_destroy
from slipway.stack.outputs import deployed
from slipway.stack.ownership import ownership_of
from slipway.stack.session import Run, backend_of
from slipway.verbs import other_programs, residue_check
from slipway.verbs.app_files import app_files, as_uploaded
from slipway.verbs.contents import contents_of
from slipway.verbs.ended_services import end_services
from slipway.verbs.lost_versions import unpin_all
from slipway.verbs.residue_check import Residue
from slipway.verbs.tables import console

FOREIGN = 5
"""So many things of other programs are named."""
ATTEMPTS = 3
"""How often a stack past its end is tried, each time after looking at what is really there."""


def destroy(run: Run, confirm: str | None) -> int:
    """Say what will happen, ask for the name where it must be said, take the stack down, look, and say what is left.

    ``confirm`` is the name as the command line has it. Raises :class:`UserError` where it is needed and not given.
    """
    if run.sandbox and not session.initialised(run):
        console().print(f"nothing to destroy: the stack {run.stack!r} has no state here")
        return _close(run, []) if _local_clouds(run) else 0
    resources = backend_of(run).resources(run.stack)
    if run.sandbox and not resources and not _local_clouds(run):
        console().print(f"nothing to destroy: the stack {run.stack!r} is down")
        return 0
    plan = plan_destroy(resources)
    show(run, plan, resources)
    ownership = ownership_of(resources)
    if plan.protected or (ownership is not None and ownership.kind == "kept" and plan.count):
        _refuse_unless_named(run, confirm, plan)
    elif confirm is not None and confirm != run.stack:
        raise UserError(
            f"--confirm names the stack {confirm!r}, and the one to destroy is {run.stack!r}: nothing was destroyed; "
            f"`slipway destroy --stack {run.stack} --confirm {run.stack}` destroys it"
        )
    if plan.protected and (status := _lift_protection(run)):
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
    if not status:
        end_services(run, resources)
    return status or _close(run, resources)


def show(run: Run, plan: DestroyPlan, resources: Sequence[dict[str, Any]]) -> None:
    """Print what goes, with its data, what stays, what blocks, what lingers and what it costs."""
    out = console()
    contents = contents_of(run, plan)
    going = ", ".join(f"{number} {kind.rpartition(':')[2]}" for kind, number in plan.going)
    out.print(f"{run.stack}: {plan.count} resources will go" + (f": {going}" if going else ""), soft_wrap=True)
    for one in plan.stateful:
        inside = f": {contents[one]}" if one in contents else ""
        out.print(f"  with what is in it: {one.what} {one.id}{inside}", soft_wrap=True)
    for app, paths, stays in data_of(run):
        fate = "stays in its account" if stays else "goes too"
        out.print(
            f"  data of {app}: {', '.join(paths)} {fate}: `{pull_command(run, app)}` brings a copy", soft_wrap=True
        )
    for sentence in (*(one.sentence for one in app_files(run, resources)), *other_programs.notes(run, resources)):
        out.print(f"  {sentence}", soft_wrap=True)
    for block in plan.blocking:
        word = "blocks" if block.certain else "may block"
        out.print(f"  {word}: {block.what.what} {block.what.id}: {block.why}", soft_wrap=True)
    for lingering in plan.lingering:
        where = "  lingers" if not run.sandbox else "  would linger in the cloud"
        out.print(
            f"{where}: {lingering.what.what} {lingering.what.id}: {lingering.until}; it costs {lingering.cost}",
            soft_wrap=True,
        )


def data_of(run: Run) -> list[tuple[str, list[str], bool]]:
    """The apps that keep data of their own, the paths, and whether those outlast the stack."""
    apps = deployed(session.previous_outputs(run)).values()
    return [(app.name, [*data], app.platform == "PythonAnywhere") for app in apps if (data := app.details.get("data"))]


def pull_command(run: Run, app: str) -> str:
    """The command that saves an app's data."""
    return f"slipway data pull {app} --stack {run.stack}"


def _refuse_unless_named(run: Run, confirm: str | None, plan: DestroyPlan) -> None:
    why = "holds protected resources" if plan.protected else "is kept"
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
    if run.sandbox:
        return _report(run, _sandbox_residue(run, resources))
    return _report(run, residue_check.check_residue(resources))


def _local_clouds(run: Run) -> bool:
    """Whether local clouds run, or have left something in the state folder."""
    state_folder = run.project.state_folder
    return composition.find(state_folder) is not None or bool(composition.strays_of(state_folder))


def _sandbox_residue(run: Run, resources: Sequence[dict[str, Any]]) -> list[Residue]:
    """What is left of ``resources`` in the local clouds, which end here unless something else lives in them."""
    state_folder = run.project.state_folder
    listed = composition.audit(state_folder) if composition.find(state_folder) else []
    uploaded = as_uploaded(state_folder, resources)
    written = [path for line in listed if (path := other_programs.written_path(line)) and path not in uploaded]
    lines = [line for line in listed if other_programs.written_path(line) not in written]
    residue = [line for line in lines if residue_check.names_one_of(line, resources)]
    without_a_state = orphans.made_by_project(state_folder, run.project.name)
    foreign = [line for line in lines if line not in residue and not residue_check.names_an_id(line, without_a_state)]
    if own := [path for path in written if residue_check.names_one_of(path, resources)]:
        print(f"on PythonAnywhere stays what the apps have written: {some(own, FOREIGN)}")
    if others := other_programs.other_stacks(run):
        print(f"the local clouds go on, for {', '.join(others)}")
    elif foreign:
        print(f"the local clouds go on, because they hold what no stack of this project made: {some(foreign, FOREIGN)}")
        print("`slipway sandbox stop` ends them, and deletes it")
    else:
        composition.stop(state_folder, [glob.escape(path) for path in written])
        if written:
            folder = state_folder / set_aside.FOLDER
            print(f"it waits in {folder} for the next `slipway up`: `rm -r {folder}` deletes it")
        residue += composition.audit(state_folder)
    return [Residue(line, True) for line in residue]


def _report(run: Run, residue: Sequence[Residue]) -> int:
    out = console()
    for one in residue:
        word = "[red]left behind[/red]" if one.there else "not looked at"
        out.print(f"{word}: {one.what}", soft_wrap=True)
    if residue:
        return 1 if any(one.there for one in residue) else 0
    if run.sandbox and not (run.project.state_folder / "sandbox").exists():
        out.print("nothing is left: no process, no port, no object in an emulator; the stack's history is kept in")
        out.print(f"{run.project.state_folder / 'state'}", soft_wrap=True)
    elif run.sandbox:
        out.print(f"nothing of {run.stack} is left in the local clouds; its history is kept")
    else:
        out.print("nothing is left: each cloud was asked for what it had; the stack's history is kept in its backend")
    return 0
