"""Up, preview and refresh: starts the local clouds where the stack lives in them, then lets an engine act.

    find the stack -> choose the engine -> start what is missing -> engine -> probe -> tables

A stack of a real cloud is handed to the ``pulumi`` command with the same arguments.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slipway import engines
from slipway.apps import App, deployed, pick
from slipway.engines import Engine
from slipway.lifetimes import prolong, today
from slipway.probe import Sighting, probe
from slipway.project import Project, UserError
from slipway.stackfile import is_sandbox, salt_of

if TYPE_CHECKING:
    from concurrent.futures import Future

    from slipway.sandbox.services.start import Sandbox


@dataclass(frozen=True)
class Run:
    """One verb on one stack: ``words`` are further arguments for the engine."""

    project: Project
    stack: str
    engine: Engine
    words: tuple[str, ...] = ()
    sandbox: bool = False
    """Whether the stack lives on this machine."""


def begin(
    stack: str, engine: Engine, words: Sequence[str], brought: Sequence[str] = (), left: Sequence[str] = ()
) -> Run:
    """What the command line asks for, checked. Raises :class:`UserError`.

    ``brought`` and ``left`` are optional apps to bring in and to take out; the program finds them in the environment.
    """
    os.environ.update({"SLIPWAY_WITH": ",".join(brought), "SLIPWAY_WITHOUT": ",".join(left)})
    project = Project.find()
    project.stack_file(stack)
    sandbox = is_sandbox(project, stack)
    return Run(project, stack, engines.choose(engine, sandbox=sandbox, stack=stack), tuple(words), sandbox)


def up(run: Run) -> int:
    """Bring the stack up and show what is live; 0 where everything answers."""
    if until := prolong(run.project, run.stack, today()):
        print(f"the stack {run.stack!r} now lives until {until}: written to stacks/Pulumi.{run.stack}.yaml")
    if not run.sandbox:
        return hand_over("up", run)
    _set_up_beam(run)
    lost = start(run)
    if lost:
        from slipway.homes.shifts import let_go

        let_go(run)
    words = ["--yes", "--skip-preview", *(["--refresh"] if lost else []), *run.words]
    status = act("up", run, words)
    return status or show(run)


def preview(run: Run) -> int:
    """Say what an ``up`` would do; changes nothing."""
    if not run.sandbox:
        return hand_over("preview", run)
    lost = start(run)
    status = act("preview", run, [*(["--refresh"] if lost else []), *run.words])
    if not status and "--json" not in run.words:
        _say_why(run)
    return status


def refresh(run: Run) -> int:
    """Compare the state with what is really there."""
    if not run.sandbox:
        return hand_over("refresh", run)
    start(run)
    return act("refresh", run, ["--yes", "--skip-preview", *run.words])


def cancel(run: Run) -> int:
    """Remove the lock of a command that was killed; raises :class:`UserError` where its process may still run.

    ``--yes`` among the words takes it from a living one too.
    """
    if not run.sandbox:
        return hand_over("cancel", run)
    if run.engine is Engine.embedded and "--yes" not in run.words:
        from slipway.engine.api import holders

        if held := holders(run.project.root, run.project.backend_url, run.stack):
            raise UserError(
                f"the stack {run.stack!r} is held by {' and '.join(held)}, which may still be at work: let it end, or "
                f"take its lock all the same with `slipway cancel --stack {run.stack} --yes`"
            )
    return act("cancel", run, ["--yes", *(word for word in run.words if word != "--yes")])


def outputs(run: Run) -> dict:
    """The stack's outputs, secrets masked. Raises :class:`UserError` for a stack that was never up."""
    if not run.sandbox:
        import json
        import subprocess

        words = ["pulumi", "stack", "output", "--json", "--stack", run.stack]
        done = subprocess.run(words, cwd=run.project.root, capture_output=True, text=True)
        if done.returncode:
            raise UserError(done.stderr.strip())
        return json.loads(done.stdout)
    from slipway.engine.api import stack_outputs
    from slipway.engine.errors import EngineError

    try:
        return stack_outputs(run.project.root, run.project.backend_url, run.stack)
    except EngineError as refused:
        raise UserError(str(refused)) from None


def look(run: Run, only: str | None = None) -> list[tuple[App, list[Sighting]]]:
    """Probe every app of the stack, or one, at every address it names. Raises :class:`UserError` for an unknown one."""
    said = outputs(run)
    apps = [pick(said, only, run.stack)] if only else deployed(said).values()
    return [(app, list(probe(app.url, list(app.probe))) if app.url else []) for app in apps]


def show(run: Run, only: str | None = None) -> int:
    """The table that an ``up`` ends with, of all apps or of one; 1 where an app is not as it should be."""
    from slipway import tables
    from slipway.homes.verbs import states, unwell

    seen = look(run, only)
    tables.show_apps(seen, states(run, [app for app, _ in seen]))
    silent = [app.name for app, sightings in seen if not all(s.ok for s in sightings)]
    for name in silent:
        tables.console().print(
            f"[red]{name} does not answer as it should[/red]: `slipway logs {name} --stack {run.stack}` shows why"
        )
    failed = unwell(run, [app for app, _ in seen])
    for name in failed:
        tables.console().print(f"[red]{name} has failed[/red]: `slipway logs {name} --stack {run.stack}` shows why")
    return 1 if silent or failed else 0


def environment(run: Run) -> dict[str, str]:
    """The variables with which a plain ``pulumi … --stack STACK`` works on the sandbox."""
    from slipway.sandbox import services

    return services.environment(run.project.home, run.project.root)


def _set_up_beam(run: Run) -> None:
    """Make the pipelines' environment where the stack has any and it is missing."""
    from slipway import beam

    present = deployed(outputs(run)) if initialised(run) else ()
    if beam.wanted(run.project, run.stack, present):
        beam.make(run.project.root)


def _say_why(run: Run) -> None:
    """Name the files and packages behind each artifact that differs from the deployed one."""
    from slipway.bundle.cli import differences

    for app in deployed(outputs(run)).values():
        # What watches the others has no artifact, and an app whose folder was removed is going to be.
        if "manifest" not in app.details or not (run.project.root / app.details.get("source", "")).is_dir():
            continue
        for line in differences(run.project, app.name, app.details):
            print(f"{app.name}: {line}")


def start(run: Run) -> bool:
    """Start what is missing and make the stack; whether an emulated world was lost since the last run."""
    derive_key(run)
    started = _services(run)
    # Not among the results: standard output may be a document (`preview --json`).
    if started.started:
        print(f"started on this machine: {', '.join(started.started)}", file=sys.stderr)
    for note in started.notes:
        print(note, file=sys.stderr)
    os.environ.update(environment(run))
    if not initialised(run):
        status = engines.run(run.engine, run.project, ["stack", "init", run.stack, "--no-select"], environment(run))
        if status:
            raise UserError(f"the stack {run.stack!r} could not be made")
        return False
    from slipway.containers import need_engine

    need_engine(run)
    return bool(started.lost)


def derive_key(run: Run) -> "Future[bytes] | None":
    """Begin with what the embedded engine waits for longest, before anything that waits; None where none is needed."""
    there = run.stack in run.project.stacks  # `reap` also ends stacks whose file is gone
    if run.engine is Engine.embedded and there and (salt := salt_of(run.project, run.stack)):
        from slipway.engine.checkpoint.secrets import derive_ahead
        from slipway.sandbox.services.environment import PASSPHRASE

        return derive_ahead(salt, PASSPHRASE)
    return None


def _services(run: Run) -> "Sandbox":
    from slipway.sandbox import services
    from slipway.sandbox.services.start import StartError

    try:
        return services.ensure(run.project.home, run.project.root)
    except StartError as failed:
        raise UserError(str(failed)) from None


def initialised(run: Run) -> bool:
    """Whether the sandbox's backend has the stack."""
    return (run.project.home / "state/.pulumi/stacks" / run.project.name / f"{run.stack}.json").exists()


def act(verb: str, run: Run, words: Sequence[str]) -> int:
    """Let the run's engine do something with a sandbox stack; its exit status."""
    return engines.run(run.engine, run.project, [verb, "--stack", run.stack, *words], environment(run))


def hand_over(verb: str, run: Run) -> int:
    """Let ``pulumi`` do it; its exit status."""
    return engines.run(Engine.pulumi, run.project, [verb, "--stack", run.stack, *run.words], {})
