"""One verb on one stack: its settings file, the engine that acts on it, and the local clouds it needs.

    open_run -> start -> act
    settings    local    engine
    file        clouds

A stack of a real cloud skips the local clouds: it is handed to the ``pulumi`` command with the same arguments.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from slipway.engine.checkpoint.secrets import derive_ahead
from slipway.errors import UserError
from slipway.sandbox import composition
from slipway.sandbox.composition import orphans
from slipway.sandbox.composition.environment import PASSPHRASE
from slipway.sandbox.composition.lost_worlds import forget_lost, is_lost
from slipway.sandbox.composition.watchdog import watched
from slipway.sandbox.services.definition import StartError
from slipway.stack import engines
from slipway.stack.backends import Backend
from slipway.stack.docker_daemon import need_daemon
from slipway.stack.engines import Engine
from slipway.stack.outputs import deployed
from slipway.stack.project import Project
from slipway.stack.remedies import remedy
from slipway.stack.settings_file import SettingsFile, settings_of
from slipway.wire import variables

IN_CONTAINERS = frozenset({"container", "cloud-run", "Docker", "Cloud Run"})
"""The platforms that run on a Docker daemon, as settings and as outputs name them."""
PARTIAL = frozenset({"--target", "-t", "--exclude", "--preview-only", "--target-replace", "--target-dependents"})
"""Words with which an engine does not look at the whole stack."""
FLAGS = frozenset({"--yes", "-y", "--refresh", "-r", "--diff", "--json", "-j", "--skip-preview", "-f"})
"""Options of the engines after which no value can stand."""


@dataclass(frozen=True)
class Run:
    """One verb on one stack."""

    project: Project
    stack: str
    engine: Engine
    words: tuple[str, ...] = ()
    """Further arguments for the engine."""
    sandbox: bool = False
    """Whether the stack lives on this machine."""
    with_apps: tuple[str, ...] = ()
    """Optional apps to bring in."""
    without_apps: tuple[str, ...] = ()
    """Optional apps to take out."""
    pruned: tuple[str, ...] = ()
    """Earlier versions that the program declares no more, as APP/VERSION."""
    settings: SettingsFile = field(default_factory=SettingsFile)


def open_run(
    stack: str,
    engine: Engine,
    words: Sequence[str] = (),
    with_apps: Sequence[str] = (),
    without_apps: Sequence[str] = (),
) -> Run:
    """The run that the command line asks for, checked. Raises :class:`UserError`."""
    _refuse_strays(words)
    project = Project.find()
    settings = settings_of(project, stack)
    chosen = engines.choose(engine, sandbox=settings.sandbox, stack=stack)
    optional = {"with_apps": tuple(with_apps), "without_apps": tuple(without_apps)}
    levelled = tuple("--verbose=1" if word == "--verbose" else word for word in words)
    Backend(project, chosen, settings.sandbox).repair(stack)
    return Run(project, stack, chosen, levelled, settings.sandbox, settings=settings, **optional)


def _refuse_strays(words: Sequence[str]) -> None:
    """Refuse a word that no option takes: `pulumi up WORD` would look for a template of that name on the internet."""
    before = ""
    for word in words:
        if not word.startswith("-") and (not before.startswith("-") or "=" in before or before in FLAGS):
            raise UserError(
                f"{word!r} belongs to no option: `--target URN` names a resource, `--with APP` an optional app, and "
                "`slipway up --help` lists the options"
            )
        before = word


def reread(run: Run) -> Run:
    """The same run with the settings that its file has now. Raises :class:`UserError`."""
    return replace(run, settings=settings_of(run.project, run.stack))


def environment(run: Run) -> dict[str, str]:
    """The variables that a run's engine and program get beside this process's own."""
    parameters = {
        variables.WITH: ",".join(run.with_apps),
        variables.WITHOUT: ",".join(run.without_apps),
        variables.PRUNED: ",".join(run.pruned),
    }
    return {**(sandbox_environment(run) if run.sandbox else {}), **parameters}


def sandbox_environment(run: Run) -> dict[str, str]:
    """The variables with which a plain ``pulumi … --stack STACK`` works on the sandbox."""
    return composition.environment(run.project.state_folder, run.project.root)


def start(run: Run) -> bool:
    """Start the missing local services and make the stack; whether emulators have lost the stack's resources.

    They count as lost until a refresh has succeeded (:mod:`slipway.sandbox.composition.lost_worlds`). Raises
    :class:`UserError` where a service does not start or the stack cannot be made.
    """
    derive_key(run)
    _set_up_beam(run)
    try:
        sandbox = composition.ensure(run.project.state_folder, run.project.root, containers=_wants_containers(run))
    except StartError as failed:
        raise UserError(str(failed)) from None
    # Not among the results: standard output may be a document (`preview --json`).
    if sandbox.started:
        print(f"started on this machine: {', '.join(sandbox.started)}", file=sys.stderr)
    for note in sandbox.notes:
        print(note, file=sys.stderr)
    os.environ.update(environment(run))
    backend = backend_of(run)
    if not initialised(run):
        if backend.run(["stack", "init", run.stack, "--no-select"]):
            raise UserError(f"the stack {run.stack!r} could not be made")
        if number := orphans.take_over(run.project.state_folder, run.project.name, run.stack):
            print(
                f"the state of {run.stack!r} is gone, and the local clouds hold {number} things that it made: they are "
                f"taken over as they come up again, and `slipway destroy --stack {run.stack}` deletes them",
                file=sys.stderr,
            )
        return False
    need_daemon(run.stack, backend.resources(run.stack))
    return is_lost(run.project.state_folder, run.stack)


def _wants_containers(run: Run) -> bool:
    """Whether an app of the stack, or one that its last `up` brought in, runs on the Docker daemon."""
    declared = {str(app.get("platform")) for app in run.settings.apps.values() if isinstance(app, Mapping)}
    deployed_on = {app.platform for app in deployed(previous_outputs(run)).values()}
    return bool(IN_CONTAINERS & (declared | deployed_on))


def services_run(run: Run) -> bool:
    """Whether a service of the sandbox runs on this machine; none does after a reboot or `slipway sandbox stop`."""
    services = composition.find(run.project.state_folder) or {}
    return any(service.process.alive for service in services.values())


def locked(run: Run) -> bool:
    """Whether a command holds the sandbox's stack, or one that was killed has left its lock."""
    return backend_of(run).locked(run.stack)


def derive_key(run: Run) -> "Future[bytes] | None":
    """Begin with what the embedded engine waits for longest, before anything that waits; None where none is needed."""
    if run.engine is Engine.embedded and run.settings.salt:
        return derive_ahead(run.settings.salt, PASSPHRASE)
    return None


def initialised(run: Run) -> bool:
    """Whether the sandbox's backend has the stack."""
    return (run.project.state_folder / "state/.pulumi/stacks" / run.project.name / f"{run.stack}.json").exists()


def backend_of(run: Run) -> Backend:
    """The backend that a run's stack is in."""
    return Backend(run.project, run.engine, run.sandbox, environment(run))


def outputs(run: Run) -> dict[str, Any]:
    """The stack's outputs, secrets masked. Raises :class:`UserError` for a stack that was never up."""
    if run.sandbox and not initialised(run):
        raise UserError(f"the stack {run.stack!r} is not up here: `slipway up --stack {run.stack}` brings it up")
    return Backend(run.project, run.engine, run.sandbox).outputs(run.stack)


def previous_outputs(run: Run) -> dict[str, Any]:
    """The stack's outputs; empty for a stack that was never up."""
    try:
        return outputs(run)
    except UserError:
        return {}


def act(verb: str, run: Run, words: Sequence[str]) -> int:
    """Let the run's engine do something with a sandbox stack; its exit status. Raises :class:`UserError`."""
    backend = backend_of(run)
    with watched(run.project.state_folder) as watchdog:
        status = backend.run([verb, "--stack", run.stack, *_without_outputs(verb, words), *words])
    if watchdog.ended:
        print(
            f"{' and '.join(watchdog.ended)} of this machine's local clouds hung: "
            f"`slipway up --stack {run.stack}` starts them anew and goes on",
            file=sys.stderr,
        )
    whole = not PARTIAL & {word.partition("=")[0] for word in words}
    if not status and whole and (verb in ("refresh", "destroy") or (verb == "up" and "--refresh" in words)):
        forget_lost(run.project.state_folder, run.stack)
    return status


def _without_outputs(verb: str, words: Sequence[str]) -> list[str]:
    """The word with which an engine leaves the stack's outputs out, on a terminal: they are digests and bookkeeping.

    ``up`` has a table of what a person needs of them; ``--verbose``, ``--diff`` and documents show them all.
    """
    details = {word.partition("=")[0] for word in words} & {"--verbose", "-v", "--diff", "--json", "-j"}
    return [] if details or verb not in ("up", "preview") or not sys.stdout.isatty() else ["--suppress-outputs"]


def hand_over(verb: str, run: Run) -> int:
    """Let ``pulumi`` do it; its exit status. Below its own message stands what to do where it could not begin."""
    backend = backend_of(run)
    status = backend.run([verb, "--stack", run.stack, *run.words])
    if status and (sentence := remedy(backend.ask, run.stack)):
        print(sentence, file=sys.stderr)
    return status


def _set_up_beam(run: Run) -> None:
    """Make the environments of the stack's pipelines, as far as they are missing."""
    if not run.settings.apps:
        return
    from slipway.sandbox.dataflow import beam  # it knows an app's lock, as does `slipway.bundle` below

    present = ({*deployed(previous_outputs(run))} | {*run.with_apps}) - {*run.without_apps}
    for name, source in beam.sources(run.settings.apps, present).items():
        from slipway.bundle import BundleError  # few stacks have a pipeline, and every command waits for an import
        from slipway.bundle.kinds.beam_package import lock_in

        try:
            lock = lock_in(run.project.root / source)
        except BundleError:
            continue  # a mistake in an app's folder is the program's to report
        beam.make_for(run.project.root, name, lock)
